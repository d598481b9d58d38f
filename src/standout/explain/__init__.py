"""Phase 4: why a row stands out."""
