"""Embed a model in a program of your own: read JSON lines, print each alert with its reason, and go on learning what is usual.

    tail -F payments.log | python watch_a_log.py MODEL

A line that cannot be read is told on standard error and passed over. What the model has learned by the end is saved beside it, so that the
next start goes on from there. For several writers, restarts to the last bit, silences and messages, use `standout serve` instead.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import standout
from standout.core.errors import DataError


def watch(live: standout.Live, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines):
        try:
            row = json.loads(line)
            table = standout.read(row, live.model)
        except (json.JSONDecodeError, DataError) as error:
            print(f"line {number}: {error}", file=sys.stderr)
            continue
        scores = live.step(table)
        # ask why before the next step, and decide once for each
        if live.alarms(table, scores)[0]:
            yield {"line": number, "severity": round(float(scores.severity[0]), 2), "why": live.reasons()[0].sentence, "row": row}


if __name__ == "__main__":
    path = Path(sys.argv[1])
    live = standout.Live(standout.load(path))
    for alert in watch(live, sys.stdin):
        print(json.dumps(alert), flush=True)
    live.freeze().save(path.with_suffix(".learned.standout"))
