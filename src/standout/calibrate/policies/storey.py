"""At most a share of the alerts false, the stronger the more of the rows are strange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.calibrate.policies._checked import checked
from standout.core.calibrator import Policy
from standout.core.part import Card, Floats, param


@dataclass(frozen=True)
class Storey(Policy):
    """Benjamini and Hochberg's rule with the share of normal rows estimated from the p-values above `split`.

    Where a tenth of the rows is strange it raises at rate / 0.9. The estimate counts one row more than it saw, which keeps the
    promise with conformal p-values of one null sample (Bates et al. 2023, doi:10.1214/22-AOS2244).

    >>> p = np.r_[np.full(5, 0.001), 0.012, 0.3, 0.9]
    >>> int(Storey(rate=0.02).alarms(p, -p, None).sum())
    6
    """

    card = Card(
        "False discovery rate, adaptive",
        "Storey, Taylor and Siegmund 2004, doi:10.1111/j.1467-9868.2004.00439.x",
        "as many rows as a share of false alerts allows, in files of which much is strange",
        "one sort",
    )
    examples = ({}, {"rate": 0.2, "split": 0.8})

    rate: float = param(0.05, above=0, high=1, help="The share of the alerts that may be false, on average.")
    split: float = param(0.5, above=0, high=0.99, help="p-values above this are taken to be those of normal rows.")

    def alarms(self, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for the rows that the rule rejects; none with a p-value above `split`."""
        p, _ = checked(self.name, p_values, scores, times)
        normal = (1.0 + np.sum(p > self.split)) / (1.0 - self.split)
        ordered = np.sort(p)
        places = np.arange(1, len(p) + 1)
        kept = np.flatnonzero((ordered <= self.rate * places / normal) & (ordered <= self.split))
        return p <= (ordered[kept[-1]] if len(kept) else -1.0)

    def in_words(self) -> str:
        """The promise as a clause."""
        return f"at most {100 * self.rate:g}% of the alerts false"
