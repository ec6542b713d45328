"""Money: the Stripe gateway, settlement of what was paid, refunds, and holds that run out."""
