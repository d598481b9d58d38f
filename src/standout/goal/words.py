"""The goal said back in plain language: what was decided, and why."""

from __future__ import annotations

from standout.core.calibrator import Policy
from standout.core.table import Field, Role, Schema
from standout.goal.goal import Goal


def in_words(goal: Goal, schema: Schema, policy: Policy, why: str = "") -> tuple[str, ...]:
    """Sentences for the start of a run and the top of its report; `why` says why its detector was taken.

    >>> from standout.core.table import Kind
    >>> goal, schema = Goal(), Schema((Field("amount", Kind.NUMBER),))
    >>> in_words(goal, schema, goal.policy(clock=False))[0]
    'Looking for rows that stand out, by 1 column.'
    """
    sentences = [_what(goal, schema), _budget(goal, schema, policy), _fit(goal)]
    sentences += [_clock(schema), why, _label(schema), _left_out(schema)]
    if goal.direction != "both":
        sentences.append(f"Only unusually {goal.direction} numbers count, as asked.")
    return tuple(s for s in sentences if s)


def _what(goal: Goal, schema: Schema) -> str:
    n = len(schema.features)
    return f"Looking for {goal.find or 'rows that stand out'}, by {n} column{'s' if n != 1 else ''}."


def _budget(goal: Goal, schema: Schema, policy: Policy) -> str:
    if goal.cost_of_miss is not None and goal.budget is None:
        why = f"a miss costs {goal.cost_of_miss:g} and a false alarm {goal.cost_of_false_alarm:g}"
    elif goal.budget is not None:
        why = "as asked"
    elif schema.with_role(Role.TIME) is not None:
        why = "the default for data with a clock"
    else:
        why = "the default for a file without a clock"
    return f"Budget: {policy.in_words()} ({why})."


def _fit(goal: Goal) -> str:
    if goal.clean:
        return "The file is taken as clean, as said: every row in it counts as normal."
    return "The file may hold anomalies, so fitting sets the strangest rows aside first. Say --clean if it holds none."


def _clock(schema: Schema) -> str:
    field = schema.with_role(Role.TIME)
    entity = schema.with_role(Role.ENTITY)
    words = "" if field is None else f"Time is read from {field.name}{_why(field)}."
    return words if entity is None else f"{words} Each {entity.name} is followed by itself.".strip()


def _label(schema: Schema) -> str:
    field = schema.with_role(Role.LABEL)
    if field is None:
        return "There are no labels, so quality is judged by planted anomalies and stability."
    return f"{field.name} is the label{_why(field)}: it judges the result and never reaches a detector."


def _left_out(schema: Schema) -> str:
    out = [f for f in schema.fields if f.role in (Role.IGNORED, Role.ID)]
    if not out:
        return ""
    named = ", ".join(f"{f.name}{_why(f)}" for f in out[:6])
    return f"Left out: {named}{f' and {len(out) - 6} more' if len(out) > 6 else ''}."


def _why(field: Field) -> str:
    return f" ({field.why})" if field.why else ""
