"""Subnets: the networks that machines of a model are on (juju apiserver/facades/client/subnets, version 5).

Spaces hold the CIDRs; a subnet's id is made of its CIDR, so that it stays itself in whatever space it is.
"""

import ipaddress
import zlib
from collections.abc import Iterator
from typing import Final

from lab.juju.errors import JujuError, not_found
from lab.juju.facades import access, tags
from lab.juju.models import Json, Space
from lab.juju.rpc import MODEL, Call, Facade, Fields, bulk
from lab.juju.world import World

_DEFAULT_ZONE: Final = "default"


def subnet_id(cidr: str) -> str:
    """Give a subnet's id: a number, as Juju's are."""
    return str(zlib.crc32(cidr.encode()))


def zones(world: World, model: str) -> list[str]:
    """Give the availability zones that the model's machines are known to be in, the default one at least."""
    seen = {
        str(row.hardware["availability-zone"])
        for row in world.machines.of(model)
        if row.hardware.get("availability-zone")
    }
    return sorted(seen | {_DEFAULT_ZONE})


def shown(world: World, space: Space, cidr: str) -> Json:
    """Give Juju's Subnet."""
    return {
        "cidr": cidr,
        "vlan-tag": 0,
        "life": "alive",
        "space-tag": tags.make("space", space.name),
        "zones": zones(world, space.model),
    }


def all_of(world: World, model: str) -> Iterator[tuple[Space, str]]:
    """Give every subnet of a model with its space."""
    return ((space, cidr) for space in world.spaces.of(model) for cidr in space.cidrs)


def all_zones(call: Call, _: Fields) -> Json:
    """List the availability zones."""
    access.need_model(call, "read")
    return {"results": [{"name": name, "available": True} for name in zones(call.world, call.model)]}


def list_subnets(call: Call, fields: Fields) -> Json:
    """List subnets, of a space or a zone where asked for."""
    access.need_model(call, "read")
    wanted, zone = fields.text("space-tag"), fields.text("zone")
    found = [
        shown(call.world, space, cidr)
        for space, cidr in all_of(call.world, call.model)
        if not wanted or space.name == tags.parse(wanted, "space")
    ]
    known = zones(call.world, call.model)
    return {"results": [each for each in found if not zone or zone in known]}


def subnets_by_cidr(call: Call, fields: Fields) -> Json:
    """Find subnets by their CIDRs."""
    access.need_model(call, "read")
    cidrs = fields.texts("cidrs")

    def one(at: int) -> Json:
        _need_cidr(cidrs[at])
        return {
            "subnets": [
                {**shown(call.world, space, cidr), "id": subnet_id(cidr)}
                for space, cidr in all_of(call.world, call.model)
                if cidr == cidrs[at]
            ]
        }

    return bulk(cidrs, one)


def _need_cidr(text: str) -> None:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise JujuError(f'CIDR "{text}" not valid', "not valid") from error


def find(world: World, model: str, cidr: str) -> Space:
    """Give the space that a subnet is in; JujuError "not found"."""
    _need_cidr(cidr)
    for space, each in all_of(world, model):
        if each == cidr:
            return space
    raise not_found("subnet", cidr)


def by_id(world: World, model: str, number: str) -> tuple[Space, str]:
    """Give a subnet's space and CIDR; JujuError "not found"."""
    for space, cidr in all_of(world, model):
        if subnet_id(cidr) == number:
            return space, cidr
    raise not_found("subnet", number)


FACADE: Final = Facade(
    "Subnets",
    (5,),
    MODEL,
    {"AllZones": all_zones, "ListSubnets": list_subnets, "SubnetsByCIDR": subnets_by_cidr},
)
