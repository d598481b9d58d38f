"""Labels: the value that means normal, and what follows for each row."""

from __future__ import annotations

import numpy as np
import pytest

from standout.core.errors import LabelError, UnknownNameError
from standout.core.table import Column, Kind
from standout.data.labels import check_normal, find_normal, labels_of, value_counts


@pytest.mark.parametrize(
    ("counts", "normal"),
    [
        ({"neptune": 500, "normal": 400}, "normal"),
        ({"normal.": 1, "smurf.": 9}, "normal."),
        ({"BENIGN": 10, "DDoS": 90}, "BENIGN"),
        ({"0": 5, "1": 95}, "0"),
        ({"No_Failure": 5, "Heat": 1}, "No_Failure"),
        ({"false": 1, "true": 9}, "false"),
    ],
)
def test_a_value_that_says_normal_is_found_whatever_its_count(counts: dict[str, int], normal: str) -> None:
    assert find_normal(counts) == (normal, ())


def test_else_the_commonest_is_taken_and_told() -> None:
    normal, findings = find_normal({"a": 5, "b": 9})
    assert (normal, findings[0].code) == ("b", "normal-assumed")
    assert find_normal({"-1": 5, "1": 95})[0] == "1"


def test_a_label_without_values_is_refused() -> None:
    with pytest.raises(LabelError, match="no values"):
        find_normal({})
    with pytest.raises(LabelError, match="times"):
        value_counts(Column.absent(Kind.TIME, 2))


def test_rows_are_labelled_and_kinds_named() -> None:
    column = Column.coded(["normal", "scan", None, "flood", "scan"])
    labels, kinds = labels_of(column, "normal")
    assert labels.dtype == np.int8
    assert labels.tolist() == [0, 1, -1, 1, 1]
    assert kinds.texts() == [None, "scan", None, "flood", "scan"]
    assert value_counts(column) == {"normal": 1, "scan": 2, "flood": 1}


def test_a_batch_need_not_hold_the_normal_value() -> None:
    assert labels_of(Column.coded(["scan"]), "normal")[0].tolist() == [1]


@pytest.mark.parametrize("normal", ["0", "false", "No"])
def test_flags_are_labels(normal: str) -> None:
    column = Column(Kind.FLAG, np.array([0.0, 1.0, np.nan]))
    assert labels_of(column, normal)[0].tolist() == [0, 1, -1]
    assert value_counts(column) == {"0": 1, "1": 1}
    assert check_normal(value_counts(column), normal, Kind.FLAG) == "0"


def test_normal_may_be_the_flag_that_is_set() -> None:
    assert labels_of(Column(Kind.FLAG, np.array([0.0, 1.0])), "true")[0].tolist() == [1, 0]


def test_a_normal_value_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean normal"):
        check_normal({"normal": 2, "scan": 1}, "nromal", Kind.CATEGORY)
