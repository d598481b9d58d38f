"""What the first lines of a delimited text file tell: encoding, delimiter, header and names.

>>> head = look(b"name;amount\\nA;1,5\\nB;2,0\\n")
>>> head.delimiter, head.header, head.names
(';', True, ('name', 'amount'))
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from standout.core.errors import EmptyTableError, ParameterError, SchemaError, UnreadableError
from standout.core.finding import Finding, FindingKind
from standout.data.csv_preamble import PASSED_OVER, preamble
from standout.data.source import unique_names

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "<NA>", "#N/A", "?", "-")
"""What stands for a missing value in a text file, exactly so written. "none" and "unknown" are values."""

ENCODING_GUESSED = FindingKind(
    "encoding-guessed", "warning", "The file is not UTF-8; it is read as {encoding}.", "Say --encoding if letters look wrong."
)
DELIMITER_FOUND = FindingKind("delimiter-found", "info", "Columns are parted by {delimiter}.", "Say --delimiter to change it.")
NO_HEADER = FindingKind(
    "no-header", "warning", "The first line looks like data, so the {columns} columns are called column_1 and so on.",
    "Name the columns in a first line, or say that the first line is a header.",
)  # fmt: skip
SHORT_HEADER = FindingKind(
    "short-header", "warning", "The first line has {names} names and the rows {columns} values; the column {added} is added.",
    "Name every column.",
)  # fmt: skip

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_CALLED = {"\t": "tabs", " ": "spaces", ";": "semicolons", "|": "bars", ",": "commas"}
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?%?$|[-+]?(inf|infinity|nan)$", re.IGNORECASE)
_TIME = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}.*)?$")
_LINES = 200


@dataclass(frozen=True)
class Head:
    """How a delimited text file is to be read. skip: lines before the first row. spans: whether a value spans lines."""

    encoding: str
    delimiter: str
    header: bool
    names: tuple[str, ...]
    skip: int
    spans: bool
    blanks: bool
    findings: tuple[Finding, ...]


def look(
    head: bytes,
    *,
    whole: bool = True,
    delimiter: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    names: Sequence[str] | None = None,
) -> Head:
    """Read the first bytes; what is given is believed, what is not is found out. `whole`: the bytes are the whole file."""
    findings: list[Finding] = []
    encoding = _known(encoding) if encoding else encoding_of(head)
    if encoding not in ("utf-8", "utf-8-sig", "ascii"):
        findings.append(ENCODING_GUESSED.found(encoding=encoding))
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    lines = text.splitlines()
    if not whole and len(lines) > 1:
        lines.pop()  # it may be cut
    if not any(line.strip() for line in lines):
        raise EmptyTableError("The file holds only blank lines.", "Give a file with at least a header and one row.")
    blanks = delimiter in ("whitespace", " ")
    if delimiter is None:
        delimiter, blanks = delimiter_of(lines)
        if delimiter != ",":
            findings.append(DELIMITER_FOUND.found(delimiter=_CALLED[delimiter]))
    delimiter = " " if blanks else delimiter
    if len(delimiter) != 1 or not delimiter.isascii():
        raise ParameterError(f"The delimiter is {delimiter!r} and must be one plain character.", "Such as , ; | or a tab.")
    if blanks:
        lines = [re.sub(r"[ \t]+", " ", line.strip()) for line in lines]
    above = preamble(lines, delimiter) if header is None and names is None else 0
    if above:
        findings.append(PASSED_OVER.found(count=above, example=next(line for line in lines if line.strip())[:60]))
    records, ends = _records(lines[above:], delimiter)
    header = has_header(records) if header is None else header
    if names is not None:
        width = _usual_width(records)
        if len(names) != width:
            raise SchemaError(f"{len(names)} names were given for {width} columns.", "Give one name a column.")
        called: Sequence[str] = names
    elif header:
        called = _whole_header(records)
        if len(called) > len(records[0]):
            findings.append(
                SHORT_HEADER.found(
                    names=len(records[0]), columns=len(called), added=called[0] if called[0] == "row" else called[-1]
                )
            )
    else:
        called = [f"column_{i + 1}" for i in range(_usual_width(records))]
        findings.append(NO_HEADER.found(columns=len(called)))
    unique, renamed = unique_names(called)
    first = above + (ends[0] if header else 0)
    spans = any("\n" in cell.strip() for record in records for cell in record)
    return Head(encoding, delimiter, header, tuple(unique), first, spans, blanks, (*findings, *renamed))


def encoding_of(head: bytes) -> str:
    """The encoding of a text: its mark, UTF-8 where it fits, else a guess; UnreadableError where it is no text."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if head.count(0) > 0.005 * len(head):  # a few are damage in a text, more are another encoding or no text
        return _utf16(head)
    odd = sum(head.count(bytes([c])) for c in range(32) if c not in (9, 10, 11, 12, 13, 27))
    if odd > len(head) * 0.02:
        raise UnreadableError("The file holds binary data, not text.", "Give a CSV, Parquet, JSON, Arrow or Excel file.")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return _guess(head)
    return "utf-8"


def _utf16(head: bytes) -> str:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > 0.6 * len(head) / 2 and min(even, odd) < 0.05 * len(head) / 2:
        return "utf-16-le" if odd > even else "utf-16-be"
    raise UnreadableError("The file holds binary data, not text.", "Give a CSV, Parquet, JSON, Arrow or Excel file.")


def _guess(head: bytes) -> str:
    from charset_normalizer import from_bytes

    odd = _with_odd_bytes(head)
    best = from_bytes(odd, cp_isolation=list(_CANDIDATES)).best()
    guess = best.encoding if best is not None else "cp1252"
    if odd.decode(guess, "replace") == odd.decode("cp1252", "replace"):
        guess = "cp1252"
    for encoding in (guess, "cp1252"):
        try:
            head.decode(encoding)
        except UnicodeDecodeError:
            continue
        return str(encoding)
    return "latin-1"


_CANDIDATES = ("cp1252", "cp1250", "cp1251", "cp1253", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr")


def _with_odd_bytes(head: bytes) -> bytes:
    lines = [line for line in head.splitlines() if not line.isascii()]
    return b"\n".join(lines[:500])


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise ParameterError(f"There is no encoding {encoding!r}.", "Such as utf-8, latin-1, cp1252 or utf-16.") from None


def delimiter_of(lines: Sequence[str]) -> tuple[str, bool]:
    """What parts the columns, and whether any run of blanks does: what gives most lines the same number of fields, above one."""
    sample = [line for line in lines[:_LINES] if line.strip()]
    best, best_share = ",", 0.0
    for delimiter in ("\t", ";", "|", ","):
        widths = Counter(len(r) for r in _parsed(sample, delimiter) if r)
        width, count = max(widths.items(), key=lambda w: (w[1], w[0]))
        share = count / sum(widths.values())
        if width > 1 and share > best_share + 0.05:
            best, best_share = delimiter, share
    if best_share > 0:
        return best, False
    widths = Counter(len(line.split()) for line in sample)
    width, count = widths.most_common(1)[0]
    # only numbers: words parted by blanks are a text
    blank = width > 1 and count > 0.9 * len(sample) and all(_NUMBER.match(c) for c in sample[-1].split())
    return (" ", True) if blank else (",", False)


def _parsed(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Records of lines; UnreadableError where one cannot be one, such as a field of more than 131,072 letters."""
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error as error:
        raise UnreadableError(f"The first lines are no delimited text: {error}.", "Say --delimiter, or look at them.") from error


def has_header(records: Sequence[Sequence[str]]) -> bool:
    """Whether the first record names the columns: not where it has numbers above numbers, or repeats what follows."""
    first, body = [c.strip() for c in records[0]], records[1:_LINES]
    filled = [c for c in first if c]
    if not filled:
        return False
    datalike = sum(map(_datalike, filled))
    if not body:
        return datalike < len(filled)
    columns = list(zip(*(r for r in body if len(r) == len(first)), strict=True)) or [()] * len(first)
    data_columns = [j for j, column in enumerate(columns) if column and _mostly_data(column)]
    if data_columns:
        return sum(_datalike(first[j]) for j in data_columns) < 0.5 * len(data_columns)
    if datalike > 0.5 * len(filled):
        return False
    repeated = sum(cell in {c.strip() for c in column} for cell, column in zip(first, columns, strict=True) if cell)
    return repeated < 0.5 * len(filled)


def _mostly_data(column: Sequence[str]) -> bool:
    cells = [c.strip() for c in column if c.strip() not in MISSING]
    return bool(cells) and sum(map(_datalike, cells)) > 0.8 * len(cells)


def _datalike(cell: str) -> bool:
    return bool(_NUMBER.match(cell) or _TIME.match(cell))


def _records(lines: Sequence[str], delimiter: str) -> tuple[list[list[str]], list[int]]:
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    records, ends = [], []
    try:
        for record in reader:
            if record and (len(record) > 1 or record[0].strip()):
                records.append(record)
                ends.append(reader.line_num)
            if len(records) > _LINES:
                break
    except csv.Error as error:
        if not records:
            raise UnreadableError(f"The first lines cannot be read: {error}.", "Say --delimiter.") from error
    return records, ends


def _whole_header(records: Sequence[Sequence[str]]) -> list[str]:
    """The names, one added where every row has one value more: a row's name comes first, a delimiter at the end last."""
    first, body = list(records[0]), records[1:]
    if not body or any(len(r) != len(first) + 1 for r in body):
        return first
    return [*first, "unnamed"] if not any(r[-1].strip() for r in body) else ["row", *first]


def _usual_width(records: Sequence[Sequence[str]]) -> int:
    return Counter(len(r) for r in records).most_common(1)[0][0]
