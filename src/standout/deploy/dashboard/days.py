"""Alerts by day, as upright bars with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from markupsafe import Markup

from standout.evaluate.report.words import many

MOST = 31


def by_day(counts: Mapping[str, int]) -> Markup:
    """The last `MOST` days of those given (as 2026-03-01), days without any among them, as bars of the same scale."""
    first, last = date.fromisoformat(min(counts)), date.fromisoformat(max(counts))
    first = max(first, last - timedelta(days=MOST - 1))
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    most = max(counts.values()) or 1
    worst = max(days, key=lambda d: counts.get(d.isoformat(), 0))
    bars = [_bar(day, counts.get(day.isoformat(), 0), most, worst=day == worst) for day in days]
    total = sum(counts.get(day.isoformat(), 0) for day in days)
    name = f"{many(total, 'alert')} from {first} to {last}; the most on one day were {most}."
    return Markup('<div class="days" role="img" aria-label="{}">{}</div>').format(name, Markup("").join(bars))


def _bar(day: date, alerts: int, most: int, *, worst: bool) -> Markup:
    return Markup('<span class="{}" title="{}: {}"><b>{}</b><i style="--h:{}%"></i><small>{}</small></span>').format(
        "most" if worst else "",
        day.isoformat(),
        many(alerts, "alert"),
        alerts or "",
        f"{100 * alerts / most:.0f}",
        f"{day:%d.%m}",
    )
