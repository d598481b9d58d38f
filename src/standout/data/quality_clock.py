"""Checks of the clock and of series along it: gaps, jumps back, doubled moments, and sensors that stand still."""

from __future__ import annotations

from standout.core.finding import Finding, FindingKind
from standout.core.table import Role
from standout.data.quality import Evidence, count_of, duration, moment, percent, say, told

GAPS = FindingKind(
    "clock-gaps",
    "warning",
    "The clock has {count}: the longest lasts {longest} after {after} (row {row}), where {usual}.",
    "Rows may be lost; what follows a gap is not the next moment of what went before.",
)
SKIPS = FindingKind(
    "clock-skips",
    "info",
    "The clock skips {missed} here and there, at most {most} at a time, where a step is {step}.",
    "Nothing to do where readings are dropped now and then; the rows around are read as neighbours.",
)
BACK = FindingKind(
    "clock-jumps-back",
    "warning",
    "The clock jumps back {times}, first at row {row}.",
    "Rows are put in order of time before they are read; check for a clock that was set or files that were joined.",
)
UNSORTED = FindingKind(
    "clock-unsorted",
    "info",
    "The rows do not stand in order of time: {share} lie before the row they follow.",
    "They are put in order of time before they are read; nothing to do.",
)
DOUBLED = FindingKind(
    "clock-doubled",
    "warning",
    "{count} the same moment as an earlier row{whose}, first row {row}.",
    "A series has one row a moment: look for a repeated export, or name the column that tells series apart with --entity.",
)
SEVERAL = FindingKind(
    "several-series",
    "warning",
    "Each moment stands in about {many} rows: this looks like several series in one file.",
    "Name the column that tells them apart with --entity.",
)
IRREGULAR = FindingKind(
    "clock-irregular",
    "info",
    "The clock ticks every {step} in only {share} of its steps.",
    "Windows of a sequence detector then cover unequal stretches of time.",
)
STUCK = FindingKind(
    "stuck-sensor",
    "warning",
    "A series that moves otherwise stands still: {listing}.",
    "Check whether the sensor, or the line from it, was dead.",
)

_ORDERED = 0.01
_SKIP = 5.5
_MOSTLY = 0.5


def clock(seen: Evidence) -> list[Finding]:
    """Everything about the clock itself."""
    facts = seen.clock
    if facts is None or facts.step == 0.0:
        return []
    found = []
    if facts.gaps and facts.regular and facts.gaps[0].steps < _SKIP:
        most = round(facts.gaps[0].steps - 1)
        found.append(SKIPS.found(missed=count_of(facts.missed, "moment"), most=most, step=duration(facts.step)))
    elif facts.gaps:
        first = facts.gaps[0]
        count = count_of(facts.gap_count, "gap")
        if facts.missed:
            count += f" ({count_of(facts.missed, 'moment')} missing)"
        usual = f"a step is {duration(facts.step)}" if facts.regular else f"half of the steps are below {duration(facts.step)}"
        gaps = [{"row": g.row, "after": moment(g.after), "seconds": g.seconds} for g in facts.gaps]
        found.append(
            GAPS.found(
                count=count,
                longest=duration(first.seconds),
                after=moment(first.after),
                row=f"{first.row:,}",
                usual=usual,
                gaps=gaps,
                missed=facts.missed,
            )
        )
    found += _order(seen)
    several = facts.a_moment >= 1.5 and seen.schema.with_role(Role.ENTITY) is None and facts.steady >= _MOSTLY
    if several and facts.doubled >= _MOSTLY * facts.rows * (1 - 1 / facts.a_moment):
        found.append(SEVERAL.found(many=f"{facts.a_moment:.2g}", rows_a_moment=facts.a_moment))
    elif facts.doubled and facts.regular:
        whose = " of the same entity" if seen.schema.with_role(Role.ENTITY) else ""
        found.append(
            DOUBLED.found(
                count=f"{count_of(facts.doubled, 'row')} {'has' if facts.doubled == 1 else 'have'}",
                whose=whose,
                row=f"{facts.first_doubled:,}",
                rows=facts.doubled,
            )
        )
    if facts.steady >= _MOSTLY and not facts.regular:
        found.append(IRREGULAR.found(step=duration(facts.step), share=percent(facts.steady), steady=facts.steady))
    return found


def _order(seen: Evidence) -> list[Finding]:
    facts = seen.clock
    if facts is None or not facts.back:
        return []
    share = facts.back / facts.rows
    if share > _ORDERED:
        return [UNSORTED.found(share=percent(share), rows=facts.back)]
    times = "once" if facts.back == 1 else f"{facts.back:,} times"
    return [BACK.found(times=times, row=f"{facts.first_back:,}", rows=facts.back)]


def stuck(seen: Evidence) -> list[Finding]:
    """Sensors that stand still for longer than chance explains."""
    if seen.clock is None or seen.clock.back:
        return []
    found = {}
    for field in seen.numbers:
        run = seen.runs.get(field.name)
        if run is None:
            continue
        found[field.name] = (
            f"{say(run.value)} in {run.length:,} rows from row {run.row:,}",
            {"row": run.row, "length": run.length, "value": run.value},
        )
    return told(STUCK, found)
