"""The one door to Apprise: send a text to an address, and say what is known of what became of it.

Apprise answers yes or no. A no may mean that the receiver was never reached, that it refused, or that it took the message and the
answer was lost; only in the first two cases may the message be sent again. Which it was stands in Apprise's own log lines. They hold
addresses, so they are read here and never reach a log.
"""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from standout.core.errors import MissingExtraError, ParameterError
from standout.deploy.notify.channels import Channel
from standout.deploy.notify.texts import as_markdown

TIMEOUT = 4.0  # seconds to connect, and again between two pieces of an answer
DEADLINE = 20.0  # seconds for all of it
UNREACHED = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|SSLError|CERTIFICATE_VERIFY_FAILED|ProxyError"
    r"|Connection refused|No route to host|Network is unreachable|Name or service not known|getaddrinfo failed"
)
STATUS = re.compile(r"\berror=(\d{3})\b")
READ_MARKDOWN = frozenset({"discord", "guilded", "mmost", "mmosts", "rocket", "rockets", "zulip"})
"""Chats that read Markdown in plain text, too."""
GATEWAY_GAVE_UP = 504  # what stands behind the gateway may have taken it


class Fate(StrEnum):
    """What is known of a message that was sent."""

    DELIVERED = "delivered"
    NOT_DELIVERED = "not delivered"  # never reached, or refused: it may be sent again
    UNKNOWN = "unknown"  # it may have arrived


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message, and why in words without the address."""

    fate: Fate
    reason: str = ""
    reached: bool = True


@dataclass
class _Lines(logging.Handler):
    """Apprise's lines of one thread."""

    thread: int = 0
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.DEBUG)

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.texts.append(record.getMessage())

    __hash__ = object.__hash__


def check(channel: Channel) -> None:
    """Make sure that Apprise understands the address. Raises ParameterError where not, MissingExtraError without Apprise."""
    if _plugin(channel, "") is None:
        raise ParameterError(
            f"The address of the channel {channel.name} cannot be understood.",
            "Write it as Apprise does, such as slack://TOKENS, mailto://USER:PASSWORD@HOST or json://HOST/PATH.",
        )


def send(channel: Channel, title: str, body: str, key: str, *, deadline: float = DEADLINE) -> Delivery:
    """Send a text, escaped for what the channel reads. A receiver that drips its answer is left alone at the deadline."""
    found: list[Delivery] = []

    def work() -> None:
        try:
            found.append(_send(channel, title, body, key))
        except Exception as error:  # a plugin's defect must not end the worker; the message may have left
            found.append(Delivery(Fate.UNKNOWN, f"the sender failed with {type(error).__name__}"))

    thread = threading.Thread(target=work, name=f"standout-send-{channel.name}", daemon=True)
    thread.start()
    thread.join(deadline)
    return found[0] if found else Delivery(Fate.UNKNOWN, f"no answer in {deadline:g} s")


def _send(channel: Channel, title: str, body: str, key: str) -> Delivery:
    plugin = _plugin(channel, key)
    if plugin is None:
        return Delivery(Fate.NOT_DELIVERED, "the address cannot be understood", reached=False)
    if channel.kind in READ_MARKDOWN:
        title, body = as_markdown(title), as_markdown(body)
    lines = _Lines(thread=threading.get_ident())
    logger = _quiet_logger()
    logger.addHandler(lines)
    try:
        # Apprise escapes plain text for channels that read HTML or say that they read Markdown
        done = plugin.notify(body=body, title=title, notify_type="warning", body_format="text")
        return Delivery(Fate.DELIVERED) if done else _fate(lines.texts)
    finally:
        logger.removeHandler(lines)


def _plugin(channel: Channel, key: str) -> Any:
    try:
        import apprise
    except ImportError as error:
        raise MissingExtraError.for_package("Notifications", "apprise", "serve") from error

    _quiet_logger()
    plugin: Any = apprise.Apprise.instantiate(channel.url, asset=apprise.AppriseAsset(storage_mode="memory"))
    if plugin is None or plugin is False:
        return None
    plugin.socket_connect_timeout = min(float(plugin.socket_connect_timeout), TIMEOUT)
    plugin.socket_read_timeout = min(float(plugin.socket_read_timeout), TIMEOUT)
    plugin.retry = 0  # it would send again without asking whether the first one arrived
    if channel.keys and key:
        plugin.headers = {**plugin.headers, "Idempotency-Key": key}
    return plugin


def _quiet_logger() -> logging.Logger:
    """Apprise's logger, whose lines hold addresses, cut off from every other log; and no lines of requests with paths in them."""
    logging.getLogger("urllib3").setLevel(max(logging.getLogger("urllib3").level, logging.INFO))
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    if not any(isinstance(h, logging.NullHandler) for h in logger.handlers):
        logger.addHandler(logging.NullHandler())  # or Python prints warnings that nobody handles
    return logger


def _fate(lines: list[str]) -> Delivery:
    """What Apprise's lines say of a message that it did not call delivered."""
    if any(line.startswith("Sent ") for line in lines):
        return Delivery(Fate.UNKNOWN, "some receivers got it and others did not")
    for line in reversed(lines):
        status = STATUS.search(line)
        if status is not None:
            code = int(status[1])
            fate = Fate.UNKNOWN if code == GATEWAY_GAVE_UP else Fate.NOT_DELIVERED
            return Delivery(fate, f"the receiver answered with status {code}")
        if UNREACHED.search(line):
            return Delivery(Fate.NOT_DELIVERED, "the receiver could not be reached", reached=False)
    return Delivery(Fate.UNKNOWN, "the connection broke before the receiver answered")
