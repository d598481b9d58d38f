"""Labels: which value means normal, and what follows for each row.

>>> find_normal({"neptune": 500, "normal": 400, "smurf": 100})
('normal', ())
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from standout.core.detector import Labels
from standout.core.errors import LabelError, UnknownNameError
from standout.core.finding import Finding, FindingKind
from standout.core.table import CODED, Column, Kind

NORMAL_ASSUMED = FindingKind(
    "normal-assumed", "warning", "No label value says that it means normal; the commonest one, {normal!r}, is taken for it.",
    "Say --normal if it is another.",
)  # fmt: skip
NORMAL_WORDS = ("normal", "benign", "ok", "okay", "good", "healthy", "legit", "legitimate", "genuine", "inlier", "clean",
                "regular", "none", "no", "negative", "no failure", "nofailure", "background",
                "pass", "false", "n", "f", "0")  # fmt: skip
"""Values that mean normal, the surest first."""


def find_normal(counts: Mapping[str, int]) -> tuple[str, tuple[Finding, ...]]:
    """The value that means normal among a label's values and their counts; told where it is only the commonest.

    Raises LabelError where there is no value at all.
    """
    if not counts:
        raise LabelError("The label column holds no values.", "Say another --label.")
    by_word = {_word(v): v for v in sorted(counts, reverse=True)}
    for word in NORMAL_WORDS:
        if word in by_word:
            return by_word[word], ()
    commonest = max(sorted(counts), key=lambda v: counts[v])
    return commonest, (NORMAL_ASSUMED.found(normal=commonest),)


def says_normal(value: str) -> bool:
    """Whether a label value by itself means normal."""
    return _word(value) in NORMAL_WORDS


def value_counts(column: Column) -> dict[str, int]:
    """How often each value of a label occurs, as text; flags and whole numbers as "0" and "1"."""
    coded = _as_coded(column)
    counts = np.bincount(coded.values[coded.values >= 0], minlength=len(coded.categories))
    return {name: int(count) for name, count in zip(coded.categories, counts, strict=True) if count}


def labels_of(column: Column, normal: str) -> tuple[Labels, Column]:
    """Each row's label (1 anomaly, 0 normal, -1 unknown) and the kind of anomaly that it names, missing for the others.

    normal: the value that means normal; for flags also true/false and yes/no. A batch need not hold it. Shapes (n,).

    >>> labels, kinds = labels_of(Column.coded(["ok", "worn", None]), "ok")
    >>> labels.tolist(), kinds.texts()
    ([0, 1, -1], [None, 'worn', None])
    """
    coded = _as_coded(column)
    wanted = _flag_name(normal) if column.kind is Kind.FLAG else normal
    is_normal = np.array([*(name == wanted for name in coded.categories), False], dtype=bool)
    labels = np.where(coded.values < 0, -1, np.where(is_normal[coded.values], 0, 1)).astype(np.int8)
    kinds = np.where(labels == 1, coded.values, -1).astype(np.int32)
    return labels, Column(Kind.CATEGORY, kinds, coded.categories)


def check_normal(counts: Mapping[str, int], normal: str, kind: Kind) -> str:
    """The value meant by a hint; UnknownNameError where the label does not hold it."""
    wanted = _flag_name(normal) if kind is Kind.FLAG else normal
    if wanted not in counts:
        raise UnknownNameError.among("value of the label", normal, counts)
    return wanted


def _as_coded(column: Column) -> Column:
    if column.kind in CODED:
        return column
    if column.kind is Kind.TIME:
        raise LabelError("The label column holds times.", "Say another --label.")
    known = np.unique(column.values[~column.missing])
    codes = np.searchsorted(known, column.values).astype(np.int32)
    codes[column.missing] = -1
    return Column(
        Kind.CATEGORY, codes, tuple(f"{v:.0f}" if v == np.rint(v) and abs(v) < 2**53 else repr(float(v)) for v in known)
    )


def _flag_name(normal: str) -> str:
    word = normal.strip().lower()
    return (
        "1" if word in ("1", "1.0", "true", "yes", "y", "t") else "0" if word in ("0", "0.0", "false", "no", "n", "f") else word
    )


def _word(value: str) -> str:
    return re.sub(r"[\s_.-]+", " ", value.strip().lower()).strip(" .")
