"""Who deals with the shop: organisations that buy, staff that run it, and how staff sign in."""
