"""A new controller's world: its user admin, its cloud and credential, its own model with machine 0.

Source: what `juju bootstrap` leaves behind (juju agent/agentbootstrap).
"""

import hmac
import secrets
from dataclasses import replace
from typing import Final

from lab.juju import models as m
from lab.juju.life import models
from lab.juju.provision import Seen
from lab.juju.world import World, key
from lab.maas import accounts

ADMIN: Final = "admin"
CONTROLLER: Final = "controller"
VERSION: Final = "3.6.14"


def digest(password: str, salt: str = "") -> str:
    """Keep a password as salt$hex, never in clear; the salt is drawn where none is given."""
    return accounts.digest(salt or secrets.token_hex(8), password)


def fits(user: m.User, password: str) -> bool:
    """Whether it is the user's password; nobody's is empty."""
    salt = user.password.partition("$")[0]
    return bool(user.password and password) and hmac.compare_digest(user.password, digest(password, salt))


def new_world(
    name: str,
    seed: str,
    now: float,
    *,
    cloud: m.Cloud,
    credential: m.Credential | None = None,
    addresses: tuple[str, ...] = (),
    admin_password: str,
    machine: Seen | None = None,
    version: str = VERSION,
    charmhub_url: str = "",
) -> World:
    """Make the world of a controller that was just bootstrapped on `machine`, as the source saw it.

    `seed` is what all ids and uuids are drawn from; `addresses` where the API answers.
    """
    world = World()
    world.meta_table.put("meta", m.Meta("", name, seed, version, addresses, charmhub_url=charmhub_url, created=now))
    world.meta = replace(world.meta, uuid=world.draw_uuid())
    world.users.put(ADMIN, m.User(ADMIN, digest(admin_password, world.draw(8)), "superuser", ADMIN, now, ""))
    world.clouds.put(cloud.name, replace(cloud, access={**cloud.access, ADMIN: "admin"}))
    held = ""
    if credential is not None:
        held = f"{credential.cloud}_{credential.owner}_{credential.name}"
        world.credentials.put(held, credential)
    model = models.create(world, now, CONTROLLER, ADMIN, cloud.name, credential=held)
    world.models.put(model.uuid, replace(model, is_controller=True))
    world.meta = replace(world.meta, controller_model=model.uuid)
    _add_machine(world, now, model.uuid, machine, addresses)
    return world


def _add_machine(world: World, now: float, model: str, seen: Seen | None, addresses: tuple[str, ...]) -> None:
    row = m.Machine(
        model,
        str(world.next_id(f"{model}/machine")),
        phase="started",
        instance_id=seen.instance_id if seen else "",
        hostname=seen.hostname if seen else "",
        addresses=(seen.addresses if seen else ()) or addresses,
        hardware=seen.hardware if seen else {},
        agent=m.Status("started", "", now),
        instance=m.Status("running", "Deployed", now),
        made=now,
    )
    world.machines.put(key(model, row.id), row)
