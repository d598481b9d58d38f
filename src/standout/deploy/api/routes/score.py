"""Score rows with the model of a stream, or say why they score so; nothing of them is kept."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from standout.deploy.api.formats import read_table
from standout.deploy.api.formats.described import ROWS_BODY, arrow_or
from standout.deploy.api.formats.writing import plain_json, scores_arrow, scores_json, wants_arrow
from standout.deploy.api.problems import TooLarge
from standout.deploy.api.quick import Call, Quick
from standout.deploy.api.roles import INGEST, VIEW
from standout.deploy.api.shapes import Finding, Stream, finite
from standout.deploy.store.records import Role

router = APIRouter(prefix="/api/v1/streams/{stream}", tags=["scores"])
Layout = Literal["rows", "columns"]
LAYOUTS = get_args(Layout)
EXPLAINED = 1_000
"""Rows that are explained in one request."""


class Score(BaseModel):
    """What the model says of one row."""

    score: float = Field(description="The detector's own score; higher is stranger.", examples=[0.71])
    p_value: float = Field(description="The share of normal rows that would score as high, in (0, 1].", examples=[0.0021])
    severity: float = Field(description="The percentile among normal rows, 0 to 100.", examples=[99.79])


class ScoreColumns(BaseModel):
    """What the model says of rows, an array for each number."""

    score: list[float] = Field(description="The detector's own scores; higher is stranger.", examples=[[0.71]])
    p_value: list[float] = Field(description="The shares of normal rows that would score as high.", examples=[[0.0021]])
    severity: list[float] = Field(description="The percentiles among normal rows, 0 to 100.", examples=[[99.79]])


class Scores(BaseModel):
    """Scores of rows, in their order."""

    stream: str = Field(description="The stream whose model was asked.", examples=["payments"])
    model: str = Field(description="The model's digest.", examples=["9f2b…"])
    count: int = Field(description="How many rows were scored.", examples=[1])
    scores: list[Score] | ScoreColumns = Field(description="One for each row, in their order; arrays with layout=columns.")
    findings: list[Finding] = Field(description="What had to be done to the rows before they could be scored.")


class Because(BaseModel):
    """One column's part in a row's strangeness."""

    column: str = Field(description="The column.", examples=["amount"])
    share: float = Field(description="Of the score's excess, 0 to 1.", examples=[0.8])
    seen: Any = Field(description="The value as read, null where missing.", examples=[1040])
    expected: Any = Field(description="What the rest of the row makes likely.", examples=[42])
    usual: list[Any] = Field(description="The usual range of a number, or the commonest categories.", examples=[[9.5, 260]])
    back: Any = Field(None, description="In a series: how many rows before this one it was.")
    how: Literal["value", "combination", "missing", "course"] = Field(
        description="What is unusual: the value, how it goes with others, that it is missing, or how a series got there."
    )


class Change(BaseModel):
    """One column of a counterfactual."""

    column: str = Field(description="The column.", examples=["amount"])
    seen: Any = Field(description="The value as read.", examples=[1040])
    to: Any = Field(description="A value within what was seen in training.", examples=[42])


class Counterfactual(BaseModel):
    """The fewest columns found that bring a row under the limit when they change."""

    found: bool = Field(description="Whether there is such a change.", examples=[True])
    changes: list[Change] = Field(description="The columns that change.")
    score: Any = Field(description="What the row would then score.", examples=[0.48])
    limit: Any = Field(description="The score that was given as limit.", examples=[0.6])
    rows: int = Field(
        description="In how many rows, up to this one, the change is held: more than one in a series.", examples=[1]
    )


class Why(BaseModel):
    """Why one row scores as it does."""

    row: int = Field(description="The row's number in the body, the first being 0.", examples=[0])
    sentence: str = Field(
        description="The reason in one sentence.", examples=["amount is 1,040, far above the usual 9.5 to 260."]
    )
    key: str = Field(description="Equal for rows that stand out for the same reason.", examples=["amount above"])
    excess: Any = Field(description="Of the score over a typical training row's.", examples=[0.31])
    columns: list[Because] = Field(description="The columns behind it, the strongest first.")
    rest: float = Field(description="The share of the columns that are not listed.", examples=[0.05])
    similar: list[dict[str, Any]] = Field(description="Usual training rows nearest to this one in the columns that are not told.")
    counterfactual: Counterfactual | None = Field(
        None, description="What would bring the row under the limit, where one was given."
    )


class Whys(BaseModel):
    """Reasons of rows, in their order."""

    stream: str = Field(description="The stream whose model was asked.", examples=["payments"])
    reasons: list[Why] = Field(description="One for each row, in their order.")


@router.post("/score", operation_id="scoreRows", dependencies=INGEST, response_model=Scores, openapi_extra=ROWS_BODY,
             responses=arrow_or("Columns score, p_value and severity."))  # fmt: skip
async def score(
    request: Request,
    stream: Stream,
    layout: Annotated[Layout, Query(description="An object for each row, or an array for each column.")] = "rows",
) -> Response:
    """Score one row or many, by the stream's model as it stands now. Nothing is stored, and no alert is raised.

    A row scores the same alone as among a million, to the last bit, and as it does in a watched stream or on the command line.
    """
    return await _score(Call.of(request, stream, layout=layout))


async def _score(call: Call) -> Response:
    columns = call.layout(LAYOUTS) == "columns"
    return await call.context.work(lambda: _scored(call, columns=columns))


quick = (Quick(f"{router.prefix}/score", _score, Role.INGEST),)
"""Answers in place of the route above, which describes it."""


def _scored(call: Call, *, columns: bool) -> Response:
    model = call.context.stream(call.stream).model
    scores = call.context.service.score(call.stream, _rows(call))
    call.context.metrics.rows("score", len(scores))
    more = {"stream": call.stream, "model": model.digest}
    if wants_arrow(call.accept):
        return scores_arrow(scores, more=more)
    return scores_json(scores, columns=columns, more=more)


@router.post("/explain", operation_id="explainRows", dependencies=VIEW, response_model=Whys, openapi_extra=ROWS_BODY)
async def explain(
    request: Request,
    stream: Stream,
    limit: Annotated[
        float | None, Query(allow_inf_nan=False, description="A score; each reason then says what would bring its row under it.")
    ] = None,
) -> Response:
    """Say why rows score as they do: which columns, what was seen and what was expected. At most 1,000 rows at once."""
    call = Call.of(request, stream)
    return await call.context.work(lambda: _explained(call, limit))


def _explained(call: Call, limit: float | None) -> Response:
    rows = _rows(call)
    if len(rows) > EXPLAINED:
        raise TooLarge(f"The body has {len(rows):,} rows, and {EXPLAINED:,} are explained at once.", "Send the strangest.")
    reasons = call.context.service.explain(call.stream, rows, limit=limit)
    return plain_json(finite({"stream": call.stream, "reasons": [r.as_dict() for r in reasons]}))


def _rows(call: Call) -> Any:
    return read_table(call.body, call.kind, call.context.expected(call.stream))
