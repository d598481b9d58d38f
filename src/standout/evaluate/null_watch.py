"""Whether a model's null still holds while it serves: a bet on the scores as they come, and the rates that were promised.

The conformal test martingale of `evaluate.drift`, row by row and in bounded memory: scores are told apart by at most a thousand cells of
the null. Evidence counts from when the null last held (the CUSUM form of Vovk et al. 2021, arXiv:2102.10439), since a stream has no
end: under a null that holds, evidence of 6 comes once in a million rows at most. An alert also asks that
the rate of alarms among the latest thousands of rows is off by half or more: rows that come in short bursts are no reason to wake anyone.
"""

from __future__ import annotations

import math

import numpy as np

from standout.core.part import Floats, State
from standout.evaluate.drift import BETS, JUMP, LEVELS, MATERIAL, NULL_TOO_FEW, NULL_TOO_MANY
from standout.kernels.martingale import jump_on, online_p_values_by_cell

SURE = 6.0
CELLS = 1_000
HALF = 5_000.0
"""Rows after which a row counts half in the rates of late."""
FEWEST = 2_000
CLEAR = 5.0  # standard deviations by which a rate must be off
BACK = 0.5  # share of what it takes to be lost, below which a null is back: in between nothing changes, so that nothing flickers


class NullWatch:
    """What the served scores of one stream say of its model's null.

    null: the scores that the calibrator counts among; None where it keeps none or they move, and then only rates are looked at.
    """

    def __init__(self, null: Floats | None) -> None:
        self._edges = np.empty(0) if null is None or not len(null) else _edges(null)
        self.evidence = 0.0
        self.rows = np.zeros(1 + len(LEVELS))  # of late: all, and those up to each level
        self._least = 0.0 if null is None else 1.0 / (len(null) + 1)
        self.off = False
        self._share = np.full(len(BETS), 1.0 / len(BETS))
        self._tree = np.zeros(len(self._edges) + 2, dtype=np.int64)
        if null is not None and len(self._edges):
            self._bet(null, np.full(len(null), 0.5))
            self._share[:] = 1.0 / len(BETS)
            self.evidence = 0.0
        self._own = self._tree.copy()

    def add(self, raw: Floats, p_values: Floats) -> str | None:
        """Take in scores in the order in which they came. Returns a sentence where the null is lost just now, "" where it is back."""
        if len(self._edges):
            # ties are broken by chance that depends on how many came before, so that a replay gives the same evidence
            self._bet(raw, np.random.default_rng(int(self._tree[0])).random(len(raw)))
        self._count(p_values)
        worst = self._worst(BACK if self.off else 1.0)
        sure = self.evidence >= SURE or not len(self._edges)
        if not self.off and sure and worst is not None:
            self.off = True
            level, share = worst
            kind = NULL_TOO_MANY if share > level else NULL_TOO_FEW
            return kind.found(share=share, level=level, times=share / level, since="").message
        if self.off and worst is None:
            self.off, self.evidence = False, 0.0
            self._tree[:] = self._own  # what came while it was lost would speak against what comes now
            return ""
        return None

    def _bet(self, raw: Floats, chance: Floats) -> None:
        p, capital = np.empty(len(raw)), np.empty(len(raw))
        cells = np.searchsorted(self._edges, raw, side="right").astype(np.int64)
        online_p_values_by_cell(cells, chance, self._tree, p)
        jump_on(p, BETS, JUMP, self._share, 0.0, capital)
        if len(capital):
            lowest = min(-self.evidence, float(capital.min()))  # what was lost since the null last held counts no longer
            self.evidence = float(capital[-1]) - lowest

    def _count(self, p_values: Floats) -> None:
        n = len(p_values)
        weights = 0.5 ** (np.arange(n - 1, -1, -1) / HALF)
        hits = [float(weights[p_values <= level].sum()) for level in LEVELS]
        self.rows = self.rows * 0.5 ** (n / HALF) + np.array([float(weights.sum()), *hits])

    def _worst(self, part: float) -> tuple[float, float] | None:
        """The level whose rate is furthest off, and the rate; None where all are kept or too little is known.

        part: of what it takes to be off.
        """
        n = float(self.rows[0])
        if n < FEWEST:
            return None
        found: tuple[float, float] | None = None
        far = part * math.log(MATERIAL)
        for level, hits in zip(LEVELS, self.rows[1:].tolist(), strict=True):
            share = hits / n
            off = abs(math.log(max(share, 1e-12) / level))
            # the null's own chance error counts, too
            clear = abs(hits - n * level) > part * CLEAR * math.sqrt(n * level * (1 - level) * (1 + n * self._least))
            if level >= self._least and clear and off > far:
                found, far = (level, share), off
        return found

    def snapshot(self) -> State:
        """Everything as arrays."""
        numbers = np.array([self.evidence, float(self.off), *self.rows])
        return {"numbers": numbers, "share": self._share.copy(), "tree": self._tree.copy()}

    def resume(self, state: State) -> None:
        """Go on from a snapshot; one of another null is left alone."""
        if len(state["tree"]) != len(self._tree):
            return
        evidence, off, *rows = state["numbers"].tolist()
        self.evidence, self.off, self.rows = evidence, bool(off), np.array(rows)
        self._share, self._tree = state["share"].copy(), state["tree"].copy()


def _edges(null: Floats) -> Floats:
    """The lower ends of all cells but the lowest: quantiles of the null, each once."""
    ordered = np.sort(np.asarray(null, dtype=np.float64))
    at = np.linspace(0, len(ordered) - 1, min(CELLS, len(ordered))).astype(np.intp)
    return np.unique(ordered[at])
