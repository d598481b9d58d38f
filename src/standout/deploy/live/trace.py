"""Why was I (not) told? The way of one event through the service, stage by stage, in sentences and numbers."""

from __future__ import annotations

from standout.core.errors import UnknownNameError
from standout.deploy.live.answers import Stage, Trace
from standout.deploy.live.bodies import Unpacked, unpack_judged, unpack_rows
from standout.deploy.live.stream import Stream
from standout.deploy.store.records import Alert, Batch, Outcome, Sending
from standout.deploy.store.store import Unit


def trace(unit: Unit, stream: Stream, event_id: str) -> Trace:
    """See `Service.why`."""
    place = unit.journal.find(stream.name, event_id)
    batch = None if place is None else unit.journal.get(place.seq)
    if place is None or batch is None:
        raise UnknownNameError(
            f"{stream.name} has taken in no event {event_id[:200]!r}.", "It was never sent, or is older than what is kept."
        )
    rows = unpack_rows(batch.body, stream.model.schema) if batch.body else None
    stages = [_came(batch, place.row, rows)]
    found = _verdict(unit, place.seq, place.row)
    if found is None:
        outcome = Outcome.WAITING
        stages.append(Stage("order", False, f"It waits {stream.settings.wait:g} seconds for rows of earlier times."))
        return _trace(stream, event_id, outcome, stages, place.seq, place.row, batch, None)
    outcome, raw, p_value, alert_id, policy = found
    if outcome is Outcome.REJECTED:
        why = rows.rejected.get(place.row, "") if rows else ""
        stages.append(Stage("read", False, f"It could not be read. {why}".strip()))
    elif outcome is Outcome.LATE:
        stages.append(Stage("order", False, "It came after rows of its entity with later times were judged; it was not scored."))
    else:
        stages.append(Stage("read", True, "It was read as the model's columns."))
        stages += _scored(outcome, raw, p_value, policy)
    alert = unit.alerts.get(alert_id) if alert_id >= 0 else None
    if alert is not None:
        stages += _alerted(unit, alert)
    return _trace(stream, event_id, outcome, stages, place.seq, place.row, batch, alert)


def _trace(
    stream: Stream, event_id: str, outcome: Outcome, stages: list[Stage], seq: int, row: int, batch: Batch, alert: Alert | None
) -> Trace:
    number, incident = (None, None) if alert is None else (alert.id, alert.incident)
    return Trace(
        stream.name, event_id, outcome, stages[-1].sentence, tuple(stages), seq, row, batch.received, number, incident
    )  # fmt: skip  # one argument a line reads worse


def _came(batch: Batch, row: int, rows: Unpacked | None) -> Stage:
    sentence = f"It came at {batch.received:%Y-%m-%d %H:%M:%S} UTC, as row {row} of batch {batch.seq}."
    if rows is None:
        sentence += " Its values are no longer kept."
    return Stage("came", True, sentence, {"batch": batch.seq, "row": row})


def _verdict(unit: Unit, seq: int, row: int) -> tuple[Outcome, float, float, int, str] | None:
    for record in unit.verdicts.of_batch(seq):
        if not record.body:
            continue
        judged = unpack_judged(record.body)
        at = ((judged.batch == seq) & (judged.row == row)).nonzero()[0]
        if len(at):
            i = int(at[0])
            numbers = float(judged.raw[i]), float(judged.p_value[i]), int(judged.alert[i])
            return Outcome(int(judged.outcome[i])), *numbers, record.policy
    return None


def _scored(outcome: Outcome, raw: float, p_value: float, policy: str) -> list[Stage]:
    numbers = {"score": raw, "p_value": p_value, "severity": 100.0 * (1.0 - p_value)}
    scored = Stage("score", True, f"About {100.0 * p_value:.3g}% of normal rows are as strange (score {raw:.4g}).", numbers)
    budget = {"policy": policy, "p_value": p_value}
    if outcome is Outcome.ORDINARY:
        decided = Stage("policy", False, f"That is not strange enough for the budget: {policy}.", budget)
    elif outcome is Outcome.HELD_BACK:
        decided = Stage("policy", False, f"It is rare enough, and the budget ({policy}) was kept for stranger rows.", budget)
    elif outcome is Outcome.SAME_EVENT:
        decided = Stage(
            "policy", False, "It is part of an event that an earlier row was raised for, and one event is told once.", budget
        )
    else:
        decided = Stage("policy", True, f"That is strange enough for the budget: {policy}.", budget)
    return [scored, decided]


def _alerted(unit: Unit, alert: Alert) -> list[Stage]:
    if alert.outcome is Outcome.SUPPRESSED:
        return [Stage("label", False, _labelled(unit, alert), {"label": alert.hidden_by})]
    stages = [Stage("label", True, "No label hides rows like it.")]
    if alert.outcome is Outcome.EXPECTED:
        event = unit.calendars.get(alert.hidden_by or 0)
        name, owner = (event.name, event.owner) if event else ("an event", "")
        return [*stages, Stage("calendar", False, f"It came during {name}, expected by {owner}.", {"calendar": alert.hidden_by})]
    stages.append(Stage("calendar", True, "No event was expected then."))
    if alert.outcome is Outcome.SILENCED:
        silence = unit.silences.get(alert.hidden_by or 0)
        owner, until = (silence.owner, f"{silence.ends:%Y-%m-%d %H:%M} UTC") if silence else ("someone", "then")
        return [*stages, Stage("silence", False, f"{owner} silenced such alerts until {until}.", {"silence": alert.hidden_by})]
    stages.append(Stage("silence", True, "No silence matched it."))
    return [*stages, _grouped(alert), *_told(unit, alert)]


def _labelled(unit: Unit, alert: Alert) -> str:
    label = unit.labels.get(alert.hidden_by or 0)
    if label is None:
        return f"It is like an alert that was labelled (label {alert.hidden_by})."
    why = f", because: {label.reason}" if label.reason else ""
    said = f"It is like alert {label.alert}, which {label.by} labelled {label.verdict.value} (label {label.id}){why}."
    if label.undone is None:
        return said
    by = f"{label.undone_by} on {label.undone:%Y-%m-%d %H:%M} UTC"
    return f"{said} The label was taken back by {by}; what was decided before stays."


def _grouped(alert: Alert) -> Stage:
    numbers = {"incident": alert.incident}
    if alert.outcome is Outcome.GROUPED:
        return Stage("incident", False, f"It joined incident {alert.incident}, which had been told already.", numbers)
    return Stage("incident", True, f"It opened incident {alert.incident}, or made it worse.", numbers)


SAID = {
    Sending.PENDING: "waits to be sent to {channel}",
    Sending.SENDING: "is being sent to {channel}",
    Sending.SENT: "was sent to {channel} at {at}",
    Sending.DEAD: "could not be sent to {channel}: {error}",
    Sending.DOUBT: "may or may not have reached {channel}: the service stopped while it was sent",
}


def _told(unit: Unit, alert: Alert) -> list[Stage]:
    if alert.outcome is not Outcome.NOTIFIED or alert.incident is None:
        return []
    messages = unit.outbox.of_incident(alert.incident)
    if not messages:
        return [Stage("notify", True, "It stands in the queue of alerts; no channel is set up.")]
    stages = []
    for message in messages:
        at = "" if message.sent is None else f"{message.sent:%Y-%m-%d %H:%M:%S} UTC"
        said = SAID[message.state].format(channel=message.channel, at=at, error=message.error)
        numbers = {"message": message.id, "tries": message.tries}
        stages.append(Stage("notify", message.state is Sending.SENT, f"The message {said}.", numbers))
    return stages
