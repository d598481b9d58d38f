"""What an evaluation found: the nouns that metrics make and the report shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from standout.core.detector import Detector
from standout.core.finding import Finding
from standout.core.shown import as_html


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and how sure it is: the 95% interval from `low` to `high`; all between 0 and 1 unless said otherwise."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Caught:
    """How many of one kind of anomaly were found under the alert budget.

    kind: the label's name, or the name of the planted kind.
    rows: how many there were. caught: how many of them raised an alert. share: caught/rows with its interval.
    strange: for planted ones, the share that is stranger than 99 of 100 unchanged rows; None for labels.
    """

    kind: str
    rows: int
    caught: int
    share: Estimate
    strange: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Confusion:
    """Rows by label and alert, in counts."""

    caught: int
    false_alarms: int
    missed: int
    left_alone: int

    @property
    def alerts(self) -> int:
        """Rows that raised an alert."""
        return self.caught + self.false_alarms

    @property
    def anomalies(self) -> int:
        """Rows labelled as anomalies."""
        return self.caught + self.missed

    @property
    def rows(self) -> int:
        """All labelled rows."""
        return self.alerts + self.missed + self.left_alone


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve, in order, thinned to a few hundred; both axes 0 to 1."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """One promise and what became of it.

    level: the share of normal rows that may be raised. rows, raised: how many there were, and how many had a p-value up to it.
    realised: their share with its 95% interval. low, high: how many are raised with 99% probability where the promise holds, chance
    in the rows and chance in the null sample both counted. promised: False where the null is too small for this level.
    """

    level: float
    rows: int
    raised: int
    realised: Estimate
    low: int
    high: int
    promised: bool

    @property
    def holds(self) -> bool:
        """Whether as many were raised as the promise allows for."""
        return self.low <= self.raised <= self.high

    @property
    def too_many(self) -> bool:
        """Whether more were raised than the promise allows for."""
        return self.raised > self.high


@dataclass(frozen=True)
class Labelled:
    """How well scores and alerts agree with labels; rows of unknown label are left out and counted in `unknown`.

    auroc, average_precision: None where all rows have the same label (a finding says so).
    precision: None without alerts; recall: None without anomalies.
    best_recall: what a perfect ranking would reach with as many alerts.
    roc: false alarm rate against recall. pr: recall against precision.
    kept: promised against realised rates of false alarms, of the rows labelled normal.
    """

    confusion: Confusion
    unknown: int
    auroc: Estimate | None
    average_precision: Estimate | None
    precision: Estimate | None
    recall: Estimate | None
    best_recall: float | None
    roc: Curve | None = None
    pr: Curve | None = None
    by_kind: tuple[Caught, ...] = ()
    findings: tuple[Finding, ...] = ()
    kept: tuple[Kept, ...] = ()

    def __repr__(self) -> str:
        counts = self.confusion
        return f"Labelled({counts.alerts:,} alerts, {counts.caught:,} of them right; {counts.anomalies:,} labelled anomalies)"

    _repr_html_ = as_html


@dataclass(frozen=True, slots=True)
class Stability:
    """Whether another seed would have told the same story: means over pairs of refits.

    overlap: share of the `top` strangest rows that two refits have in common. correlation: Spearman's, of all rows.
    """

    seeds: int
    rows: int
    top: int
    overlap: float
    correlation: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far another detector agrees with the chosen one on the same rows; fields as in `Stability`."""

    detector: str
    rows: int
    top: int
    overlap: float
    correlation: float


@dataclass(frozen=True)
class Unlabelled:
    """What can be said without labels, each in numbers, and what none of it proves.

    rows: of the sample it was measured on. planted: recall by kind of planted anomaly.
    """

    rows: int
    planted: tuple[Caught, ...] = ()
    stability: Stability | None = None
    agreement: tuple[Agreement, ...] = ()
    cautions: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Compared:
    """One detector among those tried on the same rows.

    seconds: to fit. microseconds: to score one row, in a batch; the less of two times each. planted, strange: recall of planted
    anomalies at the budget's share and at 1%. overlap: share of its top rows that the others' have too, on average. stability:
    overlap of its own top rows between two seeds. failed: why it has no numbers.
    """

    detector: Detector
    chosen: bool = False
    seconds: float | None = None
    microseconds: float | None = None
    auroc: Estimate | None = None
    average_precision: Estimate | None = None
    planted: float | None = None
    strange: float | None = None
    stability: float | None = None
    overlap: float | None = None
    failed: str = ""


@dataclass(frozen=True)
class Evaluation:
    """Against labels where there are any, and without them always; and what was promised of false alarms, on rows held out."""

    labelled: Labelled | None = None
    unlabelled: Unlabelled | None = None
    kept: tuple[Kept, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
