"""A nightly job: score the day's file with a saved model, write what stands out, and say by the exit code whether somebody is needed.

    python nightly_scoring.py MODEL DAY_FILE OUT_FOLDER

Leaves with 0 where nothing stands out, 20 where there are alerts, 21 where the model no longer fits the rows (then alerts mean less),
and with Standout's own code where the file or model cannot be used. For cron:

    0 2 * * *  python nightly_scoring.py fraud.standout /data/today.csv /data/alerts || mail -s "look at /data/alerts" team
"""

from __future__ import annotations

import sys
from pathlib import Path

import standout
from standout.core.errors import StandoutError
from standout.deploy.drifting import drift_source
from standout.deploy.results import write_table

ALERTS, DRIFTED = 20, 21


def night(model_file: Path, day: Path, out: Path) -> int:
    model = standout.load(model_file)
    done = standout.score(model, day)
    out.mkdir(parents=True, exist_ok=True)
    write_table(standout.alerts(done), out / f"{day.stem}-alerts.csv")
    print(f"{done.raised.in_words()}.")
    drift = drift_source(model, day)
    for finding in drift.findings:
        if finding.level != "info":
            print(f"{finding.message} {finding.hint}")
    if any(notice.finding.level != "info" for notice in drift.notices):
        return DRIFTED
    return ALERTS if done.alarms.any() else 0


if __name__ == "__main__":
    try:
        sys.exit(night(*map(Path, sys.argv[1:4])))
    except StandoutError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        sys.exit(error.exit_code)
