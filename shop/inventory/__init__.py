"""Lots, the stock ledger, allocation, reservations and certificates of analysis."""
