"""Changing an application in place: charm, config, bindings, exposure, constraints, storage, units, in Juju's order.

Work (inputs, what is there) -> each step compares for itself and calls only where something differs -> units that are
removed are waited for. Nothing here replaces anything, moves a unit, or destroys storage unasked.
Source: juju 3.6 API, Application: SetCharm, SetConfigs, UnsetApplicationsConfig, MergeBindings, Unexpose, Expose,
SetConstraints, UpdateApplicationStorage (v22), AddUnits, DestroyUnit.
"""

from collections.abc import Callable
from dataclasses import dataclass

from providers.common.progress import say, warn
from providers.common.raw import Raw, as_mapping, mapping, mappings, maybe_whole, text
from providers.juju import tags
from providers.juju.crud import application_seen as seen
from providers.juju.crud import claims, deploying, hosting
from providers.juju.crud import resources_of_charms as files
from providers.juju.crud.base import Props, surely_removed
from providers.juju.crud.charms import choose, facts, same_channel
from providers.juju.crud.leaving import Leaving, units_going, wait_gone, words
from providers.juju.crud.second_try import try_again
from providers.juju.errors import NotSupported
from providers.juju.facades import major
from providers.juju.link import Link
from providers.juju.models import ApplicationDetails
from providers.juju.plan import charm, config, constraints, expose, storage, waiting
from providers.juju.plan.lost import Absences
from providers.juju.plan.units import Plan
from providers.juju.session import Session
from providers.juju.status import Application, Status
from providers.juju.waiter import Verdict

_OF_CHARM = ("expose", "bindings", "storage", "resources")
"""Inputs that only the charm itself can judge, which is asked for where one of them changed."""
_STORAGE_IN_PLACE = 22
_NO_STORAGE_IN_PLACE = 4
"""The major version of Juju that has UpdateApplicationStorage and answers "not implemented"."""
BRANCH = "master"
"""What Juju calls the settings that hold, and not those of a branch."""


@dataclass(frozen=True, repr=False)  # whose inputs and config may be secret
class Work:
    """One change of one application: `olds` is the state, `news` the inputs, the rest is what is there."""

    juju: Session
    link: Link
    olds: Props
    news: Props
    application: Application
    details: ApplicationDetails
    status: Status

    @property
    def name(self) -> str:
        return self.application.name

    def change(self, facade: str, method: str, params: Raw, purpose: str) -> Raw:
        """Make a call that changes the application."""
        secrets = deploying.secrets(self.news)
        touches = deploying.touched(self.name)
        return self.link.change(facade, method, params, purpose=purpose, touches=touches, secrets=secrets)


def bring(work: Work) -> None:
    """Check first, then take every step."""
    _check(work)
    for step in _STEPS:
        step(work)


def _check(work: Work) -> None:
    """Refuse what the present charm can't have; a changed charm is checked by the step that changes it."""
    if not _same_charm(work):
        return
    if any(work.news.get(name) and work.news.get(name) != work.olds.get(name) for name in _OF_CHARM):
        deploying.check(work.news, facts(work.link, work.application.charm))
        return
    known = charm.CharmFacts(
        work.application.charm_name, subordinate=not work.details.principal, options=seen.options(work.details)
    )
    deploying.check({name: value for name, value in work.news.items() if name not in _OF_CHARM}, known)


def _same_charm(work: Work) -> bool:
    if work.news.get("local_charm") is not None:
        drifted = text(work.olds, "charm_url") not in {"", work.application.charm}
        return not drifted and text(work.olds, "charm_hash") == text(work.news, "charm_hash")
    channel, revision = text(work.news, "channel"), maybe_whole(work.news, "revision")
    return (not channel or same_channel(channel, work.application.channel)) and (
        revision is None or revision == work.application.revision
    )


def _charm(work: Work) -> None:
    """Refresh the charm; its new options are checked before it is set."""
    new_files = _changed_files(work)
    if _same_charm(work):
        if new_files:
            files.upload(work.juju, work.link.uuid, work.name, new_files)
        _store_resources(work)
        return
    chosen = choose(work.juju, work.link, {"base": work.application.base, **work.news})
    deploying.check(work.news, chosen.facts)
    params = {
        "application": work.name,
        "charm-url": chosen.url,
        "charm-origin": chosen.origin,
        "channel": chosen.channel,
        "config-settings": {},
        "endpoint-bindings": {},
        "force": False,
        "force-base": False,
        "force-units": False,
        "generation": BRANCH,
        "resource-ids": files.pending(work.juju, work.link, chosen, work.news),
    }
    say(f"{work.name}: refreshing the charm from {work.application.charm} to {chosen.url}")
    work.change("Application", "SetCharm", params, f"refresh the charm of {work.name} to {chosen.url}")


def _changed_files(work: Work) -> dict[str, str]:
    before, after = (mapping(one, "resource_hashes") for one in (work.olds, work.news))
    paths = files.paths(work.news)
    return {name: path for name, path in paths.items() if before.get(name) != after.get(name)}


def _store_resources(work: Work) -> None:
    """Take other revisions of resources while the charm stays."""
    before, after = (mapping(one, "resources") for one in (work.olds, work.news))
    wanted = {name: value for name, value in after.items() if not isinstance(value, str) and value != before.get(name)}
    if not wanted:
        return
    base = {"charm": work.application.charm_name, "base": work.application.base, "revision": work.application.revision}
    chosen = choose(work.juju, work.link, {**base, "channel": work.application.channel, "name": work.name})
    ids = files.pending(work.juju, work.link, chosen, {"name": work.name, "resources": wanted})
    params = {
        "application": work.name,
        "charm-url": work.application.charm,
        "charm-origin": chosen.origin,
        "channel": work.application.channel,
        "force": False,
        "force-base": False,
        "force-units": False,
        "generation": BRANCH,
        "resource-ids": {name: ids[name] for name in wanted if name in ids},
    }
    work.change("Application", "SetCharm", params, f"change the resources of {work.name}")


def _config(work: Work) -> None:
    before, asked = deploying.settings(work.olds), deploying.settings(work.news)
    found = config.changes(before, asked, work.details.config, seen.meaning(work.details))
    values = {name: charm.plain(value) for name, value in found.set.items()}
    if work.news.get("trust") is not None and work.news.get("trust") != work.olds.get("trust"):
        values["trust"] = charm.plain(work.news["trust"])
    if values:
        one = {"application": work.name, "config": values, "config-yaml": "", "generation": BRANCH}
        work.change("Application", "SetConfigs", {"Args": [one]}, f"configure {work.name}")
    unset = [name for name in found.unset if name in work.details.options]
    if unset:
        one = {"application": work.name, "options": unset, "branch": BRANCH}
        purpose = f"put {', '.join(unset)} of {work.name} back to the default"
        work.change("Application", "UnsetApplicationsConfig", {"Args": [one]}, purpose)


def _bindings(work: Work) -> None:
    asked = mapping(work.news, "bindings")
    wanted = {name: space for name, space in asked.items() if work.details.bindings.get(name) != space}
    if wanted:
        one = {"application-tag": tags.application(work.name), "bindings": wanted, "force": False}
        work.change("Application", "MergeBindings", {"args": [one]}, f"bind the endpoints of {work.name}")


def _expose(work: Work) -> None:
    if work.news.get("expose") is None:
        return
    there = seen.observe({"expose": {}}, work.application, work.status)["expose"]
    found = expose.changes(expose.clean(there), expose.clean(work.news["expose"]))
    if found.close or found.unexpose:
        params = {"application": work.name, "exposed-endpoints": list(found.unexpose)}
        work.change("Application", "Unexpose", params, f"unexpose {work.name}")
    if found.expose:
        params = {"application": work.name, "exposed-endpoints": expose.wire(found.expose)}
        work.change("Application", "Expose", params, f"expose {work.name}")


def _constraints(work: Work) -> None:
    if work.news.get("constraints") is None:
        return
    asked = text(work.news, "constraints")
    if constraints.observed(work.details.constraints, asked) != asked:
        params = {"application": work.name, "constraints": constraints.to_send(asked, work.details.constraints)}
        work.change("Application", "SetConstraints", params, f"set the constraints of {work.name}")


def _storage(work: Work) -> None:
    """Change what new units get; what units have stays theirs."""
    asked, before = mapping(work.news, "storage"), mapping(work.olds, "storage")
    wanted = {label: directive for label, directive in asked.items() if before.get(label) != directive}
    if not wanted or not work.olds:
        return
    if work.link.version_of("Application") < _STORAGE_IN_PLACE or major(work.juju.version) >= _NO_STORAGE_IN_PLACE:
        raise NotSupported(
            f"The storage of {work.name} can't be changed by Juju {work.juju.version}: only 3.6 can, with "
            "Application 22; put the old directives back, or deploy another application"
        )
    one = {"application-tag": tags.application(work.name), "storage-constraints": storage.wire(wanted)}
    purpose = f"change the storage of {work.name}"
    work.change("Application", "UpdateApplicationStorage", {"storage-updates": [one]}, purpose)
    warn(f"{work.name}: only units made from now on get the changed storage")


def _annotations(work: Work) -> None:
    claims.bring(work.link, tags.application(work.name), work.olds, work.news, f"annotate {work.name}")


def _units(work: Work) -> None:
    """Scale to the number asked for; which units go was decided by `plan.units`, and is told."""
    if not seen.managed(work.news):
        return
    plan = seen.planned(work.news, work.application, work.status, work.olds)
    for line in plan.lines:
        say(f"{work.name}: {line}")
    for unit, slot in plan.misplaced:
        warn(f"{unit.name} stays on machine {unit.machine}: Juju can't move a unit; remove it to have one {slot}")
    if plan.add:
        _add(work, plan)
    if any(one.ousted for one in plan.remove):
        _arrived(work, plan)
    if plan.remove:
        remove(work, tuple(one.unit.name for one in plan.remove))


def _add(work: Work, plan: Plan) -> None:
    places = tuple(slot.place or "" for slot in plan.add)
    hosting.check(work.link, work.application, places)
    params = {
        "application": work.name,
        "num-units": len(plan.add),
        "placement": deploying.placements(places, work.link.uuid),
        "attach-storage": [],
        "policy": "",
    }
    work.change("Application", "AddUnits", params, f"add units to {work.name}")


def _arrived(work: Work, plan: Plan) -> None:
    """Wait until the units that the state does not know yet have begun to work, before those that they replace go."""
    known = frozenset(text(raw, "name") for raw in mappings(work.olds, "unit_details"))
    known |= {one.unit.name for one in plan.remove}
    before = frozenset(work.application.units)
    if not plan.add and known >= before:
        return
    past = try_again(work.juju, work.link, [work.application], work.status)

    def judge(status: Status) -> Verdict:
        found = status.applications.get(work.name)
        if found is None:
            return Verdict("gone", failed="was removed while it was waited for")
        new = [unit for unit in waiting.living(found) if unit.name not in known]
        broken = waiting.troubles(new, status.machines, past())
        if broken:
            return Verdict(broken[0], failed=f"is in error: {'; '.join(broken)}; what it replaces stays until it works")
        behind = [f"{unit.name} {unit.workload.line}" for unit in new if unit.agent.status != "idle"]
        missing = len(plan.add) - sum(unit.name not in before for unit in new)
        return Verdict(f"waiting for {', '.join(behind) or 'new units'}", done=missing <= 0 and not behind)

    work.link.wait(work.name, work.name, judge, maybe_whole(work.news, "minutes") or 30, say)


def remove(work: Work, names: tuple[str, ...]) -> None:
    """Remove units and wait until they are gone; their storage is detached and stays, unless asked otherwise."""
    force = work.news.get("force") is not None
    destroy = bool(work.news.get("destroy_storage"))
    params = {
        "units": [
            {"unit-tag": tags.unit(name), "destroy-storage": destroy, "force": force, "dry-run": False}
            for name in names
        ]
    }

    def stand() -> bool:
        there = map(work.link.status(work.name).unit, names)
        return any(unit is not None and unit.life == "alive" for unit in there)

    surely_removed(lambda: work.change("Application", "DestroyUnit", params, f"remove {', '.join(names)}"), stand)

    def left(status: Status) -> Leaving | None:
        going = units_going(status, (unit for unit in map(status.unit, names) if unit is not None))
        return Leaving(f"removing {words(going)}", going) if going else None

    wait_gone(work.juju, work.link, work.name, left, maybe_whole(work.news, "minutes") or 30)


def settle(juju: Session, link: Link, props: Props, status: Status) -> Status:
    """Wait for what `wait_for` asks; without it until every unit has a machine. `status`: before what was changed."""
    name = text(props, "name")
    count = len(seen.slots(props)) if seen.managed(props) else None
    if props.get("wait_for") is None:
        minutes = maybe_whole(props, "minutes") or 30
        return link.wait(name, name, lambda now: waiting.placed(now.applications.get(name), count), minutes, say)
    wanted = waiting.read(as_mapping(props["wait_for"], "wait_for"))
    before = status.applications.get(name)
    past = try_again(juju, link, [] if before is None else [before], status)
    absences = Absences(juju.now)

    def judge(now: Status) -> Verdict:
        found = now.applications.get(name)
        verdict = waiting.stand(wanted, found, now.machines, count, past())
        return absences.judged(verdict, [] if found is None else waiting.living(found), now.machines)

    return link.wait(name, name, judge, wanted.minutes, say)


_STEPS: tuple[Callable[[Work], None], ...] = (
    _charm,
    _config,
    _bindings,
    _expose,
    _constraints,
    _storage,
    _annotations,
    _units,
)
