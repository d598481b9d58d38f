"""Flags made from what they set: one flag for each key of a goal, with its range and help; no second list."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_type_hints

import typer

from standout.core.errors import ParameterError
from standout.goal.goal import Goal, goal_from


def with_goal(command: Callable[..., Any]) -> Callable[..., Any]:
    """Replace a command's parameter `goal` by a flag for each key of a goal, and ``--goal FILE``."""
    keys = Goal.specs()
    signature = inspect.signature(command, eval_str=True)
    flags = {key: _flag(key) for key in keys}

    def wrapped(**given: Any) -> Any:
        file = given.pop("goal_file")
        told = {key: given.pop(key) for key in keys}
        told = {key: value for key, value in told.items() if value not in (None, [], ())}
        return command(goal=goal_from(file, told), **given)

    goal_file = inspect.Parameter(
        "goal_file",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[str | None, typer.Option("--goal", help="A goal.toml; flags win over it.", metavar="FILE")],
    )
    own = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for n, p in signature.parameters.items() if n != "goal"]
    parameters = [*own, goal_file, *flags.values()]
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads flags from here
    wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
    wrapped.__doc__ = command.__doc__
    return wrapped


def _flag(key: str) -> inspect.Parameter:
    """The flag of one key of the goal; its default is None, so that a goal file can tell what was not said."""
    spec, hint = Goal.specs()[key], get_type_hints(Goal)[key]
    known = [a for a in get_args(hint) if a is not type(None)]
    base: Any = hint if not known else list[str] if hint == tuple[str, ...] else str if isinstance(known[0], str) else known[0]
    limits = f" ({spec.range})" if spec.range and base is not bool else ""
    name = f"--{key.replace('_', '-')}"
    option = typer.Option(f"{name}/--no-{key}" if base is bool else name, help=f"{spec.help}{limits}", rich_help_panel="Goal")
    return inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[base | None, option])


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
