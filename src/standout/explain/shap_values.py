"""SHAP for those who want it: an `Explanation` of the shap package, for its own plots, and two of them as pictures.

Exact for detectors that know their Shapley values (isolation forest, XGBoost), by our own kernels; for any other row detector by the
shap package's KernelExplainer over source columns. The sign is that of strangeness.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Shapley
from standout.core.errors import MissingExtraError, ParameterError
from standout.core.judged import Judged
from standout.core.model import Model
from standout.core.table import Table
from standout.explain.blocks import Blocks

BACKGROUND = 20
"""Usual rows that stand for a column that is not known."""

TRIED = 256
"""Coalitions of columns that are tried for each row; about a second a row in other implementations."""


def explanation(model: Model, table: Table, background: Table | None = None) -> Any:
    """A `shap.Explanation` with a value for each row and source column, for shap's own plots.

    background: usual rows; needed unless the detector knows its Shapley values. Of a forest the values are those of the base-2
    logarithm of the score. MissingExtraError without shap; ParameterError for a sequence detector, whose score has no columns alone.

    >>> import pytest
    >>> _ = pytest.importorskip("shap")
    >>> import standout
    >>> from standout.detect.isolation_forest import IsolationForest
    >>> made = standout.run(np.random.default_rng(0).normal(size=(300, 3)), detector=IsolationForest())
    >>> explanation(made.model, made.alerts.table).values.shape == (len(made.alerts.table), 3)
    True
    """
    shap = package()
    if model.detector.part.kind != "rows":
        raise ParameterError(
            f"{model.detector.part.name} judges sequences, of which SHAP says nothing.",
            "standout explain names channel and moment.",
        )
    judged = model.judged(table)
    blocks = Blocks.of(judged.matrix)
    if isinstance(model.detector.part, Shapley):
        values, base = model.detector.part.shapley(model.detector.state, judged.matrix)
        columns = blocks.sums(values)
    else:
        if background is None or not len(background):
            raise ParameterError("The rows that stand for unknown columns are missing.", "Give background=, some usual rows.")
        columns, base = _sampled(shap, judged, blocks, _spread(model, background))
    names = list(blocks.names)
    data = np.array([[_shown(table[name].at(i)) for name in names] for i in range(len(table))], dtype=object)
    return shap.Explanation(columns, np.full(len(table), base), data, feature_names=names)


def pictures(explained: Any) -> tuple[tuple[str, bytes], ...]:
    """The beeswarm of all rows and the waterfall of the first, as (name, PNG) pairs; MissingExtraError without shap."""
    shap = package()
    import matplotlib

    matplotlib.use("Agg", force=False)
    from matplotlib import pyplot as untyped

    pyplot: Any = untyped

    numbers = shap.Explanation(
        explained.values, explained.base_values, _numbers(explained.data), feature_names=explained.feature_names
    )
    made = []
    plots: Any = shap.plots
    draws: list[tuple[str, Callable[[], object]]] = [
        ("Beeswarm: all explained rows, one dot each", lambda: plots.beeswarm(numbers, show=False)),
        ("Waterfall: the strongest", lambda: plots.waterfall(explained[0], show=False)),
    ]
    for name, draw in draws:
        figure = pyplot.figure()
        draw()
        held = io.BytesIO()
        pyplot.gcf().savefig(held, format="png", dpi=110, bbox_inches="tight", facecolor="white")
        pyplot.close(pyplot.gcf())
        pyplot.close(figure)
        made.append((name, held.getvalue()))
    return tuple(made)


def addresses(made: tuple[tuple[str, bytes], ...]) -> tuple[tuple[str, str], ...]:
    """Pictures as data addresses, for a page that needs no other file."""
    return tuple((name, f"data:image/png;base64,{base64.b64encode(png).decode()}") for name, png in made)


def package() -> Any:
    """The shap package; MissingExtraError says how to install it."""
    try:
        import shap
    except ImportError as error:
        raise MissingExtraError.for_package("SHAP", "shap", "shap") from error
    return shap


def _spread(model: Model, background: Table) -> NDArray[np.float32]:
    at = np.linspace(0, len(background) - 1, min(BACKGROUND, len(background))).astype(np.intp)
    table, _ = model.conform(background.take(at))
    return model.prepare(table).values


def _sampled(shap: Any, judged: Judged, blocks: Blocks, usual: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """KernelSHAP over columns: a column that is not known takes the values of each usual row in turn."""
    owner = np.empty(judged.matrix.width, dtype=np.intp)
    owner[blocks.order] = blocks.owner
    columns = len(blocks.names)
    found, base = np.zeros((len(judged.at), columns)), 0.0
    for i, row in enumerate(judged.rows):

        def score(known: NDArray[np.float64], row: NDArray[np.float32] = row, i: int = i) -> NDArray[np.float64]:
            mask = known[:, owner].astype(np.bool_)
            mixed = np.where(mask[:, None], row, usual[None]).reshape(-1, judged.matrix.width)
            scores = judged.changed(np.full(len(mixed), i), np.ascontiguousarray(mixed, dtype=np.float32))
            return scores.reshape(len(known), len(usual)).mean(axis=1)

        explainer = shap.KernelExplainer(score, np.zeros((1, columns)))
        found[i] = explainer.shap_values(np.ones((1, columns)), nsamples=TRIED, silent=True, l1_reg=0)[0]
        base = float(explainer.expected_value)
    return found, base


def _shown(value: Any) -> Any:
    return "missing" if value is None else str(value) if not isinstance(value, float) else value


def _numbers(data: Any) -> NDArray[np.float64]:
    """Values that colour a beeswarm: numbers themselves, others by their order."""
    columns = []
    for column in np.asarray(data, dtype=object).T:
        if all(isinstance(v, float) for v in column):
            columns.append(column.astype(np.float64))
        else:
            columns.append(np.unique([str(v) for v in column], return_inverse=True)[1].astype(np.float64))
    return np.array(columns).T
