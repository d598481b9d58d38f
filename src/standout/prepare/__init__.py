"""Phase 3, data preparation: one file per preparer."""
