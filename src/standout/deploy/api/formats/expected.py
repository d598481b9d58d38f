"""What a body is read against: the columns of the model, the name of the event id, and the limits."""

from __future__ import annotations

from dataclasses import dataclass

from standout.core.table import Schema
from standout.deploy.api.limits import Limits
from standout.deploy.api.problems import TooLarge


@dataclass(frozen=True)
class Expected:
    """schema: of the model that the rows are for. event_id: the column or key with a row's own id, always read as text."""

    schema: Schema
    event_id: str
    limits: Limits

    def check_size(self, rows: int, columns: int) -> None:
        """TooLarge where there are more rows or columns than one request may have."""
        if rows > self.limits.rows:
            raise TooLarge(f"The body has {rows:,} rows, and {self.limits.rows:,} are read at once.", "Send several requests.")
        if columns > self.limits.columns:
            raise TooLarge(f"The body has {columns:,} columns, and {self.limits.columns:,} are read.", "Send only the model's.")
