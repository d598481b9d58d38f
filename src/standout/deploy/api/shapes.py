"""What several nouns share in the description of the API: texts, times, numbers, pages and findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints

from standout.deploy.api.problems import NotFound
from standout.deploy.live.answers import word
from standout.deploy.store.records import Outcome

T = TypeVar("T")
LARGEST = 2**63 - 1


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("a text holds no NUL")
    return text


def _utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time of the years 1 to 9999 in UTC") from None


Short = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_plain)]
"""A name or an id."""
Long = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_plain)]
"""What a person writes."""
Moment = Annotated[datetime, AfterValidator(_utc)]
"""A time; UTC where it says no zone."""
Word = Annotated[str, BeforeValidator(lambda v: word(v) if isinstance(v, Outcome) else v)]
"""An outcome, as it is written everywhere."""
Plain = Annotated[Any, PlainSerializer(lambda v: finite(v))]
"""Any value of a row; numbers that JSON does not have are null."""
Number = Annotated[int, Path(ge=1, le=LARGEST, description="Its number.", examples=[17])]
Stream = Annotated[str, Path(description="The stream's name.", examples=["payments"], max_length=64)]
BEFORE: Any = Field(None, ge=1, le=LARGEST, description="The `next` of the page before; without it, the newest come.")
LIMIT: Any = Field(50, ge=1, le=500, description="At most so many.")


def finite(value: Any) -> Any:
    """Plain values with null in place of numbers that JSON does not have.

    >>> finite({"a": [1.5, float("nan")]})
    {'a': [1.5, None]}
    """
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {k: finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [finite(v) for v in value]
    return value


class Shape(BaseModel):
    """A noun as the API shows it, made from the store's record."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")


class Finding(Shape):
    """One thing noticed."""

    code: str = Field(description="The kind of finding.", examples=["column-absent"])
    level: str = Field(description="info, warning or problem.", examples=["warning"])
    column: str | None = Field(description="The column it is about, if one.", examples=["amount"])
    message: str = Field(
        description="What was noticed.", examples=["amount was there when the model was fitted and is missing now."]
    )
    hint: str = Field(description="One thing to try.", examples=["Add the column amount, or fit again without it."])
    numbers: dict[str, Plain] = Field(description="The numbers of the message.", examples=[{"count": 3}])


class Page(Shape, Generic[T]):
    """Some of a list, newest first."""

    items: Sequence[T] = Field(description="Newest first.")
    next: int | None = Field(
        description="Give it as `before` for the following page; null where this is the last.", examples=[17]
    )


class Paging(Shape):
    """Which page of a list."""

    before: int | None = BEFORE
    limit: int = LIMIT


class Done(Shape):
    """An act that was done."""

    done: bool = Field(True, description="Whether it is done.", examples=[True])


DONE = Done(done=True)


def found(record: T | None, noun: str, number: int) -> T:
    """The record; NotFound where there is none."""
    if record is None:
        raise NotFound(f"There is no {noun} {number}.", "It may have been removed by retention.")
    return record
