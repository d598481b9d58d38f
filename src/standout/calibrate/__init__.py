"""Phase 4: what score is worth an alert; one file per calibrator."""
