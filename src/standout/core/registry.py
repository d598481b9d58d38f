"""Which parts exist: from the file names of their folder and from entry points that other packages declare.

There is no second list: a new file in `detect/` is a new detector. Listing names imports nothing, so that the command line
stays fast; finding one imports its file alone.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TypeGuard

from standout.core.errors import ParameterError, ParameterTypeError, UnknownNameError
from standout.core.part import Part

FOLDERS: Mapping[str, str] = {
    "detector": "detect",
    "preparer": "prepare",
    "calibrator": "calibrate",
    "policy": "calibrate/policies",
    "explainer": "explain/explainers",
}


def names(family: str) -> tuple[str, ...]:
    """The names of all parts of a family, sorted.

    >>> "running-moments" in names("detector")
    True
    """
    return tuple(sorted({*_files(family), *_plugins(family)}))


@cache
def find(family: str, name: str) -> type[Part]:
    """The class of that name; UnknownNameError suggests near ones."""
    name = name.replace("_", "-")
    if name in _files(family):
        module = importlib.import_module(_files(family)[name])
    elif name in _plugins(family):
        return _checked(family, name, _loaded(family, _plugins(family)[name]))
    else:
        raise UnknownNameError.among(family, name, names(family))
    parts = [c for _, c in inspect.getmembers(module, inspect.isclass) if _defined_in(c, module.__name__, family)]
    if len(parts) != 1:
        raise ParameterTypeError(f"{module.__name__} defines {len(parts)} public {family}s and must define exactly one.")
    return parts[0]


def _defined_in(cls: type, module: str, family: str) -> TypeGuard[type[Part]]:
    public = cls.__module__ == module and not cls.__name__.startswith("_")
    return public and issubclass(cls, Part) and cls.family == family


def part_from_dict(family: str, data: Mapping[str, Any]) -> Part:
    """A part from plain values, parts within it included; the inverse of `Part.as_dict`."""
    params = {k: _revive(family, v) for k, v in data.items() if k != "part"}
    return find(family, str(data.get("part", ""))).make(params)


def chosen_part(family: str, choice: Part | str) -> Any:
    """A part as it is, or one of the family with its defaults by name; UnknownNameError suggests near names.

    >>> chosen_part("detector", "isolation-forest").name
    'isolation-forest'
    """
    return find(family, choice)() if isinstance(choice, str) else choice


def _revive(family: str, value: Any) -> Any:
    if isinstance(value, Mapping) and "part" in value:
        return part_from_dict(family, value)
    return tuple(_revive(family, v) for v in value) if isinstance(value, list) else value


@cache
def _files(family: str) -> Mapping[str, str]:
    folder = FOLDERS[family]
    home = Path(__file__).parents[1] / folder
    package = "standout." + folder.replace("/", ".")
    found = (m.name for m in pkgutil.iter_modules([str(home)]) if not m.ispkg and not m.name.startswith("_"))
    return {stem.replace("_", "-"): f"{package}.{stem}" for stem in found}


@cache
def _plugins(family: str) -> Mapping[str, EntryPoint]:
    return {e.name: e for e in entry_points(group=f"standout.{family}s")}


def _loaded(family: str, entry: EntryPoint) -> object:
    try:
        return entry.load()
    except Exception as error:  # a package of someone else may fail in any way while it is imported
        package = entry.dist.name if entry.dist else "unknown"
        raise ParameterError(
            f"The {family} {entry.name!r} of the package {package} cannot be imported: {error}.",
            "Tell its author, or uninstall it.",
        ) from error


def _checked(family: str, name: str, loaded: object) -> type[Part]:
    if not (isinstance(loaded, type) and issubclass(loaded, Part) and loaded.family == family):
        raise ParameterTypeError(f"The plug-in {name!r} is declared as a {family} and is {loaded!r}.", "Tell its author.")
    if loaded.name != name:  # a model file holds the class's own name and could not be opened again
        raise ParameterTypeError(
            f"The plug-in {name!r} holds a {family} named {loaded.name!r}.", "Tell its author to use one name."
        )
    return loaded
