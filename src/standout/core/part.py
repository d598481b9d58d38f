"""A part is a choice that knows its range, unit, meaning and reference; what it learns lives elsewhere, in a `State`.

Detectors, preparers, calibrators, policies and explainers are parts: frozen dataclasses whose fields are made with `param`.

>>> @dataclass(frozen=True)
... class Smoother(Part):
...     card = Card("Moving average", "doi:10.0000/example", "slow drifts", "one pass over the rows")
...     window: int = param(24, low=1, help="How many rows are averaged.", unit="rows")
>>> Smoother(window=3).as_dict()
{'part': 'part', 'window': 3}
>>> Smoother(window=0)
Traceback (most recent call last):
    ...
standout.core.errors.ParameterError: part: window is 0 and must be at least 1. Change it and try again.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import pairwise
from types import NoneType, UnionType
from typing import Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import ParameterError, ParameterTypeError, UnknownNameError

State = dict[str, NDArray[Any]]
"""What a part has learned: flat keys such as "tree/threshold"; arrays of floats, integers or booleans only."""

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Card:
    """What a newcomer reads about a part: title, reference (a DOI where there is one), what it finds, what it costs."""

    title: str
    reference: str
    finds: str
    costs: str


@dataclass(frozen=True, slots=True)
class Spec:
    """What may be given for one parameter."""

    help: str
    low: float | None = None
    high: float | None = None
    above: float | None = None
    choices: tuple[Any, ...] = ()
    unit: str = ""

    def complaint(self, value: Any) -> str:
        """What is wrong with a value of the right type, or an empty string."""
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(map(str, self.choices))}"
        if isinstance(value, int | float) and not isinstance(value, bool):
            if isinstance(value, float) and not math.isfinite(value):
                return "must be finite"
            if self.low is not None and value < self.low:
                return f"must be at least {self.low:g}"
            if self.above is not None and value <= self.above:
                return f"must be above {self.above:g}"
            if self.high is not None and value > self.high:
                return f"must be at most {self.high:g}"
        return ""

    @property
    def range(self) -> str:
        """The range as a person would write it, such as "1 to 100 rows"."""
        if self.choices:
            return " | ".join(map(str, self.choices))
        low = f"above {self.above:g}" if self.above is not None else "" if self.low is None else f"{self.low:g}"
        high = "" if self.high is None else f"{self.high:g}"
        if low and high:
            span = f"{low} to {high}"
        elif low:
            span = low if self.above is not None else f"{low} or more"
        else:
            span = f"up to {high}" if high else ""
        return f"{span} {self.unit}".strip()


def param(default: Any, *, help: str, **limits: Any) -> Any:
    """A parameter of a part: its default, meaning, and limits (low, high, above, choices, unit)."""
    return dataclasses.field(default=default, metadata={"spec": Spec(help, **limits)})


@dataclass(frozen=True)
class Part(ABC):
    """A frozen set of parameters. Subclasses are either abstract (the kinds) or final (one file each)."""

    family: ClassVar[str] = ""
    name: ClassVar[str] = ""
    card: ClassVar[Card]
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)
    expected_failures: ClassVar[Mapping[str, str]] = {}
    layout: ClassVar[Mapping[str, Any]] = {}  # of core.layout.Holds
    stateless: ClassVar[tuple[str, ...]] = ()  # parameters that are parts used while fitting only, whose state is not kept
    repeated: ClassVar[Mapping[str, str]] = {}  # parameters that are parts fitted several times, and what says how often

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "name" not in cls.__dict__:
            cls.name = cls.__module__.rpartition(".")[2].replace("_", "-")

    def __post_init__(self) -> None:
        hints, wrong = _hints(type(self)), []
        for name, spec in self.specs().items():
            value = getattr(self, name)
            if isinstance(value, list):
                value = tuple(value)
            if type(value) is int and _accepts(hints[name], 0.0) and not _accepts(hints[name], 0):
                value = float(value)
            object.__setattr__(self, name, value)
            if not _accepts(hints[name], value):
                raise ParameterTypeError(f"{self.name}: {name} is {value!r}, which is no {_named(hints[name])}.", spec.help)
            complaint = spec.complaint(value)
            if complaint:
                wrong.append(f"{name} is {value!r} and {complaint}")
        if wrong:
            raise ParameterError(f"{self.name}: {'; '.join(wrong)}.", "Change it and try again.")

    @classmethod
    def specs(cls) -> dict[str, Spec]:
        """The parameters by name, in order."""
        return {f.name: f.metadata["spec"] for f in fields(cls) if "spec" in f.metadata}

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The default of each parameter."""
        return {f.name: f.default for f in fields(cls) if "spec" in f.metadata}

    @classmethod
    def make(cls, params: Mapping[str, Any]) -> Self:
        """A part from parameters by name; UnknownNameError names one that does not exist."""
        for name in params:
            if name not in cls.specs():
                raise UnknownNameError.among(f"parameter of {cls.name}", name, cls.specs())
        return cls(**params)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; `core.registry.part_from_dict` is the inverse."""
        return {"part": self.name, **{name: _plain(getattr(self, name)) for name in self.specs()}}


@cache
def _hints(cls: type[Part]) -> dict[str, Any]:
    return get_type_hints(cls)


def _accepts(hint: Any, value: Any) -> bool:
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(_accepts(a, value) for a in args)
    if origin is tuple:
        return isinstance(value, tuple) and all(_accepts(args[0], v) for v in value)
    if origin in (dict, Mapping):
        return isinstance(value, Mapping)
    if origin is not None:  # Literal: its spec has the choices
        return value in args
    if hint in (int, float):
        return isinstance(value, hint) and not isinstance(value, bool)
    return isinstance(value, NoneType if hint is None else hint)


def _named(hint: Any) -> str:
    return getattr(hint, "__name__", str(hint).replace("typing.", ""))


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return value.as_dict()
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value


def pack_texts(texts: Sequence[str]) -> State:
    """Strings as arrays, for a state: all bytes in one, and where each begins.

    >>> unpack_texts(pack_texts(["red", "größer", ""]))
    ('red', 'größer', '')
    """
    encoded = [t.encode("utf-8", "surrogatepass") for t in texts]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(e) for e in encoded], out=offsets[1:])
    return {"bytes": np.frombuffer(b"".join(encoded), dtype=np.uint8).copy(), "offsets": offsets}


def unpack_texts(state: State) -> tuple[str, ...]:
    """The inverse of `pack_texts`."""
    data, at = state["bytes"].tobytes(), state["offsets"].tolist()
    return tuple(data[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise(at))


def nest(prefix: str, state: State) -> State:
    """A state's keys put under a prefix, as an ensemble does with its members' states."""
    return {f"{prefix}/{key}": array for key, array in state.items()}


def under(prefix: str, state: State) -> State:
    """The inverse of `nest`: the arrays below a prefix, with the prefix taken off; no copy."""
    start = f"{prefix}/"
    return {key.removeprefix(start): array for key, array in state.items() if key.startswith(start)}
