"""One watched stream: a model in motion, what it remembers, and the one way that rows take through it.

Everything here follows from the journal. `take` and `tick` write to the transaction they are given and change what is remembered as
they go; when the transaction fails, the stream is made again from the store (`resuming`), and never goes on from half of a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from standout.core.calibrator import MovesNull, Policy, Streams
from standout.core.errors import ParameterError
from standout.core.finding import Finding, FindingKind
from standout.core.live import Live
from standout.core.model import Model
from standout.core.registry import find, part_from_dict
from standout.core.scores import Scores, strangest_first
from standout.core.table import Role, Table
from standout.deploy.drifting import null_of
from standout.deploy.live.aging import Aging
from standout.deploy.live.alarms import Alarms, Told
from standout.deploy.live.bodies import NO_ALERT, Judged, double, pack_judged
from standout.deploy.live.defects import Defects
from standout.deploy.live.entities import Entities
from standout.deploy.live.gaps import Gaps, Stopped, in_words, stopped_alert
from standout.deploy.live.intake import batch_of, new_rows, only, without_time
from standout.deploy.live.judging import decide, drafts, explained
from standout.deploy.live.labels.models import compare, serving, shadow_of
from standout.deploy.live.labels.shadow import Shadow
from standout.deploy.live.labels.suppressing import Suppression
from standout.deploy.live.lanes import Lanes
from standout.deploy.live.ordering import Held, Ordering, entity_of
from standout.deploy.live.rows import Read
from standout.deploy.live.settings import Settings
from standout.deploy.live.silences import Quiet
from standout.deploy.notify.channels import parsed_channels
from standout.deploy.store.records import Alert, Kind, Outcome, Verdicts
from standout.deploy.store.records import Stream as Record
from standout.deploy.store.store import Unit
from standout.evaluate.null_watch import NullWatch

POLICY_REPLACED = FindingKind(
    "policy-replaced",
    "warning",
    "The model's budget, {old}, needs all rows at once and cannot decide in a stream; here it is {new}.",
    "Choose one that decides row by row: standout threshold MODEL --alerts-per-day 5.",
)


@dataclass
class Taken:
    """What became of the rows of one `Read`, in their order: see `answers.Receipt`."""

    batch: int
    ids: list[str]
    outcomes: NDArray[np.int8]
    severity: NDArray[np.float64]
    alerts: dict[int, int]


class Stream:
    """What one stream remembers. Its policy is the one set in the store, else the model's, else one that can decide row by row.

    Used by the engine's thread alone, all but `model`, `policy` and what `health` reads.
    """

    def __init__(
        self, name: str, model: Model, path: Path, settings: Settings, quiet: Quiet, policy: Policy | None = None
    ) -> None:
        self.name, self.path, self.settings = name, path, settings
        self.findings: tuple[Finding, ...] = ()
        self.aging = Aging(name, settings.stale_after, path)
        self._own_policy = self._streaming(model.policy)
        self.model = self.given = model.with_policy(self._own_policy)
        self.shadow: Shadow | None = None
        self.series = model.detector.part.kind == "sequence"
        told = Told(parsed_channels(settings.named_channels), settings.public_url)
        self.alarms = Alarms(name, settings.incident_gap, quiet, told)
        self.alarms.suppressor = Suppression(name, lambda: self.model)
        self.begin()

    def begin(self) -> None:
        """Remember nothing but the model."""
        name, told = self.name, self.settings
        self.live = Live(self.model, learn=told.learn, most_entities=told.most_entities)
        self.entities = Entities(told.most_entities)
        self.ordering = Ordering(self.entities, told.wait, told.ahead)
        of_entities = told.gaps and told.entity_gaps
        self.gaps = Gaps(self.entities, floor=told.gap_floor, fixed=told.silent_after, of_entities=of_entities)
        self.defects, self.lanes = Defects(name, told.incident_gap), Lanes(told.lanes)
        self.watch_null()
        self.counts = np.zeros(len(Outcome), dtype=np.int64)
        self.last_came: datetime | None = None
        self._gone: list[Stopped] = []
        self.seq, self.judged = 0, 0  # the last of the journal and of the verdicts that this is made of

    def watch_null(self) -> None:
        """Begin to hold what comes against the model's null."""
        moves = self.settings.learn and isinstance(self.model.calibrator.part, MovesNull)
        self.nullwatch = NullWatch(None if moves else null_of(self.model))

    def follow(self, record: Record | None) -> None:
        """Take the policy that someone has set, if anyone has."""
        if record is not None:
            self.model, self.aging.told = serving(self, record.settings), record.settings.get("stale", "")
        told = record is not None and record.settings.get("policy_by")
        policy = cast("Policy", part_from_dict("policy", record.policy)) if record is not None and told else self._own_policy
        self.model = self.model.with_policy(policy)
        self.shadow = None if record is None else shadow_of(self, record.settings)

    def serve(self, model: Model, live: Live | None) -> None:
        """Judge by another model from the next row on; what is remembered of entities and gaps stays. live: it in motion already."""
        self.model = model
        self.live = live or Live(model, learn=self.settings.learn, most_entities=self.settings.most_entities)
        self.watch_null()

    @property
    def policy(self) -> Policy:
        """What decides now."""
        return self.live.policy

    def _streaming(self, policy: Policy) -> Policy:
        if isinstance(policy, Streams):
            return policy
        new = cast("Policy", find("policy", "per-day")())
        self.findings = (POLICY_REPLACED.found(old=policy.in_words(), new=new.in_words()),)
        return new

    def take(self, unit: Unit, read: Read, now: datetime) -> Taken:
        """Write rows to the journal and judge those whose time has come."""
        kept = new_rows(unit, self.name, read)
        outcomes = np.full(len(read), Outcome.DUPLICATE, dtype=np.int8)
        severity = np.full(len(read), np.nan)
        if not len(kept):
            self.counts[Outcome.DUPLICATE] += len(read)
            return Taken(0, [i or "" for i in read.ids], outcomes, severity, {})
        table, ids, rejected, came = only(read, kept)
        rejected |= without_time(table, rejected) if self.series else {}
        seq = unit.journal.add(batch_of(self.name, table, ids, rejected, came, now), ids).seq
        judged, alerts = self.ingest(unit, table, ids, rejected, seq, now)
        drafted = self.defects.of_rows(read, rejected, now)
        if drafted:
            self.alarms.raise_all(unit, drafted, None, now)
        self._write(unit, judged, now, {seq} | set(judged.batch.tolist()))
        self.seq = seq
        mine = judged.batch == seq
        here = np.full(len(table), Outcome.WAITING, dtype=np.int8)
        here[judged.row[mine]] = judged.outcome[mine]
        outcomes[kept] = here
        severity[kept[judged.row[mine]]] = 100.0 * (1.0 - judged.p_value[mine])
        self.counts[Outcome.DUPLICATE] += len(read) - len(kept)
        self.counts[Outcome.WAITING] += len(kept)
        self._count(judged)
        names = [i or "" for i in read.ids]
        for place, (at, own) in enumerate(zip(kept.tolist(), ids, strict=True)):
            names[at] = own or f"{seq}.{place}"
        raised = {int(kept[a.row]): a.id for a in alerts if a.batch == seq}
        return Taken(seq, names, outcomes, severity, raised)

    def ingest(
        self, unit: Unit, table: Table, ids: Sequence[str | None], rejected: dict[int, str], seq: int, now: datetime
    ) -> tuple[Judged, list[Alert]]:
        """Rows of one batch of the journal: those rejected, late, or judged now, in this order."""
        seconds = now.timestamp()
        bad = np.zeros(len(table), dtype=np.bool_)
        bad[list(rejected)] = True
        at = np.flatnonzero(~bad).astype(np.int32)
        parts = [Judged.of(np.full(int(bad.sum()), seq), np.flatnonzero(bad).astype(np.int32), Outcome.REJECTED)]
        rows = Held(
            table if len(at) == len(table) else table.take(at),
            np.full(len(at), seq),
            at,
            np.full(len(at), seconds),
            [ids[i] or f"{seq}.{i}" for i in at.tolist()],
        )
        self._arrived(unit, rows.table, seconds, now)
        ready: Held | None = rows
        if self.series and len(rows):
            late = self.ordering.add(rows, seconds)
            parts.append(Judged.of(rows.batch[late], rows.row[late], Outcome.LATE))
            ready = self.ordering.release(seconds)
        alerts: list[Alert] = []
        if ready is not None and len(ready):
            judged, alerts = self.judge(unit, ready, now)
            parts.append(judged)
        return Judged.together(parts), alerts

    def judge(self, unit: Unit, rows: Held, now: datetime) -> tuple[Judged, list[Alert]]:
        """Score, decide, explain and raise; the rows were judged together, which is what the verdicts keep."""
        scores = self.live.step(rows.table)
        outcome = decide(self.live, rows.table, scores, now)
        compare(self, rows.table, outcome, now)
        raw, p_value = double(scores.raw), double(scores.p_value)
        judged = Judged(rows.batch, rows.row, raw, p_value, outcome, np.full(len(rows), NO_ALERT))
        said = self.remember(rows, scores)
        raised = np.flatnonzero(outcome == Outcome.NOTIFIED)
        alerts: list[Alert] = []
        if len(raised):
            alerts = self._raise(unit, rows, scores, raised, now)
            judged.outcome[raised] = [a.outcome for a in alerts]
            judged.alert[raised] = [a.id for a in alerts]
        if said is not None:
            self._null_changed(unit, said, now)
        unit.lanes.add(self.lanes.of(self.name, rows.table, judged, now))
        return judged, alerts

    def remember(self, rows: Held, scores: Scores) -> str | None:
        """What judging leaves behind besides the model's own state. Returns what `NullWatch.add` does."""
        if self.series:
            self.ordering.judged(rows)
        return self.nullwatch.add(scores.raw, scores.p_value)

    def _raise(self, unit: Unit, rows: Held, scores: Scores, raised: NDArray[np.intp], now: datetime) -> list[Alert]:
        table, own = rows.table.take(raised), scores.take(raised)
        reasons, why = explained(self.live, raised, self.settings.explain, strangest_first(own))
        places = [(int(rows.batch[i]), int(rows.row[i]), rows.ids[i]) for i in raised.tolist()]
        made = drafts(self.name, table, own, places, reasons, why, now, self.settings.ahead)
        return self.alarms.raise_all(unit, made, table, now)

    def _null_changed(self, unit: Unit, said: str, now: datetime) -> None:
        if said:
            self.alarms.raise_all(unit, [self.defects.alert("drift", said, now, Kind.DRIFT)], None, now)
        else:
            self.alarms.end(unit, ":drift", None, "The rates of alarms are as promised again.", now)

    def tick(self, unit: Unit, now: datetime) -> None:
        """What time alone brings: rows that have waited long enough, data that stopped."""
        ready = self.ordering.release(now.timestamp()) if self.series else None
        if ready is not None:
            judged, _ = self.judge(unit, ready, now)
            self._write(unit, judged, now, set(judged.batch.tolist()))
            self._count(judged)
        gone, self._gone = self._gone, []
        if gone:
            self.alarms.raise_all(unit, [stopped_alert(self.name, each, now) for each in gone], None, now)
        if self.aging.is_news(self.model, now):
            self.aging.tell(unit, self.alarms, self.model, now)

    def _count(self, judged: Judged) -> None:
        self.counts += np.bincount(judged.outcome, minlength=len(Outcome))
        self.counts[Outcome.WAITING] -= len(judged)

    def due(self, now: datetime) -> bool:
        """Whether `tick` has something to do."""
        seconds = now.timestamp()
        if self.settings.gaps:
            self._gone += self.gaps.check(seconds)
        waited = self.series and self.ordering.is_due(seconds)
        return bool(self._gone) or waited or self.aging.is_news(self.model, now)

    def _arrived(self, unit: Unit, table: Table, seconds: float, now: datetime) -> None:
        self.last_came = now
        for back in self.gaps.arrived(seconds, self.slots(table)):
            who = back.entity or self.name
            self.alarms.end(unit, ":stopped", back.entity, f"Data of {who} are back after {in_words(back.quiet)}.", now)

    def slots(self, table: Table) -> NDArray[np.intp]:
        """The place of each entity that a table holds, each once."""
        column = table.with_role(Role.ENTITY)
        if column is None or not len(table):
            return np.empty(0, dtype=np.intp)
        return self.entities.slots([entity_of(column, code) for code in np.unique(column.values).tolist()])

    def _write(self, unit: Unit, judged: Judged, now: datetime, batches: set[int]) -> None:
        if len(judged):
            record = Verdicts(self.name, now, len(judged), pack_judged(judged), self.policy.in_words())
            self.judged = unit.verdicts.add(record, batches)

    def clock_jumped(self, seconds: float) -> None:
        """The clock on the wall was set: what was counted by it goes along."""
        self.gaps.shift(seconds)
        if self.ordering.held is not None:
            self.ordering.held.came += seconds

    def change_policy(self, policy: Policy) -> None:
        """Decide by another policy from the next row on. ParameterError for one that cannot decide row by row."""
        if not isinstance(policy, Streams):
            raise ParameterError(
                f"{policy.in_words()} needs all rows at once and cannot decide in a stream.",
                "Choose a budget by the day, by so many rows, a level, or an online false discovery rate.",
            )
        self.live.change_policy(policy)
        if self.shadow is not None:
            self.shadow.change_policy(policy)
        self.model = self.model.with_policy(policy)
