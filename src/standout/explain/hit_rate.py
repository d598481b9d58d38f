"""How often reasons are right on a user's own table: faults are planted in copies of its rows, and the columns named are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import LooksBack, own_scores
from standout.core.errors import DataError
from standout.core.finding import Finding, FindingKind
from standout.core.model import Fitted, Model
from standout.core.overview import Hit
from standout.core.table import CODED, Column, Kind, Table

EACH = 40
"""Rows planted with each kind of fault, at most."""

FEWEST = 10
"""Rows planted in, at least: of fewer a rate says nothing."""

READ = 2_000 + EACH
"""Rows of the table that are looked at: those to plant in, and those to learn from without them."""

FAR = (5.0, 8.0)
"""Usual spreads by which a value is shifted."""

SHIFT, COMBINATION = "shifted values", "broken combinations"
POOR = {SHIFT: 0.8, COMBINATION: 0.4}
"""Rates below which a warning is due."""

POOR_REASONS = FindingKind(
    "reasons-poor",
    "warning",
    "Reasons name {rate:.0%} of the columns in which {kind} were planted ({chance:.0%} would be chance).",
    "Look at the whole row of an alert, not only at the columns it names; columns that hardly depend on each other cannot be told apart.",
)

UNMEASURED = FindingKind(
    "reasons-unmeasured",
    "info",
    "How often reasons name the right columns of {kind} cannot be measured on this table: {why}.",
    "Look at the whole row of an alert, not only at the columns it names.",
)


def hit_rates(model: Model, table: Table, rng: np.random.Generator) -> tuple[tuple[Hit, ...], tuple[Finding, ...]]:
    """The rate of each kind of fault that fits the table, up to two columns a row; and of the others why it cannot be measured.

    table: usual rows for the most part, such as those learned from; a sequence detector's in order. Nothing is planted in columns
    that the model makes nothing of, or of which fewer than two values are seen. With two columns any naming would be right, so three
    are needed; and rows enough to learn from without those planted in.
    """
    table, _ = model.conform(table.take(np.arange(min(len(table), READ))))
    used = set(model.prepare(table.take(np.arange(0))).by_column)
    columns = [f.name for f in model.schema.features if f.name in used and f.kind is not Kind.TEXT and _varies(table[f.name])]
    numbers = [n for n in columns if table[n].kind is Kind.NUMBER]
    at = _places(model, table, rng)
    none, given = _why_not(model, table, columns, at), model
    if not none:
        try:
            model = _unaware(model, table, at, rng)
        except DataError:
            none = "its rows are too few to learn from without some of them"
    hits, findings = [], []
    for kind, chosen in ((SHIFT, numbers), (COMBINATION, columns)):
        why = none or ("" if chosen else "it has no column of numbers")
        if why:
            findings.append(UNMEASURED.found(kind=kind, why=why))
            continue
        planted, truth = _plant(kind, table, chosen, at, rng)
        named = [[c.column for c in r.contributions[:2]] for r in model.explain(planted, at)]
        rates = [len(t & set(n)) / len(t) for t, n in zip(truth, named, strict=True)]
        hits.append(Hit(kind, float(np.mean(rates)), 2 / len(columns), len(at), unseen=model is not given))
    return tuple(hits), tuple(findings)


def _why_not(model: Model, table: Table, columns: Sequence[str], at: NDArray[np.intp]) -> str:
    """What stands in the way of planting any fault; "" where nothing does."""
    if model.detector.part.kind != "rows" and not isinstance(model.detector.part, LooksBack):
        return f"{model.detector.part.name} reads a series whole"
    if len(columns) < 3:
        return f"of {len(columns)} column{'' if len(columns) == 1 else 's'} that vary, two drawn at random would be right"
    if len(at) < FEWEST:
        return f"faults fit into {len(at)} of its {len(table)} rows, and a rate needs {FEWEST}"
    return ""


def _unaware(model: Model, table: Table, at: NDArray[np.intp], rng: np.random.Generator) -> Model:
    """The model as it would be had it not seen the rows to plant in.

    Who knows a row by heart names what was changed in it: of 600 rows whose columns do not depend on each other, a third of the broken
    columns in place of a fifth. Series keep the model, whose windows overlap; so does a detector that needs labels, which are not here.
    """
    detector, explainer = model.detector.part, model.explainer
    if explainer is None or detector.kind != "rows" or detector.learns_from != "unlabelled":
        return model
    others = table.take(np.setdiff1d(np.arange(len(table)), at))
    matrix = model.prepare(others)
    state = detector.fit(matrix, rng)
    own = own_scores(detector, state, matrix, rng)
    learned = explainer.part.fit(others, matrix, own, rng)
    return replace(model, detector=Fitted(detector, state), explainer=Fitted(explainer.part, learned))


def poor(hits: Sequence[Hit]) -> tuple[Finding, ...]:
    """A finding for each kind of fault whose columns are named too seldom."""
    return tuple(POOR_REASONS.found(kind=h.kind, rate=h.rate, chance=h.chance) for h in hits if h.rate < min(POOR[h.kind], 1.0))


def _varies(column: Column) -> bool:
    known = column.values[~column.missing]
    return bool(len(known)) and bool((known != known[0]).any())


def _places(model: Model, table: Table, rng: np.random.Generator) -> NDArray[np.intp]:
    """Rows to plant in: any, or in a series so far apart that none lies in the past of another."""
    if model.detector.part.kind == "rows":
        return rng.permutation(len(table))[: min(EACH, len(table) // 4)].astype(np.intp)
    if not isinstance(model.detector.part, LooksBack):
        return np.empty(0, dtype=np.intp)
    apart = model.detector.part.context(model.detector.state) + 1
    return np.arange(apart, len(table), apart, dtype=np.intp)[:EACH]


def _plant(
    kind: str, table: Table, columns: Sequence[str], at: NDArray[np.intp], rng: np.random.Generator
) -> tuple[Table, list[set[str]]]:
    """The table with faults at some rows, and the columns of each."""
    values = {n: table[n].values.copy() for n in columns}
    truth = []
    for row in at.tolist():
        names = rng.choice(np.array(columns), min(2, len(columns)), replace=False).tolist()
        for name in names:
            values[name][row] = _shifted(table[name], row, rng) if kind == SHIFT else _other(table[name], row, rng)
        truth.append(set(names))
    made = [
        Column(f.kind, values[f.name], c.categories) if f.name in values else c
        for f, c in zip(table.schema.fields, table.columns, strict=True)
    ]
    return Table(table.schema, tuple(made), table.rows), truth


def _spread(values: NDArray[np.generic]) -> float:
    known = values[np.isfinite(values)].astype(np.float64)
    low, high = np.quantile(known, [0.05, 0.95]) if len(known) else (0.0, 0.0)
    return float(high - low) / 3.29 or (float(known.std()) if len(known) else 0.0) or 1.0


def _shifted(column: Column, row: int, rng: np.random.Generator) -> float:
    own = float(column.values[row])
    start = own if np.isfinite(own) else float(np.nanmedian(column.values[~np.isinf(column.values)]))
    return start + float(rng.choice([-1, 1]) * rng.uniform(*FAR)) * _spread(column.values)


def _other(column: Column, row: int, rng: np.random.Generator) -> np.generic:
    """The value of another row, another category or a number a spread away where there is one among twenty."""
    drawn = column.values[rng.integers(len(column), size=20)]
    if column.kind in CODED or column.kind in (Kind.FLAG, Kind.TIME):
        apart = drawn[drawn != column.values[row]]
    else:
        apart = drawn[np.abs(drawn - column.values[row]) >= _spread(column.values)]
    return apart[0] if len(apart) else drawn[0]
