"""A challenger: the champion's detector fitted again on recent rows, corrected by labels where there are enough of both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.calibrator import fit_null
from standout.core.detector import own_scores, reach
from standout.core.errors import TooFewRowsError
from standout.core.model import Fitted, Model
from standout.core.preparer import assemble, select
from standout.core.registry import find
from standout.core.sequence import in_order
from standout.core.table import Table, concat
from standout.deploy.live.bodies import unpack_rows
from standout.deploy.store.records import Batch, Label, Verdict
from standout.deploy.store.store import Unit

LEAST = 20
"""Labels of each kind, confirmed and false, from which they teach."""
ROWS = 20_000
"""The newest rows that are learned from, at most, besides the labelled ones."""
FEWEST = 200
TRUE, FALSE, UNKNOWN = 1, 0, -1


def decided(labels: list[Label]) -> dict[int, int]:
    """For each alert with a verdict that teaches whether it was an anomaly: 1 or 0."""
    teaches = {Verdict.TRUE: TRUE, Verdict.FALSE: FALSE, Verdict.EXPECTED: FALSE}
    return {label.alert: teaches[label.verdict] for label in labels if label.verdict in teaches}


def enough(told: dict[int, int]) -> bool:
    """Whether both kinds are there `LEAST` times."""
    return min(sum(v == TRUE for v in told.values()), sum(v == FALSE for v in told.values())) >= LEAST


def training_rows(unit: Unit, stream: str, model: Model) -> tuple[Table, NDArray[np.int8]]:
    """The stream's newest rows and its labelled ones, each once, oldest first; and 1, 0 or -1 (not known) for each.

    Of a series only the newest: a labelled row of long ago means nothing without what came before it.

    TooFewRowsError where the journal keeps fewer than a fit needs.
    """
    told = decided(unit.labels.standing(stream))
    known = {(a.batch, a.row): told[a.id] for a in unit.alerts.among(told) if a.batch}
    series = model.detector.part.kind == "sequence"
    tables, labels, rows = [], [], 0
    for batch in _newest_first(unit, stream, set() if series else {seq for seq, _ in known}):
        read = unpack_rows(batch.body, model.schema)
        good = np.array([r not in read.rejected for r in range(batch.rows)], dtype=np.bool_)
        said = np.array([known.get((batch.seq, r), UNKNOWN) for r in range(batch.rows)], dtype=np.int8)
        wanted = np.flatnonzero(good & ((said != UNKNOWN) | (rows < ROWS)))
        if len(wanted):
            tables.append(read.table.take(wanted))
            labels.append(said[wanted])
            rows += len(wanted)
    if rows < FEWEST:
        raise TooFewRowsError.needed(f"A challenger of {stream}", rows, FEWEST)
    return concat(tables[::-1]), np.concatenate(labels[::-1])


def _newest_first(unit: Unit, stream: str, labelled: set[int]) -> Iterator[Batch]:
    """The newest batches with `ROWS` rows together, and older ones that hold a labelled row."""
    rows, seen = 0, set[int]()
    for batch in unit.journal.newest(stream):
        if rows >= ROWS:
            break
        seen.add(batch.seq)
        rows += batch.rows
        yield batch
    for seq in sorted(labelled - seen, reverse=True):
        old = unit.journal.get(seq)
        if old is not None and old.body:
            yield old


def challenger(model: Model, table: Table, labels: NDArray[np.int8], seed: int = 0) -> Model:
    """A model of the same columns, calibrator, policy and explainer, fitted on these rows.

    With enough labels of both kinds its detector is `boosted-scores` on the champion's; without, the champion's own. What was
    confirmed is no part of the null, whose p-values speak of normal rows. Labels of rows cannot teach a detector of series: it is
    fitted again on each entity's rows in order of time, without the events that were confirmed.
    """
    part: Any = model.detector.part
    starts = np.zeros(1, dtype=np.int64)
    told = {"true": int((labels == TRUE).sum()), "false": int((labels == FALSE).sum())}
    if part.kind == "sequence":
        at, starts = without_confirmed(table, labels, reach(part, model.detector.state))
        table, labels = table.take(at), np.full(len(at), UNKNOWN, dtype=np.int8)
        if len(table) < FEWEST:
            raise TooFewRowsError.needed("A challenger, without the events that were confirmed,", len(table), FEWEST)
    taught = part.kind == "rows" and min(told.values()) >= LEAST
    known = labels if taught else None
    if taught and part.name != "boosted-scores":
        part = find("detector", "boosted-scores").make({"base": part})
    rng = np.random.default_rng([seed, len(table)])
    # the preparers stay: what is near to a label stays near, and the two are compared on the same features
    prepared = [(f.part, f.state) for f in model.preparers]
    if not taught:
        prepared = [(p, p.fit(select(p, table), rng)) for p, _ in prepared]
    matrix = assemble(prepared, table, starts)
    state = part.fit(matrix, rng, known)
    own = own_scores(part, state, matrix, rng, known)
    normal = np.flatnonzero(labels != TRUE)
    null, _ = fit_null(model.calibrator.part, own[normal], table.take(normal), matrix.take(normal), rng)
    explainer = model.explainer
    if explainer is not None:
        explainer = Fitted(explainer.part, explainer.part.fit(table, matrix, own, rng))
    learned = {"rows": len(table), **told, "taught": taught} | _held_out(model, null, own, labels)
    return replace(
        model, preparers=tuple(Fitted(p, s) for p, s in prepared), detector=Fitted(part, state),
        calibrator=Fitted(model.calibrator.part, null), explainer=explainer, policy_state={},
        provenance={**model.provenance, "challenger_of": model.learned_digest, "challenger": learned},
    )  # fmt: skip  # what changes, in the order of the model


def without_confirmed(table: Table, labels: NDArray[np.int8], rows: int) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """The rows in order of time, entity by entity, without those that lie so many rows or fewer from a confirmed one.

    Returns their positions in the table and where each stretch begins: where rows were left out, another one does.
    """
    order, starts = in_order(table)
    ends = np.append(starts[1:], len(order))
    run = np.repeat(np.arange(len(starts)), ends - starts)
    kept = np.ones(len(order), dtype=np.bool_)
    for at in np.flatnonzero(labels[order] == TRUE).tolist():
        kept[max(at - rows, starts[run[at]]) : min(at + rows + 1, ends[run[at]])] = False
    left = np.flatnonzero(kept)
    new = np.ones(len(left), dtype=np.bool_)
    new[1:] = (np.diff(left) > 1) | (np.diff(run[left]) > 0)
    return order[left], np.flatnonzero(new).astype(np.int64)


def _held_out(model: Model, null: Any, own: Any, labels: NDArray[np.int8]) -> dict[str, float]:
    """How labelled rows, none judged by itself, rank: the share of pairs that are in the right order (AUROC)."""
    true, false = own[labels == TRUE], own[labels == FALSE]
    if not len(true) or not len(false):
        return {}
    right = (true[:, None] > false[None]).mean() + 0.5 * (true[:, None] == false[None]).mean()
    p_values = model.calibrator.part.p_values(null, np.concatenate([true, false]))
    limit = np.sort(p_values)[len(true) - 1]
    chosen = p_values <= limit
    return {
        "order": float(right),
        "precision": float(chosen[: len(true)].sum() / chosen.sum()),
        "was": len(true) / (len(true) + len(false)),
    }
