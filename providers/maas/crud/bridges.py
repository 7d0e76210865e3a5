"""Bridges on machines.

machine + name -> its interfaces from the shared machine list -> adopted, or create_bridge on the parent -> outputs.
Source: MAAS 3.5 API, nodes/{system_id}/interfaces/?op=create_bridge (New, Ready, Allocated, Broken, Failed testing).
"""

from providers.common.cleaning import filled, flag, matching, one_of, whole
from providers.common.fields import Field, Schema
from providers.common.progress import warn
from providers.common.raw import as_mapping, text
from providers.common.raw import flag as read_flag
from providers.common.raw import whole as read_whole
from providers.maas.crud.base import Found, MaasProvider, Props, changed, sure
from providers.maas.crud.waits import ALLOCATED
from providers.maas.errors import Conflict, MaasError
from providers.maas.models import Interface, Machine, interface
from providers.maas.session import Session, Touches

_name = matching(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,14}", "an interface name such as br-ex, at most 15 characters")


class BridgeProvider(MaasProvider):
    """Machine, parent and type are what it is; name, MTU, STP and forward delay change in place."""

    schema = Schema(
        (
            Field("system_id", clean=filled, required=True, replaces=True),
            Field("name", clean=_name, required=True),
            Field("parent", clean=_name, replaces=True),
            Field("bridge_type", clean=one_of("ovs", "standard"), default="ovs", replaces=True),
            Field("mtu", clean=whole(552, 65535)),
            Field("bridge_stp", clean=flag),
            Field("bridge_fd", clean=whole(0, 255)),
        ),
        delete_first=True,
        stables=("interface_id",),
    )

    def make(self, maas: Session, props: Props) -> Found:
        machine = _machine(maas, text(props, "system_id"))
        there = machine.interface(text(props, "name"))
        if there is not None:
            return self._adopt(maas, machine, there, props)
        if machine.status == ALLOCATED:
            warn(f"{machine.hostname} is Allocated: MAAS will remove the bridge {props['name']} when it is released")
        made = sure(lambda: _create(maas, machine, props), lambda: _there(maas, machine.system_id, text(props, "name")))
        return Found(_id(machine, made), {**_observe(machine, made), "adopted": False})

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        system_id, _, name = id_.partition("/")
        machine = maas.machine(system_id)
        found = None if machine is None else _find(machine, name)
        if machine is None or found is None or found.type != "bridge":
            return None
        return Found(_id(machine, found), _observe(machine, found))

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        machine = _machine(maas, text(olds, "system_id"))
        found = _find(machine, id_.partition("/")[2])
        if found is None:
            raise MaasError(
                f"{machine.hostname} no longer has the bridge {olds['name']}: refresh, then up makes it again"
            )
        return _observe(machine, self._bring(maas, machine, found, news))

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        system_id, _, name = id_.partition("/")
        machine = maas.machine(system_id)
        if machine is None or props.get("adopted") or _find(machine, name) is None:
            return
        uri = {"system_id": system_id, "id": name}
        purpose = f"delete the bridge {text(props, 'name')} of {machine.hostname}, which is {machine.status}"
        maas.remove("Interface.delete", purpose, uri, touches={"Machines": system_id})

    def _adopt(self, maas: Session, machine: Machine, there: Interface, props: Props) -> Found:
        if there.type != "bridge":
            raise MaasError(
                f"{machine.hostname} has an interface {there.name} already, and it is no bridge: {there.type}"
            )
        wrong = changed(self.schema, _observe(machine, there), props) & {"parent", "bridge_type"}
        if wrong:
            raise MaasError(
                f"{machine.hostname} has a bridge {there.name} already, with another {' and '.join(sorted(wrong))}: "
                "delete it, or ask for what it has"
            )
        now = self._bring(maas, machine, there, props)
        return Found(_id(machine, now), {**_observe(machine, now), "adopted": True})

    def _bring(self, maas: Session, machine: Machine, found: Interface, props: Props) -> Interface:
        names = changed(self.schema, _observe(machine, found), props) & {"name", "mtu", "bridge_stp", "bridge_fd"}
        if not names:
            return found
        uri = {"system_id": machine.system_id, "id": found.id}
        purpose = f"change the bridge {found.name} of {machine.hostname}, which is {machine.status}"
        data = {name: props[name] for name in sorted(names)}
        answer = maas.change("Interface.update", purpose, uri, data, touches={"Machines": machine.system_id})
        return interface(as_mapping(answer, purpose))


def _create(maas: Session, machine: Machine, props: Props) -> Interface:
    parent = _parent(machine, text(props, "parent"))
    data: dict[str, object] = {name: props.get(name) for name in ("name", "mtu", "bridge_stp", "bridge_fd")}
    data |= {"bridge_type": props["bridge_type"], "parent": parent.id}
    uri = {"system_id": machine.system_id}
    purpose = f"create the bridge {props['name']} on {parent.name} of {machine.hostname}, which is {machine.status}"
    touches: Touches = {"Machines": machine.system_id}
    try:
        answer = maas.change("Interfaces.create_bridge", purpose, uri, data, touches=touches)
    except Conflict as refusal:
        raise MaasError(f"{refusal} Release {machine.hostname} first, then bridge, then deploy.") from None
    return interface(as_mapping(answer, purpose))


def _machine(maas: Session, system_id: str) -> Machine:
    found = maas.machine(system_id)
    if found is None:
        raise MaasError(f"MAAS has no machine {system_id} to make a bridge on")
    return found


def _there(maas: Session, system_id: str, name: str) -> Interface | None:
    return _machine(maas, system_id).interface(name)


def _find(machine: Machine, name: str) -> Interface | None:
    return next((one for one in machine.interfaces if name in {str(one.id), one.name}), None)


def _parent(machine: Machine, name: str) -> Interface:
    wanted = name or machine.boot_interface
    found = machine.interface(wanted)
    if found is None:
        there = ", ".join(one.name for one in machine.interfaces) or "none"
        raise MaasError(f"{machine.hostname} has no interface {wanted!r} to make a bridge on; it has {there}")
    return found


def _id(machine: Machine, found: Interface) -> str:
    return f"{machine.system_id}/{found.id}"


def _observe(machine: Machine, found: Interface) -> dict[str, object]:
    return {
        "system_id": machine.system_id,
        "name": found.name,
        "parent": found.parents[0] if found.parents else "",
        "bridge_type": text(found.params, "bridge_type") or "standard",
        "mtu": found.mtu,
        "bridge_stp": read_flag(found.params, "bridge_stp"),
        "bridge_fd": read_whole(found.params, "bridge_fd"),
        "mac_address": found.mac_address,
        "interface_id": found.id,
    }
