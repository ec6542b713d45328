"""What is for sale: products, vial sizes and prices, with the tests every lot must pass."""
