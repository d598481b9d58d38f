"""Another sequence detector's scores, averaged over the window that begins at each row: sharper in a file, no use live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import AttributesInTime, Detector, Labels, LooksBack, Moments, Narrows, own_scores
from standout.core.errors import ParameterError, ParameterTypeError, StandoutError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, nest, param, under
from standout.core.registry import find, part_from_dict
from standout.detect._series import run_of
from standout.kernels.windows import over_points

ASKED = 4
"""Windows of those that hold a row, evenly spread, of which the member is asked which channel and moment made them strange."""

MEMBER: Any = {"part": "nearest-windows"}


@dataclass(frozen=True)
class WindowAverage(Detector):
    """The mean of a causal detector's scores over all windows that hold a row, in place of that of the window which ends there.

    A causal score is late: it is as high a window after an anomaly as during it. The mean over the windows that hold the row is
    highest in its midst. It looks ahead by a window, so this detector reads files and does not go live.

    fit, score: as the member's; the window is as long as the member looks back.

    >>> wave = np.sin(np.arange(600) * 2 * np.pi / 30)
    >>> state = WindowAverage().fit(Matrix.of(wave), np.random.default_rng(0))
    >>> wave[300:310] += 2
    >>> 300 <= int(np.argmax(WindowAverage().score(state, Matrix.of(wave)))) < 310
    True
    """

    card = Card(
        "Mean over the windows that hold a row",
        "Boniol et al. 2020, doi:10.1109/ICDE48307.2020.00182, section on scoring points",
        "what its member finds, in its right place",
        "what its member costs",
    )
    kind = "sequence"
    causal = False
    examples = ({}, {"member": {"part": "subsequence-pca", "window": 16}})
    layout = {"seed": Holds("int64", 1)}

    member: Detector | None = param(None, help="A causal sequence detector that looks back; none means nearest windows.")

    def __post_init__(self) -> None:
        value: Any = MEMBER if self.member is None else self.member
        if isinstance(value, str):
            value = find("detector", value)()
        elif isinstance(value, dict):
            value = part_from_dict("detector", value)
        if not isinstance(value, Detector):
            raise ParameterTypeError(f"{self.name}: {value!r} is no detector.", "Give a detector, its name, or a dict.")
        if value.kind != "sequence" or not isinstance(value, LooksBack) or value.learns_from == "labels":
            raise ParameterError(
                f"{self.name}: {value.name} is no sequence detector that looks back and learns without labels.",
                "Choose one that is, such as nearest-windows.",
            )
        object.__setattr__(self, "member", value)
        super().__post_init__()

    @property
    def _inner(self) -> Detector:
        return cast("Detector", self.member)

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Fit the member."""
        seed = rng.integers(0, 2**62, size=1)
        try:
            return {"seed": seed} | nest("member/0", self._inner.fit(matrix, rng, labels))
        except StandoutError as error:
            raise type(error)(f"{self.name}: {error.what}", error.hint) from error

    def reach(self, state: State) -> int:
        """One odd row makes those within a window of it strange."""
        return cast("LooksBack", self._inner).context(under("member/0", state)) + 1

    def compared(self, state: State) -> NDArray[np.int64] | None:
        """What the member compares."""
        return self._inner.compared(under("member/0", state)) if isinstance(self._inner, Narrows) else None

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The mean of the member's scores from each row to the last one whose window holds it."""
        inner = under("member/0", state)
        return self._averaged(inner, self._inner.score(inner, matrix), matrix)

    def attribute_in_time(self, state: State, matrix: Matrix, at: NDArray[np.intp]) -> Moments:
        """The mean of what the member says of some of the windows that hold each row; a row's parts sum to about its score."""
        inner = under("member/0", state)
        window = cast("LooksBack", self._inner).context(inner) + 1
        parts = np.zeros((len(at), 2 * window - 1, matrix.width))
        for i, row in enumerate(at.tolist()):
            run = run_of(matrix, row)
            last = min(row + window - 1, run.stop - 1)
            ends = np.unique(np.linspace(max(row, min(run.start + window - 1, last)), last, ASKED).round().astype(np.intp))
            moments = cast("AttributesInTime", self._inner).attribute_in_time(inner, matrix, ends)
            for end, own in zip(ends.tolist(), moments.parts, strict=True):
                parts[i, moments.offsets + end - row + window - 1] += own / len(ends)
        return Moments(np.arange(1 - window, window), parts)

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """The same mean of the member's own scores."""
        inner = under("member/0", state)
        own = own_scores(self._inner, inner, matrix, np.random.default_rng(int(state["seed"][0])))
        return self._averaged(inner, own, matrix)

    def _averaged(self, inner: State, scores: Floats, matrix: Matrix) -> Floats:
        window = cast("LooksBack", self._inner).context(inner) + 1
        parts = []
        for run in matrix.runs:
            # windows that would end after the run do not exist; those that begin before it stand on its first row
            ending = scores[run][min(window, run.stop - run.start) - 1 :]
            parts.append(over_points(ending, window)[-(run.stop - run.start) :] if len(ending) else scores[run])
        return np.concatenate(parts) if parts else scores
