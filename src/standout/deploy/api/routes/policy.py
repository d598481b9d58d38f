"""The budget of a stream: what it is, another one, and what another one would have raised."""

from __future__ import annotations

from typing import Any, cast

from fastapi import APIRouter, Request
from pydantic import Field

from standout.core.calibrator import Policy
from standout.core.errors import ParameterError
from standout.core.registry import part_from_dict
from standout.deploy.api.context import of, who_of
from standout.deploy.api.roles import ACT, VIEW
from standout.deploy.api.shapes import Finding, Plain, Shape, Stream

router = APIRouter(prefix="/api/v1/streams/{stream}/policy", tags=["policy"])
PART = "The policy's name as `part`, and its parameters; see the reference of policies."


class Budget(Shape):
    """A policy, and what it promises."""

    policy: dict[str, Plain] = Field(description=PART, examples=[{"part": "per-day", "alerts": 5.0}])
    promise: str = Field(description="The same in words.", examples=["at most 5 alerts a day"])


class NewPolicy(Shape):
    """A policy that is asked for."""

    policy: dict[str, Any] = Field(description=PART, min_length=1, max_length=20, examples=[{"part": "per-day", "alerts": 5.0}])

    def part(self) -> Policy:
        """The policy; ParameterError, UnknownNameError or ParameterTypeError where it is none."""
        try:
            return cast("Policy", part_from_dict("policy", self.policy))
        except (OverflowError, RecursionError):
            raise ParameterError("A parameter of the policy is too large.", "See the reference of policies for ranges.") from None


class NewReplay(NewPolicy):
    """A policy, and over how many days to try it."""

    days: float = Field(30.0, gt=0, le=3_660, description="Over the last so many days.", examples=[30.0])


class Replay(Shape):
    """What a policy would have raised."""

    policy: dict[str, Plain] = Field(description=PART, examples=[{"part": "per-day", "alerts": 5.0}])
    promise: str = Field(description="The policy in words.", examples=["at most 5 alerts a day"])
    sentence: str = Field(
        description="What it would have raised, in words.", examples=["31 alerts over the 30 days of the history."]
    )
    alerts: int = Field(description="How many alerts.", examples=[31])
    days: float | None = Field(description="The days that the history covers; null without any.", examples=[30.0])
    a_day: float | None = Field(description="Alerts a day on average.", examples=[1.03])
    by_day: dict[str, int] = Field(description="Alerts on each day (UTC) that had any.", examples=[{"2026-03-01": 2}])
    precision: float | None = Field(description="Share of these that were judged true; null without verdicts.", examples=[None])
    recall: float | None = Field(
        description="Share of what was judged true that it raises; null without verdicts.", examples=[None]
    )
    findings: list[Finding] = Field(description="What is worth telling of it.")


@router.get("", operation_id="getPolicy", dependencies=VIEW, response_model=Budget)
def policy(request: Request, stream: Stream) -> Any:
    """The policy that decides now."""
    return _budget(of(request).stream(stream).policy)


@router.put("", operation_id="setPolicy", dependencies=ACT, response_model=Budget)
def change(request: Request, stream: Stream, asked: NewPolicy) -> Any:
    """Decide by another policy from the next row on; nothing is fitted again."""
    context, part = of(request), asked.part()
    context.stream(stream)
    context.service.set_policy(stream, part, who_of(request).name)
    return _budget(part)


@router.post("/replay", operation_id="replayPolicy", dependencies=VIEW, response_model=Replay)
async def replay(request: Request, stream: Stream, asked: NewReplay) -> Any:
    """What a policy would have raised over the last days, from the scores as they were given; changes nothing."""
    context, part = of(request), asked.part()
    context.stream(stream)
    done = await context.work(lambda: context.service.replay(stream, part, asked.days))
    return {**done.as_dict(), "sentence": done.in_words()}


def _budget(part: Policy) -> Budget:
    return Budget(policy=part.as_dict(), promise=part.in_words())
