"""How far a file was read, and by what it is known again after it was moved, cut short or replaced."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from standout.deploy.sources.lines import Form

HEAD = 1_024
"""Bytes at the beginning of a file by which it is known again, since a deleted file's number is soon given to another."""


@dataclass(frozen=True)
class Place:
    """How far a file was read.

    offset: where the first line begins that was not taken. generation: how many files of the path were read before this one, so
    that a row's id says which it is of. file: its device and inode. head: a hash of its first `known` bytes. form: how its lines
    are read, once the first told it.
    """

    offset: int
    generation: int
    file: tuple[int, int]
    head: str
    known: int
    form: Form | None = None

    @classmethod
    def begin(cls, handle: IO[bytes], offset: int, generation: int) -> Place:
        """The place at an offset of an open file."""
        return cls(offset, generation, identity(os.fstat(handle.fileno())), *_head(handle, HEAD))

    def moved_on(self, handle: IO[bytes], offset: int, form: Form | None) -> Place:
        """The place further on in the same file, known by more of its beginning where there is more now."""
        head, known = (self.head, self.known) if self.known == HEAD else _head(handle, HEAD)
        return replace(self, offset=offset, form=form, head=head, known=known)

    def lies_in(self, path: Path) -> bool:
        """Whether this is a place in the file that a path leads to now."""
        try:
            with path.open("rb") as handle:
                return self.lies_in_open(handle)
        except OSError:
            return False

    def lies_in_open(self, handle: IO[bytes]) -> bool:
        """As `lies_in`, of an open file."""
        status = os.fstat(handle.fileno())
        same = identity(status) == self.file and status.st_size >= self.offset
        return same and _head(handle, self.known) == (self.head, self.known)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the store."""
        form = None if self.form is None else [self.form.delimiter, list(self.form.names)]
        return {
            "offset": self.offset,
            "generation": self.generation,
            "file": list(self.file),
            "head": self.head,
            "known": self.known,
            "form": form,
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Place:
        """The inverse of `as_dict`."""
        form = None if told["form"] is None else Form(told["form"][0], tuple(told["form"][1]))
        return cls(told["offset"], told["generation"], (told["file"][0], told["file"][1]), told["head"], told["known"], form)


def identity(status: os.stat_result) -> tuple[int, int]:
    """What tells two files apart that exist at the same time: device and inode."""
    return status.st_dev, status.st_ino


def _head(handle: IO[bytes], size: int) -> tuple[str, int]:
    """A hash of the first bytes of an open file, and of how many; where it stands is left as it was."""
    data = os.pread(handle.fileno(), size, 0)
    return hashlib.sha256(data).hexdigest()[:32], len(data)
