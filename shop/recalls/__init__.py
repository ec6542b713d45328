"""Recalls: from a lot to everyone who has it, and back; and what people write to us about a lot."""
