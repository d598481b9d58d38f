"""What messages say: what stands out, where, since when, why, and where to look. Values are shown as text, whatever they hold.

A text is stored plain. Values come from senders of rows, so they are made harmless as they go in: no line of their own, nobody
called, no address that a chat would turn into a link. What a channel would read as markup is escaped as it goes out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from standout.deploy.store.records import Alert, Incident, Message

MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"  # whatever the locale
RECORDS = 3  # at most so many in one message; the rest is counted
LONGEST = 300  # characters of a sentence
JOINER = "\u2060"  # takes no room, and keeps what is around it from being read as one
CALLS = re.compile(r"(?<![^\s(\[{<,;:\"'])@(?=\w)|(?<=<)(?=[@!#])|(?<=:)(?=//)")
MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")
LINK = re.compile(r"https?://[^\s<>()\[\]\"'`\\]+")


def harmless(value: str, longest: int = LONGEST) -> str:
    r"""A value as text: controls and line ends as escapes, names that would call people and addresses broken, long ones cut.

    >>> harmless("a\nb <b>@everyone</b>").replace(JOINER, "|")
    'a\\nb <b>@everyone</b>'
    >>> harmless("see @here http://x.y").replace(JOINER, "|")
    'see @|here http:|//x.y'
    """
    shown = "".join(_escaped(c) if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in value[: longest + 1])
    if len(shown) > longest:
        shown = shown[: longest - 1] + "…"
    return CALLS.sub(lambda found: found[0] + JOINER, shown)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def title_of(incident: Incident) -> str:
    """One line that says what stands out and where."""
    return harmless(f"{incident.stream}: {incident.headline}", 160)


def body_of(incident: Incident, alerts: Sequence[Alert], link: str = "") -> str:
    """Where, since when, how much; at most three alerts with their sentences; where to look.

    alerts: of the incident, the ones to show first. link: the dashboard's address; the incident's number is put behind it.
    """
    where = f"Stream {harmless(incident.stream, 80)}"
    if incident.entity is not None:
        where += f", {harmless(incident.entity, 80)}"
    counted = "1 alert" if incident.alerts == 1 else f"{incident.alerts} alerts"
    lines = [f"{where}: {counted} since {moment(incident.opened)}, severity up to {incident.severity:.4g} of 100.", ""]
    lines += [f"{moment(a.time or a.raised)}: {harmless(a.sentence)}" for a in alerts[:RECORDS]]
    lines += _and_more(max(incident.alerts, len(alerts)) - min(len(alerts), RECORDS))
    if link:
        lines += ["", f"{link.rstrip('/')}/?incident={incident.id}"]
    return "\n".join(lines)


def joined(messages: Sequence[Message], link: str = "") -> tuple[str, str]:
    """Title and body of several messages in one: the most severe three by their titles, the rest counted."""
    if len(messages) == 1:
        return messages[0].title, messages[0].body
    worst = sorted(messages, key=lambda m: (-m.severity, m.id))
    lines = [f"{m.title} (severity {m.severity:.4g})" for m in worst[:RECORDS]]
    lines += _and_more(len(messages) - RECORDS)
    if link:
        lines += ["", link]
    return f"{len(messages)} messages: {worst[0].title}", "\n".join(lines)


def _and_more(rest: int) -> list[str]:
    return [f"and {rest} more"] if rest > 0 else []


def moment(at: datetime) -> str:
    """A time in words of a fixed length.

    >>> from datetime import UTC
    >>> moment(datetime(2026, 11, 27, 9, 5, tzinfo=UTC))
    '27 Nov 2026 09:05:00 UTC'
    """
    return f"{at.day} {MONTHS[3 * at.month - 3 : 3 * at.month]} {at:%Y %H:%M:%S} UTC"


def as_markdown(text: str) -> str:
    r"""The same text where a chat reads Markdown; a line that is nothing but an address stays one.

    >>> as_markdown("*bold* [x](y)")
    '\\*bold\\* \\[x\\]\\(y\\)'
    """
    lines = text.split("\n")
    return "\n".join(line if LINK.fullmatch(line) else MARKUP.sub(r"\\\1", line) for line in lines)
