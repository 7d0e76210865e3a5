"""What is seen of an application: outputs, inputs as they are there, and the drift that no input can show.

inputs + the model's status (+ config, constraints and bindings, where they were read) -> property bags. Pure.
A unit that was added or removed, or is in trouble, is named in `drift`; everything else shows as a changed input.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from providers.common.fields import has_unknown
from providers.common.raw import Raw, mapping, mappings, maybe_whole, text, texts
from providers.juju.crud.base import Props
from providers.juju.crud.charms import same_channel
from providers.juju.models import ApplicationDetails
from providers.juju.plan import config, constraints, expose, placement, units, waiting
from providers.juju.plan.charm import Option, means
from providers.juju.plan.placement import Place
from providers.juju.status import Application, Machine, Status, Unit

_ABSENT = frozenset({"lost", "failed"})
_NOTHING: Final[Props] = {}
_UNKNOWN: Final = units.Slot()


def place(machine: Machine | None, id_: str) -> Place:
    """Say what a machine is known by; `id_` where the status does not show it."""
    if machine is None:
        return Place(id_)
    return Place(id_, machine.hostname, machine.instance_id, zone(machine), machine.display_name)


def zone(machine: Machine) -> str:
    """Read the zone out of a machine's hardware: "arch=amd64 ... availability-zone=rack1"."""
    words = (word.partition("=") for word in machine.hardware.split())
    return next((value for name, _, value in words if name == "availability-zone"), "")


def slots(props: Props) -> tuple[str, ...]:
    """Give one placement per wanted unit ("" is anywhere); raises nothing: check has compared the two inputs."""
    return tuple(slot.place or "" for slot in _wanted(props))


def managed(props: Props) -> bool:
    """Say whether the number of units is asked for at all."""
    return props.get("units") is not None or props.get("placement") is not None


def planned(props: Props, application: Application, status: Status, before: Props = _NOTHING) -> units.Plan:
    """Plan which units to add and to remove; `before`: the state, which knows what each unit was made for."""
    made_for = {text(raw, "name"): _made_for(raw) for raw in mappings(before, "unit_details")}
    there = [
        units.Unit(
            one.name,
            one.machine,
            one.leader,
            made_for.get(one.name, _UNKNOWN),
            stranded=_stranded(one, status),
        )
        for one in waiting.living(application)
    ]
    places = {one.machine: place(status.machines.get(one.machine), one.machine) for one in there}
    return units.plan(_wanted(props), there, lambda slot, unit: _fits(slot, places[unit.machine]))


def foreseen(state: Props, news: Props) -> tuple[str, ...]:
    """Tell in a preview, from what the state remembers, what happens to the units.

    A placement whose machine is still unknown is told by its label; one that the state has is the same place, unless
    the machine is made anew, which only the machine's own preview knows.
    """
    placements = _known(news.get("placement"))
    if not managed(news) or has_unknown(news.get("units")) or placements is None:
        return ()
    wanted = units.slots(maybe_whole(news, "units"), placements, _labels(news))
    known = {_made_for(raw) for raw in mappings(state, "unit_details")}
    same = {slot.label: slot for slot in known if slot.place and slot.label}
    supposed = [same.get(slot.label, slot) if slot.place is None else slot for slot in wanted]
    doubtful = dict.fromkeys(slot for slot in wanted if slot.place is None and slot.label in same)
    unsure = tuple(f"replaces what is {slot} if that machine is made anew" for slot in doubtful)
    return _plan_of_state(state, supposed).lines + unsure


def _known(asked: object) -> list[str | None] | None:
    """Give placements, None for each that is still unknown; None where nothing is to be told of them.

    One unknown among them has kept all of them from being cleaned and checked.
    """
    if not isinstance(asked, list | tuple):
        return None if has_unknown(asked) else []
    try:
        return [None if has_unknown(one) else placement.clean(one) for one in cast("Sequence[object]", asked)]
    except ValueError:
        return None


def _wanted(props: Props) -> tuple[units.Slot, ...]:
    return units.slots(maybe_whole(props, "units"), texts(props, "placement"), _labels(props))


def _labels(props: Props) -> tuple[str, ...]:
    """Give what the places are called; nothing while a name is unknown."""
    return () if has_unknown(props.get("spots")) else texts(props, "spots")


def _plan_of_state(state: Props, wanted: Sequence[units.Slot]) -> units.Plan:
    raws = mappings(state, "unit_details")
    there = [
        units.Unit(text(raw, "name"), text(raw, "machine"), bool(raw.get("leader")), _made_for(raw)) for raw in raws
    ]
    places = {text(raw, "machine"): _remembered(raw) for raw in raws}
    return units.plan(wanted, there, lambda slot, unit: _fits(slot, places[unit.machine]))


def _made_for(raw: Raw) -> units.Slot:
    return units.Slot(text(raw, "placement"), text(raw, "spot"))


def _stranded(unit: Unit, status: Status) -> bool:
    return bool(unit.machine) and unit.machine not in status.machines


def _there(application: Application, status: Status) -> list[Unit]:
    """Give the units that live and have their machine, or none yet."""
    return [unit for unit in waiting.living(application) if not _stranded(unit, status)]


def _remembered(raw: Raw) -> Place:
    return Place(text(raw, "machine"), text(raw, "hostname"), text(raw, "instance_id"), text(raw, "zone"))


def observe(
    props: Props, application: Application, status: Status, details: ApplicationDetails | None = None
) -> dict[str, object]:
    """Give outputs, and inputs as they are; without `details` those that only they show count as done."""
    outs: dict[str, object] = {
        "charm": application.charm_name,
        "charm_url": application.charm,
        "channel": _channel(props, application),
        "base": application.base,
        "status": application.status.status,
        "message": application.status.message,
        "unit_details": _unit_details(props, application, status),
        "storage_ids": sorted(one.id for one in status.storage.values() if one.unit in application.units),
        "misplaced": [],
    }
    if application.revision >= 0:
        outs["revision"] = application.revision
    if props.get("expose") is not None:
        outs["expose"] = _exposed(application)
    if managed(props):
        outs |= _scale(props, application, status)
    return outs if details is None else {**outs, **_detailed(props, details)}


def drift(props: Props, application: Application, status: Status) -> list[str]:
    """Name what is another than the state remembers and no input shows: units, their errors, lost agents."""
    there = _there(application, status)
    known = {text(raw, "name") for raw in mappings(props, "unit_details")}
    lines: list[str] = []
    if managed(props) and "unit_details" in props:
        lines += [
            f"{one.name} is new, on machine {one.machine or 'none yet'}" for one in there if one.name not in known
        ]
        lines += [f"{name} is gone" for name in sorted(known - {one.name for one in there})]
    if props.get("wait_for") is not None:
        lines += [f"{line} (in error)" for line in waiting.troubles(there, status.machines)]
    if props.get("charm_url") not in {None, application.charm} and props.get("local_charm") is not None:
        lines.append(f"runs {application.charm}, not {props['charm_url']}")
    return lines + [f"{one.name}'s agent is {one.agent.status}" for one in there if one.agent.status in _ABSENT]


def options(details: ApplicationDetails) -> Mapping[str, Option]:
    """Give the charm's options with their types."""
    return {name: Option(name, one.type, one.default) for name, one in details.options.items()}


def meaning(details: ApplicationDetails) -> config.Means:
    """Give the comparison of two values of an option, by the option's type."""
    known = options(details)
    return lambda name, one, other: means(known.get(name), one, other)


def _detailed(props: Props, details: ApplicationDetails) -> dict[str, object]:
    outs: dict[str, object] = {
        name: config.observed(mapping(props, name), details.config, meaning(details))
        for name in ("config", "secret_config")
        if props.get(name) is not None
    }
    if props.get("constraints") is not None:
        outs["constraints"] = constraints.observed(details.constraints, text(props, "constraints"))
    if props.get("bindings") is not None:
        outs["bindings"] = {name: details.bindings.get(name, "") for name in mapping(props, "bindings")}
    return outs


def _fits(slot: str, there: Place) -> bool:
    return bool(there.id) and placement.fits(placement.parse(slot), there)


def _channel(props: Props, application: Application) -> str:
    """Give the channel as it was asked for where that is the same one."""
    asked = text(props, "channel")
    return asked if asked and same_channel(asked, application.channel) else application.channel


def _exposed(application: Application) -> expose.Exposed:
    rules: Raw = {
        name: {"expose-to-spaces": list(one.spaces), "expose-to-cidrs": list(one.cidrs)}
        for name, one in application.exposed_endpoints.items()
    }
    return expose.observed(application.exposed, rules)


def _scale(props: Props, application: Application, status: Status) -> dict[str, object]:
    """Give number and placements as they are; a unit elsewhere than asked counts as placed, since it can't be moved."""
    plan = planned(props, application, status)
    outs: dict[str, object] = {"misplaced": [f"{unit.name}, not {slot}" for unit, slot in plan.misplaced]}
    if props.get("units") is not None:
        outs["units"] = len(_there(application, status))
    if props.get("placement") is not None:
        filled = _without(texts(props, "placement"), [slot.place or "" for slot in plan.add])
        surplus = [] if "units" in outs else [one.unit.machine for one in plan.remove if not one.unit.stranded]
        outs["placement"] = [*filled, *surplus]
    return outs


def _without(asked: Sequence[str], missing: Iterable[str]) -> list[str]:
    left = list(asked)
    for slot in missing:
        if slot in left:
            left.reverse()
            left.remove(slot)
            left.reverse()
    return left


def _unit_details(props: Props, application: Application, status: Status) -> list[dict[str, object]]:
    """Describe each unit, with the slot that it fills."""
    fills = {unit.name: slot for unit, slot in planned(props, application, status).placed} if managed(props) else {}
    return [_unit(one, status, fills.get(one.name, _UNKNOWN)) for one in _there(application, status)]


def _unit(unit: Unit, status: Status, slot: units.Slot) -> dict[str, object]:
    where = place(status.machines.get(unit.machine), unit.machine)
    return {
        "name": unit.name,
        "machine": unit.machine,
        "placement": slot.place,
        "spot": slot.label,
        "hostname": where.hostname,
        "instance_id": where.instance_id,
        "zone": where.zone,
        "address": unit.public_address,
        "leader": unit.leader,
        "status": unit.workload.status,
        "message": unit.workload.message,
    }
