"""What score is worth an alert: a calibrator turns scores into p-values, a policy turns p-values into alarms."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import ModelFileError, NotFiniteError
from standout.core.finding import Finding, FindingKind
from standout.core.layout import HINT, check_state
from standout.core.matrix import Matrix
from standout.core.part import Floats, Part, State
from standout.core.table import Table

RATE_OUT_OF_REACH = FindingKind(
    "rate-out-of-reach",
    "problem",
    "The least p-value that {calibrator} can promise from what it learned is {least:.2g}: with at most {rate:.0%} of the alerts "
    "false, a file of {rows:,} rows raises none unless {many:,} or more are that strange.",
    "Learn from {needed:,} rows or more, or raise alerts by --alerts, --alerts-per-day or --level.",
)
LEVEL_OUT_OF_REACH = FindingKind(
    "level-out-of-reach",
    "problem",
    "False alarms at a level of {level:g} cannot be promised: the least that {calibrator} can promise from what it learned is "
    "{least:.2g}.",
    "Learn from {needed:,} rows or more, or ask for a level of {least:.2g} or above.",
)


@dataclass(frozen=True)
class Calibrator(Part):
    """Learns the null distribution of a detector's scores; the null is state, so that it can move with the world.

    The score is all that it sees of a row, unless it `Levels` or `Weighs`; why, is told in decision 0010.
    """

    family: ClassVar[str] = "calibrator"

    @abstractmethod
    def fit(self, scores: Floats, rng: np.random.Generator) -> State:
        """Learn from scores of rows none of which was judged by itself, shape (n,)."""

    @abstractmethod
    def p_values(self, state: State, scores: Floats) -> Floats:
        """For each score the share of normal rows that would score as high, in (0, 1], shape (n,); changes nothing."""

    @abstractmethod
    def smallest_level(self, state: State) -> float:
        """The least share of false alarms, in (0, 1], that p-values of this state keep; below it there is no promise."""

    @abstractmethod
    def rows_for(self, level: float) -> int:
        """How many training rows it takes to promise a level in (0, 1]."""


def promise(calibrator: Calibrator, state: State, level: float) -> tuple[Finding, ...]:
    """A finding where a level cannot be promised, with the least level that can and the rows that this one takes."""
    least = calibrator.smallest_level(state)
    if level >= least:
        return ()
    needed = calibrator.rows_for(level)
    return (LEVEL_OUT_OF_REACH.found(level=level, calibrator=calibrator.name, least=least, needed=needed),)


def promises(policy: Policy, calibrator: Calibrator, state: State, rows: int | None = None) -> tuple[Finding, ...]:
    """Findings where a policy's own level, or its rate of false alerts among `rows` rows, is out of the calibrator's reach."""
    level, rate = getattr(policy, "level", None), getattr(policy, "rate", None)
    if isinstance(level, float):
        return promise(calibrator, state, level)
    least = calibrator.smallest_level(state)
    if not isinstance(rate, float) or rows is None or least * rows <= rate:
        return ()
    many, needed = math.ceil(least * rows / rate), calibrator.rows_for(rate / rows)
    return (RATE_OUT_OF_REACH.found(calibrator=calibrator.name, least=least, rate=rate, rows=rows, many=many, needed=needed),)


def finite(who: str, scores: Floats) -> NDArray[np.float64]:
    """The scores as float64; NotFiniteError names the first that is NaN or infinite."""
    checked: NDArray[np.float64] = np.asarray(scores, dtype=np.float64)
    wrong = ~np.isfinite(checked)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise NotFiniteError(f"{who}: score {at} is {checked[at]}.", "Scores are finite: look at the detector that made it.")
    return checked


@runtime_checkable
class Levels(Protocol):
    """A calibrator that puts scores of unlike rows, such as those of several segments, on one level before it judges them."""

    def fit_rows(self, scores: Floats, table: Table, rng: np.random.Generator) -> State:
        """As `fit`, with the rows that have these scores."""

    def leveled(self, state: State, scores: Floats, table: Table) -> Floats:
        """Scores that rows of any segment may be compared by, shape (n,); these go to `p_values` and rank the rows."""


@runtime_checkable
class Weighs(Protocol):
    """A calibrator that keeps the rows behind its null, so that scores can count by how much their rows resemble newer ones."""

    def fit_matrix(self, scores: Floats, matrix: Matrix, rng: np.random.Generator) -> State:
        """As `fit`, with the rows that have these scores, as the detector sees them."""

    def toward(self, state: State, matrix: Matrix, rng: np.random.Generator) -> tuple[State, tuple[Finding, ...]]:
        """A null for the mix of these newer rows, and what came of it; changes nothing."""


def fit_null(
    calibrator: Calibrator, scores: Floats, table: Table, matrix: Matrix, rng: np.random.Generator
) -> tuple[State, Floats]:
    """The calibrator's state, and the scores as it judges them: the same, or leveled by one that `Levels`."""
    if isinstance(calibrator, Weighs):
        return calibrator.fit_matrix(scores, matrix, rng), scores
    if isinstance(calibrator, Levels):
        state = calibrator.fit_rows(scores, table, rng)
        return state, calibrator.leveled(state, scores, table)
    return calibrator.fit(scores, rng), scores


@runtime_checkable
class MovesNull(Protocol):
    """A calibrator whose null can follow the world."""

    def move(self, state: State, scores: Floats) -> None:
        """Take in scores, each taken before its row was learned, in place; the caller owns the state."""


@dataclass(frozen=True)
class Policy(Part):
    """Decides which rows are worth an alert; it can change without refitting anything."""

    family: ClassVar[str] = "policy"

    @abstractmethod
    def alarms(self, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for each row to raise, shape (n,); scores break ties of p-values; times are datetime64[us] or None."""

    @abstractmethod
    def in_words(self) -> str:
        """What is promised, as a clause: "at most 5 alerts a day"."""


@runtime_checkable
class Streams(Protocol):
    """A policy that decides row by row and never looks ahead; what it must remember is a state that the caller owns.

    Decisions do not depend on the pieces in which rows come: one by one or all at once, the same rows are raised. The arrays of a
    state keep the sizes with which they start, so that it can be written beside the policy and checked when it is read again.
    """

    def start(self) -> State:
        """The state before the first row."""

    def decide(self, state: State, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for each row to raise, in the order in which they came, shape (n,); moves the state on, in place."""

    def findings(self, state: State) -> tuple[Finding, ...]:
        """What is worth telling of the decisions so far: a budget spent early, a clock that ran backwards."""


def check_policy(policy: Policy, state: State) -> None:
    """Raise ModelFileError unless a policy can go on from this state: as declared, of the sizes it starts with, and it decides."""
    if not isinstance(policy, Streams):
        raise ModelFileError(f"{policy.name} keeps no state between rows, and there is one.", HINT)
    check_state(policy, state, {})
    for key, array in policy.start().items():
        if state[key].shape != array.shape:
            raise ModelFileError(f"{policy.name}: {key} has the shape {state[key].shape}, not {array.shape}.", HINT)
    copy = {key: array.copy() for key, array in state.items()}
    policy.decide(copy, np.ones(1), np.zeros(1), np.zeros(1, dtype="datetime64[us]"))
    policy.findings(copy)
