"""A plausible week of a live service: two streams, many entities, alerts of every outcome, and what people did with them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from standout.deploy.store.records import (
    Alert,
    Audit,
    Calendar,
    Incident,
    Kind,
    Label,
    Lane,
    Message,
    Outcome,
    Role,
    Sending,
    Silence,
    Status,
    Stream,
    Verdict,
)  # fmt: skip  # the nouns in one place
from standout.deploy.store.store import Store, Unit

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1)) :fire: **bold** $x^2$",
    '=HYPERLINK("http://evil.example","x")',
)
"""Names that must be shown as they are."""

DAY = timedelta(days=1)
POLICY = {
    "payments": {"part": "per-day", "alerts": 5.0, "level": 0.01},
    "pumps": {"part": "per-day", "alerts": 8.0, "level": 0.01},
}


@dataclass
class Week:
    """Fills a store. scale: 1 for several hundred alerts, less for quick tests."""

    store: Store
    now: datetime
    scale: float = 1.0
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def fill(self) -> None:
        """Everything, in one transaction."""
        with self.store.writing() as unit:
            for name in POLICY:
                unit.streams.put(
                    Stream(name, f"{name}.standout", "sha256:0", POLICY[name], self.now - 30 * DAY, self.now - 2 * DAY)
                )
            self._lanes(unit)
            incidents = self._incidents(unit)
            self._hidden(unit)
            self._about_streams(unit)
            self._quiet(unit)
            self._messages(unit, incidents)
            for name, role in (("ana", Role.ACT), ("wall-display", Role.VIEW), ("shop", Role.INGEST)):
                unit.keys.make(name, role, self.now - 20 * DAY)

    def entities(self, stream: str) -> list[str]:
        """The entities of a stream; the hostile ones among cards."""
        if stream == "payments":
            return [*HOSTILE, *(f"card-{i:03d}" for i in range(1, 1 + round(40 * self.scale)))]
        return [f"pump-{i:02d}" for i in range(1, 1 + round(24 * self.scale))]

    def _lanes(self, unit: Unit) -> None:
        lanes: list[Lane] = []
        step = 30 if self.scale >= 1 else 120
        for stream in POLICY:
            for entity in self.entities(stream):
                usual = self.rng.integers(8, 60)
                for back in [*range(6), *range(step, 7 * 24 * 60, step)]:  # the last minutes one by one
                    if entity == "pump-03" and back < 260:
                        continue  # its data stopped
                    at = self.now.replace(second=0, microsecond=0) - timedelta(minutes=back)
                    busy = 0.35 + 0.65 * (8 <= at.hour <= 20)
                    rows = int(self.rng.poisson(usual * busy * (step if back > 5 else 1) / 30))
                    severity = float(100 * (1 - self.rng.uniform() ** 1.0 / max(1, rows)))
                    if rows:
                        lanes.append(Lane(stream, entity, at, rows, 0, min(severity, 99.2)))
        unit.lanes.add(lanes)

    def _incidents(self, unit: Unit) -> list[Incident]:
        made: list[Incident] = []
        total = round(110 * self.scale)
        for i in range(total):
            stream = "payments" if i % 5 < 3 else "pumps"
            age = timedelta(hours=float(168 * (1 - (i + 1) / total) ** 1.1), minutes=float(self.rng.uniform(40, 60)))
            made.append(self._incident(unit, stream, self.now - age, age))
        return made

    def _incident(self, unit: Unit, stream: str, at: datetime, age: timedelta) -> Incident:
        entity = str(self.rng.choice(self.entities(stream)))
        size = int(min(12, self.rng.geometric(0.45)))
        shape = int(self.rng.integers(0, 3))
        alerts = [self._alert(stream, entity, at + timedelta(minutes=3 * k), shape, first=k == 0) for k in range(size)]
        because = alerts[0].because
        columns = because.replace("+", " and ")
        status = (
            Status.OPEN if age < timedelta(hours=14)
            else Status(self.rng.choice(["closed", "closed", "acknowledged", "closed", "open"]))
        )  # fmt: skip  # one choice
        record = Incident(
            stream, entity, because, f"{columns} {'stand' if '+' in because else 'stands'} out for {entity}", at, alerts[-1].raised, size,
            max(a.severity for a in alerts), status, "" if status is Status.OPEN else "ana",
        )  # fmt: skip  # one line a field reads worse
        number = unit.incidents.add(record)
        ids = unit.alerts.add([replace(a, incident=number) for a in alerts])
        unit.lanes.add([Lane(stream, entity, a.raised.replace(second=0, microsecond=0), 1, 1, a.severity) for a in alerts])
        if status is not Status.OPEN:
            self._labels(unit, stream, ids, alerts)
        return replace(record, id=number)

    def _labels(self, unit: Unit, stream: str, ids: list[int], alerts: list[Alert]) -> None:
        for number, alert in list(zip(ids, alerts, strict=True))[:2]:
            verdict = Verdict(self.rng.choice(["true", "true", "false", "expected", "unsure"]))
            at = alert.raised + timedelta(minutes=40)
            said = {"true": "customer confirmed", "false": "known merchant", "expected": "stock taking", "unsure": ""}[
                verdict.value
            ]
            unit.labels.add(Label(number, stream, verdict, "ana", at, said))
            unit.audit.add(Audit(at, "ana", "label", {"alert": number, "verdict": verdict.value}))

    def _alert(
        self, stream: str, entity: str, at: datetime, shape: int, *, first: bool = True, outcome: Outcome | None = None
    ) -> Alert:
        p = float(10 ** -self.rng.uniform(2.2, 5.5))
        columns, values, sentence = (self._payment if stream == "payments" else self._pump)(shape)
        reason: dict[str, Any] = {"row": int(self.rng.integers(0, 500)), "sentence": sentence, "columns": columns}
        if shape == 0:
            changes = [{"column": c["column"], "seen": c["seen"], "to": c["expected"]} for c in columns[:2]]
            reason["counterfactual"] = {"found": True, "changes": changes, "score": 1.2, "limit": 4.0}
            reason["similar"] = [{k: v * 0.93 if isinstance(v, float) else v for k, v in values.items()} for _ in range(3)]
        because = "+".join(sorted(c["column"] for c in columns if c["share"] >= 0.5 * columns[0]["share"]))
        return Alert(
            stream, Kind.ROW, at, sentence, outcome or (Outcome.NOTIFIED if first else Outcome.GROUPED), 100 * (1 - p), p, 5 - np.log10(p),
            event_id=f"{stream[:3]}-{int(self.rng.integers(1e9)):09d}", batch=1, row=3, entity=entity, time=at - timedelta(seconds=4),
            because=because, reason=reason, values=values,
        )  # fmt: skip  # one line a field reads worse

    def _payment(self, shape: int) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
        amount, far = round(float(self.rng.uniform(700, 4000)), 2), round(float(self.rng.uniform(800, 4000)), 1)
        country = str(self.rng.choice(["MT", "KY", *HOSTILE[:1]]))
        values = {
            "amount": amount, "distance_km": far, "country": country, "hour": 3.0, "merchant": "grocery", "card_present": False,
        }  # fmt: skip  # a row
        of_country = _column("country", 0.81, country, "DE", ["DE", "FR", "NL"], "combination")
        if shape == 1:
            hour = _column("hour", 0.19, 3.0, 14.0, [8, 21], "combination")
            return [of_country, hour], values, f"country is {country}, where the rest of the row makes DE likely"
        if shape == 2:
            values["merchant"] = None
            merchant = _column("merchant", 1.0, None, "grocery", ["grocery", "fuel", "online"], "missing")
            return [merchant], values, "merchant is missing, which it is in 0.2% of rows"
        columns = [
            _column("amount", 0.62, amount, 41.5, [9.5, 260.0], "value"),
            _column("distance_km", 0.31, far, 4.2, [0.9, 16.8], "value"),
            {**of_country, "share": 0.07},
        ]
        said = f"amount is {amount:,.0f}, far above the usual 9.5 to 260; with it distance_km is {far:,.0f}, far above the usual 0.9 to 17"
        return columns, values, said

    def _pump(self, shape: int) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
        heat, shake = round(float(self.rng.uniform(88, 120)), 1), round(float(self.rng.uniform(7, 15)), 2)
        values = {"temperature": heat, "vibration": shake, "rpm": 1480.0, "pressure": 4.1, "valve": "open"}
        if shape == 1:
            vibration = _column("vibration", 0.9, shake, 2.1, [1.2, 3.4], "value")
            rpm = _column("rpm", 0.1, 1480.0, 1450.0, [1400, 1500], "value")
            return [vibration, rpm], values, f"vibration is {shake:g} mm/s, far above the usual 1.2 to 3.4"
        temperature = _column("temperature", 0.55, heat, 64.0, [52.0, 78.0], "combination")
        pressure = _column("pressure", 0.45, 4.1, 6.0, [3.0, 7.0], "combination")
        return [temperature, pressure], values, f"temperature is {heat:g}, too high for a pressure of 4.1"

    def _hidden(self, unit: Unit) -> None:
        for outcome, by in ((Outcome.SUPPRESSED, 3), (Outcome.EXPECTED, 1), (Outcome.SILENCED, 2)):
            for _ in range(round(40 * self.scale)):
                stream = str(self.rng.choice(list(POLICY)))
                at = self.now - timedelta(hours=float(self.rng.uniform(0.2, 160)))
                alert = self._alert(stream, str(self.rng.choice(self.entities(stream))), at, 0, outcome=outcome)
                unit.alerts.add([replace(alert, hidden_by=by)])

    def _about_streams(self, unit: Unit) -> None:
        told = (
            ("pumps", Kind.STOPPED, "pump-03", "No data from pump-03 for 4 h 20 min, where they usually come every 30 min.", 4.4),
            ("payments", Kind.DRIFT, None, "The scores of payments have drifted: twice as many rows as promised look strange.", 30.0),
            ("payments", Kind.DEFECT, None, "212 rows could not be read: amount holds 'n/a' where numbers were expected.", 52.0),
        )  # fmt: skip  # one alert a line
        for stream, kind, entity, sentence, hours in told:
            at = self.now - timedelta(hours=hours)
            number = unit.incidents.add(Incident(stream, entity, kind.value, sentence, at, at))
            unit.alerts.add(
                [Alert(stream, kind, at, sentence, Outcome.NOTIFIED, entity=entity, because=kind.value, incident=number)]
            )

    def _quiet(self, unit: Unit) -> None:
        now = self.now
        for match, reason, start, end, hidden, lifted in (
            ({"stream": "pumps", "entity": "pump-07"}, "bearing is being replaced", -0.3, 1.5, 14, None),
            ({"stream": "payments", "country": HOSTILE[0]}, "test shop, ticket 4711", -2, 5, 22, None),
            ({"stream": "payments", "because": "amount"}, "sale week", -6, -1, 61, None),
            ({"stream": "pumps", "entity": "pump-02"}, "calibration", -3, 2, 5, now - DAY),
        ):
            number = unit.silences.add(Silence(match, "ana", reason, now + start * DAY, now + end * DAY, lifted=lifted))
            unit.silences.hide({number: hidden})
            unit.audit.add(Audit(now + start * DAY, "ana", "silence", {"silence": number}))
        backup = unit.calendars.add(
            Calendar("nightly backup", "ben", {"stream": "pumps"}, now - 90 * DAY, 5400.0, "daily", "Europe/Berlin")
        )  # fmt: skip  # one call
        unit.calendars.hide({backup: 187})
        unit.calendars.add(
            Calendar("stock taking", "ben", {"stream": "payments", "merchant": "grocery"}, now + 3 * DAY, 7200.0, "once")
        )
        unit.audit.add(Audit(now - 2 * DAY, "ben", "policy", {"stream": "payments", "policy": "at most 5 alerts a day"}))

    def _messages(self, unit: Unit, incidents: list[Incident]) -> None:
        messages = []
        for incident in incidents:
            title = f"{incident.stream}: {incident.headline}"
            messages.append(
                Message(f"ops/incident-{incident.id}/1/new", "ops", title, "", incident.opened, incident.id, state=Sending.SENT, tries=1,
                        sent=incident.opened + timedelta(seconds=2))
            )  # fmt: skip  # one call
        for i, (state, error) in enumerate(
            ((Sending.DEAD, "503 from hooks.example after 8 tries"), (Sending.DEAD, "the name mail.example is not known"),
             (Sending.DOUBT, "the process ended while this was being sent; it may have arrived"), (Sending.PENDING, ""))
        ):  # fmt: skip  # one message a line
            of = incidents[-1 - i]
            messages.append(
                Message(f"mail/incident-{of.id}/1/new", "mail", f"{of.stream}: {of.headline}", "", self.now - timedelta(hours=i + 1), of.id,
                        state=state, tries=8 if error else 0, error=error)
            )  # fmt: skip  # one call
        unit.outbox.add(messages)


def _column(name: str, share: float, seen: Any, expected: Any, usual: list[Any], how: str) -> dict[str, Any]:
    return {"column": name, "share": share, "seen": seen, "expected": expected, "usual": usual, "how": how}
