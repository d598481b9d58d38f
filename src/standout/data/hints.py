"""What a person says about the columns, instead of leaving it to be inferred."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from standout.core.errors import ParameterError, UnknownNameError
from standout.core.table import Kind


@dataclass(frozen=True)
class Hints:
    """Names of columns with a role, kinds by name, and the label's value that means normal; all optional.

    day_first: whether 3/4 is in April; found on the file where it can be, unless given.

    >>> Hints(label="fraud").check(["amount", "frad"])
    Traceback (most recent call last):
        ...
    standout.core.errors.UnknownNameError: There is no column named 'fraud'. Did you mean frad?
    """

    label: str | None = None
    normal: str | None = None
    time: str | None = None
    entity: str | None = None
    id: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    day_first: bool | None = None

    def __post_init__(self) -> None:
        try:
            kinds = {name: Kind(kind) for name, kind in self.kinds.items()}
        except ValueError as error:
            wrong = next(k for k in self.kinds.values() if k not in set(Kind))
            raise UnknownNameError.among("kind of column", str(wrong), [k.value for k in Kind]) from error
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "ignore", tuple(self.ignore))
        object.__setattr__(self, "id", (self.id,) if isinstance(self.id, str) else tuple(self.id))

    def check(self, names: Iterable[str]) -> None:
        """UnknownNameError where a hint names a column that is not there, ParameterError where one column is given two roles."""
        known = list(names)
        roles = [n for n in (self.label, self.time, self.entity, *self.id) if n is not None]
        for name in (*roles, *self.ignore, *self.kinds):
            if name not in known:
                raise UnknownNameError.among("column", name, known)
        given = [*roles, *self.ignore]
        doubled = next((n for n in given if given.count(n) > 1), None)
        if doubled is not None:
            raise ParameterError(f"The column {doubled!r} is given two roles.", "Give it one.")

    @property
    def named(self) -> frozenset[str]:
        """All columns that a hint names."""
        roles = (n for n in (self.label, self.time, self.entity) if n is not None)
        return frozenset([*roles, *self.id, *self.ignore, *self.kinds])
