"""Every setting of the service, once: the flags of `standout serve` and `standout watch` and the keys of ``serve.toml``.

>>> settings = Settings(models=("payments=payments.standout",), wait=5)
>>> dict(settings.named_models), settings.wait
({'payments': PosixPath('payments.standout')}, 5.0)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from standout.core.errors import ParameterError
from standout.core.files import read_toml
from standout.core.part import Part, param

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Settings(Part):
    """How the service runs. Everything has a default; what a model file says (its columns, its budget) is not said again here."""

    family: ClassVar[str] = "settings"

    models: tuple[str, ...] = param((), help="Model files, each as NAME=PATH or PATH; each is one watched stream of that name.")
    watch: tuple[str, ...] = param(
        (), help="Where rows come from by themselves, each as STREAM=WHAT: a file that grows, a database's or a broker's URL."
    )
    store: str = param(
        "sqlite:///standout-live.db", help="Where everything is kept: sqlite:///FILE, or a postgresql:// URL that servers share."
    )
    learn: bool = param(False, help="Whether models keep learning from the rows that they watch.")
    event_id: str = param("event_id", help="The column or key that holds a row's own id, by which a row sent twice is known.")

    wait: float = param(
        0.0, low=0, high=86_400, help="How long rows of a series wait for earlier ones that come late.", unit="seconds"
    )
    most_entities: int = param(
        100_000, low=1, help="Of how many entities of a stream the latest rows and gaps are remembered.", unit="entities"
    )
    queue: int = param(
        100_000, low=1, help="How many rows may wait to be taken in; beyond, senders are told to slow down.", unit="rows"
    )
    commit_rows: int = param(
        20_000, low=1, help="At most this many rows of a stream are taken in by one transaction.", unit="rows"
    )
    patience: float = param(
        30.0,
        low=0,
        high=3_600,
        help="How long rows wait for a store that does not answer, before they are refused.",
        unit="seconds",
    )
    explain: int = param(
        20, low=0, high=10_000, help="Of at most this many alerts of one transaction it is said at once why.", unit="alerts"
    )

    incident_gap: float = param(
        3_600.0,
        above=0,
        help="Alerts of one entity and reason belong to one incident when they are nearer than this.",
        unit="seconds",
    )
    gaps: bool = param(True, help="Whether data that stop coming are an alert.")
    entity_gaps: bool = param(True, help="Whether it is an alert, too, when one entity that sends regularly stops.")
    silent_after: float | None = param(
        None,
        above=0,
        help="Data have stopped after this long without any; unless told, it is learned from the usual gaps.",
        unit="seconds",
    )
    gap_floor: float = param(60.0, above=0, help="A learned gap shorter than this is never an alert.", unit="seconds")
    stale_after: float | None = param(None, above=0, help="A model file older than this is an alert.", unit="days")
    ahead: float = param(
        300.0,
        low=0,
        help="A row whose time is further ahead of this machine's clock than this does not move the clock on.",
        unit="seconds",
    )

    snapshot_seconds: float = param(10.0, above=0, help="What was learned is written down at least this often.", unit="seconds")
    snapshot_batches: int = param(1_000, low=1, help="And at least after this many batches.", unit="batches")
    retention: float | None = param(
        90.0, above=0, help="For how many days rows, scores and closed incidents are kept; none keeps all.", unit="days"
    )
    lanes: int = param(
        50, low=0, high=10_000, help="How many entities of a stream have a lane of their own in overviews.", unit="entities"
    )
    lease: float = param(
        15.0, above=0, high=3_600, help="How long after a server went silent another takes its streams over.", unit="seconds"
    )

    channels: tuple[str, ...] = param((), help="Whom to tell, each as NAME=URL in the form of Apprise: ops=slack://...")
    public_url: str = param("", help="The address under which people open the dashboard, for links in messages.")
    host: str = param("127.0.0.1", help="The address to listen on; beyond this machine, keys are asked for.")
    port: int = param(8000, low=0, high=65_535, help="The port to listen on; 0 takes a free one.")
    keys: bool = param(False, help="Whether API keys are asked for on this machine, too.")
    allow_hosts: tuple[str, ...] = param((), help="Names that the server goes by besides its address, such as standout.example.")
    allow_origins: tuple[str, ...] = param(
        (), help="Other sites whose pages may send requests, such as https://intranet.example."
    )
    body_limit: int = param(64, low=1, high=2_048, help="The largest request.", unit="MiB")
    rate_limit: float = param(
        0.0,
        low=0,
        help="The most requests a second of one key, or of one address where there are no keys; 0 is no limit.",
        unit="requests/s",
    )
    dashboard: bool = param(True, help="Whether the dashboard is served, too.")

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.named_models, self.named_channels, self.watched

    @property
    def named_models(self) -> Mapping[str, Path]:
        """The model files by the name of their stream; ParameterError names one that cannot be a name."""
        return {name: Path(path) for name, path in _named("models", self.models, lambda path: _stem(Path(path))).items()}

    @property
    def watched(self) -> tuple[tuple[str, str], ...]:
        """Stream and what feeds it, of everything in `watch`; ParameterError names one that tells no stream."""
        found = []
        for told in self.watch:
            stream, mark, what = told.partition("=")
            if not mark or not what or not NAME.fullmatch(stream):
                raise ParameterError(f"settings: watch holds {told!r}, which names no stream.", "Write STREAM=WHAT.")
            found.append((stream, what))
        return tuple(found)

    @property
    def named_channels(self) -> Mapping[str, str]:
        """The addresses of channels by name; a channel without one is called after its kind: slack, mailto."""
        return _named("channels", self.channels, lambda url: url.partition(":")[0])


def _stem(path: Path) -> str:
    """What a stream is called after its model file; run folders all hold a ``model.standout``, so there the folder's name is."""
    stem = path.name.removesuffix(".standout")
    return path.resolve().parent.name.removesuffix("-run") if stem == "model" else stem


def _named(key: str, told: tuple[str, ...], default: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in told:
        name, mark, value = item.partition("=")
        if not mark or not NAME.fullmatch(name):
            name, value = default(item), item
        if not NAME.fullmatch(name) or not value:
            raise ParameterError(
                f"settings: {key} holds {item!r}, which has no name.", "Write NAME=VALUE, the name in plain letters."
            )
        if name in found:
            raise ParameterError(f"settings: {key} has two of the name {name}.", "Write NAME=VALUE with names of their own.")
        found[name] = value
    return found


def read_settings(path: str | Path) -> dict[str, Any]:
    """The keys of a ``serve.toml``, checked; UnreadableError and ParameterError name the file or the key."""
    data = read_toml(path, "settings file")
    Settings.make(data)
    return data


def settings_from(file: str | Path | None, flags: Mapping[str, Any]) -> Settings:
    """Settings from a file and flags; flags win."""
    data = {} if file is None else read_settings(file)
    return Settings.make({**data, **{k: v for k, v in flags.items() if v is not None}})
