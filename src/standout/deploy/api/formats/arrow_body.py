"""Arrow IPC, stream or file, from strangers: no packed buffers, only plain types, and no column larger than it looks.

A few bytes of Arrow can stand for very much: buffers packed by zstd, runs, views that share one text, nulls without number. So
messages are looked at before they are read, and types that can repeat without being written out are refused by name.
"""

from __future__ import annotations

import struct

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from standout.core.errors import EmptyTableError, SchemaError, UnreadableError
from standout.data.arrow_files import DAMAGE, flat
from standout.deploy.api.formats.expected import Expected
from standout.deploy.api.problems import TooLarge, WrongMedia

HINT = "Send one Arrow IPC stream: pyarrow.ipc.new_stream(sink, table.schema)."
FILE_MAGIC = b"ARROW1"
PLAIN = (
    pa.types.is_null, pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view, pa.types.is_timestamp, pa.types.is_date, pa.types.is_time, pa.types.is_duration,
)  # fmt: skip
_DICTIONARY, _RECORDS = 2, 3  # kinds of message, as Arrow's Message.fbs numbers them
_MOST_TEXT = 16
"""A dictionary's texts, written out in every row, may take so many times the bytes of a body."""


def read_arrow(body: bytes, expected: Expected) -> pa.Table:
    """Rows from an Arrow IPC stream or file."""
    try:
        as_stream = _stream_of(body)
        _check_messages(as_stream)
        with pa.ipc.open_stream(pa.BufferReader(as_stream)) as reader:
            _check_types(reader.schema, expected)
            batches, rows = [], 0
            for batch in reader:
                rows += batch.num_rows
                expected.check_size(rows, batch.num_columns)
                batch.validate(full=True)  # offsets that lead outside their buffers would be read as they are
                batches.append(batch)
            schema = reader.schema
    except (*DAMAGE, struct.error, IndexError) as error:
        raise UnreadableError(f"The body is no Arrow IPC stream: {str(error)[:120]}.", HINT) from None
    if not rows:
        raise EmptyTableError("The body has no rows.", HINT)
    table = _written_out(pa.Table.from_batches(batches, schema), expected)
    if any(pa.types.is_struct(t) for t in schema.types):
        table = pa.Table.from_batches([flat(b) for b in table.combine_chunks().to_batches()])
        expected.check_size(rows, table.num_columns)
    return table


def _stream_of(body: bytes) -> bytes:
    """The stream inside a file: between its magic and its footer, which is not needed to read from front to back."""
    if not body.startswith(FILE_MAGIC):
        return body
    if not body.endswith(FILE_MAGIC):
        raise UnreadableError("The Arrow file is cut short.", HINT)
    return body[8:]


def _check_messages(stream: bytes) -> None:
    """WrongMedia where a message says that its buffers are packed."""
    for message in pa.ipc.MessageReader.open_stream(pa.BufferReader(stream)):
        if _is_packed(message.metadata.to_pybytes()):
            hint = "Write them as they are: IpcWriteOptions(compression=None)."
            raise WrongMedia("The Arrow buffers are compressed.", hint)


def _is_packed(metadata: bytes) -> bool:
    """Whether a message's record batch has a `compression` table; the layout is that of Arrow's Message.fbs."""
    message = struct.unpack_from("<I", metadata, 0)[0]
    kind, header = _slot(metadata, message, 1), _slot(metadata, message, 2)
    if not kind or not header:
        return False
    batch = header + struct.unpack_from("<I", metadata, header)[0]
    if metadata[kind] == _DICTIONARY:
        inner = _slot(metadata, batch, 1)
        if not inner:
            return False
        batch = inner + struct.unpack_from("<I", metadata, inner)[0]
    return metadata[kind] in (_DICTIONARY, _RECORDS) and _slot(metadata, batch, 3) != 0


def _slot(data: bytes, table: int, number: int) -> int:
    """Where a field of a flatbuffers table lies, 0 where it is absent."""
    places = table - struct.unpack_from("<i", data, table)[0]
    if places < 0 or 4 + 2 * number >= struct.unpack_from("<H", data, places)[0]:
        return 0
    offset = struct.unpack_from("<H", data, places + 4 + 2 * number)[0]
    return table + offset if offset else 0


def _check_types(schema: pa.Schema, expected: Expected) -> None:
    expected.check_size(0, len(schema))
    seen: set[str] = set()
    for field in schema:
        if field.name in seen:
            raise SchemaError(f"The column {field.name[:80]!r} stands twice.", "Give each column a name of its own.")
        seen.add(field.name)
        _check_type(field.name, field.type, expected.limits.depth)


def _check_type(name: str, type_: pa.DataType, depth: int) -> None:
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    if pa.types.is_struct(type_) and depth:
        for field in type_:
            _check_type(f"{name}.{field.name}", field.type, depth - 1)
    elif not any(is_plain(type_) for is_plain in PLAIN):
        raise SchemaError(f"The column {name[:80]!r} is of type {str(type_)[:60]}.", "Cast it to numbers, text or times.")


def _written_out(table: pa.Table, expected: Expected) -> pa.Table:
    """The table with views as plain text; TooLarge where texts that rows share would be much larger when written out in each."""
    most = _MOST_TEXT * expected.limits.bytes
    for at, (field, column) in enumerate(zip(table.schema, table.columns, strict=True)):
        is_view = pa.types.is_string_view(field.type)
        if is_view or (pa.types.is_dictionary(field.type) and pa.types.is_string(field.type.value_type)):
            size = sum(_text_size(chunk) for chunk in column.chunks)
            if size > most:
                raise TooLarge(f"The texts of {field.name[:80]!r} are {size:,} bytes when written out.", "Send shorter ones.")
        if is_view:
            table = table.set_column(at, field.name, column.cast(pa.large_string()))
    return table


def _text_size(array: pa.Array) -> int:
    if pa.types.is_dictionary(array.type):
        lengths = pc.binary_length(array.dictionary)
        return int(pc.sum(lengths.take(array.indices)).as_py() or 0) if len(lengths) else 0
    # a view is 16 bytes, of which the first four are its length
    views = np.frombuffer(array.buffers()[1], np.int32, count=4 * len(array), offset=16 * array.offset)
    return int(views[::4][array.is_valid().to_numpy(zero_copy_only=False)].sum(dtype=np.int64))
