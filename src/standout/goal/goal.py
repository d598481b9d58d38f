"""What to find, and what it is worth: the first thing a run is told, and the first thing it repeats.

The keys of a goal are the flags of the command line and the keys of ``goal.toml``: there is one list, this one.

>>> goal = Goal(alerts_per_day=3, time="paid_at")
>>> goal.policy(clock=True).in_words()
'at most 3 alerts a day'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

from standout.core.calibrator import Policy
from standout.core.errors import ParameterError
from standout.core.files import read_toml
from standout.core.part import Part, param
from standout.core.registry import part_from_dict
from standout.core.table import Kind

BUDGETS = ("alerts_per_day", "alerts_per_10000_rows", "alerts", "fdr", "share", "level")
"""The ways to say what is worth an alert; a goal holds at most one of them."""

ALERTS_PER_DAY = 5.0
ALERTS_PER_FILE = 20


@dataclass(frozen=True)
class Goal(Part):
    """A goal in numbers and names. Everything has a default; nothing is guessed in silence, the echo says what was decided."""

    family: ClassVar[str] = "goal"

    find: str = param("", help="What you are looking for, in words: fraud, faults, intrusion. Shown in the report.")
    alerts_per_day: float | None = param(
        None, above=0, help="At most this many alerts a day; needs a clock.", unit="alerts a day"
    )
    alerts_per_10000_rows: float | None = param(
        None, above=0, help="At most this many alerts for every 10,000 rows; needs no clock.", unit="alerts"
    )
    alerts: int | None = param(None, low=1, help="At most this many alerts for the file.", unit="alerts")
    fdr: float | None = param(None, above=0, high=0.5, help="At most this share of the alerts false (Benjamini-Hochberg).")
    share: float | None = param(None, above=0, high=0.5, help="Raise this share of the rows.")
    level: float | None = param(None, above=0, high=0.5, help="Raise rows that fewer than this share of normal rows equal.")
    cost_of_miss: float | None = param(None, above=0, help="What a missed anomaly costs; with labels, the budget follows.")
    cost_of_false_alarm: float | None = param(None, above=0, help="What a false alarm costs, in the same currency.")
    label: str | None = param(None, help="The column that says which rows are anomalies; it never reaches a detector.")
    normal: str | None = param(None, help="The label's value that means normal.")
    time: str | None = param(None, help="The column that holds the clock.")
    entity: str | None = param(None, help="The column that says whose row it is: machine, account, patient.")
    id: tuple[str, ...] = param((), help="Columns that only name a row.")
    ignore: tuple[str, ...] = param((), help="Columns to leave out.")
    kind: tuple[str, ...] = param((), help="Kinds to use instead of the inferred ones, as column=kind: zip=category.")
    direction: Literal["both", "high", "low"] = param(
        "both", choices=("both", "high", "low"), help="Which side is worth an alert: unusually high numbers, low ones, or both."
    )
    clean: bool = param(False, help="The file is known to hold no anomalies; otherwise fitting cleans itself first.")
    hindsight: bool = param(
        False, help="A series may be judged by what came after, too: more is found in files, and the model cannot go live."
    )
    max_alerts: int | None = param(None, low=0, help="Gate: leave with exit code 10 when there are more alerts.", unit="alerts")
    min_auroc: float | None = param(None, low=0, high=1, help="Gate: leave with exit code 10 when AUROC is lower; needs labels.")
    min_planted_recall: float | None = param(
        None, low=0, high=1, help="Gate: leave with exit code 10 when fewer planted anomalies are caught."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.kinds
        told = [key for key in BUDGETS if getattr(self, key) is not None]
        if len(told) > 1:
            raise ParameterError(f"goal: {' and '.join(told)} are two budgets.", "Keep one of them.")
        if (self.cost_of_miss is None) != (self.cost_of_false_alarm is None):
            raise ParameterError("goal: costs come in pairs.", "Give both cost_of_miss and cost_of_false_alarm.")

    @property
    def kinds(self) -> dict[str, Kind]:
        """The kinds told, by column; ParameterError names one that is not column=kind."""
        found = {}
        for told in self.kind:
            column, _, kind = told.rpartition("=")
            if not column or kind not in set(Kind):
                raise ParameterError(f"goal: kind is {told!r}.", f"Write column=kind with kind one of {', '.join(Kind)}.")
            found[column] = Kind(kind)
        return found

    @property
    def budget(self) -> str | None:
        """Which budget was told, or None."""
        return next((key for key in BUDGETS if getattr(self, key) is not None), None)

    def policy(self, *, clock: bool) -> Policy:
        """The policy that keeps this goal; with nothing told, 5 alerts a day, or 20 a file where there is no clock."""
        if self.alerts_per_day is not None and not clock:
            raise ParameterError(
                "goal: alerts_per_day needs a clock, and no column is one.", "Name it with --time, or use --alerts."
            )
        key = self.budget or ("alerts_per_day" if clock else "alerts")
        value = getattr(self, key)
        choice: dict[str, Any] = {
            "alerts_per_day": {"part": "per-day", "alerts": value or ALERTS_PER_DAY},
            "alerts_per_10000_rows": {"part": "per-rows", "alerts": value},
            "alerts": {"part": "strongest", "alerts": value or ALERTS_PER_FILE},
            "fdr": {"part": "false-discovery-rate", "rate": value},
            "share": {"part": "share", "share": value},
            "level": {"part": "level", "level": value},
        }[key]
        return cast("Policy", part_from_dict("policy", choice))


def read_goal(path: str | Path) -> dict[str, Any]:
    """The keys of a ``goal.toml``, checked; UnreadableError and ParameterError name the file or the key."""
    data = read_toml(path, "goal file")
    Goal.make(data)
    return data


def goal_from(file: str | Path | None, flags: Mapping[str, Any]) -> Goal:
    """A goal from a file and flags; flags win, and a budget among them replaces the file's."""
    data = {} if file is None else read_goal(file)
    if any(flags.get(key) is not None for key in BUDGETS):
        data = {k: v for k, v in data.items() if k not in BUDGETS}
    return Goal.make({**data, **{k: v for k, v in flags.items() if v is not None}})
