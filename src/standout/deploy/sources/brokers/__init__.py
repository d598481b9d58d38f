"""One file per kind of broker; the scheme of an address names it."""
