"""Excel and OpenDocument sheets, by python-calamine."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from standout.core.errors import EmptyTableError, MissingExtraError, UnknownNameError
from standout.core.finding import FindingKind
from standout.data.files import checked, damaged
from standout.data.source import Spooled, unique_names
from standout.data.values import batches_of

OTHER_SHEETS = FindingKind(
    "other-sheets", "info", "The sheet {sheet} is read; there are others: {others}.", "Say --sheet to read another."
)


class ExcelSource(Spooled):
    """One sheet of a workbook: the first one unless named; its first row holds the names."""

    def __init__(self, path: Path, sheet: str | None = None) -> None:
        super().__init__()
        try:
            from python_calamine import CalamineError, CalamineWorkbook
        except ImportError as error:
            raise MissingExtraError.for_package("Reading Excel files", "python-calamine", "excel") from error
        self.path = checked(path)
        try:
            book = CalamineWorkbook.from_path(str(path))
            names = book.sheet_names
            if sheet is not None and sheet not in names:
                raise UnknownNameError.among("sheet", sheet, names)
            self._sheet = sheet or names[0]
            self._grid: list[list[Any]] = book.get_sheet_by_name(self._sheet).to_python(skip_empty_area=True)
        except (CalamineError, OSError, IndexError) as error:
            raise damaged(path, error) from error
        self.name = path.stem if len(names) == 1 else f"{path.stem} {self._sheet}"
        if sheet is None and len(names) > 1:
            self._noticed.append(OTHER_SHEETS.found(sheet=self._sheet, others=", ".join(names[1:6])))
        if len(self._grid) < 2:
            raise EmptyTableError(f"The sheet {self._sheet} of {path} has no rows.", "Say --sheet to read another.")
        self._names, renamed = unique_names(self._grid[0])
        self._noticed.extend(renamed)

    def _blocks(self) -> Iterator[pa.RecordBatch]:
        yield from batches_of(self._names, ([_value(v) for v in row] for row in self._grid[1:]))
        self._grid = []


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    return value
