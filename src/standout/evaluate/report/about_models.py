"""What the page says of the detector and of those it was compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from standout.core.part import Part
from standout.evaluate.report.story import Story
from standout.evaluate.report.words import count, duration, listed, number, percent, text
from standout.evaluate.results import Compared, Estimate

COLUMNS: tuple[tuple[str, Callable[[Compared], Any], Callable[[Any], str]], ...] = (
    ("AUROC", lambda row: row.auroc, lambda e: _estimate(e)),
    ("Average precision", lambda row: row.average_precision, lambda e: _estimate(e)),
    ("Planted caught at the budget", lambda row: row.planted, percent),
    ("Planted in the top 1%", lambda row: row.strange, percent),
    ("Stable over seeds", lambda row: row.stability, percent),
    ("Shared with the others", lambda row: row.overlap, percent),
    ("Time to fit", lambda row: row.seconds, duration),
    ("Time a row", lambda row: row.microseconds, lambda us: f"{number(us, 2)} µs"),
)


def models(story: Story) -> dict[str, Any]:
    """The section on models: the detector's card and parameters, and the comparison without columns that nobody fills."""
    used = [c for c in COLUMNS if any(c[1](row) is not None for row in story.comparison)]
    rows = [
        {
            "title": row.detector.card.title,
            "chosen": row.chosen,
            "failed": text(row.failed, 300) if row.failed else "",
            "cells": ["" if get(row) is None else say(get(row)) for _, get, say in used],
        }
        for row in story.comparison
    ]
    card = story.detector.card
    others = [row for row in story.comparison if not row.chosen and not row.failed]
    lead = f"{card.title} finds {card.finds}."
    if others:
        lead += f" {len(others)} other{'s were' if len(others) > 1 else ' was'} tried on the same rows."
    labelled = any(row.auroc for row in story.comparison)
    caption = (
        "All learned from the same rows and judged rows that they had not seen. "
        + ("With labels, the ranking says which is better; overlapping intervals say that it cannot tell." if labelled else "")
        + ("" if labelled else "Without labels nothing says which is right: read the figures side by side.")
    )
    return {
        "lead": lead,
        "params": list(_params(story.detector)),
        "headings": [c[0] for c in used],
        "rows": rows,
        "caption": caption,
    }


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.2f} to {estimate.high:.2f})"


def _params(part: Part) -> Iterator[tuple[str, str, str, str]]:
    for name, spec in part.specs().items():
        yield name, _shown(getattr(part, name)), spec.help, spec.range


def _shown(given: Any) -> str:
    if isinstance(given, Part):
        return given.card.title
    if isinstance(given, tuple):
        return listed([_shown(g) for g in given], 8) or "none"
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, int):
        return count(given)
    return number(given, 6) if isinstance(given, float) else text(str(given))
