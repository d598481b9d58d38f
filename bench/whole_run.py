"""`standout run` against the script a user would write, on one table, in one run: time and memory of whole processes.

    python bench/whole_run.py [--rows 1000000] [--repeats 3] [--alone]

Prints a Markdown table: median seconds by the clock and of the processors, peak memory, and the ratios pair by pair. Where other
programs run beside, the processors' seconds are what to compare. --alone leaves the notebook out. Python may keep compiled modules,
as for an installed package, whatever PYTHONDONTWRITEBYTECODE says.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def measured(command: list[str]) -> tuple[float, float, float]:
    """Seconds by the clock, peak resident MiB, and seconds of the processors of one process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise SystemExit((process.stderr.read() if process.stderr else b"").decode())
    return seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--alone", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.csv"
        subprocess.run([sys.executable, str(HERE / "make_table.py"), str(table), str(asked.rows)], check=True)
        ours = [sys.executable, "-m", "standout", "run", str(table), "--out", f"{folder}/ours", "--quiet"]
        theirs = [sys.executable, str(HERE / "notebook.py"), str(table), f"{folder}/theirs"]
        small = Path(folder) / "small.csv"
        subprocess.run([sys.executable, str(HERE / "make_table.py"), str(small), "10000"], check=True)
        measured(
            [*ours[:4], str(small), "--out", f"{folder}/warm", "--quiet"]
        )  # compiles the kernels once, as the first run ever does
        pairs = [(measured(ours), (0.0, 0.0, 0.0) if asked.alone else measured(theirs)) for _ in range(asked.repeats)]
        size = table.stat().st_size / 1e6
    print(f"\n{asked.rows:,} rows x 20 columns, CSV of {size:,.0f} MB, {os.cpu_count()} processors, median of {asked.repeats}\n")
    print("| whole process | seconds | processor seconds | peak MiB |\n|---|---|---|---|")
    for at, name in enumerate(("standout run",) if asked.alone else ("standout run", "the notebook")):
        seconds, memory, used = (statistics.median(pair[at][i] for pair in pairs) for i in range(3))
        print(f"| {name} | {seconds:.1f} | {used:.1f} | {memory:,.0f} |")
    if not asked.alone:
        faster, lighter, cheaper = (statistics.median(pair[1][i] / pair[0][i] for pair in pairs) for i in range(3))
        print(
            f"\nPair by pair: {faster:.1f} times faster, {cheaper:.1f} times less of the processors, {lighter:.1f} times lighter."
        )


if __name__ == "__main__":
    main()
