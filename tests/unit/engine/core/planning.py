"""A planner's surroundings as data: the view is a dataclass, the provider a few closures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from engine.model.state import Goal, ResourceState
from engine.model.values import Properties
from engine.plan.diffing import same_value
from engine.plan.graph import Dependents
from engine.plan.questions import Answer, Check, Checked, Diff, Diffed, Question, Read, WasRead
from engine.plan.register import plan_goal
from engine.plan.steps import Keyed, Plan

TYPE = "test:index:Thing"
PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:test::default::1"


def urn(name: str) -> str:
    return f"urn:pulumi:dev::shop::{TYPE}::{name}"


def goal(name: str = "a", properties: Properties | None = None, **options: object) -> Goal:
    wanted = Goal(urn(name), TYPE, name, True, properties or {"n": 1}, provider=PROVIDER)
    return replace(wanted, **options)


def state(name: str = "a", inputs: Properties | None = None, **options: object) -> ResourceState:
    given: Properties = inputs or {"n": 1}
    found = ResourceState(urn(name), TYPE, True, f"{name}-1", inputs=given, outputs={**given, "out": 1})
    return replace(replace(found, provider=PROVIDER), **options)


@dataclass
class Surroundings:
    """The planner's View, and the provider's answers; every question that was asked is kept."""

    olds: tuple[ResourceState, ...] = ()
    dry_run: bool = False
    gone: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    targets: frozenset[str] | None = None
    replaces: frozenset[str] = frozenset()
    replaced_already: frozenset[str] = frozenset()
    news: dict[str, ResourceState] = field(default_factory=dict[str, ResourceState])
    check: Callable[[Check], Checked] = lambda question: Checked(question.news)
    diff: Callable[[Diff], Diffed] = lambda question: Diffed(not same_value(question.old_inputs, question.news))
    read: Callable[[Read], WasRead] = lambda question: WasRead("", None, {})
    asked: list[Question] = field(default_factory=list[Question])

    def old(self, goal: Goal) -> Keyed | None:
        keyed = {one.urn: Keyed(f"b{place}", one) for place, one in enumerate(self.olds)}
        return next((keyed[name] for name in (goal.urn, *goal.aliases) if name in keyed), None)

    def dependents(self, urn: str) -> list[Keyed]:
        return [Keyed(one.urn, one) for one in Dependents(self.olds).ordered(urn)]

    def condemned(self, urn: str) -> tuple[str, ...] | None:
        return self.gone.get(urn)

    def targeted(self, urn: str) -> bool:
        return self.targets is None or urn in self.targets

    def replace_asked(self, urn: str) -> bool:
        return urn in self.replaces

    def replaced(self, urn: str) -> bool:
        return urn in self.replaced_already

    def registered(self, urn: str) -> ResourceState | None:
        return self.news.get(urn)

    def former(self, urn: str) -> ResourceState | None:
        return next((one for one in self.olds if one.urn == urn), None)

    def _answer(self, question: Question) -> Answer:
        self.asked.append(question)
        if isinstance(question, Check):
            return self.check(question)
        return self.diff(question) if isinstance(question, Diff) else self.read(question)

    def plan(self, goal: Goal) -> Plan:
        asking = plan_goal(goal, self)
        try:
            question = next(asking)
            while True:
                question = asking.send(self._answer(question))
        except StopIteration as end:
            return end.value

    def ops(self, goal: Goal) -> list[str]:
        """Name the steps that the plan has, as `op` or `op name` where it is about another resource."""
        plan = self.plan(goal)
        assert plan.errors == ()
        names = ["" if step.urn == goal.urn else " " + step.urn.rsplit("::", 1)[1] for step in plan.steps]
        return [str(step.op) + name for step, name in zip(plan.steps, names, strict=True)]
