"""Gates of a goal: what must hold for a run to leave with exit code 0."""

from __future__ import annotations

from standout.flow import Run

EXIT_CODE = 10


def failed(run: Run) -> list[str]:
    """A sentence for each gate that was not met; none is met by a figure that could not be measured."""
    goal, labelled, unlabelled = run.goal, run.evaluation.labelled, run.evaluation.unlabelled
    found = []
    alerts = int(run.alarms.sum())
    if goal.max_alerts is not None and alerts > goal.max_alerts:
        found.append(f"Gate max_alerts: {alerts} alerts, and {goal.max_alerts} are allowed.")
    if goal.min_auroc is not None:
        auroc = labelled.auroc.value if labelled and labelled.auroc else None
        if auroc is None or auroc < goal.min_auroc:
            seen = "could not be measured" if auroc is None else f"is {auroc:.3f}"
            found.append(f"Gate min_auroc: AUROC {seen}, and {goal.min_auroc:g} is asked for.")
    if goal.min_planted_recall is not None:
        planted = unlabelled.planted if unlabelled else ()
        rows = sum(p.rows for p in planted)
        recall = sum(p.caught for p in planted) / rows if rows else None
        if recall is None or recall < goal.min_planted_recall:
            seen = "could not be measured" if recall is None else f"is {recall:.3f}"
            found.append(f"Gate min_planted_recall: it {seen}, and {goal.min_planted_recall:g} is asked for.")
    return found
