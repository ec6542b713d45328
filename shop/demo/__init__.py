"""The sample shop: monographs, specimen lots and certificates, and the Stripe stand-in."""
