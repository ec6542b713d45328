"""What a substance is: identity, sequence, mass, identifiers and the bench calculators."""
