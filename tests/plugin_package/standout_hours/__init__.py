"""A third-party package that adds a detector to Standout."""
