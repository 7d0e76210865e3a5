"""Small deployments as event lists, written the way a person would tell them."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.events import Diagnostic, Prelude, Severity, StepEvent, Summary
from engine.model.state import STACK_TYPE, Op, ResourceState
from engine.model.values import Properties

STACK = "urn:pulumi:dev::rack::pulumi:pulumi:Stack::rack-dev"


def urn(name: str, type_: str = "maas:Machine") -> str:
    return f"urn:pulumi:dev::rack::{type_}::{name}"


def state(
    name: str,
    inputs: Properties | None = None,
    outputs: Properties | None = None,
    *,
    parent: str = STACK,
    hide_diff: tuple[str, ...] = (),
) -> ResourceState:
    return ResourceState(
        urn(name),
        "maas:Machine",
        custom=True,
        id=f"id-{name}",
        inputs=inputs or {},
        outputs=outputs or {},
        parent=parent,
        hide_diff=hide_diff,
    )


def create(name: str, inputs: Properties | None = None, parent: str = STACK) -> StepEvent:
    return StepEvent(Op.CREATE, urn(name), "maas:Machine", None, state(name, inputs, parent=parent))


def same(name: str, parent: str = STACK) -> StepEvent:
    return StepEvent(Op.SAME, urn(name), "maas:Machine", state(name, parent=parent), state(name, parent=parent))


def change(op: Op, name: str, old: Properties, new: Properties, *replace_keys: str, logical: bool = True) -> StepEvent:
    before, after = state(name, old), state(name, new)
    return StepEvent(op, urn(name), "maas:Machine", before, after, replace_keys=replace_keys, logical=logical)


def delete(name: str) -> StepEvent:
    return StepEvent(Op.DELETE, urn(name), "maas:Machine", state(name), None)


def refresh(name: str, old: Properties, new: Properties, asked: Properties | None = None) -> StepEvent:
    return StepEvent(Op.REFRESH, urn(name), "maas:Machine", state(name, asked, old), state(name, asked, new))


def stack(op: Op, old: Properties | None = None, new: Properties | None = None) -> StepEvent:
    before = None if old is None else ResourceState(STACK, STACK_TYPE, outputs=old)
    return StepEvent(op, STACK, STACK_TYPE, before, ResourceState(STACK, STACK_TYPE, outputs=new or {}))


def begin(kind: str = "update", *, dry_run: bool = False) -> Prelude:
    return Prelude("dev", "rack", kind, dry_run, {"rack:key": "[secret]", "rack:size": "5"})


def end(
    changes: Mapping[Op, int],
    *,
    kind: str = "update",
    dry_run: bool = False,
    succeeded: bool = True,
    resources: int = 0,
) -> Summary:
    return Summary(dry_run, kind, succeeded, changes, 63.0, resources)


def progress(name: str, message: str) -> Diagnostic:
    return Diagnostic(Severity.INFO, message, urn(name), ephemeral=True)


def error(name: str, message: str, detail: str = "") -> Diagnostic:
    return Diagnostic(Severity.ERROR, message, urn(name), detail=detail)


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]
