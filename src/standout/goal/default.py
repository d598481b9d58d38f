"""Which detector a run takes when nobody names one, by facts that need no labels, and the sentence that says so."""

from __future__ import annotations

from standout.core.sequence import Rhythm

ROWS = {False: "cleaned", True: "ensemble"}
"""For rows judged one by one: in a file that may hold anomalies, and in one known to be clean; see decision 0002."""

FEW, MANY = "trailing-profile", "nearest-windows"
"""For rows that are a series of one or two columns, and of more; see decision 0013. Both are causal, so that the model can go live."""

FEW_COLUMNS = 2


def default_for(rhythm: Rhythm, *, clean: bool) -> tuple[str, str]:
    """The name of the detector, and why it was taken; the sentence is empty where nothing speaks for another one.

    >>> default_for(Rhythm(1, 3, "there is one row every hour"), clean=False)[0]
    'nearest-windows'
    >>> default_for(Rhythm(0, 3, "there is no clock", clock=False), clean=False)
    ('cleaned', '')
    """
    series = FEW if rhythm.columns <= FEW_COLUMNS else MANY
    if rhythm.series:
        return series, (
            f"The rows are read as a series, since {rhythm.why}: {series} compares what leads up to each row with what came at other "
            f"times. Say --detector {ROWS[clean]} to judge each row by itself."
        )
    if not rhythm.clock:
        return ROWS[clean], ""
    return ROWS[clean], (
        f"Each row is judged by itself, since {rhythm.why}. Say --detector {series} to read the rows as a series."
    )
