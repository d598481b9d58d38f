"""Bodies of requests as Arrow tables, one file for each way to write rows; and scores as JSON or Arrow.

What a body holds is checked against the limits before anything is made of it, since a few bytes can stand for very many values.
"""

from __future__ import annotations

from standout.deploy.api.formats.reading import ARROW_STREAM, MEDIA, Expected, read_rows, read_table

__all__ = ["ARROW_STREAM", "MEDIA", "Expected", "read_rows", "read_table"]
