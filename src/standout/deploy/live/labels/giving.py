"""Labels given and taken back: checked, stored and audited in one transaction, whoever the transaction belongs to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from standout.core.errors import ParameterError, ParameterTypeError, UnknownNameError
from standout.deploy.live.answers import NewLabel
from standout.deploy.live.labels.suppressing import HIDING, has_values
from standout.deploy.store.records import Audit, Label, Verdict
from standout.deploy.store.store import Unit

LONGEST = 2_000
LONGEST_NAME = 200
LARGEST = 2**63 - 1


def checked(unit: Unit, asked: NewLabel, now: datetime) -> Label:
    """The label as it will be stored.

    UnknownNameError where there is no such alert or verdict. ParameterError where nobody signed it or where it is too long,
    ParameterTypeError for a reason that is no text. Whether the alert can take it is another question: `objection`.
    """
    for what, text, most in (("reason", asked.reason, LONGEST), ("name of who gives it", asked.by, LONGEST_NAME)):
        if not isinstance(text, str):
            raise ParameterTypeError(f"The {what} of the label is {type(text).__name__}.", "Give text.")
        if len(text) > most:
            raise ParameterError(f"The {what} of the label has {len(text):,} letters; at most {most:,} are kept.", "Say less.")
    if not asked.by.strip():
        raise ParameterError("Nobody signed the label.", "Say who gives it.")
    verdict = _verdict(asked.verdict)
    known = isinstance(asked.alert, int) and 0 < asked.alert <= LARGEST
    alert = unit.alerts.get(asked.alert) if known else None
    if alert is None:
        raise UnknownNameError(f"There is no alert {str(asked.alert)[:40]}.", "It may have been removed by retention.")
    return Label(alert.id, alert.stream, verdict, asked.by, now, asked.reason, asked.acts and verdict in HIDING)


def objection(unit: Unit, label: Label) -> ParameterError | None:
    """Why an alert cannot take a label as things stand: it has no values that others could be like, or another verdict already."""
    for standing in unit.labels.of_alert(label.alert):
        if standing.undone is None and standing.verdict not in (label.verdict, Verdict.UNSURE):
            return ParameterError(
                f"{standing.by[:80]} labelled alert {label.alert} {standing.verdict.value} (label {standing.id}).",
                f"Take that back before it is labelled {label.verdict.value}.",
            )
    alert = unit.alerts.get(label.alert)
    if label.acts and (alert is None or not has_values(alert)):
        return ParameterError(
            f"Alert {label.alert} is about {label.stream} itself and has no row that others could be like.",
            "Label it without acts, so that it only counts; or silence such alerts.",
        )
    return None


def give(unit: Unit, label: Label) -> Label:
    """Store a checked label; the same one that stands already is not stored twice. Raises its `objection`, if there is one."""
    against = objection(unit, label)
    if against is not None:
        raise against
    for standing in unit.labels.of_alert(label.alert):
        if replace(label, id=standing.id, at=standing.at) == standing:
            return standing
    number = unit.labels.add(label)
    detail = {"label": number, "alert": label.alert, "stream": label.stream, "verdict": label.verdict, "reason": label.reason,
              "acts": label.acts}  # fmt: skip  # one entry
    unit.audit.add(Audit(label.at, label.by, "label given", detail))
    return replace(label, id=number)


def standing_label(unit: Unit, number: int) -> Label:
    """A label by its number; UnknownNameError where there is none."""
    known = isinstance(number, int) and 0 < number <= LARGEST
    found = unit.labels.get(number) if known else None
    if found is None:
        raise UnknownNameError(f"There is no label {str(number)[:40]}.", "It may have been removed by retention.")
    return found


def take_back(unit: Unit, number: int, by: str, at: datetime) -> Label:
    """Undo a label; doing it twice changes nothing, and stands in the audit once."""
    if not isinstance(by, str) or not by.strip():
        raise ParameterError("Nobody signed the undoing of the label.", "Say who does it.")
    found = standing_label(unit, number)
    if found.undone is not None:
        return found
    undone = unit.labels.undo(number, by[:LONGEST_NAME], at)
    detail = {"label": number, "alert": found.alert, "stream": found.stream, "verdict": found.verdict}
    unit.audit.add(Audit(at, by[:LONGEST_NAME], "label undone", detail))
    return undone


def _verdict(asked: str) -> Verdict:
    try:
        return Verdict(asked)
    except ValueError:
        raise UnknownNameError.among("verdict", str(asked)[:40], (v.value for v in Verdict)) from None
