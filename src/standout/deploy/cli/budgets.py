"""The flags that ask for another budget: one for each budget of a goal, its costs, or any policy by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from standout.core.calibrator import Policy
from standout.core.errors import ParameterError
from standout.core.registry import find, part_from_dict
from standout.deploy.cli.options import _flag, _parameter, _with_flags, settings
from standout.goal.goal import BUDGETS, Goal

COSTS = ("cost_of_miss", "cost_of_false_alarm")
ANOTHER = "standout threshold --help lists the budgets."


@dataclass(frozen=True)
class Asked:
    """What was asked for: keys of a goal, or a policy's name and settings; nothing at all keeps the model's own."""

    told: dict[str, Any]
    name: str | None
    pairs: list[str]

    def __bool__(self) -> bool:
        return bool(self.told or self.name or self.pairs)

    def policy(self, old: Policy, *, clock: bool) -> Policy:
        """The policy asked for. Costs alone keep what the old policy learned of labels; ParameterError where flags contradict."""
        if not self:
            return old
        if self.name is not None or self.pairs:
            if self.told:
                raise ParameterError(f"--{_dashed(next(iter(self.told)))} and --policy are two budgets.", "Keep one of them.")
            changed = settings(self.pairs)
            if self.name is None or self.name.replace("_", "-") == old.name:
                return cast("Policy", part_from_dict("policy", {**old.as_dict(), **changed}))
            return cast("Policy", find("policy", self.name).make(changed))
        goal = Goal.make(self.told)
        if goal.cost_of_miss is None or goal.cost_of_false_alarm is None:
            return goal.policy(clock=clock)
        if goal.budget is not None:
            raise ParameterError(f"--{_dashed(goal.budget)} and costs are two budgets.", "Keep one of them.")
        costs = {"miss": goal.cost_of_miss, "false_alarm": goal.cost_of_false_alarm}
        if old.name == "least-cost":
            return replace(old, **costs)
        return cast("Policy", part_from_dict("policy", {"part": "least-cost", **costs}))


def with_budget(command: Callable[..., Any]) -> Callable[..., Any]:
    """Replace a command's parameter `asked` by a flag for each budget, and ``--policy NAME --set NAME=VALUE``."""
    keys = (*BUDGETS, *COSTS)
    flags = [
        *(_flag(key) for key in keys),
        _parameter("policy", str, "--policy", "Any policy by its name: lord-plus-plus, per-rows.", panel="Goal"),
        _parameter("pairs", list[str], "--set", "A setting of the policy.", metavar="NAME=VALUE", panel="Goal"),
    ]

    def make(given: dict[str, Any]) -> Asked:
        told = {key: given.pop(key) for key in keys}
        return Asked({k: v for k, v in told.items() if v is not None}, given.pop("policy"), given.pop("pairs") or [])

    return _with_flags(command, "asked", flags, make)


def _dashed(key: str) -> str:
    return key.replace("_", "-")
