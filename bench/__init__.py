"""Benchmarks: how fast the shop is at a size no demonstration has."""
