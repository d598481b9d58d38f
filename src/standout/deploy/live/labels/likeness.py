"""Which alerts a label hides: those of its reason that lie near it, are not stranger, and lie no nearer to a confirmed one.

Three rules, each of which can only keep an alert from being hidden:

- *Reason*: everything that stands out in the alert stands out, in the same way, in the labelled one; categories told are equal.
- *Nearness*, in each column told (in all columns where no reason is known): within `NEAR` of the labelled value, and not further
  out than it by more than `BEYOND`. A label that says expected asks for the same entity at the same hour of the day instead of
  nearness; what is stranger it does not hide either.
- *Confirmed*: no alert labelled true lies as near. A confirmed alert is nearest to itself, so it is never hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.model import Model
from standout.deploy.live.labels.points import Points, column
from standout.deploy.store.records import Label, Verdict

NEAR = 2.0
"""Usual spreads: as far as two ordinary values of a column often are from each other. Far out, it is a factor of two."""
BEYOND = 0.5
"""Usual spreads by which an alert may be further out than the labelled one; far out, about a sixth more."""
USUAL = 2.0
"""Within so many spreads of the middle nothing is strange by itself."""
HOURS = 1.0
"""Of one hour of the day are moments at most so far apart on the clock."""
PIECE = 4_000_000  # numbers compared at once


@dataclass(frozen=True)
class Group:
    """Hiding labels of one reason. at: their positions among the marked points. told: positions of the features told."""

    parts: frozenset[str]
    at: NDArray[np.intp]
    told: NDArray[np.intp]
    weight: NDArray[np.float64]


class Likeness:
    """Labels and the alerts that they were given to, as points; see `hides`. Pure: made anew when a label comes or goes."""

    def __init__(self, model: Model, labels: Sequence[Label], marked: Points) -> None:
        """labels[i] was given to the alert of marked point i."""
        self._labels, self._marked = labels, marked
        verdicts = [label.verdict for label in labels]
        self._true = np.array([i for i, v in enumerate(verdicts) if v is Verdict.TRUE], dtype=np.intp)
        self._expected = np.array([v is Verdict.EXPECTED for v in verdicts], dtype=np.bool_)
        by_column: dict[str, list[int]] = {}
        for i, feature in enumerate(model.features):
            by_column.setdefault(feature.column, []).append(i)
        hiding: dict[frozenset[str], list[int]] = {}
        for i, label in enumerate(labels):
            if label.acts and label.verdict in (Verdict.FALSE, Verdict.EXPECTED):
                hiding.setdefault(marked.told[i], []).append(i)
        self._groups = [_group(parts, at, by_column, len(model.features)) for parts, at in hiding.items()]

    @property
    def hiding(self) -> int:
        """How many labels may hide something."""
        return sum(len(g.at) for g in self._groups)

    def hides(self, points: Points) -> list[int | None]:
        """For each alert the label that hides it, the nearest, or None; what else is among the alerts changes nothing."""
        found: list[int | None] = [None] * len(points)
        if not self._groups:
            return found
        kinds: dict[frozenset[str], list[int]] = {}
        for i, told in enumerate(points.told):
            kinds.setdefault(told, []).append(i)
        for told, rows in kinds.items():
            groups = [g for g in self._groups if _covers(g.parts, told)]
            if groups:
                for piece in _pieces(rows, groups, len(self._true), points.place.shape[1]):
                    self._hide(points, piece, groups, found)
        return found

    def _hide(self, points: Points, rows: NDArray[np.intp], groups: Sequence[Group], found: list[int | None]) -> None:
        nearest = np.full(len(rows), np.inf)
        for group in groups:
            alike = self._alike(points, rows, group)
            if not alike.any():
                continue
            x, marked = points.place[rows], self._marked.place
            away = np.where(alike, _away(x, marked[group.at], group.weight), np.inf)
            which = away.argmin(axis=1)
            least = away[np.arange(len(rows)), which]
            confirmed = _away(x, marked[self._true], group.weight).min(axis=1, initial=np.inf)
            for i in np.flatnonzero((least < confirmed) & (least < nearest)).tolist():
                nearest[i] = least[i]
                found[int(rows[i])] = self._labels[int(group.at[which[i]])].id

    def _alike(self, points: Points, rows: NDArray[np.intp], group: Group) -> NDArray[np.bool_]:
        """Which rows the labels of a group could hide by reason and nearness, shape (rows, labels)."""
        x, y = points.place[np.ix_(rows, group.told)][:, None], self._marked.place[np.ix_(group.at, group.told)][None]
        out, was = np.abs(x), np.abs(y)
        near = np.abs(x - y) <= NEAR
        if not group.parts:  # no reason is known: what is ordinary in both says nothing
            near |= (out <= USUAL) & (was <= USUAL)
        stranger = np.maximum(out, USUAL) - np.maximum(was, USUAL) > BEYOND
        # further out on the other side is another matter, however far
        stranger |= (x * y < 0) & (np.maximum(out, was) > USUAL)
        pattern = self._pattern(points, rows, group)
        return self._equal(points, rows, group) & ~stranger.any(axis=2) & np.where(pattern[1], pattern[0], near.all(axis=2))

    def _pattern(self, points: Points, rows: NDArray[np.intp], group: Group) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether entity and hour are the same, and whether that is what the label asks for."""
        apart = np.abs(points.hour[rows][:, None] - self._marked.hour[group.at][None])
        same = np.minimum(apart, 24.0 - apart) <= HOURS
        whose = [points.alerts[i].entity for i in rows.tolist()]
        theirs = [self._marked.alerts[i].entity for i in group.at.tolist()]
        same &= np.array([[a == b for b in theirs] for a in whose], dtype=np.bool_).reshape(same.shape)
        return same, np.broadcast_to(self._expected[group.at][None], same.shape)

    def _equal(self, points: Points, rows: NDArray[np.intp], group: Group) -> NDArray[np.bool_]:
        theirs = [self._marked.exact[i] for i in group.at.tolist()]
        mine = [points.exact[i] for i in rows.tolist()]
        return np.array([[all(b.get(c) == v for c, v in a.items()) for b in theirs] for a in mine], dtype=np.bool_).reshape(
            len(mine), len(theirs)
        )


def _group(parts: frozenset[str], at: list[int], by_column: dict[str, list[int]], width: int) -> Group:
    told = sorted({i for part in parts for i in by_column.get(column(part), ())}) or list(range(width))
    # what was not told counts together as much as one column: it tells apart what is alike in the reason
    weight = np.full(width, 1.0 / max(1, width))
    weight[told] = 1.0
    return Group(parts, np.array(at, dtype=np.intp), np.array(told, dtype=np.intp), weight)


def _covers(label: frozenset[str], alert: frozenset[str]) -> bool:
    """Whether all that stands out in an alert stood out in the labelled one; where nothing is told of one, nothing of both."""
    return alert <= label and bool(alert) == bool(label)


def _away(x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared weighted distances, shape (len(x), len(y)); the difference is taken first, so that a point is 0 from itself."""
    apart = x[:, None] - y[None]
    return (apart * apart * weight).sum(axis=2)


def _pieces(rows: list[int], groups: Sequence[Group], true: int, width: int) -> Iterator[NDArray[np.intp]]:
    most = max(1, PIECE // max(1, width * max(true, *(len(g.at) for g in groups))))
    for start in range(0, len(rows), most):
        yield np.array(rows[start : start + most], dtype=np.intp)
