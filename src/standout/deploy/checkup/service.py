"""What a live service would need: its settings, models, store, channels and port, each looked at without starting it."""

from __future__ import annotations

import http.client
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from standout.core.errors import ParameterError, StandoutError
from standout.deploy.api.hosts import is_loopback
from standout.deploy.checkup.facts import Fact
from standout.deploy.checkup.machine import SKEW, room
from standout.deploy.live.settings import Settings, settings_from


def facts(file: Path | None, models: tuple[str, ...], store: str | None) -> Iterator[Fact]:
    """What was asked about: with a file of settings everything, else the models and the store that were named."""
    try:
        settings = settings_from(file, {"models": models or None, "store": store})
    except StandoutError as error:
        yield Fact.wrong("settings", error)
        return
    if file:
        yield _settings(file, settings)
    yield from _models(settings, asked=file is not None)
    if file or store:
        yield from _store(settings, served=file is not None)
    yield from _channels(settings)
    if file:
        yield _port(settings.host, settings.port)


def _settings(file: Path, settings: Settings) -> Fact:
    secret = settings.channels or "@" in settings.store
    if secret and os.name == "posix" and file.stat().st_mode & 0o004:
        hint = f"Its channels and its store may hold secrets: chmod 640 {file}"
        return Fact("settings", f"{file} is well-formed, and everybody on this machine may read it", "warning", hint)
    return Fact("settings", f"{file} is well-formed")


def _models(settings: Settings, *, asked: bool) -> Iterator[Fact]:
    """Each model file, read whole, checked and made ready as the service would."""
    from standout.core.model import Model
    from standout.deploy.live.silences import Quiet
    from standout.deploy.live.stream import Stream

    if asked and not settings.models:
        yield Fact("models", "no model is named", "warning", "Name one: models = ['payments=payments.standout']")
    for name, path in settings.named_models.items():
        try:
            model = Model.load(path)
            Stream(name, model, path, settings, Quiet())
        except StandoutError as error:
            yield Fact.wrong(f"model {name}", error)
            continue
        days = (time.time() - path.stat().st_mtime) / 86_400
        says = f"{path}, {model.detector.part.name}, written {days:.0f} days ago, digest {model.digest}"
        if settings.stale_after is not None and days > settings.stale_after:
            yield Fact(f"model {name}", says, "warning", "Fit again on recent rows: standout train FILE", "model-stale")
        else:
            yield Fact(f"model {name}", says)


def _store(settings: Settings, *, served: bool) -> Iterator[Fact]:
    from standout.deploy.store.looking import look

    try:
        seen = look(settings.store)
    except StandoutError as error:
        yield Fact.wrong("store", error)
        return
    where = f"{seen.shown}, {seen.server}" if seen.server else seen.shown
    if not seen.schema:
        yield Fact("store", f"{where}: reachable; it is made when the service starts")
    elif seen.schema < seen.newest:
        hint = "Make a backup first; the service brings it up when it starts."
        yield Fact("store", f"{where}: schema {seen.schema}, and {seen.newest} is the newest", "warning", hint)
    else:
        yield Fact("store", f"{where}: schema {seen.schema}, the newest")
    if seen.folder is not None:
        yield room("store's disk", seen.folder)
    if abs(seen.ahead) > SKEW:
        yield Fact("store's clock", f"{seen.ahead:+.1f} s from this machine's", "warning", "Synchronise both by NTP.")
    if served and not seen.keys and (settings.keys or not is_loopback(settings.host)):
        missing = ParameterError(
            f"Listening on {settings.host} asks for keys, and there is no key yet.",
            f"Make one: standout keys --make NAME --role act --store {seen.shown}",
        )
        yield Fact.wrong("keys", missing)
    elif served:
        yield Fact("keys", f"{seen.keys} in use")


def _channels(settings: Settings) -> Iterator[Fact]:
    """Each channel: whether its address can be understood. Nothing is sent, and no address is shown."""
    from standout.deploy.notify.channels import Channel
    from standout.deploy.notify.sending import check

    for name, url in settings.named_channels.items():
        try:
            channel = Channel.parsed(name, url)
            check(channel)
        except StandoutError as error:
            yield Fact.wrong(f"channel {name}", error)
        else:
            yield Fact(f"channel {name}", f"{channel.kind}, well-formed; nothing was sent")


def _port(host: str, port: int) -> Fact:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), port), family=family).close()
    except (OSError, OverflowError) as error:
        if _answers(host, port):
            return Fact("port", f"{host}:{port}, where Standout answers already")
        reason = getattr(error, "strerror", None) or error
        wrong = ParameterError(f"Nothing can listen on {host}:{port}: {reason}.", "Choose another with --host and --port.")
        return Fact.wrong("port", wrong)
    return Fact("port", f"{host}:{port} is free" if port else f"{host}, a free port will be taken")


def _answers(host: str, port: int) -> bool:
    """Whether a server of ours is what listens there."""
    asked = http.client.HTTPConnection({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port, timeout=2)
    try:
        asked.request("GET", "/healthz", headers={"Host": "localhost"})
        got = asked.getresponse()
        return got.status == 200 and got.read(100).replace(b" ", b"") == b'{"status":"alive"}'
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()
