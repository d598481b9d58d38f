"""Gradient-boosted trees, grown by xgboost and kept as arrays of our own: neither scoring nor explaining needs the package."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Labels
from standout.core.errors import LabelError, MissingExtraError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import State

TREES = {
    "tree/feature": Holds("int32", "trees", "leaves", below="d"),
    "tree/threshold": Holds("float32", "trees", "leaves"),
    "tree/leaf": Holds("float32", "trees", "leaves"),
    "tree/cover": Holds("float32", "trees", "nodes"),
}
"""The layout of `grown`: heaps as in `kernels.trees`, and the covers of `kernels.shapley`."""

HELD_OUT = 0.2
"""The share of the labelled rows that says when to stop."""

FEWEST = 2
"""Rows of each class, at least, on either side of what is held out."""

PATIENCE = 20
"""How many trees may follow each other without the held-out rows gaining."""

UNWATCHED = 30
"""At most so many trees are grown where labels are too few to hold any out."""

MANY = 20_000
"""From so many rows on two threads grow a tree; with fewer they wait for each other."""


@dataclass(frozen=True)
class Growth:
    """How trees are grown: at most `trees` of `depth` levels, each counting `rate`, on shares of the rows and of the columns; with `stop`
    no more of them than rows held out gain by."""

    trees: int
    depth: int
    rate: float
    rows: float
    columns: float
    stop: bool = True


def labelled(who: str, matrix: Matrix, labels: Labels | None) -> tuple[Matrix, Labels]:
    """The rows that have a label, in their runs, and their labels; LabelError without rows of both classes."""
    if labels is None or not (labels >= 0).any():
        raise LabelError(f"{who} learns from labels and got none.", "Say which column holds them: --label COLUMN.")
    at = np.flatnonzero(labels >= 0)
    strange = int((labels[at] == 1).sum())
    if strange in (0, len(at)):
        what = f"{who}: {strange} of {len(at)} labelled rows are anomalous; it learns from the difference"
        raise LabelError(f"{what}.", "Label two rows or more of each class, or choose a detector that learns without labels.")
    starts = np.unique(np.searchsorted(at, matrix.starts))
    return replace(matrix.take(at), starts=starts[starts < len(at)].astype(np.int64)), labels[at]


def held_out(matrix: Matrix, labels: Labels, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which labelled rows say when to stop, about a fifth of them: as little like the others as rows to come will be.

    Where the matrix knows five entities or more (or has as many runs), whole ones, as rows of one entity resemble each other and some would
    tell on the others; those seen last, if there is a clock. Where it knows only times, the latest rows. Else a fifth of each class at
    random. Entities and times are added until two rows of each class are among them, up to half of all rows. Nothing is held out where a
    class would be left with fewer than two rows on a side.
    """
    out = np.zeros(len(labels), dtype=np.bool_)
    turns = _turns(matrix, rng)
    if turns is None:
        for kind in (0, 1):
            at = np.flatnonzero(labels == kind)
            out[rng.permutation(at)[: int(HELD_OUT * len(at))]] = True
    else:
        order = np.argsort(turns, kind="stable")
        ends = np.flatnonzero(np.diff(turns[order], append=turns.max(initial=0) + 1)) + 1  # how many rows the turns so far have
        strange = np.cumsum(labels[order] == 1)[ends - 1]
        enough = (ends >= HELD_OUT * len(labels)) & (np.minimum(strange, ends - strange) >= FEWEST) & (ends <= len(labels) / 2)
        if enough.any():
            out[order[: ends[np.argmax(enough)]]] = True
    sides = [int(((labels == kind) & (out == side)).sum()) for kind in (0, 1) for side in (True, False)]
    return out if min(sides) >= FEWEST else np.zeros_like(out)


def _turns(matrix: Matrix, rng: np.random.Generator) -> NDArray[np.int64] | None:
    """The turn in which each row would be held out, rows that go together in one; None where any row may go alone."""
    whose = matrix.whose
    if whose is None and len(matrix.runs) > 1:
        whose = np.repeat(np.arange(len(matrix.runs)), [run.stop - run.start for run in matrix.runs])
    entities, owner = (np.zeros(0), None) if whose is None else np.unique(whose, return_inverse=True)
    if owner is None or len(entities) < 1 / HELD_OUT:
        return None if matrix.when is None else -matrix.when
    seen = rng.permutation(len(entities))
    if matrix.when is not None:
        first = np.full(len(entities), np.iinfo(np.int64).max)
        np.minimum.at(first, owner, matrix.when)
        seen = np.argsort(np.argsort(-first, kind="stable"))
    return seen[owner].astype(np.int64)


def grown(
    who: str,
    matrix: Matrix,
    labels: Labels,
    growth: Growth,
    rng: np.random.Generator,
) -> State:
    """Trees that tell the labels (n,) apart, as arrays; both classes together weigh the same.

    How many trees is found on rows held out, unless it is given, then all rows are learned from.
    """
    try:
        import xgboost
    except ImportError as error:
        raise MissingExtraError.for_package(who, "xgboost", "boost") from error

    strange = float((labels == 1).mean())
    settings = {
        "objective": "binary:logistic",
        "eval_metric": "logloss",
        "tree_method": "hist",
        "base_score": 0.5,
        "scale_pos_weight": (1 - strange) / strange,
        "max_depth": growth.depth,
        "eta": growth.rate,
        "subsample": growth.rows,
        "colsample_bytree": growth.columns,
        "seed": int(rng.integers(0, 2**31)),
        "verbosity": 0,
        # a number of its own, since sums are shared out by it: the same bytes whatever the processors
        "nthread": 2 if len(matrix) >= MANY else 1,
    }

    def data(at: NDArray[np.bool_]) -> Any:
        return xgboost.DMatrix(matrix.values[at], labels[at])

    rounds, aside = growth.trees, held_out(matrix, labels, rng)
    if growth.stop and not aside.any():
        rounds = min(rounds, UNWATCHED)
    elif growth.stop:
        watched = [(data(aside), "aside")]
        first = xgboost.train(settings, data(~aside), rounds, evals=watched, early_stopping_rounds=PATIENCE, verbose_eval=False)
        rounds = int(first.best_iteration) + 1
    booster = xgboost.train(settings, data(np.ones(len(labels), dtype=np.bool_)), rounds)
    trees = json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]["model"]["trees"]
    return as_heaps(trees, growth.depth)


def as_heaps(trees: list[dict[str, Any]], depth: int) -> State:
    """xgboost's trees, as its JSON gives them, in heaps of one height; see `kernels.trees`."""
    leaves = 1 << depth
    state: State = {
        "tree/feature": np.zeros((len(trees), leaves), dtype=np.int32),
        "tree/threshold": np.full((len(trees), leaves), np.inf, dtype=np.float32),
        "tree/leaf": np.zeros((len(trees), leaves), dtype=np.float32),
        "tree/cover": np.ones((len(trees), 2 * leaves), dtype=np.float32),
    }
    for at, tree in enumerate(trees):
        left, right, where = tree["left_children"], tree["right_children"], tree["split_conditions"]
        open_nodes = [(0, 1)]
        while open_nodes:
            theirs, ours = open_nodes.pop()
            state["tree/cover"][at, ours] = tree["sum_hessian"][theirs]
            if left[theirs] < 0:  # a leaf: its value stands at "split_conditions", and in all our leaves below it
                down = depth - (ours.bit_length() - 1)
                first = (ours << down) - leaves
                state["tree/leaf"][at, first : first + (1 << down)] = where[theirs]
                continue
            state["tree/feature"][at, ours] = tree["split_indices"][theirs]
            state["tree/threshold"][at, ours] = where[theirs]
            open_nodes += [(left[theirs], 2 * ours), (right[theirs], 2 * ours + 1)]
    return state


def no_trees(depth: int) -> State:
    """One tree that adds nothing: where there are no labels to learn from."""
    leaf = {"left_children": [-1], "right_children": [-1], "split_conditions": [0.0], "sum_hessian": [1.0]}
    return as_heaps([leaf], depth)
