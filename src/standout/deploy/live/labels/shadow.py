"""A challenger in the champion's shadow: it scores and decides the same batches, nobody is told, and the two are counted together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.calibrator import Policy
from standout.core.live import Live
from standout.core.model import Model
from standout.core.part import State
from standout.core.table import Table
from standout.deploy.live.judging import decide
from standout.deploy.store.records import Outcome

LEVEL = 0.01
"""The p-value at which calibration is looked at: of normal rows this share lies below."""
SURE = 3.3  # standard deviations by which the share may differ and still be in its band


@dataclass
class Counts:
    """Rows by who would have raised them, and rows whose p-value by the challenger is at most `LEVEL`."""

    rows: int = 0
    both: int = 0
    champion: int = 0
    challenger: int = 0
    below: int = 0


@dataclass(frozen=True)
class Comparison:
    """How a challenger does beside its champion. added, dropped: alerts that it alone raised, or did not raise, of `rows`.

    agreement: the share of rows on which both decide alike. below: the share of rows with p-values at most 1%; in_band: whether that
    is what a null that holds would give, up to the anomalies among them. learned: rows and labels that it was fitted on, how
    well labelled rows are ranked ("order") and how many of as many rows as were confirmed are ("precision"; of those told "was").
    """

    rows: int
    added: int
    dropped: int
    both: int
    agreement: float
    below: float
    in_band: bool
    learned: Mapping[str, Any]
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"learned": dict(self.learned)}


class Shadow:
    """One challenger and what was counted of it."""

    def __init__(self, model: Model, most_entities: int) -> None:
        self.model, self.counts = model, Counts()
        self.live = Live(model, learn=False, most_entities=most_entities)

    def step(self, table: Table, decided: NDArray[np.int8], now: datetime) -> None:
        """Go through rows that the champion decided as told, before anything hid them.

        Of a series only rows count of whose entity as many were seen as the detector looks back on: before, the two are not alike.
        """
        seen = self.live.behind(table)
        scores = self.live.step(table)
        mine = seen & (decide(self.live, table, scores, now) == Outcome.NOTIFIED)
        theirs, counts = seen & (decided == Outcome.NOTIFIED), self.counts
        counts.rows += int(seen.sum())
        counts.both += int((mine & theirs).sum())
        counts.champion += int((theirs & ~mine).sum())
        counts.challenger += int((mine & ~theirs).sum())
        counts.below += int((seen & (scores.p_value <= LEVEL)).sum())

    def change_policy(self, policy: Policy) -> None:
        """Decide by another policy from now on, as the champion does."""
        self.live.change_policy(policy)
        self.model = self.model.with_policy(policy)

    @property
    def comparison(self) -> Comparison:
        """What was seen so far."""
        c, learned = self.counts, self.model.provenance.get("challenger", {})
        rows = max(1, c.rows)
        share = c.below / rows
        in_band = share <= LEVEL + SURE * math.sqrt(LEVEL * (1 - LEVEL) / rows)
        held = "holds its rate of false alarms" if in_band else f"calls {share:.2%} of rows as rare as 1 in 100"
        sentence = (
            f"Of {c.rows:,} rows it would have raised {c.challenger:,} that the champion did not, and left out {c.champion:,} that it "
            f"raised; it {held}."
        )
        return Comparison(
            c.rows, c.challenger, c.champion, c.both, 1 - (c.challenger + c.champion) / rows, share, in_band, learned, sentence
        )

    def snapshot(self) -> tuple[dict[str, Any], State]:
        """What was counted, and what its policy remembers; the model is in its file."""
        document, arrays = self.live.snapshot()
        kept = {k: a for k, a in arrays.items() if k.partition("/")[0] not in ("detector", "calibrator")}
        return {"live": document, "counts": asdict(self.counts)}, kept

    def resume(self, told: Mapping[str, Any], arrays: State) -> None:
        """Go on from a snapshot of the same challenger. ModelFileError where it is of another."""
        still = {f"detector/{k}": a for k, a in self.model.detector.state.items()}
        still |= {f"calibrator/{k}": a for k, a in self.model.calibrator.state.items()}
        self.live = Live.resume(self.model, told["live"], arrays | still)
        self.counts = Counts(**told["counts"])
