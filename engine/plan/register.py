"""From one goal to its steps.

goal + what the snapshot holds ─> Check ─> Diff ─> same | update | replace (either order) | create | import

`plan_goal` is a generator: it yields questions for the provider and returns a `Plan`. What it needs to know of the
deployment it reads through a `View`. The decisions follow pulumi/pulumi docs/architecture/deployment-execution.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from engine.model.events import PropertyDiff
from engine.model.state import PROVIDER_PREFIX, STACK_TYPE, Goal, Op, ResourceState
from engine.model.urn import name_of
from engine.model.values import UNKNOWN, Properties, Value, mark_secrets
from engine.plan.dependents import condemned_dependents
from engine.plan.diffing import diff_properties, mark_replacing, matching_keys, same_value
from engine.plan.graph import provider_urn
from engine.plan.paths import reset_paths
from engine.plan.questions import Asking, Check, Diff, Diffed, Read, ask_check, ask_diff, ask_read
from engine.plan.steps import Keyed, Plan, Step

DYNAMIC_PACKAGE = "pulumi-python"


class View(Protocol):
    """What a planner may know of the deployment it plans for."""

    @property
    def dry_run(self) -> bool:
        """Tell whether this is a preview."""
        ...

    def old(self, goal: Goal) -> Keyed | None:
        """Give what the snapshot holds for a goal, under its URN or one of its aliases."""
        ...

    def dependents(self, urn: str) -> list[Keyed]:
        """List the snapshot's resources that need this one, in order, without those already registered."""
        ...

    def condemned(self, urn: str) -> tuple[str, ...] | None:
        """Give the reasons for which this resource was deleted earlier in the deployment; None if it wasn't."""
        ...

    def targeted(self, urn: str) -> bool:
        """Tell whether the operation may touch this resource."""
        ...

    def replace_asked(self, urn: str) -> bool:
        """Tell whether a person asked for this resource's replacement."""
        ...

    def replaced(self, urn: str) -> bool:
        """Tell whether this deployment replaces that resource."""
        ...

    def registered(self, urn: str) -> ResourceState | None:
        """Give a resource as this deployment left it, or None."""
        ...

    def former(self, urn: str) -> ResourceState | None:
        """Give a resource as the last snapshot had it, or None."""
        ...


def plan_goal(goal: Goal, view: View) -> Asking[Plan]:
    """Find the steps that bring one resource to its goal."""
    old = view.old(goal)
    new = wanted_state(goal)
    if not _may_touch(goal, view):
        return _leave_alone(goal, old)
    if _is_import(goal, old):
        return (yield from _plan_import(goal, new, old, view))
    return (yield from _plan_checked(goal, new, old, view))


def wanted_state(goal: Goal) -> ResourceState:
    """Write a goal as a state whose id and outputs are still to come."""
    return ResourceState(
        urn=goal.urn,
        type=goal.type,
        custom=goal.custom,
        inputs=goal.properties,
        parent=goal.parent,
        protect=bool(goal.protect),
        dependencies=goal.dependencies,
        provider=goal.provider,
        property_dependencies=goal.property_dependencies,
        additional_secret_outputs=goal.additional_secret_outputs,
        custom_timeouts=goal.custom_timeouts,
        import_id=goal.import_id,
        retain_on_delete=bool(goal.retain_on_delete),
        deleted_with=goal.deleted_with,
        replace_with=goal.replace_with,
        source_position=goal.source_position,
        ignore_changes=goal.ignore_changes,
        replace_on_changes=goal.replace_on_changes,
        hide_diff=goal.hide_diff,
    )


def _may_touch(goal: Goal, view: View) -> bool:
    implicit = goal.type == STACK_TYPE or goal.type.startswith(PROVIDER_PREFIX)
    return implicit or view.targeted(goal.urn)


def _leave_alone(goal: Goal, old: Keyed | None) -> Plan:
    """Plan nothing for a goal outside the targets; what isn't there yet stays away, and its outputs are unknown."""
    if old is None:
        return Plan((Step(Op.SAME, goal.urn, goal.type, None, wanted_state(goal), skipped=True),))
    kept = replace(old.state, urn=goal.urn)
    return Plan((Step(Op.SAME, goal.urn, goal.type, old, kept, skipped=True),))


def _is_import(goal: Goal, old: Keyed | None) -> bool:
    if not (goal.custom and goal.import_id):
        return False
    return old is None or old.state.external or goal.import_id not in {old.state.import_id, old.state.id}


def _plan_import(goal: Goal, new: ResourceState, old: Keyed | None, view: View) -> Asking[Plan]:
    # A dynamic resource carries its provider among its inputs, so they go along; others must answer from the id alone.
    given = goal.properties if goal.type.startswith(f"{DYNAMIC_PACKAGE}:") else {}
    found = yield from ask_read(Read(goal.provider, goal.urn, goal.type, goal.import_id, given, {}))
    if not found.id:
        return Plan(errors=(f"nothing to import: the provider knows no {goal.type} with the id {goal.import_id!r}",))
    inputs = found.inputs if found.inputs is not None else goal.properties
    imported = replace(new, id=found.id, inputs=inputs, outputs=found.outputs)
    op = Op.IMPORT_REPLACEMENT if old else Op.IMPORT
    first = Step(op, goal.urn, goal.type, old, imported, pending_delete=old is not None)
    rest = yield from _plan_checked(goal, new, Keyed("", imported), view)
    if rest.errors or all(step.op is Op.SAME for step in rest.steps):
        return replace(rest, steps=(first,))
    return replace(rest, steps=(first, *rest.steps))


def _plan_checked(goal: Goal, new: ResourceState, old: Keyed | None, view: View) -> Asking[Plan]:
    gone = view.condemned(goal.urn)
    fresh = old is None or gone is not None or old.state.external or view.replace_asked(goal.urn)
    new, errors = yield from _check(goal, new, None if fresh or old is None else old.state)
    if errors:
        return Plan(errors=errors)
    if old is None:
        return Plan((Step(Op.CREATE, goal.urn, goal.type, None, new),))
    if gone is not None:
        reason = "a resource that it depends on is replaced, deleted first"
        return Plan((Step(Op.CREATE_REPLACEMENT, goal.urn, goal.type, old, new, replace_keys=gone, reason=reason),))
    if old.state.external:
        reason = "it was only read before; from now on this stack owns it"
        return Plan((Step(Op.CREATE_REPLACEMENT, goal.urn, goal.type, old, new, reason=reason, pending_delete=True),))
    verdict = yield from _compare(goal, new, old.state, view)
    return (yield from _decide(goal, new, old, verdict, view))


def _check(goal: Goal, new: ResourceState, old: ResourceState | None) -> Asking[tuple[ResourceState, tuple[str, ...]]]:
    """Have the provider check the inputs; components and the stack have nobody to ask."""
    news = goal.properties
    if old is not None and goal.ignore_changes:
        news = reset_paths(news, old.inputs, goal.ignore_changes)
    if not goal.custom:
        return replace(new, inputs=news), ()
    answer = yield from ask_check(Check(goal.provider, goal.urn, goal.type, old.inputs if old else None, news))
    errors = tuple(
        f"{failure.property}: {failure.reason}" if failure.property else failure.reason for failure in answer.failures
    )
    return replace(new, inputs=answer.inputs), errors


def _compare(goal: Goal, new: ResourceState, old: ResourceState, view: View) -> Asking[_Verdict]:
    forced = yield from _forced_replacement(goal, new, old, view)
    if forced is not None:
        return forced
    diffs = diff_properties(old.inputs, new.inputs)
    if not goal.custom:
        return _Verdict(changes=not same_value(dict(old.inputs), dict(new.inputs)), diffs=diffs)
    answer = yield from ask_diff(
        Diff(goal.provider, goal.urn, goal.type, old.id, old.inputs, old.outputs, new.inputs, goal.ignore_changes)
    )
    return _weigh(goal, new, old, answer, diffs)


def _forced_replacement(goal: Goal, new: ResourceState, old: ResourceState, view: View) -> Asking[_Verdict | None]:
    """Find the reasons for a replacement that no provider is asked about."""
    diffs = diff_properties(old.inputs, new.inputs)
    if view.replace_asked(goal.urn) or old.taint:
        why = "its replacement was asked for" if not old.taint else "it is tainted"
        return _Verdict(changes=True, diffs=diffs, replaces=("id",), reason=why)
    for other in (*goal.replace_with, goal.deleted_with):
        if other and view.replaced(other):
            return _Verdict(changes=True, diffs=diffs, replaces=("replaceWith",), reason=f"{other} is replaced")
    if old.provider == new.provider or _both_default(old.provider, new.provider):
        return None
    if not old.provider or not new.provider:
        return _Verdict(changes=True, diffs=diffs, replaces=("provider",), reason="its provider changed")
    if (yield from _provider_needs_replacement(old.provider, new.provider, view)):
        return _Verdict(changes=True, diffs=diffs, replaces=("provider",), reason="its provider was replaced")
    return None


def _both_default(old_ref: str, new_ref: str) -> bool:
    """Tell whether the engine chose both providers: a newer default one takes its predecessor's resources over."""
    return all(name_of(provider_urn(ref)).startswith("default") for ref in (old_ref, new_ref))


def _provider_needs_replacement(old_ref: str, new_ref: str, view: View) -> Asking[bool]:
    before, after = view.former(provider_urn(old_ref)), view.registered(provider_urn(new_ref))
    if before is None or after is None:
        return False
    answer = yield from ask_diff(
        Diff(new_ref, after.urn, after.type, before.id, before.inputs, before.outputs, after.inputs)
    )
    return bool(answer.replaces)


class _Verdict:
    """What the comparison of old and new came to."""

    __slots__ = ("changes", "delete_first", "diffs", "reason", "replaces", "warning")

    def __init__(
        self,
        *,
        changes: bool,
        diffs: tuple[PropertyDiff, ...] = (),
        replaces: tuple[str, ...] = (),
        delete_first: bool = False,
        reason: str = "",
        warning: str = "",
    ) -> None:
        self.changes = changes
        self.diffs = mark_replacing(diffs, replaces)
        self.replaces = replaces
        self.delete_first = delete_first
        self.reason = reason
        self.warning = warning


def _weigh(
    goal: Goal, new: ResourceState, old: ResourceState, answer: Diffed, diffs: tuple[PropertyDiff, ...]
) -> _Verdict:
    if answer.unavailable:
        return _Verdict(changes=True, diffs=diffs, warning=answer.unavailable)
    # Where the provider leaves it to the engine, all inputs count: a dynamic provider's own code is among the internal
    # ones, which a person is not shown.
    changes = not same_value(dict(old.inputs), dict(new.inputs)) if answer.changes is None else answer.changes
    if answer.changes and not diffs:  # the provider sees drift: what is differs from what was last asked for
        diffs = _drift(old.outputs, new.inputs)
    replaces = answer.replaces
    if changes and goal.replace_on_changes:
        replaces = tuple(dict.fromkeys((*replaces, *matching_keys(diffs, goal.replace_on_changes))))
    return _Verdict(changes=changes, diffs=diffs, replaces=replaces, delete_first=answer.delete_before_replace)


def _drift(outputs: Properties, inputs: Properties) -> tuple[PropertyDiff, ...]:
    shared: Properties = {key: item for key, item in outputs.items() if key in inputs}
    wanted: Properties = {key: item for key, item in inputs.items() if key in outputs}
    return diff_properties(shared, wanted)


def _decide(goal: Goal, new: ResourceState, old: Keyed, verdict: _Verdict, view: View) -> Asking[Plan]:
    warnings = (verdict.warning,) if verdict.warning else ()
    changed = verdict.changes or old.state.pending_replacement
    if changed and (verdict.replaces or old.state.pending_replacement):
        plan = yield from _plan_replacement(goal, new, old, verdict, view)
        return replace(plan, warnings=(*plan.warnings, *warnings))
    if changed or old.state.init_errors:
        step = Step(
            Op.UPDATE,
            goal.urn,
            goal.type,
            old,
            replace(new, id=old.state.id, created=old.state.created),
            verdict.diffs,
            reason=verdict.reason,
            ignore_changes=goal.ignore_changes,
        )
        return Plan((step,), warnings)
    return Plan((same_step(goal, new, old),), warnings)


def same_step(goal: Goal, new: ResourceState, old: Keyed) -> Step:
    """Take over the old id and outputs: nothing to do but to record the goal's options."""
    before = old.state
    kept = replace(
        new,
        id=before.id,
        outputs=mark_secrets(before.outputs, new.additional_secret_outputs),
        created=before.created,
        modified=before.modified,
        extra=before.extra,
    )
    return Step(Op.SAME, goal.urn, goal.type, old, kept)


def _plan_replacement(goal: Goal, new: ResourceState, old: Keyed, verdict: _Verdict, view: View) -> Asking[Plan]:
    if old.state.protect and new.protect and not old.state.pending_replacement:
        return Plan(errors=(_protected(goal.urn, "replaced"),))
    if goal.import_id and not old.state.pending_replacement:
        keys = ", ".join(verdict.replaces)
        why = f"an imported resource can't be replaced while the program names its id ({keys} changed)"
        return Plan(errors=(f"{why}; remove `import_` from its options",))
    # What Check made of the inputs may rest on the old resource's defaults; a new resource starts without them.
    new, errors = yield from _check(goal, new, None)
    if errors:
        return Plan(errors=errors)
    delete_first = verdict.delete_first if goal.delete_before_replace is None else goal.delete_before_replace
    if not delete_first and not old.state.pending_replacement:
        return Plan((_create_replacement(goal, new, old, verdict, pending_delete=True),))
    return (yield from _plan_delete_first(goal, new, old, verdict, view))


def _plan_delete_first(goal: Goal, new: ResourceState, old: Keyed, verdict: _Verdict, view: View) -> Asking[Plan]:
    steps: list[Step] = []
    condemned: list[tuple[str, tuple[str, ...]]] = []
    if not old.state.pending_replacement:
        found = yield from condemned_dependents(old.state, view.dependents(goal.urn))
        for dependent, keys in reversed(found):
            if dependent.state.protect:
                return Plan(errors=(f"{_protected(dependent.state.urn, 'replaced')} It depends on {goal.urn}.",))
            if not view.targeted(dependent.state.urn):
                why = f"{goal.urn} is deleted before it is replaced, and {dependent.state.urn}, which needs it, with it"
                return Plan(errors=(f"{why}: target that, too, or use --target-dependents",))
            steps.append(_delete_replaced(dependent))
            condemned.append((dependent.state.urn, keys))
        steps.append(_delete_replaced(old))
    steps.append(_create_replacement(goal, new, old, verdict, pending_delete=False))
    return Plan(tuple(steps), dependents_condemned=tuple(condemned))


def _delete_replaced(old: Keyed) -> Step:
    return Step(Op.DELETE_REPLACED, old.state.urn, old.state.type, old, delete_first=True)


def _create_replacement(goal: Goal, new: ResourceState, old: Keyed, verdict: _Verdict, *, pending_delete: bool) -> Step:
    return Step(
        Op.CREATE_REPLACEMENT,
        goal.urn,
        goal.type,
        old,
        new,
        verdict.diffs,
        verdict.replaces,
        verdict.reason,
        pending_delete=pending_delete,
    )


def _protected(urn: str, what: str) -> str:
    return f"{urn} is protected and can't be {what}: take `protect` out of its options, run `pulumi up`, and try again."


def preview_outputs(inputs: Properties, old_outputs: Properties | None) -> Properties:
    """Tell what a preview may show as outputs: inputs stand for themselves, the rest is unknown until it is done."""
    known: dict[str, Value] = dict(inputs)
    for key in old_outputs or {}:
        known.setdefault(key, UNKNOWN)
    return known


def outputs_changed(old: ResourceState, new: ResourceState) -> bool:
    """Tell whether reality, as just read, differs from what the snapshot holds."""
    return not (same_value(dict(old.outputs), dict(new.outputs)) and same_value(dict(old.inputs), dict(new.inputs)))
