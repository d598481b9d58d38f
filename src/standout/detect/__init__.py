"""Phase 4, modelling: one file per detector."""
