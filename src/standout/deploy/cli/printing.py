"""What verbs share of writing results and telling findings."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import typer

from standout.core.errors import ParameterError
from standout.core.files import replacing
from standout.core.finding import Finding
from standout.core.profile import Profile
from standout.deploy.results import write_pieces
from standout.evaluate.results import Kept

_IN_URL = re.compile(r"(://[^:/@]*):.+@")
_IN_QUERY = re.compile(r"([?&][^=&]*(?:pass|pwd|secret|token|key)[^=&]*=)[^&]+", re.IGNORECASE)


def as_typed(arguments: Iterable[str]) -> str:
    """A command as it was typed, for whoever repeats it, without the passwords of its URLs: reports are passed on.

    >>> as_typed(["standout", "run", "postgresql://me:secret@host/db?sslpassword=two"])
    "standout run 'postgresql://me:***@host/db?sslpassword=***'"
    """
    hidden = (_IN_URL.sub(r"\1:***@", a) if "://" in a else a for a in arguments)
    return shlex.join(_IN_QUERY.sub(r"\1***", a) if "://" in a else a for a in hidden)


def deliver(pieces: Iterator[pa.Table], out: Path | None, *, suffix: str = ".csv") -> None:
    """Write pieces to a file, whole or not at all, in the format of its ending; or to standard output."""
    if out is None:
        write_pieces(pieces, sys.stdout.buffer, suffix)
        sys.stdout.buffer.flush()
        return
    with replacing(out) as handle:
        write_pieces(pieces, handle, out.suffix)


def tell_findings(findings: Iterable[Finding]) -> None:
    """Findings that are more than a remark, one line each, on standard error."""
    for finding in findings:
        if finding.level != "info":
            typer.echo(f"{finding.message} {finding.hint}".rstrip(), err=True)


def tell_kept(kept: Iterable[Kept]) -> None:
    """A table of levels: rows that a kept promise raises, and rows that were."""
    typer.echo("\nlevel    promised rows        raised")
    for one in kept:
        promised = f"{one.low:,} to {one.high:,}" if one.promised else "too few to promise"
        verdict = "  more than promised" if one.promised and one.too_many else ""
        typer.echo(f"{one.level:<8g} {promised:<20} {one.raised:,} ({one.realised.value:.2%}){verdict}")


def write_profile(found: Profile, out: Path) -> None:
    """Write a profile as HTML or JSON, by the path's ending."""
    from standout.evaluate.report.page import render_profile

    if out.suffix == ".html":
        text = render_profile(found)
    elif out.suffix == ".json":
        text = json.dumps(found.as_dict(), ensure_ascii=False)
    else:
        raise ParameterError(f"A profile cannot be written as {out.suffix or out.name}.", "Use .html or .json.")
    with replacing(out) as handle:
        handle.write(text.encode("utf-8", "replace"))
