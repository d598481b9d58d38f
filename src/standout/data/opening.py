"""`open_source`: one door for every file, database and table in memory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from standout.data.files import checked, format_of
from standout.data.source import Source


def open_source(
    what: Any,
    *,
    query: str | None = None,
    table: str | None = None,
    sheet: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    names: Sequence[str] | None = None,
) -> Source:
    """A re-readable source of rows.

    what: a path (CSV with any delimiter and encoding, Parquet, JSON lines, Arrow, Excel, SQLite; text also packed by gzip,
    bzip2 or zstd), a folder of Parquet files, "-" for standard input, a database URL, or a table in memory. query, table: for
    databases. sheet: for workbooks. delimiter, encoding, header and names: for text, found out unless given. Raises
    UnreadableError, EmptyTableError or ParameterTypeError, each with what to try.

    >>> open_source({"a": [1, 2]}).rows
    2
    """
    if isinstance(what, Source):
        return what
    if isinstance(what, str) and "://" in what:
        from standout.data.sql_source import SqlSource, is_url

        if is_url(what):
            return SqlSource(what, query=query, table=table)
    if isinstance(what, str | os.PathLike):
        text = {"delimiter": delimiter, "encoding": encoding, "header": header, "names": names}
        if what == "-":
            from standout.data.standard_input import source_of_input

            return source_of_input(lambda path: _of_path(path, query, table, sheet, text))
        return _of_path(Path(what).expanduser(), query, table, sheet, text)
    from standout.data.frames import FrameSource, StreamSource

    return StreamSource(what) if isinstance(what, pa.RecordBatchReader) else FrameSource(what)


def _of_path(path: Path, query: str | None, table: str | None, sheet: str | None, text: dict[str, Any]) -> Source:
    if path.is_dir():
        from standout.data.parquet_folder import ParquetFolder, parquet_files

        if files := parquet_files(path):
            return ParquetFolder(path, files)
    found = format_of(checked(path))
    if found == "sqlite":
        from standout.data.sql_source import SqlSource

        return SqlSource(f"sqlite:///{path.absolute()}", query=query, table=table)
    if found == "excel":
        from standout.data.excel_source import ExcelSource

        return ExcelSource(path, sheet)
    if found == "json":
        from standout.data.json_source import JsonSource

        return JsonSource(path)
    if found in ("parquet", "arrow"):
        from standout.data.arrow_files import ArrowSource, ParquetSource

        return ParquetSource(path) if found == "parquet" else ArrowSource(path)
    from standout.data.csv_source import CsvSource

    return CsvSource(path, **text)
