"""Which of several detectors to use, and why: by labels where they tell detectors apart, else by what is known without any.

Without labels nothing measured proves that a detector is right. So the default for the facts stays, unless it has a blind spot that
another does not: it misses planted anomalies that the other catches, as steadily.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from standout.core.errors import DataError
from standout.evaluate.results import Compared, Estimate
from standout.evaluate.unlabelled import CAUTIONS

BLIND = 0.15
"""A share of planted anomalies, among the strangest 1%, that another detector must catch beyond the default to take its place."""

LESS_STEADY = 0.1
"""How much less of its top rows may stay the same from one seed to another."""

LABELLED_CAUTIONS = (
    "The labels that chose the detector also measured it: expect a little less on new rows.",
    "Labels only know the anomalies that someone found; a detector that finds others looks worse than it is.",
)


TAUGHT_CAUTION = (
    "What learned from labels knows the kinds that were labelled, and has to be given labels again when the world changes."
)


@dataclass(frozen=True)
class Recommendation:
    """One of the compared, the sentences that say why, and what they do not prove."""

    compared: Compared
    reasons: tuple[str, ...]
    cautions: tuple[str, ...]


def recommend(rows: Sequence[Compared], default: str, why_default: str) -> Recommendation:
    """One of the detectors compared; DataError where every one of them refused the rows.

    default: the name of the detector for the facts. why_default: those facts, as a sentence.
    """
    usable = [r for r in rows if not r.failed]
    if not usable:
        reasons = "; ".join(f"{r.detector.name}: {r.failed}" for r in rows)
        raise DataError(f"No detector could be used on these rows. {reasons}", "Give it more rows, or other detectors.")
    ranked = [(r, r.average_precision) for r in usable if r.average_precision is not None]
    if ranked:
        return _by_labels(ranked)
    return _without_labels(usable, rows, default, why_default)


def _by_labels(ranked: list[tuple[Compared, Estimate]]) -> Recommendation:
    best, precision = max(ranked, key=lambda pair: pair[1].value)
    others = [(r, e) for r, e in ranked if r is not best]
    reasons = [
        f"{called(best)} puts the labelled anomalies first: average precision {precision.value:.2f} "
        f"(95%: {precision.low:.2f} to {precision.high:.2f})" + (f", AUROC {best.auroc.value:.2f}." if best.auroc else ".")
    ]
    near = [called(r) for r, e in others if e.high >= precision.value]
    if others:
        next_best, theirs = max(others, key=lambda pair: pair[1].value)
        if best.detector.learns_from == "unlabelled" or next_best.detector.learns_from != "unlabelled":
            reasons.append(f"Next comes {called(next_best)} with {theirs.value:.2f}.")
    if near:
        reasons.append(f"These labels are too few to tell it from {_listed(near)} for sure.")
    if best.detector.learns_from != "unlabelled":
        without = sorted((e.value, called(r)) for r, e in others if r.detector.learns_from == "unlabelled")
        if without:
            value, first = without[-1]
            reasons.append(f"It learns from the labels; the best that needs none is {first}, with {value:.2f}.")
        return Recommendation(best, tuple(reasons), (*LABELLED_CAUTIONS, TAUGHT_CAUTION))
    return Recommendation(best, tuple(reasons), LABELLED_CAUTIONS)


def _without_labels(usable: list[Compared], rows: Sequence[Compared], default: str, why_default: str) -> Recommendation:
    usual = next((r for r in usable if r.detector.name == default), None)
    sees = sorted((r for r in usable if r.strange is not None), key=lambda r: -(r.strange or 0.0))
    if usual is None:
        refused = next((r.failed for r in rows if r.detector.name == default), "")
        best = sees[0] if sees else usable[0]
        why = (
            f"The default, {default}, refused these rows: {refused}" if refused else f"The default, {default}, was not compared."
        )
        return Recommendation(best, (why, _seen(best)), CAUTIONS)
    for other in sees:
        gap = (other.strange or 0.0) - (usual.strange if usual.strange is not None else 1.0)
        steady = (other.stability or 0.0) >= (usual.stability or 0.0) - LESS_STEADY
        if gap >= BLIND and steady:
            switch = (
                f"The default, {default}, is blind to something: it puts {usual.strange:.0%} of planted anomalies among the "
                f"strangest 1%, {called(other)} {other.strange:.0%}, and is as steady.",
                f"Compare the alerts of both before you switch: standout run FILE --detector {called(other)}.",
            )
            return Recommendation(other, switch, CAUTIONS)
    reasons = (
        why_default,
        _seen(usual),
        "No other detector sees clearly more and is as steady: nothing here is a reason to leave it.",
    )
    return Recommendation(usual, reasons, CAUTIONS)


def _seen(row: Compared) -> str:
    if row.strange is None:
        return f"{called(row)} was not measured on planted anomalies."
    steady = f", and {row.stability:.0%} of its top rows stay the same with another seed" if row.stability is not None else ""
    return f"{called(row)} puts {row.strange:.0%} of planted anomalies among the strangest 1%{steady}."


def called(row: Compared) -> str:
    """What a person calls the detector: its name, or the path of the class that it wraps."""
    return str(getattr(row.detector, "estimator", row.detector.name))


def _listed(names: list[str]) -> str:
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} others"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
