"""Routes, one file for each noun; `api.app` finds them by their file names."""
