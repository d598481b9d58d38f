"""The run folder: the report, the alerts, the model, and how to do it again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from standout import flow
from standout.core.errors import OutputError
from standout.core.files import replacing
from standout.deploy.results import told, write_table
from standout.deploy.story import report

PACKED = (".gz", ".zst", ".bz2")
READ = (".csv", ".tsv", ".txt", ".parquet", ".jsonl", ".ndjson", ".json", ".arrow", ".feather", ".xlsx")
ENDINGS = (*PACKED, *READ)
"""What is taken off a file's name before -run is put behind it, outermost first."""


@dataclass(frozen=True)
class Folder:
    """Where everything of one run lies."""

    path: Path

    @property
    def report(self) -> Path:
        """The page that opens offline."""
        return self.path / "report.html"

    @property
    def model(self) -> Path:
        """The model file."""
        return self.path / "model.standout"

    @property
    def alerts(self) -> Path:
        """The alerts as CSV; Parquet lies beside it."""
        return self.path / "alerts.csv"

    @property
    def settings(self) -> Path:
        """What was decided, so that the run can be repeated."""
        return self.path / "run.toml"


def folder_for(name: str, out: Path | None) -> Folder:
    """Where a run goes: the folder asked for, or ``NAME-run`` here. OutputError where a file is in the way."""
    path = out or Path(f"{_stem(name)}-run")
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path} is a file, and the results need a folder.", "Name another folder with --out.")
    return Folder(path)


def _stem(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in Path(name).name)
    for ending in ENDINGS:
        kept = kept.removesuffix(ending)
    return kept.strip(".-") or "data"


def write(run: flow.Run, folder: Folder, command: str, *, shap: bool = False) -> None:
    """Write every file of the folder, each whole or not at all; the report last, since it names the others. shap: see `report`."""
    run.model.save(folder.model)
    alerts = told(run.alerts, run.reasons)
    write_table(alerts, folder.alerts)
    write_table(alerts, folder.alerts.with_suffix(".parquet"))
    with replacing(folder.settings) as handle:
        handle.write(tomli_w.dumps(_settings(run, command)).encode())
    with replacing(folder.report) as handle:
        handle.write(report(run, _commands(folder, command), shap=shap).encode("utf-8", "replace"))


def _commands(folder: Folder, command: str) -> list[tuple[str, str]]:
    model = shlex.quote(str(folder.model))
    return [
        ("the same run again", command),
        ("score a new file", f"standout score {model} NEW_FILE --out scores.parquet"),
        ("only its alerts", f"standout detect {model} NEW_FILE"),
        ("why a row scores as it does", f"standout explain {model} NEW_FILE --row 0"),
        ("what the model holds", f"standout inspect {model}"),
    ]


def _settings(run: flow.Run, command: str) -> dict[str, Any]:
    provenance = dict(run.model.provenance)
    return {
        "command": command,
        "data": run.name,
        "rows": run.survey.rows,
        "seed": run.seed,
        "model_digest": run.model.digest,
        "detector": _without_none(run.model.detector.part.as_dict()),
        "calibrator": run.model.calibrator.part.as_dict(),
        "policy": run.model.policy.as_dict(),
        "goal": provenance["goal"],
        "versions": provenance["versions"],
        "seconds": {phase: round(s, 3) for phase, s in run.seconds.items()},
    }


def _without_none(value: Any) -> Any:
    """TOML has no null: a parameter that is None is left out, as its default is."""
    if isinstance(value, dict):
        return {k: _without_none(v) for k, v in value.items() if v is not None}
    return [_without_none(v) for v in value] if isinstance(value, list) else value
