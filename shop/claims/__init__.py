"""The guard: what may be said where. Rules over any text, and the written reasons for what they hold."""
