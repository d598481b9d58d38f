"""Which detector a run takes when nobody names one, by facts that need no labels, and the sentence that says so."""

from __future__ import annotations

from standout.core.sequence import Rhythm

ROWS = {False: "cleaned", True: "ensemble"}
"""For rows judged one by one: in a file that may hold anomalies, and in one known to be clean; see decision 0002."""

FEW, MANY = "trailing-profile", "nearest-windows"
"""For rows that are a series of one or two columns, and of more; see decision 0013. Both are causal, so that the model can go live."""

FEW_IN_HINDSIGHT, MANY_IN_HINDSIGHT = "matrix-profile", "window-average"
"""The same where scores may look ahead: better in files, by what decision 0013 measured, and of no use live."""

FEW_COLUMNS = 2

PREPARED: dict[str, dict[str, float]] = {"rows": {}, "sequence": {"knee": 30.0}}
"""Settings of preparers for each kind of detector. Windows are compared in the units of the series, so that a record counts by its
height; only what lies 30 robust standard deviations out, a glitch, counts by its logarithm. See decision 0013.
"""


def default_for(rhythm: Rhythm, *, clean: bool, hindsight: bool = False) -> tuple[str, str]:
    """The name of the detector, and why it was taken; the sentence is empty where nothing speaks for another one.

    >>> default_for(Rhythm(1, 3, "there is one row every hour"), clean=False)[0]
    'nearest-windows'
    >>> default_for(Rhythm(1, 1, "there is one row every hour"), clean=False, hindsight=True)[0]
    'matrix-profile'
    >>> default_for(Rhythm(0, 3, "there is no clock", clock=False), clean=False)
    ('cleaned', '')
    """
    few = rhythm.columns <= FEW_COLUMNS
    if hindsight:
        series, compares = (FEW_IN_HINDSIGHT if few else MANY_IN_HINDSIGHT), "what lies around"
        further = "it looks ahead, as asked, and cannot go live"
    else:
        series, compares = (FEW if few else MANY), "what leads up to"
        further = "say --hindsight to look ahead as well, which finds more in a file but cannot go live"
    if rhythm.series:
        return series, (
            f"The rows are read as a series, since {rhythm.why}: {series} compares {compares} each row with what came at other "
            f"times; {further}. Say --detector {ROWS[clean]} to judge each row by itself."
        )
    if not rhythm.clock:
        return ROWS[clean], ""
    return ROWS[clean], (
        f"Each row is judged by itself, since {rhythm.why}. Say --detector {series} to read the rows as a series."
    )
