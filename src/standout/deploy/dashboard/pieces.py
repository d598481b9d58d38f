"""The pieces that pages are made of, as HTML: facts, tags, meters, tables, empty states. Every text is escaped here, once.

All are pure functions of plain values, so they are tested without a browser. Streamlit shows them with `st.html`, which drops
scripts; texts of the data never go where Streamlit reads Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from standout.deploy.store.records import Kind, Outcome, Sending, Status, Verdict
from standout.evaluate.report.words import duration, moment, percent, text

OUTCOMES = {
    Outcome.DUPLICATE: "duplicate",
    Outcome.REJECTED: "rejected",
    Outcome.WAITING: "waiting",
    Outcome.LATE: "late",
    Outcome.ORDINARY: "ordinary",
    Outcome.HELD_BACK: "held back",
    Outcome.SUPPRESSED: "suppressed",
    Outcome.EXPECTED: "expected",
    Outcome.SILENCED: "silenced",
    Outcome.GROUPED: "grouped",
    Outcome.NOTIFIED: "notified",
    Outcome.SAME_EVENT: "of the same event",
}
KINDS = {
    Kind.ROW: "strange row",
    Kind.STOPPED: "data stopped",
    Kind.DRIFT: "drift",
    Kind.STALE: "stale model",
    Kind.DEFECT: "defect",
}
VERDICTS = {
    Verdict.TRUE: "true alarm",
    Verdict.FALSE: "false alarm",
    Verdict.EXPECTED: "expected",
    Verdict.UNSURE: "unsure",
}
STATUSES = {Status.OPEN: "open", Status.ACKNOWLEDGED: "acknowledged", Status.CLOSED: "closed"}
SENDINGS = {
    Sending.PENDING: "waiting",
    Sending.SENDING: "being sent",
    Sending.SENT: "sent",
    Sending.DEAD: "given up",
    Sending.DOUBT: "in doubt",
}
SIGNS = {"true alarm": "✓", "false alarm": "✕", "expected": "◷", "unsure": "?", "open": "●", "acknowledged": "◐", "closed": "○"}
"""A sign beside the word, so that nothing is told by colour alone."""


def ago(time: datetime | None, now: datetime) -> str:
    """How long since, in one unit, as a person says it.

    >>> from datetime import timedelta
    >>> now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> ago(now - timedelta(minutes=5, seconds=20), now), ago(now, now), ago(now + timedelta(hours=2), now)
    ('5 min ago', 'just now', 'in 2 h')
    """
    if time is None:
        return "never"
    seconds = (now - time).total_seconds()
    if abs(seconds) < 5:
        return "just now"
    size = abs(seconds)
    unit = next((u for u in (86400, 3600, 60, 1) if size >= u), 1)
    said = duration(size // unit * unit)
    return f"{said} ago" if seconds > 0 else f"in {said}"


def clock(time: datetime | None) -> str:
    """A moment in UTC, to the minute.

    >>> clock(datetime(2026, 3, 1, 12, 5, 40, tzinfo=UTC))
    '2026-03-01 12:05'
    """
    if time is None:
        return "never"
    return moment(np.datetime64(time.astimezone(UTC).replace(tzinfo=None, second=0, microsecond=0), "us"))


def at(time: datetime | None) -> Markup:
    """A moment in UTC that is not broken over two lines."""
    return Markup('<span class="t">{}</span>').format(clock(time))


def when(time: datetime | None, now: datetime) -> Markup:
    """A moment and how long since."""
    if time is None:
        return Markup('<span class="quiet">never</span>')
    return Markup('<time datetime="{}">{}</time>, <span class="quiet">{}</span>').format(
        time.isoformat(), clock(time), ago(time, now)
    )


def facts(items: Iterable[tuple[str, str, str]], hot: frozenset[str] = frozenset()) -> Markup:
    """Figures to remember: name, value and a note each; the names in `hot` stand out."""
    cells = [
        Markup("<div><dt>{}</dt><dd{}>{}{}</dd></div>").format(
            name,
            Markup(' class="hot-word"') if name in hot else "",
            value,
            Markup("<small>{}</small>").format(note) if note else "",
        )
        for name, value, note in items
    ]
    return Markup('<dl class="facts">{}</dl>').format(Markup("").join(cells))


def tag(word: str, kind: str = "") -> Markup:
    """A word in a pill, with its sign."""
    sign = SIGNS.get(word, "")
    return Markup('<span class="tag {}">{}{}</span>').format(kind, f"{sign} " if sign else "", word)


def status_tag(status: Status) -> Markup:
    """How far an incident is; only an open one stands out."""
    return tag(STATUSES[status], "open" if status is Status.OPEN else "")


def meter(share: float, *, hot: bool = False) -> Markup:
    """A bar for a share from 0 to 1; whoever shows it says the number beside it."""
    width = f"{100 * min(max(share, 0.0), 1.0):.1f}%"
    return Markup('<span class="meter{}" aria-hidden="true" style="--w:{}"><i></i></span>').format(" hotly" if hot else "", width)


def shares(ranked: Sequence[tuple[str, float]], of: str) -> Markup:
    """Names with their shares of something, largest first, bars to scale."""
    most = max([share for _, share in ranked] or [1.0]) or 1.0
    rows = [
        Markup('<li><bdi>{}</bdi>{}<span class="n">{}</span></li>').format(
            text(name, 60), meter(share / most, hot=i == 0), percent(share)
        )
        for i, (name, share) in enumerate(ranked)
    ]
    return Markup('<ol class="plain ranked" aria-label="{}">{}</ol>').format(of, Markup("").join(rows))


def empty(title: str, more: str = "") -> Markup:
    """What stands where there is nothing yet: what is missing, and how it comes to be."""
    return Markup('<p class="empty"><strong>{}</strong>{}</p>').format(title, more)


def trouble(title: str, more: str = "") -> Markup:
    """Something is wrong: what, and one thing to try. Announced to screen readers."""
    return Markup('<p class="empty trouble" role="alert"><strong>{}</strong>{}</p>').format(title, more)


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]], numbers: frozenset[int] = frozenset()) -> Markup:
    """A table that becomes a list of cards on a phone; cells are texts, or Markup made of these pieces.

    numbers: columns, counted from 0, that are set to the right. The first column names its row.
    """
    names = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(Markup(' class="n"') if i in numbers else "", name)
        for i, name in enumerate(head)
    )
    body = Markup("").join(_row(head, row, numbers) for row in rows)
    return Markup(
        '<div class="card tabled" tabindex="0" role="group" aria-label="{c}"><table class="cards"><caption>{c}</caption>'
        "<thead><tr>{n}</tr></thead><tbody>{b}</tbody></table></div>"
    ).format(c=caption, n=names, b=body)


def _row(head: Sequence[str], row: Sequence[Any], numbers: frozenset[int]) -> Markup:
    cells = [Markup('<th scope="row">{}</th>').format(row[0])]
    for i, cell in enumerate(row[1:], 1):
        kind = Markup(' class="n"') if i in numbers else ""
        cells.append(Markup('<td{} data-name="{}"><span>{}</span></td>').format(kind, head[i], cell))
    return Markup("<tr>{}</tr>").format(Markup("").join(cells))


def pairs(items: Iterable[tuple[str, Any]]) -> Markup:
    """Names with their values, one below the other."""
    inner = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(name, value) for name, value in items)
    return Markup('<dl class="pairs">{}</dl>').format(inner)


def named(given: object, longest: int = 60) -> Markup:
    """A name or value of the data as text that keeps its own direction."""
    return Markup("<bdi>{}</bdi>").format(escape(text(str(given), longest)))


def matching(match: dict[str, str] | Any) -> Markup:
    """What a silence or a calendar is about: every pair must be equal."""
    if not match:
        return Markup("everything")
    return Markup(" and ").join(Markup("{} is {}").format(named(k, 40), named(v, 60)) for k, v in match.items())
