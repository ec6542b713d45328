"""Planted one-line defects, each of which must turn a test red."""
