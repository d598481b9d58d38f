"""Pieces of the report for a notebook: the same tables and pictures, each in a box of its own that brings its style.

The rules of a box reach no further than the box, and it asks for nothing from outside. Where the notebook says that it is dark, so is
the box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from markupsafe import Markup

from standout.core.finding import Finding
from standout.core.part import Floats
from standout.core.profile import Profile
from standout.core.reason import Reason
from standout.core.scores import Alerts
from standout.core.table import Table
from standout.evaluate.report import about_alerts, about_data, about_results
from standout.evaluate.report.page import HOME, environment
from standout.evaluate.report.pictures import over_time, score_histogram
from standout.evaluate.report.small import SmallPictures
from standout.evaluate.report.story import Timeline
from standout.evaluate.report.theme import DARK, FONT, LIGHT, MONO, shared_style
from standout.evaluate.report.words import count, text
from standout.evaluate.results import Labelled

SHOWN = 10
"""Alerts that are shown, the strongest."""

IS_DARK = '[data-jp-theme-light="false"] .standout,.vscode-dark .standout'
"""How JupyterLab, Notebook and VS Code say that their theme is dark."""


@dataclass(frozen=True)
class Piece:
    """What one box holds, from top to bottom; what is empty is left out.

    sentences, goal: plain text. pictures: drawn already. explained: whether the alerts have reasons; without, their rows are shown.
    """

    title: str
    sentences: tuple[str, ...] = ()
    goal: tuple[str, ...] = ()
    alerts: Sequence[about_alerts.AlertRow] = ()
    more: int = 0
    explained: bool = False
    shares: Sequence[about_alerts.Share] = ()
    like_it: bool = False
    change: str = ""
    pictures: tuple[Markup, ...] = ()
    profile: Profile | None = None
    data: dict[str, Any] = field(default_factory=dict)
    labelled: Labelled | None = None
    curves: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def box(piece: Piece) -> str:
    """A piece as HTML."""
    return environment().get_template("notebook.html.j2").render(style=Markup(_style()), piece=piece)


def of_alerts(
    title: str, alerts: Alerts, reasons: Sequence[Reason] = (), profile: Profile | None = None, sample: Table | None = None
) -> Piece:
    """The strongest alerts, each with its reason and small picture where there is a profile to draw on."""
    columns = {} if profile is None else {c.field.name: c for c in profile.columns}
    small = SmallPictures(columns, sample)
    rows = [replace(a, picture=_whole(a.picture, small)) for a in about_alerts.alert_rows(alerts, reasons, small, SHOWN)]
    return Piece(title, alerts=rows, more=max(0, len(alerts) - SHOWN), explained=bool(reasons))


def of_reason(reason: Reason) -> Piece:
    """Why one row stands out, column by column."""
    return Piece(
        f"Row {count(reason.row)}",
        sentences=(text(reason.sentence, 600),),
        shares=about_alerts.shares(reason),
        like_it=bool(reason.similar),
        change=about_alerts.change(reason),
    )


def of_profile(profile: Profile) -> Piece:
    """What was seen of the data: a sentence, the columns with their shapes, and what is noteworthy."""
    data = about_data.data(profile)
    sentences = tuple(s for s in (data["lead"], data["clock"]) if s)
    return Piece(text(profile.name, 120), sentences=sentences, profile=profile, data=data, findings=profile.findings)


def of_labels(labelled: Labelled) -> Piece:
    """Scores and alerts held against labels: figures, curves, and what was caught by kind."""
    title = about_results.lead(labelled, None)
    curves = about_results.curves(labelled)
    shown = labelled if labelled.confusion.rows else None
    return Piece(title, labelled=shown, curves=curves, findings=labelled.findings)


def scores_and_time(scores: Floats, weakest: float | None, timeline: Timeline | None) -> tuple[Markup, ...]:
    """The histogram of scores, and rows and alerts over time where there is a clock."""
    known = scores[np.isfinite(scores)]
    drawn = (score_histogram(known, weakest),) if len(known) else ()
    return drawn if timeline is None else (*drawn, over_time(timeline))


def _whole(picture: Markup | None, small: SmallPictures) -> Markup | None:
    """A picture without references: boxes of two runs stand in one page, where each name would be taken for the first one's."""
    for name, body in small.symbols.items():
        if picture is not None:
            picture = Markup(str(picture).replace(f'<use href="#{name}"/>', f"<g>{body}</g>"))
    return picture


@cache
def _style() -> str:
    light, dark = (";".join(f"--{k}:{v}" for k, v in tokens.items()) for tokens in (LIGHT, DARK))
    drawn, own = ((HOME / name).read_text(encoding="utf-8").replace("\n", "") for name in ("pictures.css", "notebook.css"))
    fonts = f"--font:{FONT};--mono:{MONO}"
    # own comes first: plain declarations stand before nested rules
    return f".standout{{{fonts};{light};{own}{shared_style()}{drawn}}}{IS_DARK}{{{dark}}}"
