"""The command line: one file per verb in `verbs/`, found by name; only the verb that is called is imported.

Exit codes: 0 done; 1 a defect of Standout; 2 a flag or parameter; 3 the data; 4 the model file; 5 the output; 6 an extra that is
not installed; 7 the service's store; 8 the service cannot take this now; 9 `doctor` found a problem; 10 a gate of the goal was not
met; 130 interrupted.
"""

from __future__ import annotations

import ast
import gc
import importlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

VERBS = Path(__file__).parent / "verbs"
GATE_FAILED = 10
INTERRUPTED = 130
GARBAGE = 50_000
"""Objects made before Python looks for rings of dead ones: at its own 700, a run spends a twentieth of its time looking."""


def verb_files() -> dict[str, Path]:
    """The files of `verbs/` by the verb they define."""
    return {p.stem.replace("_", "-"): p for p in sorted(VERBS.glob("[a-z]*.py"))}


def app_for(arguments: list[str]) -> typer.Typer:
    """The application, with the called verb loaded and the others known by their first line alone."""
    app = typer.Typer(
        name="standout",
        help="Find what stands out, know why, and keep the false alarms within a budget.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    called = next((a for a in arguments if not a.startswith("-")), None)
    completing = any(name.endswith("_COMPLETE") for name in os.environ)
    for verb, path in verb_files().items():
        help_line = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
        if verb == called or completing:
            command: Callable[..., Any] = importlib.import_module(f"standout.deploy.cli.verbs.{path.stem}").command
            app.command(verb)(command)
        else:
            app.command(verb, help=help_line)(_not_called)
    return app


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"standout {version('standout')}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(  # its callback does the work before a verb is asked for
        False, "--version", help="Show the version and leave.", is_eager=True, callback=_show_version
    ),
) -> None: ...


def _not_called() -> None:
    """Stands for a verb that this call does not use."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; errors are told in two lines, without a traceback."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        app_for(arguments)(arguments, standalone_mode=True)
    except KeyboardInterrupt:
        typer.echo("Interrupted; nothing was half-written.", err=True)
        raise SystemExit(INTERRUPTED) from None
    except BrokenPipeError:
        # whoever read us has gone: not an error of ours, and nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        from standout.core.errors import StandoutError

        if not isinstance(error, StandoutError):
            raise
        _tell(error, as_json="--json" in arguments)
        raise SystemExit(error.exit_code) from None


def _tell(error: Any, *, as_json: bool) -> None:
    if as_json:
        import json

        typer.echo(json.dumps({"error": error.as_dict()}, ensure_ascii=False))
        return
    typer.secho(error.what, fg="red", err=True)
    if error.hint:
        typer.echo(error.hint, err=True)


def console() -> None:
    """The installed command: `main`, and then away at once, since taking the compiled parts down in order takes half a second."""
    gc.set_threshold(GARBAGE)
    try:
        main()
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
