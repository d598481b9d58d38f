"""What the online false discovery rates share: wealth that is spent on rows and earned by alarms.

The published sequence of LORD++ spends a third of its wealth on rows beyond the hundred millionth and needs every past alarm to be
remembered. Any sequence that falls and sums to 1 keeps the guarantee; this one is a mixture of geometric sequences with the masses
of the published one (Javanmard and Montanari 2018, doi:10.1214/17-AOS1559) at horizons of 1, 4, 16 ... 16,777,216 rows. A mixture
needs one number a horizon, whatever the number of alarms: constant memory, and tens of millions of decisions a second.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.calibrate.policies._checked import checked
from standout.core.calibrator import Policy
from standout.core.finding import Finding
from standout.core.layout import Holds
from standout.core.part import Floats, State, param

SCALES = 13


def _masses() -> Floats:
    """The share of the published sequence, ln(j) / (j exp(sqrt(ln j))), that lies around each horizon; they sum to 1."""
    s = np.sqrt(math.log(4.0) * np.maximum(np.arange(SCALES + 1) - 0.5, 0.0))
    beyond = np.exp(-s) * (s**3 + 3 * s**2 + 6 * s + 6)
    mass = beyond[:-1] - beyond[1:]
    return mass / mass.sum()


RATE = 1.0 - 0.25 ** np.arange(SCALES)
MASS = _masses() * (1.0 - RATE)


@dataclass(frozen=True)
class Rule:
    """The numbers of one rule.

    rate: the share of alerts that may be false. first: the part of it that is wealth at the start. memory: rows over which the
    past is forgotten, 0 for never. ignored, tested: see `kernels.deciding.spend`. cap: the highest level of a row.
    """

    rate: float
    first: float
    memory: int
    ignored: float = 0.0
    tested: float = 1.0
    cap: float = 1.0

    @property
    def keep(self) -> float:
        """What is left of a row's weight one row later."""
        return 1.0 - 1.0 / self.memory if self.memory else 1.0

    def start(self) -> State:
        """The wealth before the first row."""
        return {"wealth": self.rate * self.first * self.keep * MASS, "counts": np.zeros(2, dtype=np.int64)}

    def decide(self, state: State, p_values: Floats) -> NDArray[np.bool_]:
        """Which rows to raise, shape (n,); moves the state on."""
        from standout.kernels.deciding import spend  # when used: changing a budget need not wait for a compiler

        raised = np.empty(len(p_values), dtype=np.bool_)
        initial = self.rate * self.first
        # the floor takes over what forgetting frees of the initial wealth, so that the two never sum to more than it
        floor = initial * (1.0 - self.keep)
        pay = np.array([self.rate - (0.0 if self.memory else initial), self.rate])
        spend(
            p_values, state["wealth"], state["counts"], MASS, RATE, floor, self.keep, pay,
            self.ignored, self.tested, self.cap, raised,
        )  # fmt: skip  # sixteen lines say no more
        return raised

    def in_words(self) -> str:
        """The promise as a clause."""
        recent = f", of recent alerts (the last {self.memory:,} rows count most)" if self.memory else ", at any moment"
        return f"at most {100 * self.rate:g}% of the alerts false{recent}"


@dataclass(frozen=True)
class Investing(Policy):
    """A bounded share of false alerts in a stream, decided row by row; a final class says by which rule it spends and earns."""

    layout = {"wealth": Holds("float64", SCALES), "counts": Holds("int64", 2)}

    rate: float = param(0.05, above=0, high=0.5, help="The share of the alerts that may be false, on average.")
    first: float = param(0.5, above=0, high=1, help="The part of the rate that can be spent before the first alert.")
    memory: int = param(
        10_000, low=0, help="Rows over which the past is forgotten, so that it never falls silent; 0: never forget.", unit="rows"
    )

    @property
    @abstractmethod
    def _rule(self) -> Rule: ...

    def start(self) -> State:
        """The wealth before the first row."""
        return self._rule.start()

    def decide(self, state: State, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for each row to raise, in order; moves the wealth on, in place. NotFiniteError names a row whose p-value is NaN."""
        return self._rule.decide(state, checked(self.name, p_values, scores, times)[0])

    def findings(self, state: State) -> tuple[Finding, ...]:
        """Nothing: the level of each row follows from the rows before it."""
        return ()

    def alarms(self, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for each row to raise, the rows taken in the order in which they stand."""
        return self.decide(self.start(), p_values, scores, times)

    def in_words(self) -> str:
        """The promise as a clause."""
        return self._rule.in_words()
