"""One file that holds a model: a zip, uncompressed, of ``model.json`` and raw arrays. Data only: no pickle, no code.

Every array's type, shape and SHA-256 stand in ``model.json``; the digest of that text is the digest of the model. Sizes are
checked before anything is read, dates are fixed, members are sorted: the same model gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from standout.core.errors import ModelFileError
from standout.core.files import replacing
from standout.core.part import State

FORMAT = 2
MAX_BYTES = 2 << 30
MAX_JSON_BYTES = 32 << 20
MAX_MEMBERS = 20_000
MAX_DIRECTORY_BYTES = 8 << 20
DTYPES = frozenset({"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"})
DOCUMENT = "model.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
END = struct.Struct("<4s4H2LH")  # of a zip: signature, disks (2), members (2), bytes of directory, its place, comment
LOCATOR_BYTES = 20  # of a second, larger directory, which a file of 2 GiB never needs

MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: lambda document: document,  # since 2, arrays under "policy/" may hold what a policy remembers; a file of format 1 has none
}
"""From each older format to the next; a reader applies them in turn."""


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one way to write a document as JSON."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def describe(document: Mapping[str, Any], arrays: State) -> dict[str, Any]:
    """The document with its format and a description of each array added."""
    described = {name: _description(array) for name, array in arrays.items()}
    return {**document, "format": FORMAT, "arrays": described}


def digest(document: Mapping[str, Any], arrays: State) -> str:
    """SHA-256 over everything that the file holds, as hexadecimal."""
    return hashlib.sha256(canonical(describe(document, arrays))).hexdigest()


def write(path: Path, document: Mapping[str, Any], arrays: State) -> None:
    """Write the file whole or not at all; OutputError where the disk or the folder refuses."""
    with replacing(path) as handle, zipfile.ZipFile(handle, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(DOCUMENT, EPOCH), canonical(describe(document, arrays)))
        for name in sorted(arrays):
            archive.writestr(zipfile.ZipInfo(f"arrays/{name}", EPOCH), _raw(arrays[name]))


def inspect(path: Path) -> dict[str, Any]:
    """The document of a file, without reading an array or building anything."""
    with _opened(path) as archive:
        return _document(path, archive)


def read(path: Path) -> tuple[dict[str, Any], State]:
    """The document and the arrays, checked; ModelFileError says what is wrong with a file that cannot be trusted."""
    with _opened(path) as archive:
        document = _document(path, archive)
        described = document.pop("arrays")
        document.pop("format")
        names = {i.filename for i in archive.infolist()} - {DOCUMENT}
        if names != {f"arrays/{n}" for n in described}:
            raise ModelFileError(f"{path}: the arrays in the file are not those that {DOCUMENT} lists.", _HINT)
        return document, {name: _array(path, archive, name, d) for name, d in described.items()}


_HINT = "Copy it again from where it was made, or fit the model again."


def _raw(array: np.ndarray[Any, Any]) -> bytes:
    little = array.dtype.newbyteorder("<")
    return np.ascontiguousarray(array, dtype=little).tobytes()


def _description(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    if array.dtype.name not in DTYPES:
        raise ModelFileError(f"A state may not hold {array.dtype}.", f"Use one of {', '.join(sorted(DTYPES))}.")
    return {"dtype": array.dtype.name, "shape": list(array.shape), "sha256": hashlib.sha256(_raw(array)).hexdigest()}


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        if path.is_dir():
            raise ModelFileError(f"{path} is a folder, not a model file.", "Name the .standout file in it.")
        _check_end(path)
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise ModelFileError(f"There is no file {path}.", "Check the path; standout run writes model.standout.") from None
    except (OSError, ValueError, NotImplementedError, struct.error, zipfile.BadZipFile) as error:
        # a forged directory makes zipfile raise any of these: NotImplementedError for a version it does not know
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{path} is not a model file: {error}.", _HINT) from error
    try:
        _check_sizes(path, archive)
    except BaseException:
        archive.close()
        raise
    return archive


def _check_end(path: Path) -> None:
    """Look at the record at the end of the file alone: opening it would read a directory of any length into memory."""
    with path.open("rb") as handle:
        handle.seek(0, os.SEEK_END)
        handle.seek(max(0, handle.tell() - LOCATOR_BYTES - END.size))
        last = handle.read()
    locator, end = last[: -END.size], last[-END.size :]
    if len(end) < END.size or not end.startswith(b"PK\x05\x06") or locator.startswith(b"PK\x06\x07"):
        raise ModelFileError(f"{path} is not a model file, or not the whole of one.", _HINT)
    members, directory = END.unpack(end)[4:6]
    if members > MAX_MEMBERS or directory > MAX_DIRECTORY_BYTES:
        raise ModelFileError(f"{path} holds more than a model file may ({MAX_MEMBERS:,} members).", _HINT)


def _check_sizes(path: Path, archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_BYTES:
        raise ModelFileError(f"{path} holds more than a model file may ({MAX_MEMBERS:,} members, {MAX_BYTES >> 30} GiB).", _HINT)
    if len({m.filename for m in members}) != len(members):
        raise ModelFileError(f"{path} holds two members of one name.", _HINT)
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 0x1 or member.compress_size != member.file_size:
            raise ModelFileError(f"{path}: {member.filename} is compressed or encrypted, which model files never are.", _HINT)


def _member(path: Path, archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        if archive.getinfo(name).file_size > most:
            raise ModelFileError(f"{path}: {name} is larger than {most:,} bytes.", _HINT)
        return archive.read(name)
    except KeyError:
        raise ModelFileError(f"{path} has no {name}; it is not a model file.", _HINT) from None
    except (OSError, ValueError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile) as error:
        # NotImplementedError for a way of packing it does not know, RuntimeError for a member that wants a password
        raise ModelFileError(f"{path}: {name} cannot be read: {error}.", _HINT) from error


def _document(path: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    raw = _member(path, archive, DOCUMENT, MAX_JSON_BYTES)
    try:
        document = json.loads(raw)
        same = canonical(document) == raw
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path}: {DOCUMENT} is not JSON: {error}.", _HINT) from error
    # so that nothing hides in it: no key twice, no NaN, and the digest of the text is that of what was read
    if not same:
        raise ModelFileError(f"{path}: {DOCUMENT} is not as Standout writes it.", _HINT)
    if not isinstance(document, dict) or type(document.get("format")) is not int or not _lists_arrays(document):
        raise ModelFileError(f"{path}: {DOCUMENT} does not describe a model.", _HINT)
    if document["format"] > FORMAT or document["format"] < 1:
        raise ModelFileError(f"{path} has format {document['format']}; this version reads up to {FORMAT}.", "Upgrade standout.")
    for version in range(document["format"], FORMAT):
        document = MIGRATIONS[version](document)
    return document


def _lists_arrays(document: Mapping[str, Any]) -> bool:
    arrays = document.get("arrays")
    return isinstance(arrays, dict) and all(_sound(d) for d in arrays.values())


def _sound(description: Any) -> bool:
    if not isinstance(description, dict) or set(description) != {"dtype", "shape", "sha256"}:
        return False
    shape = description["shape"]
    if not isinstance(description["dtype"], str) or not isinstance(shape, list) or len(shape) > 8:
        return False
    # a size of 0 hides all others from the count of bytes, so their product is held below the limit without it
    return (
        description["dtype"] in DTYPES
        and all(type(s) is int and 0 <= s <= MAX_BYTES for s in shape)
        and math.prod(s for s in shape if s) <= MAX_BYTES
    )


def _array(path: Path, archive: zipfile.ZipFile, name: str, description: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    raw = _member(path, archive, f"arrays/{name}", MAX_BYTES)
    dtype = np.dtype(description["dtype"]).newbyteorder("<")
    if len(raw) != math.prod(description["shape"]) * dtype.itemsize or hashlib.sha256(raw).hexdigest() != description["sha256"]:
        raise ModelFileError(f"{path}: the array {name} is not what {DOCUMENT} says it is.", _HINT)
    if dtype == np.bool_ and raw.strip(b"\x00\x01"):
        raise ModelFileError(f"{path}: the array {name} holds bytes that are neither true nor false.", _HINT)
    return np.frombuffer(raw, dtype=dtype).reshape(description["shape"]).astype(dtype.newbyteorder("="))
