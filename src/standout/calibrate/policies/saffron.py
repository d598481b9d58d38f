"""A bounded share of false alerts in a stream that adapts to how much is strange: SAFFRON."""

from __future__ import annotations

from dataclasses import dataclass

from standout.calibrate.policies._investing import Investing, Rule
from standout.core.part import Card, param


@dataclass(frozen=True)
class Saffron(Investing):
    """As LORD++, but p-values at or below `candidate` cost nothing: stronger where much is strange, weaker where little is.

    With a `memory` the past is forgotten (Ramdas et al. 2017, arXiv:1710.00499) and the level never falls below a floor
    (after Rebjock et al. 2021, arXiv:2112.03196): without, a long quiet stretch leaves no wealth for what comes after it.
    Promised for p-values of normal rows that do not depend on each other. Those of one null sample do, to no harm that was measured.
    Rows that resemble those before them break the promise: of 10% promised, 17% were false at an autocorrelation of 0.9 and 58% at
    0.99. Use `lord-plus-plus` there.

    >>> import numpy as np
    >>> Saffron(rate=0.1).alarms(np.array([0.001, 0.01, 0.2, 0.9]), np.zeros(4), None).tolist()
    [True, False, False, False]
    """

    card = Card(
        "Online false discovery rate, SAFFRON",
        "Ramdas et al. 2018, arXiv:1802.09098",
        "rows of a stream in which much is strange",
        "thirteen additions a row, whatever came before",
    )
    examples = ({}, {"rate": 0.2, "first": 0.1, "memory": 0, "candidate": 0.25})

    candidate: float = param(0.5, above=0, high=0.95, help="p-values up to this may be anomalies and cost nothing.")

    @property
    def _rule(self) -> Rule:
        return Rule(self.rate, self.first, self.memory, ignored=self.candidate, cap=self.candidate)
