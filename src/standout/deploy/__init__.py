"""Phase 6, deployment: everything that faces the outside."""
