"""How a noun shows itself: a line of text in a terminal, a piece of a page in a notebook.

A noun knows nothing of pages. What a notebook shows is drawn by `deploy.notebook`, which is found by name when it is asked for, as
parts are; a noun of which a notebook shows more than text has `_repr_html_`, and that asks `as_html`.
"""

from __future__ import annotations

import importlib
from typing import Any


def as_html(noun: Any) -> str:
    """A noun as HTML for a notebook; every text of the data in it is escaped."""
    page: str = importlib.import_module("standout.deploy.notebook").html(noun)
    return page


def first(names: tuple[str, ...], most: int = 6) -> str:
    """The first few names in a row, and how many more there are.

    >>> first(("a", "b", "c"), 2)
    'a, b and 1 more'
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
