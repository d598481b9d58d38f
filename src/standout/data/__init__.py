"""Phase 2, data understanding: readers, schema, profile, findings, example data."""
