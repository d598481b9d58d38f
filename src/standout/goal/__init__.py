"""Phase 1, business understanding: what to find, at what cost, within what budget."""
