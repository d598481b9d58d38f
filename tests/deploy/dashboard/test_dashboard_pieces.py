"""Pieces of pages: what the data say is text, whatever it is, and pictures stay within their bounds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from dashboard_week import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from standout.deploy.dashboard import lanes, moments, pieces, reasons
from standout.deploy.dashboard.days import by_day
from standout.deploy.store.records import Alert, Kind, Lane, Outcome

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OURS = {
    "a", "b", "bdi", "caption", "dd", "div", "dl", "dt", "h1", "h2", "i", "li", "ol", "p", "small", "span", "strong", "table", "tbody",
    "td", "th", "thead", "time", "tr", "ul", "em",
}  # fmt: skip  # tags that pieces are made of

PLAIN = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20) | st.sampled_from(HOSTILE)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=8
)


class Tags(HTMLParser):
    """Collects what a browser would make of a piece."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name in ("href", "src")]


def alert(reason: Any = None, values: Any = None) -> Alert:
    return Alert("payments", Kind.ROW, NOW, "", Outcome.NOTIFIED, reason=reason or {}, values=values or {})


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_and_values_of_the_data_are_text(hostile: str) -> None:
    column = {"column": hostile, "share": 1.0, "seen": hostile, "expected": hostile, "usual": [hostile], "how": hostile}
    odd = alert(
        {
            "columns": [column],
            "similar": [{hostile: hostile}],
            "counterfactual": {"changes": [{"column": hostile, "to": hostile}]},
        },
        {hostile: hostile},
    )
    made = [
        reasons.reason_bars(odd), reasons.whole_row(odd), reasons.alike(odd), reasons.counterfactual(odd),
        pieces.matching({hostile: hostile}), pieces.table("t", ["a", "b"], [[pieces.named(hostile), hostile]]), pieces.named(hostile),
        pieces.shares([(hostile, 0.5)], hostile), pieces.facts([(hostile, hostile, hostile)]), pieces.empty(hostile, hostile),
    ]  # fmt: skip  # every piece that takes a text
    for piece in made:
        assert piece is not None
        found = Tags(str(piece))
        assert found.seen <= OURS
        assert not found.handlers


@given(JSON, st.dictionaries(st.text(max_size=8), PLAIN, max_size=4))
def test_a_reason_of_any_shape_is_shown_or_said_to_be_missing(reason: Any, values: dict[str, Any]) -> None:
    odd = alert({"columns": reason, "similar": reason, "counterfactual": reason}, values)
    for piece in (reasons.reason_bars(odd), reasons.whole_row(odd), reasons.alike(odd), reasons.counterfactual(odd)):
        assert piece is None or Tags(str(piece)).seen <= OURS
    reasons.ranked_columns([odd])


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), st.floats(-1e300, 1e300))
def test_marks_of_the_range_picture_stay_inside(low: float, high: float, seen: float) -> None:
    column = {"column": "x", "usual": sorted([low, high]), "seen": seen, "expected": low}
    for place in re.findall(r"--x:([^%]*)%", str(reasons.range_picture(column))):
        assert -6 <= float(place) <= 104


def test_a_text_has_no_range_picture() -> None:
    assert not reasons.range_picture({"column": "x", "usual": ["a", "b"], "seen": "c"})


def test_lanes_are_bounded_and_the_strangest_come_first() -> None:
    start, end = NOW - timedelta(days=1), NOW
    found = [
        Lane("s", f"e{i:03d}", start + timedelta(minutes=m), 5, int(i == 150 and m == 30), 50.0 + i / 10)
        for i in range(200) for m in range(0, 1440, 15)
    ]  # fmt: skip  # 200 entities, a day
    entities, cells = lanes.cells(found, start, end)
    assert len(entities) == lanes.MOST_LANES
    assert entities[0] == "e150"
    assert len(cells) <= lanes.MOST_POINTS
    assert sum(c.alerts for c in cells) == 1


def test_the_figure_of_lanes_reads_no_markup_of_the_data() -> None:
    start = NOW - timedelta(hours=6)
    found = [Lane("s", name, start, 5, 1, 99.0) for name in HOSTILE]
    figure = lanes.figure(*lanes.cells(found, start, NOW), start, NOW, dark=True)
    assert not re.search(r"<(?!br|extra|/extra)", figure.to_json().encode().decode("unicode_escape"))


@pytest.mark.parametrize("said", ["2026-03-01", "2026-03-01 10:20", "2026-03-01 10:20:30.1234"])
def test_a_selection_is_read_however_plotly_writes_it(said: str) -> None:
    from types import SimpleNamespace

    event = SimpleNamespace(selection=SimpleNamespace(box=[{"x": ["2026-03-02 00:00", said]}]))
    span = lanes.selected(event)
    assert span is not None
    assert span[0].date().isoformat() == "2026-03-01"
    assert span[1] == datetime(2026, 3, 2, tzinfo=UTC)


def test_nothing_selected_is_no_span() -> None:
    assert lanes.selected(None) is None


def test_the_picture_of_moments_has_gaps_where_no_rows_were() -> None:
    found = moments.around([Lane("s", "e", NOW, 3, 1, 99.9), Lane("s", "e", NOW - timedelta(minutes=40), 2, 0, 80.0)], NOW, "e")
    html = str(moments.moments(found))
    assert html.count("<i ") == moments.PIECES
    assert html.count('class="here"') == 1
    assert "5 rows, 1 alert" in html


def test_days_without_alerts_stand_between_those_with() -> None:
    html = str(by_day({"2026-03-01": 2, "2026-03-04": 5}))
    assert html.count("<i ") == 4
    assert "7 alerts from 2026-03-01 to 2026-03-04; the most on one day were 5." in html
