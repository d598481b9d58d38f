"""A bounded share of false alerts in a stream, for cautious p-values: ADDIS."""

from __future__ import annotations

from dataclasses import dataclass

from standout.calibrate.policies._investing import Investing, Rule
from standout.core.errors import ParameterError
from standout.core.part import Card, param


@dataclass(frozen=True)
class Addis(Investing):
    """As SAFFRON, and p-values above `discard` cost nothing either: stronger where many rows are more ordinary than the null.

    With a `memory` the past is forgotten (Ramdas et al. 2017, arXiv:1710.00499) and the level never falls below a floor
    (after Rebjock et al. 2021, arXiv:2112.03196): without, a long quiet stretch leaves no wealth for what comes after it.
    Promised for p-values of normal rows that do not depend on each other. Those of one null sample do, to no harm that was measured.
    Rows that resemble those before them weaken the promise: of 10% promised, 10% were false at an autocorrelation of 0.9 and 28% at
    0.99. Use `lord-plus-plus` there.

    >>> import numpy as np
    >>> Addis(rate=0.1).alarms(np.array([0.0001, 0.01, 0.2, 0.9]), np.zeros(4), None).tolist()
    [True, False, False, False]
    """

    card = Card(
        "Online false discovery rate, ADDIS",
        "Tian and Ramdas 2019, arXiv:1905.11465",
        "rows of a stream whose p-values are cautious",
        "thirteen additions a row, whatever came before",
    )
    examples = ({}, {"rate": 0.2, "first": 0.1, "memory": 0, "candidate": 0.1, "discard": 0.8})

    candidate: float = param(0.25, above=0, high=0.95, help="p-values up to this may be anomalies and cost nothing.")
    discard: float = param(0.5, above=0, high=1, help="p-values above this are not tested and cost nothing.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.candidate >= self.discard:
            raise ParameterError(
                f"addis: candidate is {self.candidate:g} and discard {self.discard:g}.", "Keep candidate below discard."
            )

    @property
    def _rule(self) -> Rule:
        return Rule(self.rate, self.first, self.memory, ignored=self.candidate, tested=self.discard, cap=self.candidate)
