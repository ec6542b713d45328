"""Moving in and out: products, lots, certificates and stock counts as CSV and JSON, with a dry run."""
