"""The flags of `serve` and `watch`: one for each setting of the live service, with its range and help; no second list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args, get_type_hints

from standout.deploy.cli.options import _parameter, _with_flags
from standout.deploy.live.settings import Settings, settings_from


def with_settings(command: Callable[..., Any], *, without: tuple[str, ...] = ()) -> Callable[..., Any]:
    """Replace a command's parameter `live` by a flag for each setting and ``--settings FILE``; flags win over the file.

    without: settings that the command takes in another way, such as its models.
    """
    flags = {key: _flag(key) for key in Settings.specs() if key not in without}
    file = _parameter(
        "settings_file", str, "--settings", "A serve.toml with the same keys; flags win.", metavar="FILE", panel="Settings"
    )

    def make(given: dict[str, Any]) -> Callable[..., Settings]:
        told = {key: given.pop(key) for key in flags}
        path = given.pop("settings_file")
        return lambda **more: settings_from(path, {k: v for k, v in {**told, **more}.items() if v not in (None, [], ())})

    return _with_flags(command, "live", [file, *flags.values()], make)


def _flag(key: str) -> Any:
    spec, hint = Settings.specs()[key], get_type_hints(Settings)[key]
    known = [a for a in get_args(hint) if a is not type(None)]
    base: Any = list[str] if hint == tuple[str, ...] else known[0] if known else hint
    limits = f" ({spec.range})" if spec.range and base is not bool else ""
    name = f"--{key.replace('_', '-')}"
    default = Settings.defaults()[key]
    shown = f" Unless told: {default}." if default not in (None, "", ()) and base is not bool else ""
    return _parameter(
        key, base, f"{name}/--no-{name[2:]}" if base is bool else name, f"{spec.help}{limits}{shown}", panel="Settings"
    )
