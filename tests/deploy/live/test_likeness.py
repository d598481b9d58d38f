"""Which alerts a label hides, by points: against an obvious oracle, and what must hold whatever the labels are."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

import numpy as np
import watched
from hypothesis import given
from hypothesis import strategies as st

from standout.core.matrix import Feature
from standout.deploy.live.labels.likeness import BEYOND, HOURS, NEAR, USUAL, Likeness
from standout.deploy.live.labels.points import Points, column
from standout.deploy.store.records import Alert, Kind, Label, Outcome, Verdict

COLUMNS = ("flow", "heat", "mode")
MODEL = SimpleNamespace(features=tuple(Feature(c, c) for c in COLUMNS))
PARTS = ("flow above", "heat below", "mode value")

alerts = st.builds(
    lambda told, place, mode, entity, hour: (frozenset(told), place, mode, entity, hour),
    st.lists(st.sampled_from(PARTS), unique=True, max_size=3),
    st.tuples(*[st.sampled_from([-6.0, -5.6, -1.0, 0.0, 1.5, 3.0, 3.4, 4.0, 5.0, 9.0])] * 3),
    st.sampled_from(["a", "b"]),
    st.sampled_from([None, "p", "q"]),
    st.sampled_from([0, 1, 12, 23]),
)
verdicts = st.sampled_from([Verdict.TRUE, Verdict.FALSE, Verdict.FALSE, Verdict.EXPECTED])


def points(made):
    found, exact = [], []
    for told, _, mode, entity, hour in made:
        at = datetime(2026, 3, 1, tzinfo=watched.LONG_AGO.tzinfo) + timedelta(hours=hour)
        found.append(Alert("pumps", Kind.ROW, at, "", Outcome.NOTIFIED, entity=entity, because="; ".join(sorted(told))))
        exact.append({"mode": mode} if "mode value" in told else {})
    place = np.array([m[1] for m in made], dtype=np.float64).reshape(-1, 3)
    return Points(tuple(found), place, tuple(m[0] for m in made), np.array([float(m[4]) for m in made]), tuple(exact))


def likeness(marked, said):
    labels = [Label(i, "pumps", v, "anna", watched.LONG_AGO, acts=v is not Verdict.TRUE, id=i + 1) for i, v in enumerate(said)]
    return Likeness(MODEL, labels, points(marked))


def away(x, y, told):
    return sum((a - b) ** 2 * (1.0 if not told or c in told else 1 / 3) for c, a, b in zip(COLUMNS, x, y, strict=True))


def hidden_by(alert, marked, said):
    """As the rules are told, one by one."""
    told, place, mode, entity, hour = alert
    best, least = None, np.inf
    for i, ((parts, theirs, their_mode, whose, when), verdict) in enumerate(zip(marked, said, strict=True)):
        columns = {column(p) for p in parts}
        if verdict is Verdict.TRUE or not told <= parts or bool(told) != bool(parts):
            continue
        if "mode value" in told and mode != their_mode:
            continue
        chosen = [(a, b) for c, a, b in zip(COLUMNS, place, theirs, strict=True) if not parts or c in columns]
        if any(
            max(abs(a), USUAL) - max(abs(b), USUAL) > BEYOND or (a * b < 0 and max(abs(a), abs(b)) > USUAL) for a, b in chosen
        ):
            continue
        near = all(abs(a - b) <= NEAR or (not parts and abs(a) <= USUAL and abs(b) <= USUAL) for a, b in chosen)
        apart = min(abs(hour - when), 24 - abs(hour - when))
        if not (near if verdict is Verdict.FALSE else entity == whose and apart <= HOURS):
            continue
        d = away(place, theirs, columns)
        others = [away(place, m[1], columns) for m, v in zip(marked, said, strict=True) if v is Verdict.TRUE]
        if all(d < other for other in others) and d < least:
            best, least = i + 1, d
    return best


@given(st.lists(st.tuples(alerts, verdicts), max_size=6), st.lists(alerts, min_size=1, max_size=5))
def test_hides_as_an_obvious_oracle_does(labelled, asked):
    marked, said = [m for m, _ in labelled], [v for _, v in labelled]
    got = likeness(marked, said).hides(points(asked))
    wanted = [hidden_by(a, marked, said) for a in asked]
    assert [g is None for g in got] == [w is None for w in wanted]


@given(st.lists(st.tuples(alerts, verdicts), min_size=1, max_size=8))
def test_no_confirmed_alert_is_ever_hidden(labelled):
    marked, said = [m for m, _ in labelled], [v for _, v in labelled]
    got = likeness(marked, said).hides(points(marked))
    assert all(number is None for number, v in zip(got, said, strict=True) if v is Verdict.TRUE)


@given(st.lists(st.tuples(alerts, verdicts), max_size=6), st.lists(alerts, min_size=1, max_size=5))
def test_each_alert_is_judged_alone(labelled, asked):
    made = likeness([m for m, _ in labelled], [v for _, v in labelled])
    assert made.hides(points(asked)) == [made.hides(points([a]))[0] for a in asked]
