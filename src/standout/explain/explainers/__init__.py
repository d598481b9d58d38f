"""One file per explainer."""
