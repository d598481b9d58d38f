"""Which model a stream serves and which stands in its shadow: as the store says, from files that are what the store says.

In the stream's settings: `challenger` has the file and digest of one that is compared; `promoted` those of the one that serves, the
digest of the served file that it replaced, and under `before` what was promoted until then. A stream that is served with another file
than the one that was replaced goes by that file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import ModelFileError, StandoutError
from standout.core.finding import FindingKind
from standout.core.model import Model
from standout.core.table import Table
from standout.deploy.live.labels.shadow import Shadow

if TYPE_CHECKING:
    from standout.deploy.live.stream import Stream

NOT_FOUND = FindingKind(
    "promoted-not-found",
    "problem",
    "The model that was promoted for {stream} cannot be used; the one that it replaced serves: {why}",
    "Put the file back beside the model's, or take the promotion back.",
)
CHALLENGER_FAILED = FindingKind(
    "challenger-failed",
    "warning",
    "The challenger of {stream} could not score what came and was set aside: {why}",
    "Begin another.",
)


def serving(stream: Stream, settings: Mapping[str, Any]) -> Model:
    """The promoted model, or the one that the stream was given where nothing was promoted in its place."""
    told = settings.get("promoted")
    stream.aging.serve(stream.path)
    if not told or told["given"] != stream.given.learned_digest:
        return stream.given
    try:
        model = stream.model if stream.model.learned_digest == told["digest"] else checked(told)
        stream.aging.serve(Path(told["file"]))
        return model
    except ModelFileError as error:
        if not any(f.code == "promoted-not-found" for f in stream.findings):
            stream.findings = (*stream.findings, NOT_FOUND.found(stream=stream.name, why=str(error)[:200]))
        return stream.given


def shadow_of(stream: Stream, settings: Mapping[str, Any]) -> Shadow | None:
    """The challenger, newly begun; None where there is none, or its file cannot be used any more."""
    told = settings.get("challenger")
    if not told or told["of"] != stream.model.learned_digest:
        return None
    try:
        known = stream.shadow
        same = known is not None and known.model.learned_digest == told["digest"]
        model = known.model if known is not None and same else checked(told)
    except ModelFileError:
        return None
    return Shadow(model.with_policy(stream.model.policy), stream.settings.most_entities)


def compare(stream: Stream, table: Table, outcome: NDArray[np.int8], now: datetime) -> None:
    """Let the challenger, if there is one, go through rows that were decided; one that fails goes, and the champion does not notice."""
    if stream.shadow is None:
        return
    try:
        stream.shadow.step(table, outcome, now)
    except (StandoutError, ArithmeticError, ValueError, LookupError) as error:
        stream.shadow = None
        stream.findings = (*stream.findings, CHALLENGER_FAILED.found(stream=stream.name, why=str(error)[:200]))


def checked(told: Mapping[str, Any]) -> Model:
    """The model of a file; ModelFileError where it is not the one that was written."""
    model = Model.load(Path(told["file"]))
    if model.learned_digest != told["digest"]:
        raise ModelFileError(f"{told['file']} is another model than the one that was compared.", "Put the right file back.")
    return model
