"""Stories to tell: a full one, an empty one, a hostile one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from standout.calibrate.conformal import Conformal
from standout.core.calibrator import Policy
from standout.core.finding import Finding
from standout.core.matrix import Feature, Matrix
from standout.core.overview import Dependence, Driver, Hit, Overview, ReasonGroup
from standout.core.part import Card
from standout.core.profile import LEVELS, Clock, ColumnProfile, Profile
from standout.core.reason import Change, Contribution, Counterfactual, Reason
from standout.core.scores import Alerts, Scores
from standout.core.table import CODED, Column, Field, Kind, Role, Schema, Table
from standout.detect.running_moments import RunningMoments
from standout.detect.subsequence_pca import SubsequencePCA
from standout.evaluate.compare import compare
from standout.evaluate.metrics import evaluate_labels
from standout.evaluate.report.story import Projection, Story, Timeline
from standout.evaluate.results import Evaluation
from standout.evaluate.unlabelled import evaluate_unlabelled


@dataclass(frozen=True)
class Strongest(Policy):
    """The strongest few of a file."""

    card = Card("Strongest few", "none", "a fixed number of rows", "one sort")
    name = "strongest"

    def alarms(self, p_values: Any, scores: Any, times: Any) -> Any:
        return np.argsort(np.argsort(-scores)) < 12

    def in_words(self) -> str:
        return "the strongest 12 rows of a file"


def table(n: int = 3000, *, clock: bool = True, seed: int = 4) -> Table:
    """Readings of a machine with a daily rhythm; some are broken in ways that the last columns tell."""
    rng = np.random.default_rng(seed)
    hours = np.arange(n)
    load = 50 + 20 * np.sin(2 * np.pi * hours / 24) + rng.normal(0, 3, n)
    power = 2.1 * load + rng.normal(0, 2, n)
    pressure = rng.lognormal(1.0, 0.2, n)
    mode = rng.choice(["run", "idle", "clean", "maintenance mode"], n, p=[0.8, 0.12, 0.06, 0.02]).astype(object)
    odd = rng.choice(n, 30, replace=False)
    kind = np.full(n, "normal", dtype=object)
    load[odd[:10]] += 90
    kind[odd[:10]] = "spike"
    power[odd[10:20]] = 2.1 * (100 - load[odd[10:20]])
    kind[odd[10:20]] = "mismatch"
    pressure[odd[20:26]] *= 40
    kind[odd[20:26]] = "leak"
    mode[odd[26:]] = "selftest"
    kind[odd[26:]] = "selftest"
    fields = [
        Field("reading", Kind.TEXT, Role.ID, "every value is different"),
        Field("load", Kind.NUMBER),
        Field("power", Kind.NUMBER),
        Field("pressure", Kind.NUMBER),
        Field("mode", Kind.CATEGORY),
        Field("kind", Kind.CATEGORY, Role.LABEL, "named as the label"),
        Field("site", Kind.CATEGORY, Role.IGNORED, "constant: always the same value"),
    ]
    columns = [
        Column.coded([f"R{i:05}" for i in range(n)], Kind.TEXT),
        *(Column(Kind.NUMBER, v) for v in (load, power, pressure)),
        Column.coded(mode.tolist()),
        Column.coded(kind.tolist()),
        Column.coded(["Oslo"] * n),
    ]
    if clock:
        fields.insert(0, Field("at", Kind.TIME, Role.TIME, "times in order"))
        columns.insert(0, Column(Kind.TIME, np.datetime64("2026-01-05", "us") + hours * np.timedelta64(3_600_000_000, "us")))
    return Table.of(Schema(tuple(fields)), columns)


FEATURES = (("load", "value"), ("power", "value"), ("power", "given load"), ("pressure", "logarithm"), ("mode", "rarity"))


def matrix(of: Table) -> Matrix:
    mode = of["mode"].values
    load, power, pressure = (np.nan_to_num(of[n].values, nan=0.0) for n in ("load", "power", "pressure"))
    rare = np.where(mode < 0, 6.0, np.array([*([0.0] * 4), *([6.0] * 40)])[np.minimum(mode, 40)])
    scaled = np.column_stack(
        [(load - 50) / 15, (power - 105) / 32, (power - 2.1 * load) / 2, np.log(np.abs(pressure) + 1e-9) - 1, rare]
    )
    return Matrix(
        np.ascontiguousarray(scaled, dtype=np.float32),
        tuple(Feature(f"{c} {w}", c, w) for c, w in FEATURES),
    )


def profile(of: Table, name: str = "machine.csv") -> Profile:
    columns = []
    for field, column in zip(of.schema.fields, of.columns, strict=True):
        n, missing = len(column), int(column.missing.sum())
        if field.kind in CODED:
            counts = np.bincount(column.values[column.values >= 0], minlength=len(column.categories))
            order = np.argsort(-counts)[:10]
            top = tuple((column.categories[i], int(counts[i])) for i in order)
            columns.append(ColumnProfile(field, n, missing, len(column.categories), top=top))
            continue
        values = column.values[~column.missing].astype(np.float64)
        if not len(values):
            columns.append(ColumnProfile(field, n, missing, 0))
            continue
        counts, edges = np.histogram(values, 30)
        quantiles = tuple(np.quantile(values, LEVELS).tolist())
        columns.append(
            ColumnProfile(field, n, missing, len(np.unique(values)), True, 0, float(values.mean()), float(values.std()),
                          quantiles, tuple(edges.tolist()), tuple(counts.tolist()))
        )  # fmt: skip  # as the fields stand
    found = (
        Finding("constant", "info", "site is Oslo in all rows.", "It is left out.", "site"),
        Finding("clock-gap", "warning", "The clock jumps by 5 hours at 2026-02-01 04:00.", "Check whether rows were lost.", "at"),
        Finding("label-leak", "problem", "level gives the label away.", "Leave it out: --ignore level.", "level"),
    )
    clock = Clock("at", "2026-01-05T00:00:00Z", "2026-05-09T23:00:00Z", 3600.0, 18000.0) if of.with_role(Role.TIME) else None
    return Profile(
        name, len(of), tuple(columns), 3, len(of), clock, (("load", "power", 0.987), ("load", "pressure", -0.04)), found
    )


def reason(of: Table, seen: Table, i: int, shares: np.ndarray) -> Reason:
    names = ["load", "power", "pressure", "mode"]
    parts = []
    for k in np.argsort(-shares)[:3]:
        column, name = seen[names[k]], names[k]
        share = float(shares[k])
        if name == "mode":
            parts.append(Contribution(name, share, column.at(i), "run", ("run", "idle"), "value"))
            continue
        low, high = np.quantile(of[name].values, [0.05, 0.95])
        value = column.at(i)
        how = "combination" if low <= value <= high else "value"
        expected = 2.1 * seen["load"].at(i) if name == "power" else float(np.median(of[name].values))
        parts.append(Contribution(name, share, value, expected, (float(low), float(high)), how))
    first = parts[0]
    seen_as, expected_as = (v if isinstance(v, str) else round(v, 1) for v in (first.seen, first.expected))
    return Reason(int(seen.rows[i]), tuple(parts), f"{first.column} is {seen_as}, where {expected_as} was expected.")


def full(n: int = 3000, *, clock: bool = True, labels: bool = True, alerts: int = 12) -> Story:
    """A run with everything in it."""
    of = table(n, clock=clock)
    rows, rng = matrix(of), np.random.default_rng(0)
    detector = RunningMoments()
    state = detector.fit(rows, rng)
    null = Conformal().fit(detector.score(state, rows), rng)

    def score(given: Table) -> Scores:
        raw = detector.score(state, matrix(given))
        return Scores(raw, Conformal().p_values(null, raw))

    scores = score(of)
    at = np.argsort(-scores.raw, kind="stable")[:alerts]
    alarms = np.isin(np.arange(n), at)
    raised, parts = of.take(at), detector.attribute(state, rows.take(at))
    by_column = np.column_stack([parts[:, 0], parts[:, 1] + parts[:, 2], parts[:, 3], parts[:, 4]])
    shares = by_column / by_column.sum(axis=1, keepdims=True)
    kinds = of["kind"]
    truth = (kinds.values != kinds.categories.index("normal")).astype(np.int8)
    pick = np.sort(rng.permutation(n)[:2000])
    blind = evaluate_unlabelled(
        of.take(pick),
        score,
        float(scores.raw[at].min()) if alerts else None,
        detector,
        rows.take(pick),
        rng,
        others=[RunningMoments(half_life=200.0)],
    )
    times = None if not clock else of["at"].values
    return Story(
        name="machine.csv",
        goal=("Find what stands out; nothing is known to be clean.", "Raise the strongest 12 rows of the file."),
        rows=n,
        profile=profile(of),
        detector=detector,
        policy=Strongest(),
        alerts=Alerts(raised, scores.take(at)),
        reasons=[reason(of, raised, i, shares[i]) for i in range(len(at))],
        features=rows.features,
        calibrator=Conformal(),
        scores=scores.raw,
        sample=of.take(pick),
        timeline=None if times is None else Timeline.of("at", times, times[at]),
        projection=Projection.of(rows.take(pick), rows.take(at)),
        comparison=compare(
            [detector, RunningMoments(half_life=200.0), SubsequencePCA()],
            rows.take(pick),
            rng,
            chosen=detector,
            labels=truth[pick] if labels else None,
        ),
        evaluation=Evaluation(evaluate_labels(scores.raw, truth, alarms, kinds) if labels else None, blind),
        findings=(Finding("left-out", "info", "site was left out: it never changes.", "", "site"),),
        seed=7,
        versions={"standout": "0.1.0", "numpy": "2.3.1"},
        digest="3f9a" * 16,
        commands=(
            ("The same again:", "standout run machine.csv --label kind --seed 7"),
            ("New rows by the same model:", "standout score machine-run/model.standout new.csv"),
        ),
        overview=Overview(
            groups=(ReasonGroup("load above", tuple(int(r) for r in raised.rows[:3]), "load is above the usual 20 to 80 (130 to 190)."),),
            drivers=(Driver("load", 0.6, 3), Driver("mode", 0.4, 1)),
            dependences=(
                Dependence("load", (20.0, 50.0, 140.0), (1.0, 1.2, 9.0), (0.5, 0.6, 8.0), (1.5, 1.6, 9.5)),
                Dependence("mode", ("run", "idle"), (1.0, 2.0), (0.5, 1.5), (1.5, 2.5)),
            ),
            hits=(Hit("shifted values", 0.97, 0.5, 40), Hit("broken combinations", 0.3, 0.5, 40)),
            findings=(Finding("reasons-poor", "warning", "Reasons name 30% of the columns.", "Look at the whole row."),),
        ),
        seconds={"reading": 0.21, "profile": 0.4, "fitting": 0.9, "evaluation": 0.6},
    )  # fmt: skip  # one field a line


def bare() -> Story:
    """A run of which nothing came: no alerts, clock, labels, scores, comparison or evaluation."""
    story = full(300, clock=False, alerts=0)
    return Story("empty.csv", (), 300, Profile("empty.csv", 300, ()), story.detector, story.policy, story.alerts)


HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'; alert(1); //",
    "{{ 7 * 7 }}{% raw %}",
    "pay\u202egpj.exe",
    "</style></title><svg onload=alert(1)>",
    "x" * 10_000,
    "\x00\x07\ud800",
    "javascript:alert(1)",
)  # fmt: skip  # one attack a line


def hostile() -> Story:
    """Every name and every value that data can bring is an attack."""
    story, bad = full(600), HOSTILE
    old = [column.field for column in story.profile.columns[:8]]
    fields = tuple(replace(f, name=f"{f.name}{bad[i % len(bad)]}", why=bad[(i + 1) % len(bad)]) for i, f in enumerate(old))
    new = dict(zip((c.field.name for c in story.profile.columns), fields, strict=True))

    def column(of: Column) -> Column:
        return Column(of.kind, of.values, tuple(f"{c}{bad[i % len(bad)]}" for i, c in enumerate(of.categories)))

    def renamed(of: Table) -> Table:
        return Table(Schema(fields), tuple(column(c) for c in of.columns), of.rows)

    def told(i: int, of: Reason) -> Reason:
        parts = []
        for c in of.contributions:
            seen = bad[i % len(bad)] if isinstance(c.seen, str) else c.seen
            parts.append(replace(c, column=new[c.column].name, seen=seen, expected=bad[i % len(bad)], usual=bad))
        changes = Counterfactual(tuple(Change(p.column, p.seen, bad[i % len(bad)]) for p in parts), 1.0, 2.0)
        similar = tuple({p.column: bad[i % len(bad)] for p in parts} for _ in range(2))
        return Reason(of.row, tuple(parts), f"odd: {bad[i % len(bad)]}", similar=similar, counterfactual=changes)

    overview = Overview(
        groups=tuple(ReasonGroup(b, tuple(int(r) for r in story.alerts.table.rows[:2]), b) for b in bad),
        drivers=tuple(Driver(b, 0.1, 1) for b in bad),
        dependences=tuple(Dependence(b, bad, (1.0,) * len(bad), (0.5,) * len(bad), (2.0,) * len(bad)) for b in bad),
        hits=(Hit("shifted values", 0.97, 0.5, 40),),
        findings=tuple(Finding("x", "info", b, b, b) for b in bad),
    )

    profiles = tuple(
        replace(c, field=f, top=tuple((f"{t}{bad[i % len(bad)]}", n) for i, (t, n) in enumerate(c.top)))
        for c, f in zip(story.profile.columns, fields, strict=True)
    )
    finding = tuple(Finding("x", "info", b, b, b) for b in bad)
    assert story.sample is not None
    assert story.timeline is not None
    return replace(
        story,
        name=bad[0],
        goal=bad,
        profile=replace(story.profile, name=bad[1], columns=profiles, findings=finding, correlations=((bad[0], bad[4], 0.5),),
                        clock=replace(story.profile.clock, column=bad[0]) if story.profile.clock else None),
        alerts=Alerts(renamed(story.alerts.table), story.alerts.scores),
        reasons=[told(i, r) for i, r in enumerate(story.reasons)],
        features=tuple(Feature(f.name, new[f.column].name, bad[0]) for f in story.features),
        sample=renamed(story.sample),
        timeline=replace(story.timeline, column=bad[1]),
        findings=finding,
        overview=overview,
        versions={b: b for b in bad},
        commands=tuple((b, b) for b in bad),
    )  # fmt: skip  # one field a line
