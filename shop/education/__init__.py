"""Education: evidence records, the checks on them, figures, sources and the monographs that show them."""
