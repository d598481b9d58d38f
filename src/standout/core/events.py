"""Alerts on a series: the rows of one event are told once, at the strangest of them.

The rule. Only a row stranger than all others of its entity within `reach` rows may raise an alert, so that one event cannot use up a
budget. Its event are the rows around it whose score lies at least half as far above the usual one, at most `reach` rows apart from each
other. An alert that lies in the event of a stranger one is part of that event and not told again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.calibrator import Policy, Streams
from standout.core.finding import Finding
from standout.core.part import Floats
from standout.core.scores import Scores, Span, strangest_first


@dataclass(frozen=True)
class Line:
    """How the rows of a table lie along time: `order` (n,) and `starts` as `core.sequence.in_order` gives them.

    reach: rows over which one odd row may make others strange; strange rows no further apart are one event.
    """

    order: NDArray[np.intp]
    starts: NDArray[np.int64]
    reach: int


@dataclass(frozen=True)
class Raised:
    """What a policy raises. alarms: (n,), true at one row an event. inside: (n,), true at every row of an event that is raised.

    spans: by the position of the row that is raised, of rows that lie along time; empty for rows judged alone.
    findings: what a policy that decides in a stream had to tell.
    """

    alarms: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    spans: Mapping[int, Span] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def strangest(self, scores: Scores) -> NDArray[np.intp]:
        """The positions of the rows that are raised, strangest first."""
        return strangest_first(scores, np.flatnonzero(self.alarms))

    def in_words(self) -> str:
        """How many rows stand out, or events of a series, and of how many rows.

        >>> Raised(np.array([False, True]), np.array([False, True])).in_words()
        '1 of 2 rows stands out'
        """
        count, rows = int(self.alarms.sum()), f"{len(self.alarms):,} rows"
        if not self.spans:
            return f"{count:,} of {rows} stand{'s' if count == 1 else ''} out"
        return f"{count:,} event{'s stand' if count != 1 else ' stands'} out, {int(self.inside.sum()):,} of {rows}"

    def told(self, at: NDArray[Any]) -> tuple[Span, ...]:
        """The events of raised rows, by position; none where each row is judged by itself."""
        return tuple(self.spans[i] for i in at.tolist()) if self.spans else ()


def decide(
    policy: Policy, scores: Scores, times: NDArray[Any] | None, line: Line | None = None, *, streamed: bool = False
) -> Raised:
    """The alarms of a policy, one an event where rows lie along a line.

    times: datetime64[us] of each row, or None. streamed: the rows come in order of time, and a policy that can decides row by row.

    >>> from standout.core.registry import find
    >>> raw = np.array([0.0, 7, 9, 7, 0, 0, 0, 5])
    >>> scores = Scores(raw, 1 / (1 + raw) ** 4)
    >>> line = Line(np.arange(8), np.zeros(1, dtype=np.int64), reach=2)
    >>> found = decide(find("policy", "strongest")(alerts=2), scores, None, line)
    >>> found.alarms.astype(int).tolist(), found.inside.astype(int).tolist(), found.spans[2].rows
    ([0, 0, 1, 0, 0, 0, 0, 1], [0, 1, 1, 1, 0, 0, 0, 1], 3)
    """
    p, raw = scores.p_value, scores.raw
    if line is not None and len(raw):
        tops = peaks(raw, line)
        p, raw = np.where(tops, p, 1.0), np.where(tops, raw, raw.min())
    findings: tuple[Finding, ...] = ()
    if streamed and isinstance(policy, Streams):
        state = policy.start()
        alarms = policy.decide(state, p, raw, times)
        findings = policy.findings(state)
    else:
        alarms = policy.alarms(p, raw, times)
    if line is None or not alarms.any():
        return Raised(alarms, alarms, findings=findings)
    alarms = alarms & tops
    return _merged(alarms, scores, times, line, findings)


def peaks(raw: Floats, line: Line) -> NDArray[np.bool_]:
    """True for each row than which none of its entity within reach is stranger, the first of equals; shape (n,).

    >>> line = Line(np.arange(6), np.array([0, 4]), reach=1)
    >>> peaks(np.array([1.0, 3, 3, 2, 9, 1]), line).astype(int).tolist()
    [0, 1, 0, 0, 1, 0]
    """
    found = np.zeros(len(raw), dtype=np.bool_)
    for at in _runs(line):
        x = raw[at]
        after = _greatest(np.r_[x, np.full(line.reach, -np.inf)], line.reach + 1)
        before = _greatest(np.r_[np.full(line.reach, -np.inf), x[:-1]], line.reach) if line.reach else np.full(len(x), -np.inf)
        found[at] = (x >= after) & (x > before)
    return found


def _runs(line: Line) -> Iterator[NDArray[np.intp]]:
    """The rows of each entity, in order of time."""
    yield from (run for run in np.split(line.order, line.starts[1:]) if len(run))


def _greatest(x: Floats, width: int) -> Floats:
    """The greatest of each `width` neighbours, (n,) to (n - width + 1,), in one pass forwards and one backwards over blocks."""
    n = len(x)
    blocks = np.full((-(-n // width), width), -np.inf)
    blocks.ravel()[:n] = x
    ahead = np.maximum.accumulate(blocks[:, ::-1], axis=1)[:, ::-1].ravel()
    behind = np.maximum.accumulate(blocks, axis=1).ravel()
    return np.maximum(ahead[: n - width + 1], behind[width - 1 : n])


def _merged(
    alarms: NDArray[np.bool_], scores: Scores, times: NDArray[Any] | None, line: Line, findings: tuple[Finding, ...]
) -> Raised:
    """The events of the alarms, the strangest first; an alarm within the event of a stranger one is part of it."""
    usual = float(np.median(scores.raw))
    kept, inside, spans = np.zeros(len(alarms), dtype=np.bool_), np.zeros(len(alarms), dtype=np.bool_), dict[int, Span]()
    for at in _runs(line):
        raw = scores.raw[at]
        tops = np.flatnonzero(alarms[at])
        for top in tops[np.lexsort((tops, -raw[tops], scores.p_value[at[tops]]))].tolist():
            row = int(at[top])
            if inside[row]:
                continue
            # in rows that are strange throughout, an alert may lie below the middle: then it reaches no further than its own height
            half = min(usual + 0.5 * (raw[top] - usual), raw[top])
            first, last = _edge(raw, top, -1, half, line.reach), _edge(raw, top, 1, half, line.reach)
            rows = at[first : last + 1][raw[first : last + 1] >= half]
            kept[row], inside[rows] = True, True
            ends = int(rows[0]), int(rows[-1])
            spans[row] = Span(*ends, len(rows), *((None, None) if times is None else (times[ends[0]], times[ends[1]])))
    return Raised(kept, inside, spans, findings)


def _edge(raw: Floats, top: int, way: int, half: float, reach: int) -> int:
    """The last row in one direction that reaches the height, walking on over at most `reach` - 1 lower ones."""
    edge, at = top, top + way
    while 0 <= at < len(raw) and abs(at - edge) <= max(1, reach):
        if raw[at] >= half:
            edge = at
        at += way
    return edge
