"""SSHClient: where `juju ssh` and `juju scp` find machines (juju apiserver/facades/client/sshclient, version 4).

No agent tells a machine's host keys, so there are none: the client needs --no-host-key-checks.
"""

from collections.abc import Sequence
from typing import Final

from lab.juju.errors import NOT_FOUND, JujuError
from lab.juju.facades import access, tags
from lab.juju.models import Json, Machine
from lab.juju.rpc import MODEL, Call, Facade, Fields, bulk
from lab.juju.world import key

NOT_ASSIGNED: Final = "not assigned"
NO_ADDRESS: Final = "no address set"


def _machine(call: Call, tag: str) -> Machine:
    """Give a machine by its tag, or by that of a unit on it."""
    if tags.kind_of(tag) != "unit":
        return call.world.machines.get(key(call.model, tags.parse(tag, "machine")))
    unit = call.world.units.get(key(call.model, tags.parse(tag, "unit")))
    if not unit.machine:
        raise JujuError(f'unit "{unit.name}" is not assigned to a machine', NOT_ASSIGNED)
    return call.world.machines.get(key(call.model, unit.machine))


def _addresses(call: Call, tag: str, kind: str) -> Sequence[str]:
    found = _machine(call, tag).addresses
    if not found:
        raise JujuError(f"no {kind} address(es)", NO_ADDRESS)
    return found


def public_address(call: Call, fields: Fields) -> Json:
    """Give the address that users reach each machine or unit at."""
    access.need_model(call, "admin")
    names = fields.tags()
    return bulk(names, lambda at: {"address": _addresses(call, names[at], "public")[0]})


def private_address(call: Call, fields: Fields) -> Json:
    """Give the address that other machines reach each machine or unit at."""
    access.need_model(call, "admin")
    names = fields.tags()
    return bulk(names, lambda at: {"address": _addresses(call, names[at], "private")[0]})


def all_addresses(call: Call, fields: Fields) -> Json:
    """Give all addresses of machines and units; the client takes the first whose port 22 answers."""
    access.need_model(call, "admin")
    names = fields.tags()
    return bulk(names, lambda at: {"addresses": list(_machine(call, names[at]).addresses)})


def public_keys(call: Call, fields: Fields) -> Json:
    """Tell that the host keys of machines are not known."""
    access.need_model(call, "admin")
    names = fields.tags()

    def one(at: int) -> Json:
        _machine(call, names[at])
        raise JujuError("keys not found", NOT_FOUND)

    return bulk(names, one)


def proxy(call: Call, _: Fields) -> Json:
    """Tell whether connections go through the controller: the model's `proxy-ssh`."""
    model = access.need_model(call, "admin")
    return {"use-proxy": str(model.config.get("proxy-ssh", "")).lower() == "true"}


FACADE: Final = Facade(
    "SSHClient",
    (4,),
    MODEL,
    {
        "AllAddresses": all_addresses,
        "PrivateAddress": private_address,
        "Proxy": proxy,
        "PublicAddress": public_address,
        "PublicKeys": public_keys,
    },
)
