"""Phase 5, evaluation: metrics with and without labels, comparison, the report."""
