"""A bounded share of false alerts in a stream, decided row by row: LORD++."""

from __future__ import annotations

from dataclasses import dataclass

from standout.calibrate.policies._investing import Investing, Rule
from standout.core.part import Card


@dataclass(frozen=True)
class LordPlusPlus(Investing):
    """Each row spends some wealth on its level; each alert earns some back, so alerts that pile up are believed more readily.

    With a `memory` the past is forgotten (Ramdas et al. 2017, arXiv:1710.00499) and the level never falls below a floor
    (after Rebjock et al. 2021, arXiv:2112.03196): without, a long quiet stretch leaves no wealth for what comes after it.
    Promised for p-values of normal rows that do not depend on each other. Those of one null sample do, to no harm that was measured.
    Rows that resemble those before them weaken the promise: of 10% promised, 11% were false at an autocorrelation of 0.9 and 16% at
    0.99, the least of the three online rules.

    >>> import numpy as np
    >>> LordPlusPlus(rate=0.1).alarms(np.array([0.001, 0.01, 0.2, 0.9]), np.zeros(4), None).tolist()
    [True, False, False, False]
    """

    card = Card(
        "Online false discovery rate, LORD++",
        "Ramdas et al. 2017, arXiv:1710.00499",
        "rows of a stream, as many as a share of false alerts allows",
        "thirteen additions a row, whatever came before",
    )
    examples = ({}, {"rate": 0.2, "first": 0.1, "memory": 0})

    @property
    def _rule(self) -> Rule:
        return Rule(self.rate, self.first, self.memory)
