"""How a world begins (pure: secrets are arguments).

bare_world: a rack, and a host without MAAS ─> initialise: what `maas init` does ─> create_admin: its first user
                                            <─ forget: MAAS's snap was removed, the rack still stands
"""

from dataclasses import dataclass, replace
from typing import Final

from lab.maas import accounts, images
from lab.maas.models import (
    BootSource,
    Domain,
    Fabric,
    Host,
    Import,
    Interface,
    Link,
    Meta,
    Pace,
    PhysicalMachine,
    Pool,
    RackController,
    Selection,
    Setting,
    Snap,
    Subnet,
    Token,
    User,
    Vlan,
    Zone,
)
from lab.maas.settings import DEFAULTS
from lab.maas.world import World

ADMIN: Final = "cloud"

PREINSTALLED: Final = (
    Snap("core20", "20240911", 2434, "latest/stable", "canonical", "base"),
    Snap("snapd", "2.66.1", 23258, "latest/stable", "canonical", "snapd"),
)
INSTALLED: Final = (
    Snap("core22", "20250923", 2139, "latest/stable", "canonical", "base"),
    Snap("maas", "3.5.10-16350-g.9d83fa2cb", 40962, "3.5/stable", "canonical"),
    Snap("maas-test-db", "14.17-53-g.4d2d8c6", 182, "latest/stable", "canonical"),
)
"""What `snap list` shows on a host with MAAS, beyond what Ubuntu Server comes with."""


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
    world = bare_world(secrets, rack, pace, host)
    for snap in INSTALLED:
        world.snaps.put(snap.name, snap)
    initialise(world, now, world.meta.host.url)
    return world, create_admin(world, ADMIN, "cloud@localhost", secrets.password)


def bare_world(secrets: Secrets, rack: list[PhysicalMachine], pace: Pace, host: Host | None = None) -> World:
    """Make a rack whose host has no MAAS yet."""
    world = World()
    world.meta = Meta(secrets.seed, secrets.amt_password, pace=pace, host=host or Host())
    for machine in rack:
        world.rack.put(machine.name, machine)
    for snap in PREINSTALLED:
        world.snaps.put(snap.name, snap)
    return world


def complete(world: World) -> None:
    """Give a world that was written before hosts had snaps those that it must have had."""
    if not world.snaps:
        for snap in (*PREINSTALLED, *(INSTALLED if initialised(world) else ())):
            world.snaps.put(snap.name, snap)


def initialised(world: World) -> bool:
    """Whether `maas init` has run: MAAS answers."""
    return len(world.settings) > 0


def initialise(world: World, now: float, url: str) -> None:
    """Fill MAAS's database as `maas init` does; it has no user yet."""
    world.meta = replace(world.meta, maas_url=url)
    for name, value in DEFAULTS.items():
        world.settings.put(name, Setting(name, value))
    _places(world)
    _network(world, world.meta.host)
    _images(world, now)


def create_admin(world: World, username: str, email: str, password: str) -> Token:
    """Make an administrator with a first API key, as `maas createadmin` does."""
    world.users.put(username, User(username, email, True, accounts.digest(world.draw(8), password)))
    return accounts.new_token(world, username, "MAAS consumer")


def forget(world: World) -> None:
    """Drop MAAS's database; the rack, what runs there, the host's snaps and the faults stay."""
    kept = {each.name for each in (world.meta_table, world.rack, world.installs, world.snaps, world.faults)}
    for table in world.tables():
        if table.name not in kept:
            table.clear()
    counters = {name: number for name, number in world.meta.next_id.items() if name == "fault"}
    world.meta = replace(world.meta, maas_url="", image_import=Import(), next_id=counters)


def _places(world: World) -> None:
    world.zones.put(1, Zone(world.next_id("zone"), "default"))
    world.pools.put(0, Pool(0, "default", "Default pool"))
    world.domains.put(0, Domain(0, "maas", is_default=True))


def _network(world: World, host: Host) -> None:
    world.fabrics.put(0, Fabric(0, "fabric-0"))
    vlan = world.vlans.put(5001, Vlan(5001, 0, 0, "untagged"))
    subnet_id = world.next_id("subnet")
    world.subnets.put(subnet_id, Subnet(subnet_id, host.network, host.network, vlan.id))
    link = Link(world.next_id("link"), "static", subnet_id, host.address)
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
