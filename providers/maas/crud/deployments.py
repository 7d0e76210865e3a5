"""Deployments: take a machine, deploy, wait; repair what was undone by hand; give it back.

claim -> the machine that carries it already, or the named one, or the one MAAS allocates -> deploy (marked with the
claim) -> one shared wait -> lock and power as asked -> outputs. What is whose is decided in `claims`.
Source: MAAS 3.5 API, machines/?op=allocate, machines/{system_id}/?op=deploy, ?op=release, ?op=lock.
"""

import base64
from uuid import uuid4

from providers.common.cleaning import filled, flag, matching, one_of, secret_text, whole
from providers.common.fields import Field, Schema, same_set
from providers.common.raw import as_mapping, text
from providers.common.raw import whole as read_whole
from providers.maas.crud import claims
from providers.maas.crud.base import Found, MaasProvider, Props, sure
from providers.maas.crud.site import tag_names
from providers.maas.crud.waits import (
    ALLOCATED,
    DEPLOYED,
    DEPLOYING,
    FAILED_DEPLOYMENT,
    READY,
    RELEASING,
    follow,
    standing,
    until,
)
from providers.maas.errors import MaasError, WaitFailed
from providers.maas.models import CLAIM, Machine, machine
from providers.maas.session import Session, Touches

_distro = matching(r"([a-z0-9-]+/)?[A-Za-z0-9._-]+", "a release such as jammy, or os/release such as ubuntu/jammy")
_WAY = frozenset({DEPLOYING, ALLOCATED})


def _same_distro(old: object, new: object) -> bool:
    return str(old).rpartition("/")[2] == str(new).rpartition("/")[2]


class DeploymentProvider(MaasProvider):
    """See `providers.maas.resources.machines.Deployment`."""

    schema = Schema(
        (
            Field("system_id", clean=filled, replaces=True),
            Field("name", clean=filled, replaces=True),
            Field("tags", clean=tag_names, replaces=True, same=same_set),
            Field("not_tags", clean=tag_names, replaces=True, same=same_set),
            Field("min_cpu_count", clean=whole(1, 4096), replaces=True),
            Field("min_memory_mib", clean=whole(1, 2**31), replaces=True),
            Field("zone", clean=filled, replaces=True),
            Field("pool", clean=filled, replaces=True),
            Field("architecture", clean=filled, replaces=True),
            Field("distro_series", clean=_distro, replaces=True, same=_same_distro),
            Field("hwe_kernel", clean=filled, replaces=True),
            Field("user_data", clean=secret_text, replaces=True),
            Field("claim", clean=filled, required=True),
            Field("status", clean=one_of(DEPLOYED), default=DEPLOYED),
            Field("power_state", clean=one_of("on", "off"), default="on"),
            Field("locked", clean=flag, default=False),
            Field("erase", clean=flag, default=False),
            Field("quick_erase", clean=flag, default=False),
            Field("secure_erase", clean=flag, default=False),
            Field("on_failure", clean=one_of("release", "keep"), default="release"),
            Field("deadline_minutes", clean=whole(1, 24 * 60), default=45),
        ),
        delete_first=True,  # the claim names the resource, so old and new can't hold a machine at the same time
    )

    carried = (*MaasProvider.carried, "installation")

    def make(self, maas: Session, props: Props) -> Found:
        found = self._take(maas, props)
        deployed = self._deployed(maas, found, props)
        outs = {**_observe(_settled(maas, deployed, props), props), **_installed()}
        return Found(deployed.system_id, outs)

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        """Read a machine that is free as drift (`status`), and one that somebody else holds as gone."""
        machines = maas.machines(id_)
        found = machines.get(id_) or next((one for one in machines.values() if one.hostname == id_), None)
        if found is None or claims.foreign(found, text(props, "claim"), maas.me):
            return None
        return Found(found.system_id, _observe(found, props))

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        found = claims.free_or_ours(maas, id_, text(olds, "claim"), known=True)
        again = found.status != DEPLOYED
        if again or text(news, "claim") != found.claim:
            found = self._deployed(maas, found, news)
        return {**_observe(_settled(maas, found, news), news), **(_installed() if again else {})}

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        found = maas.machine(id_)
        if found is not None and claims.held_by(found, text(props, "claim"), maas.me):
            _released(maas, found, props)
        elif found is not None and found.status in RELEASING:
            _wait_released(maas, found, props)

    def _take(self, maas: Session, props: Props) -> Machine:
        """Find what an earlier try holds; else the named machine, or the one that MAAS picks."""
        claim, system_id = text(props, "claim"), text(props, "system_id")
        mine = claims.ours(maas, claim, system_id)
        if mine is not None:
            return mine
        if system_id:
            return claims.free_or_ours(maas, system_id, claim)
        return sure(lambda: _allocate(maas, props), lambda: claims.by_agent(maas, claim))

    def _deployed(self, maas: Session, found: Machine, props: Props) -> Machine:
        """Bring a free or own machine to Deployed; a failure gives it back, or keeps it, as asked."""
        if found.status in RELEASING:
            found = _wait_released(maas, found, props)
        if found.status == FAILED_DEPLOYMENT:
            found = _released(maas, found, props)
        try:
            if found.status in {READY, ALLOCATED}:
                found = _deploy(maas, found, props)
            _mark(maas, found, text(props, "claim"))
            if found.status == DEPLOYED:
                return found
            return follow(maas, found, until({DEPLOYED}, _WAY, "deploy"), _minutes(props))
        except MaasError as failure:
            raise _given_up(maas, found, props, failure) from None


def _installed() -> dict[str, object]:
    """Name this installation: what was set up on the system before is gone, and who did it has to know."""
    return {"installation": uuid4().hex[:12]}


def _allocate(maas: Session, props: Props) -> Machine:
    claim = text(props, "claim")
    data: dict[str, object] = {name: props.get(name) for name in ("name", "tags", "not_tags", "zone", "pool")}
    data |= {
        "arch": props.get("architecture"),
        "cpu_count": props.get("min_cpu_count") and read_whole(props, "min_cpu_count"),
        "mem": props.get("min_memory_mib") and read_whole(props, "min_memory_mib"),
        "agent_name": claim,
        "comment": f"Pulumi: {claim}",
    }
    purpose = f"allocate a machine for {claim}"
    answer = maas.change("Machines.allocate", purpose, data=data, touches={"Machines": claim})
    found = machine(as_mapping(answer, purpose))
    maas.snapshots.wrote("Machines", found.system_id)
    return found


def _deploy(maas: Session, found: Machine, props: Props) -> Machine:
    user_data = text(props, "user_data")
    data = {
        "distro_series": props.get("distro_series"),
        "hwe_kernel": props.get("hwe_kernel"),
        "user_data": base64.b64encode(user_data.encode()).decode("ascii") if user_data else None,
        "agent_name": text(props, "claim"),
        "comment": f"Pulumi: {text(props, 'claim')}",
    }
    purpose = f"deploy {found.hostname}"
    uri = {"system_id": found.system_id}

    def deploy() -> Machine:
        touches: Touches = {"Machines": (found.system_id, text(props, "claim"))}
        answer = maas.change("Machine.deploy", purpose, uri, data, touches=touches, secrets=(user_data,))
        return machine(as_mapping(answer, purpose))

    return sure(deploy, lambda: _begun(maas, found))


def _begun(maas: Session, found: Machine) -> Machine | None:
    now = maas.machine(found.system_id)
    return now if now is not None and now.status in {DEPLOYING, DEPLOYED} and now.owner == maas.me else None


def _mark(maas: Session, found: Machine, claim: str) -> None:
    """Write the claim where everybody sees it; MAAS drops it at release."""
    if found.claim != claim:
        purpose = f"mark {found.hostname} as deployed by {claim}"
        uri = {"system_id": found.system_id}
        touches: Touches = {"Machines": (found.system_id, claim)}
        target = "Machine.set_workload_annotations"
        maas.change(target, purpose, uri, {CLAIM: claim}, touches=touches, repeatable=True)


def _settled(maas: Session, found: Machine, props: Props) -> Machine:
    """Power and lock as asked. A locked machine refuses power actions, so it is unlocked meanwhile."""
    power = text(props, "power_state")
    locked = bool(props.get("locked"))
    turn = found.power_state in {"on", "off"} and found.power_state != power
    if found.locked and (turn or not locked):
        found = _act(maas, found, "unlock", {})
    if turn:
        data = {} if power == "on" else {"stop_mode": "soft"}
        _act(maas, found, f"power_{power}", data)
        found = follow(maas, found, lambda one: claims.powered(one, power), 10)
    return _act(maas, found, "lock", {}) if locked and not found.locked else found


def _act(maas: Session, found: Machine, operation: str, data: Props) -> Machine:
    purpose = f"{operation.replace('_', ' ')} {found.hostname}"
    uri = {"system_id": found.system_id}
    touches: Touches = {"Machines": found.system_id}
    again = operation.startswith("power_")  # on twice is still on; a lock twice is refused

    def act() -> Machine:
        answer = maas.change(f"Machine.{operation}", purpose, uri, data, touches=touches, repeatable=again)
        return machine(as_mapping(answer, purpose))

    def done() -> Machine | None:
        now = maas.machine(found.system_id)
        return now if now is not None and now.locked == (operation == "lock") and not again else None

    return sure(act, done)


def _released(maas: Session, found: Machine, props: Props) -> Machine:
    """Release and wait until the machine is free for others."""
    if found.locked:
        found = _act(maas, found, "unlock", {})
    wipes = {name: True for name in ("erase", "quick_erase", "secure_erase") if props.get(name)}
    data = {**wipes, "comment": f"Pulumi: {text(props, 'claim')}"}
    uri = {"system_id": found.system_id}
    touches: Touches = {"Machines": (found.system_id, text(props, "claim"))}
    purpose = f"release {found.hostname}"
    answer = maas.change("Machine.release", purpose, uri, data, touches=touches, repeatable=True)
    now = machine(as_mapping(answer, purpose))
    return now if now.status == READY else _wait_released(maas, now, props)


def _wait_released(maas: Session, found: Machine, props: Props) -> Machine:
    return follow(maas, found, until({READY}, RELEASING, "release"), _minutes(props))


def _given_up(maas: Session, found: Machine, props: Props, failure: MaasError) -> MaasError:
    """Give back what can't be finished, since a failed create leaves no id to do it later."""
    now = maas.machine(found.system_id)
    if now is None or not claims.held_by(now, text(props, "claim"), maas.me):
        return failure
    if text(props, "on_failure") == "keep":
        return WaitFailed(f"{failure}. It is kept as it is: {standing(now)}")
    try:
        _released(maas, now, props)
    except MaasError as second:
        return WaitFailed(f"{failure}. Giving it back failed too: {second}")
    return WaitFailed(f"{failure}. It was released again")


def _minutes(props: Props) -> int:
    return read_whole(props, "deadline_minutes") or 45


def _observe(found: Machine, props: Props) -> dict[str, object]:
    """Observe a deployment. Of a machine that is not deployed only that is drift: the rest comes back with it."""
    deployed = found.status == DEPLOYED
    outs: dict[str, object] = {
        "system_id": found.system_id,
        "hostname": found.hostname,
        "fqdn": found.fqdn,
        "ip_addresses": list(found.ip_addresses),
        "status": found.status,
        "osystem": found.osystem,
        "claim": text(props, "claim") or found.claim,
    }
    if deployed:
        outs |= {"distro_series": found.distro_series, "hwe_kernel": props.get("hwe_kernel") or found.hwe_kernel}
        outs |= {"locked": found.locked}
        if found.power_state in {"on", "off"}:
            outs["power_state"] = found.power_state
    return outs
