"""Listing and finding: what reads catalogue, inventory and education together."""
