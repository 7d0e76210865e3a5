"""A MAAS as it is after `maas init` and nothing else, and the rack beside it (pure: secrets are arguments)."""

from dataclasses import dataclass
from typing import Final

from lab.maas import accounts, images
from lab.maas.models import (
    BootSource,
    Domain,
    Fabric,
    Host,
    Interface,
    Link,
    Meta,
    Pace,
    PhysicalMachine,
    Pool,
    RackController,
    Selection,
    Setting,
    Subnet,
    Token,
    User,
    Vlan,
    Zone,
)
from lab.maas.settings import DEFAULTS
from lab.maas.world import World

ADMIN: Final = "cloud"
NETWORK: Final = "172.16.0.0/20"
MAAS_IP: Final = "172.16.0.3"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a new world is given to keep: the seed of its ids, cloud's password, the rack's AMT password."""

    seed: str
    password: str
    amt_password: str


def new_world(
    secrets: Secrets, rack: list[PhysicalMachine], now: float, pace: Pace, host: Host | None = None
) -> tuple[World, Token]:
    """Make a fresh MAAS for a rack; the token is cloud's API key. Nothing is enrolled."""
    world = World()
    world.meta = Meta(secrets.seed, secrets.amt_password, pace=pace)
    world.users.put(ADMIN, User(ADMIN, "cloud@localhost", True, accounts.digest(world.draw(8), secrets.password)))
    token = accounts.new_token(world, ADMIN, "MAAS consumer")
    for name, value in DEFAULTS.items():
        world.settings.put(name, Setting(name, value))
    _places(world)
    _network(world, host or Host())
    _images(world, now)
    for machine in rack:
        world.rack.put(machine.name, machine)
    return world, token


def _places(world: World) -> None:
    world.zones.put(1, Zone(world.next_id("zone"), "default"))
    world.pools.put(0, Pool(0, "default", "Default pool"))
    world.domains.put(0, Domain(0, "maas", is_default=True))


def _network(world: World, host: Host) -> None:
    world.fabrics.put(0, Fabric(0, "fabric-0"))
    vlan = world.vlans.put(5001, Vlan(5001, 0, 0, "untagged"))
    subnet_id = world.next_id("subnet")
    world.subnets.put(subnet_id, Subnet(subnet_id, NETWORK, NETWORK, vlan.id))
    link = Link(world.next_id("link"), "static", subnet_id, MAAS_IP)
    nic = Interface(
        world.next_id("interface"), "enp1s0", "physical", "52:54:00:ac:10:03", vlan.id, links=(link,), speed=1000
    )
    rack = RackController(world.draw_system_id(), host.name, host.memory, host.cpus, nic)
    world.rackcontrollers.put(rack.system_id, rack)


def _images(world: World, now: float) -> None:
    source = world.next_id("bootsource")
    world.boot_sources.put(source, BootSource(source, images.DEFAULT_URL, images.DEFAULT_KEYRING, "", now, now))
    chosen = world.next_id("selection")
    world.selections.put(chosen, Selection(chosen, source, "ubuntu", "jammy", ("amd64",)))
    images.new_resource(world, "ubuntu", "jammy", "amd64", now, 100.0)
