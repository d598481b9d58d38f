"""Whether new rows are still like those that a model learned from: by their scores, in the order in which they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from standout.core.finding import Finding, FindingKind
from standout.core.part import Floats
from standout.evaluate.promised import promised_against_realised
from standout.evaluate.results import Kept
from standout.kernels.martingale import jumper, online_p_values

BETS = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
JUMP = 0.01
SURE = 2.0  # decimal logarithm of the capital at which the claim is given up: a chance of at most 1% where it is true
LEVELS = (0.01, 0.1)
MATERIAL = 1.5  # times the promise from which too many (or, inverted, too few) are worth a word

NULL_HOLDS = FindingKind(
    "null-holds",
    "info",
    "{rows:,} rows score like those that the model learned from.",
    "Nothing to do.",
)
NULL_TOO_MANY = FindingKind(
    "null-too-many",
    "problem",
    "The null no longer holds: {share:.2%} of the rows have a p-value up to {level:g}, {times:.1f} times what was promised{since}.",
    "If this is the new normal, fit again on recent rows: standout train FILE. If not, look at these rows: standout detect.",
)
NULL_TOO_FEW = FindingKind(
    "null-too-few",
    "warning",
    "The null no longer holds: only {share:.2%} of the rows have a p-value up to {level:g}, {times:.1f} times what was \
promised{since}; anomalies may hide.",
    "Fit again on recent rows: standout train FILE.",
)
NOT_EXCHANGEABLE = FindingKind(
    "rows-not-exchangeable",
    "warning",
    "The rate of alarms is as promised, but scores come in stretches{since}: rows near each other are alike.",
    "Count on bursts of alerts; features of the time of day, or a sequence detector, may take the rhythm out.",
)
TOO_FEW_FOR_LEVEL = FindingKind(
    "null-too-small",
    "info",
    "A level of {level:g} cannot be promised by a null of {null:,} rows; the least is {least:.2g}.",
    "Fit on at least {needed:,} rows.",
)


@dataclass(frozen=True)
class ScoreDrift:
    """What the scores of new rows say of the null.

    capital: decimal logarithm of the gambler's capital after each row, shape (n,); 2 is reached with a chance of at most 1% where
    the rows are exchangeable with the null and with each other. kept: promised against realised rates.
    """

    capital: Floats
    kept: tuple[Kept, ...]
    null: int

    @property
    def crossed(self) -> int | None:
        """The first row at which the capital was enough to be sure, or None."""
        at = np.flatnonzero(self.capital >= SURE)
        return int(at[0]) if len(at) else None

    @property
    def began(self) -> int | None:
        """About where the change began: the row of the least capital before it was sure."""
        return None if self.crossed is None else int(self.capital[: self.crossed + 1].argmin())

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the null: rates kept, no capital won."""
        return self.crossed is None and all(k.holds for k in self.kept if k.promised)

    def findings(self, when: str = "") -> tuple[Finding, ...]:
        """What is worth telling; `when`: about when the change began, in words."""
        since = f", since about {when}" if when and self.crossed is not None else ""
        found: list[Finding] = [
            TOO_FEW_FOR_LEVEL.found(
                level=k.level, null=self.null, least=1 / (self.null + 1), needed=int(np.ceil(1 / k.level)) - 1
            )
            for k in self.kept
            if not k.promised
        ]
        off = [k for k in self.kept if k.promised and not k.holds and _material(k)]
        if off:
            worst = max(off, key=lambda k: abs(np.log(max(k.realised.value, 1e-12) / k.level)))
            kind = NULL_TOO_MANY if worst.too_many else NULL_TOO_FEW
            share = worst.realised.value
            found.append(kind.found(share=share, level=worst.level, times=share / worst.level, since=since))
        elif self.crossed is not None:
            found.append(NOT_EXCHANGEABLE.found(since=since))
        elif len(self.capital):
            found.append(NULL_HOLDS.found(rows=len(self.capital)))
        return tuple(found)


def _material(kept: Kept) -> bool:
    return not kept.level / MATERIAL <= kept.realised.value <= kept.level * MATERIAL


def score_drift(
    scores: Floats,
    p_values: Floats,
    null: Floats | None,
    null_rows: int,
    rng: np.random.Generator,
    levels: Sequence[float] = LEVELS,
) -> ScoreDrift:
    """Bet on the places of new scores among the null and each other, and hold the rates of alarms against their promise.

    scores, p_values: of new rows in the order in which they came, shape (n,). null: the scores that the calibrator counts among,
    in any order; None where it keeps none, and then only rates are looked at. null_rows: how many scores it learned from.

    A conformal test martingale with the simple jumper of Vovk et al. 2021, arXiv:2102.10439. The null grows as rows come in: held
    fixed, its own chance errors would look like drift once there are many more new rows than old ones.
    """
    kept = promised_against_realised(p_values, null_rows, levels)
    if null is None:
        return ScoreDrift(np.zeros(len(scores)), kept, null_rows)
    _, rank = np.unique(scores, return_inverse=True)
    ordered = np.sort(null)
    higher = len(ordered) - np.searchsorted(ordered, scores, side="right").astype(np.float64)
    as_high = len(ordered) - np.searchsorted(ordered, scores, side="left").astype(np.float64)
    online, capital = np.empty(len(scores)), np.empty(len(scores))
    online_p_values(rank.astype(np.int64), higher, as_high - higher, float(len(ordered)), rng.random(len(scores)), online)
    jumper(online, BETS, JUMP, capital)
    return ScoreDrift(capital, kept, null_rows)
