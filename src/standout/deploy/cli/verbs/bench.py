"""Measure detectors beside their peers on public benchmark sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def command(
    suite: Annotated[str | None, typer.Argument(help="Which suite; all of them are listed without one.")] = None,
    data: Annotated[
        Path | None, typer.Option(envvar="STANDOUT_DATA", help="The folder of public sets, laid out as docs/benchmarks.md says.")
    ] = None,
    protocol: Annotated[str, typer.Option(help="One protocol of the suite.", show_default="all")] = "",
    detector: Annotated[
        list[str] | None,
        typer.Option("--detector", "-d", help="A detector by name, as JSON, or a class to wrap; may be repeated."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One seed, at most 3,000 rows, every other set.")] = False,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Runs of each set.")] = 5,
    cap: Annotated[int, typer.Option(min=50, help="At most how many rows of a set: a seeded sample.")] = 50_000,
    half: Annotated[
        str, typer.Option(help="all; even or odd: every other set; development or apart: by a checksum of the set's name.")
    ] = "all",
    only: Annotated[str, typer.Option(help="Only sets whose names match this pattern, such as '0*'.")] = "*",
    fit: Annotated[
        str, typer.Option(help="Suites of series: learn from the whole of a series, or from its training part.")
    ] = "whole",
    apart: Annotated[
        int | None,
        typer.Option(
            min=0, help="nab: rows after a detection that do not detect anew.", show_default="a fifth of the rows learned first"
        ),
    ] = None,
    peers: Annotated[bool, typer.Option("--peers/--no-peers", help="Run scikit-learn and, where installed, PyOD beside.")] = True,
    fetch: Annotated[Path | None, typer.Option(help="First fetch the files that this manifest lists, by checksum.")] = None,
    verify: Annotated[
        Path | None, typer.Option(help="Hold the files against this list of SHA-256, such as bench/sums.txt.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for the tables, as Markdown and JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Measure detectors beside their peers on public benchmark sets."""
    from standout.core.errors import ParameterError
    from standout.deploy.benching import series_run
    from standout.evaluate import suites
    from standout.evaluate.suites._asked import HALVES, QUICK_CAP, Asked

    def tell(line: str) -> None:
        if not quiet:
            typer.echo(line, err=True)

    if fetch is not None:
        from standout.evaluate.suites._fetch import fetch as fetch_files

        tell(f"{fetch_files(fetch, _folder(data), tell):,} files fetched.")
    if verify is not None:
        from standout.evaluate.suites._fetch import verify as hold_against

        tell(f"{hold_against(verify, _folder(data), tell):,} files are as {verify.name} says.")
    if suite is None:
        for name in suites.names():
            found = suites.find(name)
            typer.echo(f"{name:<10} {found.TITLE}: " + "; ".join(f"{p}: {what}" for p, what in found.PROTOCOLS.items()) + ".")
        return
    for flag, value, known in (("half", half, HALVES), ("fit", fit, ("whole", "train"))):
        if value not in known:
            raise ParameterError(f"--{flag} is {value!r}.", f"Give {', '.join(known[:-1])} or {known[-1]}.")
    if quick:
        seeds, cap, half = 1, min(cap, QUICK_CAP), "even" if half == "all" else half
    asked = Asked(_folder(data), protocol, tuple(detector or ()), seeds, cap, half, peers, only, fit, apart, series_run)
    results = suites.find(suite).run(asked, tell)
    if as_json:
        typer.echo(json.dumps([r.as_dict() for r in results], indent=1, ensure_ascii=False))
    else:
        typer.echo("\n\n".join(r.markdown() for r in results))
    for result in results if out is not None else ():
        _write(result, out)


def _folder(data: Path | None) -> Path:
    from standout.core.errors import ParameterError

    if data is None:
        raise ParameterError("No folder of public sets was named.", "Give --data DIR, or set STANDOUT_DATA.")
    return data


def _write(result: Any, out: Path | None) -> None:
    from standout.core.files import replacing

    assert out is not None  # asked by the caller
    stem = result.title.lower().replace(" ", "-")
    text = json.dumps(result.as_dict(), indent=1, ensure_ascii=False)
    for suffix, content in ((".json", text), (".md", result.markdown())):
        with replacing(out / f"{stem}{suffix}") as handle:
            handle.write((content + "\n").encode())
