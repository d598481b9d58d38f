"""Flags made from what they set: one flag for each key of a goal, with its range and help; no second list."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, cast, get_args, get_type_hints

import typer

from standout.core.calibrator import Calibrator
from standout.core.detector import Detector
from standout.core.errors import ParameterError
from standout.core.registry import find
from standout.deploy.cli.alone import without_pandas
from standout.goal.goal import Goal, goal_from

Reading = dict[str, Any]
"""How a source is read, from the flags of `READING`: what `standout.run` takes as keywords."""

READING: dict[str, tuple[Any, str]] = {
    "query": (str, "SQL to read, for an SQL URL."),
    "table": (str, "The table to read, for an SQL URL."),
    "sheet": (str, "The sheet to read, for an Excel file."),
    "delimiter": (str, "What separates the fields of a CSV file; found out when not told."),
    "encoding": (str, "The encoding of a text file; found out when not told."),
    "header": (bool, "Whether the first line of a CSV file names the columns; found out when not told."),
}


def with_goal(command: Callable[..., Any]) -> Callable[..., Any]:
    """Replace a command's parameter `goal` by a flag for each key of a goal and ``--goal FILE``, and `reading` likewise."""
    flags = {key: _flag(key) for key in Goal.specs()}
    file = _parameter("goal_file", str, "--goal", "A goal.toml; flags win over it.", metavar="FILE", panel="Goal")

    def make(given: dict[str, Any]) -> Goal:
        told = {key: given.pop(key) for key in flags}
        return goal_from(given.pop("goal_file"), {key: v for key, v in told.items() if v not in (None, [], ())})

    made = _with_flags(command, "goal", [file, *flags.values()], make)
    return with_reading(made) if "reading" in inspect.signature(made).parameters else made


def with_reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Replace a command's parameter `reading` by the flags that say how a source is read."""
    flags = [
        _parameter(key, kind, f"--{key}/--no-{key}" if kind is bool else f"--{key}", text, panel="Reading")
        for key, (kind, text) in READING.items()
    ]

    def make(given: dict[str, Any]) -> Reading:
        without_pandas()
        told = {key: given.pop(key) for key in READING}
        return {key: value for key, value in told.items() if value is not None}

    return _with_flags(command, "reading", flags, make)


def _with_flags(
    command: Callable[..., Any], name: str, flags: list[inspect.Parameter], make: Callable[[dict[str, Any]], Any]
) -> Callable[..., Any]:
    """The command with one parameter replaced by flags, from which `make` builds its value."""
    own = inspect.signature(command, eval_str=True).parameters.values()

    def wrapped(**given: Any) -> Any:
        value = make(given)
        return command(**given, **{name: value})

    parameters = [*(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own if p.name != name), *flags]
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads flags from here
    wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
    wrapped.__doc__ = command.__doc__
    return wrapped


def _parameter(
    name: str, kind: Any, flag: str, text: str, *, metavar: str | None = None, panel: str | None = None
) -> inspect.Parameter:
    option = typer.Option(flag, help=text, metavar=metavar, rich_help_panel=panel)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option])


def _flag(key: str) -> inspect.Parameter:
    """The flag of one key of the goal; its default is None, so that a goal file can tell what was not said."""
    spec, hint = Goal.specs()[key], get_type_hints(Goal)[key]
    known = [a for a in get_args(hint) if a is not type(None)]
    base: Any = hint if not known else list[str] if hint == tuple[str, ...] else str if isinstance(known[0], str) else known[0]
    limits = f" ({spec.range})" if spec.range and base is not bool else ""
    name = f"--{key.replace('_', '-')}"
    return _parameter(key, base, f"{name}/--no-{key}" if base is bool else name, f"{spec.help}{limits}", panel="Goal")


def goal_flags(goal: Goal) -> list[str]:
    """The flags that say a goal again, those of its keys that are not the default; the inverse of `with_goal`.

    >>> goal_flags(Goal(label="fraud", ignore=("note", "batch no"), clean=True))
    ['--label', 'fraud', '--ignore', 'note', '--ignore', 'batch no', '--clean']
    """
    found: list[str] = []
    for key, default in Goal.defaults().items():
        value, flag = getattr(goal, key), f"--{key.replace('_', '-')}"
        if value is True:
            found.append(flag)
        elif value != default:
            found += [word for each in (value if isinstance(value, tuple) else (value,)) for word in (flag, str(each))]
    return found


def detector_from(name: str | None, pairs: list[str] | None) -> Detector | None:
    """The detector that ``--detector`` and ``--set`` ask for, or None for the default.

    A name with a dot is the class of another package, such as sklearn.ensemble.IsolationForest, and the settings are its own.
    """
    if name is None:
        if pairs:
            raise ParameterError("--set needs to know of which detector.", "Name it with --detector.")
        return None
    given = {"estimator": name, "settings": settings(pairs)} if "." in name else settings(pairs)
    return cast("Detector", find("detector", "wrapped" if "." in name else name).make(given))


def calibrator_from(name: str | None, pairs: list[str] | None) -> Calibrator | None:
    """The calibrator that ``--calibrator`` and ``--calibrator-set`` ask for, or None for the default."""
    if name is None:
        if pairs:
            raise ParameterError("--calibrator-set needs to know of which calibrator.", "Name it with --calibrator.")
        return None
    return cast("Calibrator", find("calibrator", name).make(settings(pairs)))


def settings(pairs: list[str] | None) -> dict[str, Any]:
    """Parameters from ``--set name=value`` flags: numbers, true and false are read as such.

    >>> settings(["trees=200", "clip=true", "metric=manhattan"])
    {'trees': 200, 'clip': True, 'metric': 'manhattan'}
    """
    found: dict[str, Any] = {}
    for pair in pairs or []:
        name, equals, text = pair.partition("=")
        if not equals:
            raise ParameterError(f"--set {pair} has no value.", "Write --set name=value.")
        found[name.strip().replace("-", "_")] = _value(text.strip())
    return found


def _value(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
