"""The labels of one stream as they stand: read from the store when they change, asked by the last stages of every alert."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from standout.core.model import Model
from standout.core.table import Table
from standout.deploy.live.labels.likeness import Likeness
from standout.deploy.live.labels.points import points_of
from standout.deploy.store.records import Alert, Kind, Label, Verdict
from standout.deploy.store.store import Unit

MOST = 2_000
"""Labels of one stream that hide at most, the newest; every confirmed alert counts, however many there are."""
HIDING = frozenset({Verdict.FALSE, Verdict.EXPECTED})


class Suppression:
    """Hides alerts of one stream that are like labelled ones. model: asked anew at each load, since a promoted one may replace it."""

    def __init__(self, stream: str, model: Callable[[], Model]) -> None:
        self._stream, self._model = stream, model
        self._read: tuple[tuple[int, int], Model] | None = None
        self._likeness: Likeness | None = None

    def load(self, unit: Unit) -> None:
        """Read the labels that stand."""
        model = self._model()
        self._read = unit.labels.mark(self._stream), model
        self._likeness = likeness(unit, self._stream, model)

    def look(self, unit: Unit) -> None:
        """As `load`, where a label came or went since, or the model is another: the command line and other servers give labels, too."""
        same = self._read is not None and self._read[0] == unit.labels.mark(self._stream)
        if not same or (self._read is not None and self._read[1].preparers is not self._model().preparers):
            self.load(unit)

    def hides(self, alerts: Sequence[Alert], rows: Table) -> list[int | None]:
        """For each alert of a row the label that hides it, or None. It goes by the values that alerts keep, as a preview does."""
        if self._likeness is None or not self._likeness.hiding:
            return [None] * len(alerts)
        return self._likeness.hides(points_of(self._model(), alerts))


def likeness(unit: Unit, stream: str, model: Model, also: Label | None = None) -> Likeness:
    """What the labels of a stream hide. also: one more, as if it were given."""
    standing = [*unit.labels.standing(stream), *([] if also is None else [also])]
    hiding = [label for label in standing if label.acts and label.verdict in HIDING][-MOST:]
    labels = [label for label in standing if label.verdict is Verdict.TRUE] + hiding
    known = {a.id: a for a in unit.alerts.among({label.alert for label in labels})}
    # alerts about the stream itself have no values: nothing of a row can be like them
    labels = [label for label in labels if label.alert in known and has_values(known[label.alert])]
    return Likeness(model, labels, points_of(model, [known[label.alert] for label in labels]))


def has_values(alert: Alert) -> bool:
    """Whether other alerts can be like this one: it is of a row, and keeps its values."""
    return alert.kind is Kind.ROW and bool(alert.values)
