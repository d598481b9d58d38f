"""What the page says of scores, time, space and evaluation: a sentence for each picture, and the pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from standout.evaluate.report.pictures import bent, curve, in_two_dimensions, over_time, score_histogram
from standout.evaluate.report.story import Story
from standout.evaluate.report.words import count, duration, many, moment, number, percent, text
from standout.evaluate.results import Kept, Labelled, Stability, Unlabelled


def pictures(story: Story) -> dict[str, Any]:
    """The large pictures with their sentences, None where there is nothing to draw."""
    found: dict[str, Any] = dict.fromkeys(("scores", "time", "space", "pr", "roc"))
    scores = story.scores[np.isfinite(story.scores)]
    raised = story.alerts.scores.raw
    weakest = float(raised.min()) if story.weakest is None and len(raised) else story.weakest
    if len(scores):
        found["scores"] = score_histogram(scores, weakest)
        found["scores_lead"] = _scores(scores, raised)
        found["scores_caption"] = (
            "Every row by its score. Left of the line no row raised an alert; where a budget is counted by the day, rows to its "
            "right may have been left out too. A gap before the line is a clear case; a smooth slope means that the line could "
            "lie elsewhere."
        )
    if story.timeline is not None:
        found["time"], found["time_lead"] = over_time(story.timeline), _time(story)
    if story.projection is not None and len(story.projection.points):
        found["space"] = in_two_dimensions(story.projection)
        shares = story.projection.explained
        found["space_lead"] = (
            f"The two directions in which rows differ most show {percent(min(1.0, sum(shares)))} of all variation."
        )
        pressed = " Both axes press far points together." if bent(story.projection) else ""
        found["space_caption"] = (
            f"Grey: rows, or a sample. Coloured: alerts; press one to see it in the table.{pressed} An alert inside the cloud "
            "is not a mistake: what makes it strange lies in directions that this picture leaves out."
        )
    labelled = story.evaluation.labelled
    return found if labelled is None else found | curves(labelled)


def _scores(scores: Any, raised: Any) -> str:
    median, high = (float(q) for q in np.quantile(scores, [0.5, 0.99]))
    lead = f"Half of the rows score below {number(median)}, 99 in 100 below {number(high)}."
    if len(raised):
        lead += f" The alerts score from {number(float(raised.min()))} to {number(float(raised.max()))}."
    return lead


def _time(story: Story) -> str:
    line = story.timeline
    assert line is not None  # the caller asked
    total = int(line.alerts.sum())
    if not total:
        return f"No alert falls between {moment(line.edges[0])} and {moment(line.edges[-1])}."
    at = int(line.alerts.argmax())
    width = duration(float(line.edges[1].astype(np.int64) - line.edges[0].astype(np.int64)) / 1e6)
    busiest = int(line.alerts[at])
    if busiest == 1:
        return f"{many(total, 'alert')}, never two within {width}: they come one by one."
    return f"{many(total, 'alert')}; the most in one piece of {width} are {count(busiest)}, from {moment(line.edges[at])}."


def curves(labelled: Labelled) -> dict[str, Any]:
    """The curves of precision against recall and of recall against false alarms, None where labels do not allow for them."""
    if labelled.pr is None or labelled.roc is None:
        return {"pr": None, "roc": None}
    counts = labelled.confusion
    recall, precision = labelled.recall, labelled.precision
    at = (recall.value, precision.value) if recall and precision else None
    normal = counts.false_alarms + counts.left_alone
    rate = (counts.false_alarms / normal, recall.value) if recall and normal else None
    area = "" if labelled.average_precision is None else f", average precision {labelled.average_precision.value:.3f}"
    name, chance = f"Precision against recall{area}.", counts.anomalies / counts.rows
    pr = curve(labelled.pr, name, "anomalies caught (recall)", "alerts that are right (precision)", at, chance)
    area = "" if labelled.auroc is None else f", area {labelled.auroc.value:.3f}"
    name = f"ROC curve{area}."
    roc = curve(labelled.roc, name, "normal rows that raise an alert", "anomalies caught (recall)", rate, None)
    return {"pr": pr, "roc": roc}


def evaluated(story: Story) -> dict[str, Any]:
    """The section on evaluation: its sentences and findings."""
    labelled, blind = story.evaluation.labelled, story.evaluation.unlabelled
    findings = story.evaluation.findings
    findings += () if labelled is None else labelled.findings
    findings += () if blind is None else blind.findings
    return {
        "lead": lead(labelled, blind),
        "findings": findings,
        "planted_caption": _planted(blind),
        "kept_caption": _kept(story.evaluation.kept),
        "stability": "" if blind is None or blind.stability is None else _stability(blind.stability),
    }


def lead(labelled: Labelled | None, blind: Unlabelled | None) -> str:
    """How many alerts are right, or how many planted anomalies are found, in a sentence or two."""
    if labelled is not None and labelled.recall is not None:
        counts = labelled.confusion
        right = f"Of {many(counts.alerts, 'alert')}, {count(counts.caught)} " + ("is" if counts.caught == 1 else "are") + " right"
        share = "" if labelled.precision is None else f" ({percent(labelled.precision.value)})"
        caught = f"{count(counts.caught)} of {many(counts.anomalies, 'labelled anomaly', 'labelled anomalies')} were caught"
        return f"{right}{share}; {caught} ({percent(labelled.recall.value)})."
    if blind is None:
        return "This run was not evaluated."
    told = "There are no labels, so nobody knows how many alerts are right."
    if blind.planted:
        worst = min(blind.planted, key=lambda c: c.strange.value if c.strange else c.share.value)
        found = sum(c.strange.value * c.rows for c in blind.planted if c.strange) / sum(c.rows for c in blind.planted)
        told += (
            f" Of anomalies planted for a test, {percent(found)} land among the strangest 1% of rows; "
            f"the blindest spot is “{worst.kind}”."
        )
    return told


def _planted(blind: Unlabelled | None) -> str:
    rows = 0 if blind is None else blind.rows
    return (
        f"Anomalies planted for a test: ordinary rows of a sample of {count(rows)} with one thing wrong, scored by the finished "
        "model. Alert means under your budget; a small budget raises few of anything."
    )


def _kept(kept: tuple[Kept, ...]) -> str:
    if not kept:
        return ""
    over = [k for k in kept if k.promised and k.too_many]
    under = [k for k in kept if k.promised and not k.holds and not k.too_many]
    lead = f"One half of a sample was learned from, {count(kept[0].rows)} rows of the other half were judged: "
    if over:
        most = max(over, key=lambda k: k.realised.value / k.level)
        return (
            lead
            + f"more were raised than promised at {percent(most.level)}. Do the halves differ? standout drift compares files."
        )
    return lead + (
        "no more were raised than promised, and fewer where the rows learned from hold anomalies."
        if under
        else "the promise was kept."
    )


def _stability(found: Stability) -> str:
    sure = "little" if found.overlap >= 0.8 else "some" if found.overlap >= 0.5 else "much"
    return (
        f"{sure.capitalize()} of the ranking is chance: learned {found.seeds} times with other seeds and other rows, the "
        f"{found.top} strangest of {count(found.rows)} rows agree by {percent(found.overlap)} on average, and all ranks with a "
        f"correlation of {number(found.correlation, 2)}."
    )


def repeat(story: Story) -> list[tuple[str, str]]:
    """What is needed to make the same again."""
    pairs = [("Seed", "not recorded" if story.seed is None else str(story.seed))]
    pairs += [("Model digest", story.digest)] if story.digest else []
    pairs += (
        [("Versions", ", ".join(f"{text(k, 40)} {text(v, 40)}" for k, v in story.versions.items()))] if story.versions else []
    )
    pairs += (
        [("Time taken", ", ".join(f"{text(k, 40)} {duration(v)}" for k, v in story.seconds.items()))] if story.seconds else []
    )
    return pairs
