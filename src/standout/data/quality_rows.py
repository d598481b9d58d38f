"""Checks across columns: rows that repeat, columns that say the same, missing together, and too few rows for the columns."""

from __future__ import annotations

import numpy as np

from standout.core.finding import Finding, FindingKind
from standout.core.table import Role
from standout.data.quality import Evidence, count_of, listed, percent, say

DUPLICATES = FindingKind(
    "duplicate-rows",
    "info",
    "{count} ({share}) {copies} in every column{but}{example}.",
    "Harmless where rows are readings of a few values; else the file may have been joined or exported twice.",
)
IDENTICAL = FindingKind(
    "identical-columns",
    "warning",
    "The same values in every row: {listing}.",
    "Leave out all but one with --ignore: what they say counts twice.",
)
CORRELATED = FindingKind(
    "correlated-columns",
    "info",
    "Columns that rise and fall together, or one against the other: {listing}.",
    "They say nearly the same, so that it counts more than once; a row where they part is worth a look.",
)
TOGETHER = FindingKind(
    "missing-together",
    "info",
    "Values are missing in the same rows: {listing}.",
    "One cause may lie behind it, such as a sensor, a form or a join.",
)
FEW_ROWS = FindingKind(
    "few-rows",
    "warning",
    "{rows} rows for {columns} columns are few to learn what is usual from.",
    "Trust the strongest alerts only; more rows, or fewer columns (--ignore), make them surer.",
)

_STRONG = 0.98
_TOGETHER = 0.9
_LEAST_REPEATED = 0.01
_LEAST = 0.01
_ROWS_A_COLUMN, _LEAST_ROWS = 5, 50


def duplicates(seen: Evidence) -> list[Finding]:
    """Rows that equal an earlier row."""
    if seen.repeats < _LEAST_REPEATED * seen.rows or not seen.repeats:
        return []
    identifiers = [f.name for f in seen.schema.fields if f.role is Role.ID]
    example = ""
    if seen.example_repeat:
        example = f", such as row {seen.example_repeat[1]:,} of row {seen.example_repeat[0]:,}"
    about = "" if seen.compared == 1.0 else "About "
    return [
        DUPLICATES.found(
            count=f"{about}{count_of(seen.repeats, 'row')}",
            copies="is a copy of an earlier one" if seen.repeats == 1 else "are copies of earlier ones",
            share=percent(seen.repeats / seen.rows),
            but=f" but {listed(identifiers)}" if identifiers else "",
            example=example,
            rows=seen.repeats,
            compared=seen.compared,
        )
    ]


def identical(seen: Evidence) -> list[Finding]:
    """Columns of equal values in every row."""
    groups: dict[tuple[int, int], list[str]] = {}
    for field in seen.usable:
        counter = seen.counters[field.name]
        if counter.distinct > 1:
            groups.setdefault((counter.fingerprint, counter.missing), []).append(field.name)
    same = [names for names in groups.values() if len(names) > 1]
    if not same:
        return []
    return [IDENTICAL.found(listing=listed([" = ".join(names) for names in same]), groups=same)]


def correlated(seen: Evidence, pairs: tuple[tuple[str, str, float], ...]) -> list[Finding]:
    """Pairs of number columns of nearly the same order, those of identical columns left out."""
    prints = {f.name: seen.counters[f.name].fingerprint for f in seen.numbers}
    strong = [p for p in pairs if abs(p[2]) >= _STRONG and prints.get(p[0]) != prints.get(p[1])]
    if not strong:
        return []
    groups = _joined([(one, other) for one, other, _ in strong])
    weakest = {g[0]: min(abs(rho) for one, _, rho in strong if one in g) for g in groups}
    words = [f"{listed(g)} ({min(weakest[g[0]], 0.999):.3f})" for g in groups]
    return [CORRELATED.found(listing="; ".join(words[:4]), groups=groups, pairs=[list(p) for p in strong[:100]])]


def _joined(pairs: list[tuple[str, str]]) -> list[list[str]]:
    """Columns that are linked by pairs, strongest link first."""
    groups: list[list[str]] = []
    for one, other in pairs:
        linked = [g for g in groups if one in g or other in g]
        whole = list(dict.fromkeys([*(name for g in linked for name in g), one, other]))
        at = groups.index(linked[0]) if linked else len(groups)
        groups = [g for g in groups if g not in linked]
        groups.insert(at, whole)
    return groups


def missing_together(seen: Evidence) -> list[Finding]:
    """Groups of columns that are missing in nearly the same rows."""
    masks = {f.name: seen.sample[f.name].missing for f in seen.usable}
    masks = {name: m for name, m in masks.items() if _LEAST <= m.mean() <= 1 - _LEAST and m.sum() >= 5}
    groups: list[list[str]] = []
    for name, mask in masks.items():
        for group in groups:
            first = masks[group[0]]
            if np.count_nonzero(mask & first) >= _TOGETHER * np.count_nonzero(mask | first):
                group.append(name)
                break
        else:
            groups.append([name])
    groups = [g for g in groups if len(g) > 1]
    if not groups:
        return []
    words = [f"{listed(g)} ({percent(float(masks[g[0]].mean()))})" for g in groups]
    return [TOGETHER.found(listing="; ".join(words[:4]), groups=groups)]


def few_rows(seen: Evidence) -> list[Finding]:
    """Fewer rows than can tell what is usual."""
    width = len(seen.usable)
    if width and seen.rows < max(_LEAST_ROWS, _ROWS_A_COLUMN * width):
        return [FEW_ROWS.found(rows=say(seen.rows), columns=width)]
    return []
