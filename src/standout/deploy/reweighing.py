"""A saved model whose null is weighed toward new rows; nothing else of it changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from standout.core.calibrator import Weighs, promises
from standout.core.errors import EmptyTableError, ParameterError
from standout.core.finding import Finding, merged
from standout.core.model import Fitted, Model
from standout.core.table import Table, concat
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.data.source import Source

SAMPLE = 20_000
"""New rows that are looked at: a seeded sample."""


def reweigh_source(model: Model, what: Any, *, seed: int = 0, **how: Any) -> tuple[Model, tuple[Finding, ...]]:
    """The model with its null weighed toward a file, URL or frame, and what came of it; `what` and `how` as for `standout.run`.

    ParameterError where the model's calibrator keeps no rows to weigh; TooFewRowsError where the new rows are too few.
    """
    part = model.calibrator.part
    if not isinstance(part, Weighs):
        raise ParameterError(
            f"The model's null is {part.name}, which cannot be weighed.",
            "Fit with one that can: --calibrator conformal-weighted.",
        )
    rng, source = np.random.default_rng(seed), open_source(what, **how)
    sample, said = _sample(source, model, rng)
    sample, unlike = model.conform(sample)
    null, found = part.toward(model.calibrator.state, model.prepare(sample), rng)
    weighed = replace(
        model, calibrator=Fitted(part, null), provenance={**model.provenance, "weighed_toward": source.name}, policy_state={}
    )
    reach = promises(model.policy, part, null)
    return weighed, merged([*source.findings, *said, *unlike, *found, *reach])


def _sample(source: Source, model: Model, rng: np.random.Generator) -> tuple[Table, tuple[Finding, ...]]:
    """At most `SAMPLE` rows, each as likely, and what was noticed while reading."""
    kept: Table | None = None
    keys, said = np.empty(0), list[Finding]()
    for piece, findings in tables(source, model.schema):
        said += findings
        keys = np.r_[keys, rng.random(len(piece))]
        kept = piece if kept is None else concat([kept, piece])
        if len(keys) > SAMPLE:
            at = np.sort(np.argsort(keys, kind="stable")[:SAMPLE])
            kept, keys = kept.take(at), keys[at]
    if kept is None:
        raise EmptyTableError(f"{source.name} has no rows.", "Name a file that has some.")
    return kept, tuple(said)
