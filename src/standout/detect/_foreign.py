"""Estimators of other packages: how one is named, found, remembered, and held to what it promises."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import DataError, MissingExtraError, ParameterError
from standout.core.part import Floats

PACKAGES = ("sklearn", "pyod")
"""What may be wrapped because whoever runs this asked for it, without saying more."""

TRUST = "STANDOUT_WRAP"
"""The environment variable that lists, with commas, other classes to wrap, and classes that a model file may have fitted again."""

KEPT = 16
"""Fitted estimators kept in memory; one that fell out is fitted again from its rows."""

CHOOSE = "This is a defect of the wrapped estimator: try other settings, or another detector."
FARTHEST = float(np.finfo(np.float64).max) / 4

Plain = bool | int | float | str | None


class Memory:
    """What this process fitted: the latest estimators, and the marks of all of them."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._latest: OrderedDict[bytes, Any] = OrderedDict()
        self._made_here: set[bytes] = set()

    def keep(self, mark: bytes, estimator: Any) -> None:
        """Remember a fitted estimator under its mark."""
        with self._lock:
            self._made_here.add(mark)
            self._latest[mark] = estimator
            self._latest.move_to_end(mark)
            while len(self._latest) > KEPT:
                self._latest.popitem(last=False)

    def get(self, mark: bytes) -> Any | None:
        """The estimator of this mark, or None where it was never known or fell out."""
        with self._lock:
            if mark in self._latest:
                self._latest.move_to_end(mark)
            return self._latest.get(mark)

    def made_here(self, mark: bytes) -> bool:
        """Whether an estimator of this mark was fitted in this process."""
        return mark in self._made_here

    def forget(self) -> None:
        """Forget everything, as a new process would."""
        with self._lock:
            self._latest.clear()
            self._made_here.clear()


def as_settings(who: str, given: Any) -> tuple[str, ...]:
    """Settings as name=value, values as JSON, in the order of names: one spelling for one meaning."""
    if isinstance(given, Mapping):
        pairs = dict(given)
    else:
        texts = [t for t in given.split(",") if t.strip()] if isinstance(given, str) else list(given)
        for text in texts:
            if not isinstance(text, str) or not text.partition("=")[0].strip().isidentifier() or "=" not in text:
                raise ParameterError(f"{who}: settings holds {text!r}, which is no name=value.", "Write n_estimators=200.")
        pairs = dict(read_setting(t) for t in texts)
    for name, value in pairs.items():
        if not isinstance(value, Plain):
            raise ParameterError(f"{who}: the setting {name} is {value!r}.", "Settings are numbers, texts, true, false or null.")
    return tuple(f"{name}={json.dumps(pairs[name])}" for name in sorted(pairs))


def read_setting(text: str) -> tuple[str, Plain]:
    """One setting; what is no JSON is taken as text.

    >>> read_setting("n_jobs=null"), read_setting("kernel=rbf")
    (('n_jobs', None), ('kernel', 'rbf'))
    """
    name, _, value = text.partition("=")
    value = value.strip()
    try:
        return name.strip(), json.loads(value.lower() if value in ("True", "False") else "null" if value == "None" else value)
    except ValueError:
        return name.strip(), value


def trusted() -> set[str]:
    """The classes that the environment variable lists."""
    return {name.strip() for name in os.environ.get(TRUST, "").split(",") if name.strip()}


def allow(who: str, path: str) -> None:
    """ParameterError unless the class is of a package that may be wrapped, or is trusted by name."""
    if path.split(".")[0] not in PACKAGES and path not in trusted():
        raise ParameterError(
            f"{who}: {path} is of neither scikit-learn nor PyOD, and naming a class must not be enough to import it.",
            f"Set {TRUST}={path} if you trust it, or write a detector: docs/extending.md.",
        )


def find_class(who: str, path: str) -> Any:
    """The class, imported; called only where `_allow` or `_trusted` said so."""
    module, _, name = path.rpartition(".")
    package = module.split(".")[0]
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) and error.name else ""
        if missing and not module.startswith(missing.split(".")[0]):
            raise MissingExtraError(f"{path} needs {missing}, which is not installed.", f"Run: pip install {missing}") from error
        if missing == package:
            raise MissingExtraError(f"{path} needs {package}, which is not installed.", f"Run: pip install {package}") from error
        raise ParameterError(f"{who}: {path} cannot be imported: {error}.", "Check the path of the class.") from error
    if not isinstance(found, type) or not callable(getattr(found, "fit", None)):
        raise ParameterError(f"{who}: {module} has no estimator named {name}.", "Check the path of the class.")
    return found


def known_settings(cls: Any) -> set[str] | None:
    """The parameters that a class names, or None where it takes any."""
    parameters = inspect.signature(cls).parameters.values()
    return None if any(p.kind is p.VAR_KEYWORD for p in parameters) else {p.name for p in parameters}


def scoring_method(who: str, path: str, estimator: Any) -> tuple[Any, float]:
    """How to score, and the sign that makes higher stranger: PyOD's base says so of its own, all else is as scikit-learn has it."""
    if any(c.__module__.startswith("pyod.") and c.__name__ == "BaseDetector" for c in type(estimator).__mro__):
        return estimator.decision_function, 1.0
    for name in ("score_samples", "decision_function"):
        method = getattr(estimator, name, None)
        if callable(method):
            return method, -1.0
    raise ParameterError(f"{who}: {path} cannot score new rows: it has neither score_samples nor decision_function.", CHOOSE)


def check_sign(who: str, path: str, estimator: Any, scores: Floats, rows: NDArray[np.float32]) -> None:
    """DataError where the rows that the estimator itself calls outliers score as more ordinary than the others."""
    called = getattr(estimator, "labels_", None)  # PyOD: 1 is an outlier
    if called is not None and np.shape(called) == (len(rows),):
        outlier = np.asarray(called) == 1
    elif callable(getattr(estimator, "predict", None)):
        outlier = np.asarray(estimator.predict(rows.astype(np.float64))) == -1
    else:
        return
    if outlier.shape == (len(rows),) and outlier.any() and not outlier.all() and scores[outlier].mean() < scores[~outlier].mean():
        raise DataError(
            f"{who}: {path} scores the rows that it calls outliers as more ordinary than the others: its sign is wrong.", CHOOSE
        )


def same_scores(first: Floats, again: Floats) -> bool:
    """Whether two answers about the same rows are the same but for the last digits, which sums on several cores may leave open."""
    spread = float(np.ptp(np.clip(first, -1e300, 1e300)))
    return bool(np.allclose(first, again, rtol=1e-6, atol=1e-9 * min(spread, 1e300)))


def on_scale_of(whole: Floats, seen: Floats, scores: Floats) -> Floats:
    """`scores` moved and stretched as takes the inner four fifths of `seen` to those of `whole`, scores of the same rows."""
    low, high = np.quantile(whole, [0.1, 0.9])
    from_low, from_high = np.quantile(seen, [0.1, 0.9])
    if not (high > low and from_high > from_low):
        return scores
    with np.errstate(over="ignore"):  # what overflows is clipped
        return np.clip(low + (scores - from_low) * ((high - low) / (from_high - from_low)), -FARTHEST, FARTHEST)
