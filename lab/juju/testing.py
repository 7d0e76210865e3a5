"""A Juju for tests: `with running_juju() as juju:` serves a controller from threads of this process.

Each runs on addresses of its own, 127.N.0.0/16, so that machines, containers and what units serve (vault at port 8200)
can be reached as they would be. Machines come from memory at once, or from a `running_maas()` as Juju takes them.
Everything a test does behind the program's back (faults, hands, time) is a method here.
"""

import itertools
import os
import socket
import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from lab.juju import faults, hands, seed, tls
from lab.juju.controller import Controller
from lab.juju.doors import Doors, Loopback
from lab.juju.hub import catalogue
from lab.juju.models import Cloud, Credential, Fault
from lab.juju.provision import MachineSource, MemorySource, Seen
from lab.juju.service import Served, Service
from lab.juju.site import OAUTH, Bootstrap, JujuSite
from lab.juju.world import World
from lab.maas import pace as paces
from lab.maas.models import Pace
from lab.maas.testing import RunningMaas

PASSWORD: Final = "lab-juju-password"  # noqa: S105 # a fixed one, of a controller that only a test reaches
NAME: Final = "lab"
PORT: Final = 17070
Mode: TypeAlias = Literal["immediate", "manual", "timed"]

_FIRST, _COUNT = 32, 200
"""The second numbers of 127.N.0.0/16 that controllers of tests are at."""
_turns: Iterator[int] = itertools.count()


@dataclass
class Clock:
    """The time in a lab without a MAAS, and how fast things go there."""

    state: Pace

    def now(self) -> float:
        return paces.time_in(self.state, time.time())

    def scale(self, seconds: float) -> float:
        return paces.scaled(self.state, seconds)


@dataclass
class RunningJuju:
    """A controller that answers at `addresses` ("host:port"); `username` is its superuser."""

    addresses: tuple[str, ...]
    ca_cert: str
    password: str = field(repr=False)
    uuid: str
    charmhub_url: str
    service: Service = field(repr=False)
    clock: Clock | RunningMaas = field(repr=False)
    username: str = seed.ADMIN

    @property
    def calls(self) -> list[Served]:
        """Every call but the logins, in order; clear it with `calls.clear()`."""
        return self.service.served

    @property
    def logins(self) -> list[tuple[str, str]]:
        """Every login as (user, model's uuid), "" as model for the controller."""
        return self.service.logins

    def call_counts(self) -> Counter[tuple[str, str]]:
        """How often each (facade, method) was called."""
        return Counter((call.facade, call.method) for call in self.calls)

    def fault(
        self,
        kind: str,
        *,
        model: str = "",
        target: str = "",
        hook: str = "",
        facade: str = "",
        method: str = "",
        text: str = "",
        code: str = "",
        seconds: float = 0.0,
        times: int | None = None,
        every: int = 1,
    ) -> int:
        """Add a fault (see `lab.juju.faults`); its number."""
        row = Fault(0, kind, model, target, hook, facade, method, text, code, seconds, times, every)
        with self.service.transaction() as world:
            return faults.add(world, row).id

    def clear_faults(self) -> None:
        with self.service.transaction() as world:
            faults.clear(world)

    def hand(self, action: str, *target: str) -> str:
        """Do by hand what others do: `hand("remove-unit", "vault/0")`, see `lab.juju.hands`; what was done."""
        with self.service.transaction() as world:
            return hands.do(world, self.service.now(), action, target)

    def pace(self, mode: Mode, factor: float = 1.0) -> None:
        """Change how fast things go."""
        if isinstance(self.clock, RunningMaas):
            self.clock.pace(mode, factor)
        else:
            self.clock.state = paces.switch(self.clock.state, time.time(), mode, factor)

    def advance(self, seconds: float) -> None:
        """Put the world's clock forward (all paces); what is due meanwhile happens."""
        if isinstance(self.clock, RunningMaas):
            self.clock.advance(seconds)
        else:
            self.clock.state = paces.forward(self.clock.state, seconds)
        with self.service.transaction():
            # a transaction lets happen what is due
            pass


@contextmanager
def running_juju(
    *,
    maas: RunningMaas | None = None,
    pace: Mode = "immediate",
    factor: float = 1.0,
    version: str = seed.VERSION,
    cloud: str = "maas-one",
    fleet: dict[str, tuple[str, ...]] | None = None,
    base: str = "22.04",
    charms: Path | None = None,
) -> Generator[RunningJuju]:
    """Serve a controller for as long as the context lasts; `version` may be one of 2.9 or 4.0 too.

    With `maas` it is bootstrapped on one of its machines, at that MAAS's pace; else `fleet` names the machines there
    are (hostname -> tags), None for as many as are wanted. `charms`: a folder of more charms' data files, which every
    controller of this process has meanwhile.
    """
    with catalogue.brought(charms), network() as number:
        charmhub = f"127.{number}.0.2:8080"
        if maas is not None:
            with _on_maas(maas, number, charmhub, Bootstrap(NAME, *_account(cloud, maas), version, base)) as running:
                yield running
        else:
            clock = Clock(paces.switch(Pace(), time.time(), pace, factor))
            source = MemorySource(f"127.{number}.16.0/20", fleet)
            with _in_memory(
                clock, number, charmhub, source, _world(clock, number, charmhub, cloud, version)
            ) as running:
                yield running


@contextmanager
def network() -> Generator[int]:
    """Find a number N whose 127.N.0.0/16 no other test uses; it is ours while the context lasts."""
    start = os.getpid() * 7
    for turn in itertools.islice(_turns, _COUNT):
        number = _FIRST + (start + turn) % _COUNT
        held = socket.socket()
        try:
            held.bind((f"127.{number}.255.254", PORT))  # an address that no MAAS gives
        except OSError:
            held.close()
            continue
        with held:
            yield number
            return
    raise OSError(f"No network 127.N.0.0/16 is free for a controller, N from {_FIRST} to {_FIRST + _COUNT - 1}.")


def _account(name: str, maas: RunningMaas | None) -> tuple[Cloud, Credential]:
    endpoint, secret = (maas.url, maas.api_key) if maas else ("http://127.0.0.1:5240/MAAS", "none:of:these")
    cloud = Cloud(name, endpoint=endpoint, regions=(("default", endpoint),))
    return cloud, Credential(name, seed.ADMIN, name, attrs={OAUTH: secret})


def _world(clock: Clock, number: int, charmhub: str, cloud: str, version: str) -> World:
    address = f"127.{number}.0.10"
    row, credential = _account(cloud, None)
    world = seed.new_world(
        NAME,
        "testing",
        clock.now(),
        cloud=row,
        credential=credential,
        addresses=(address,),
        admin_password=PASSWORD,
        machine=Seen(
            "Deployed", "controller", (address,), "juju-controller", {"arch": "amd64", "cores": 4, "mem": 8192}
        ),
        version=version,
        charmhub_url=f"http://{charmhub}",
    )
    issued = tls.issue([address], time.time())
    world.meta = replace(world.meta, port=PORT, ca_cert=issued.ca_cert, cert=issued.cert, key=issued.key)
    world.commit()
    return world


@contextmanager
def _in_memory(clock: Clock, number: int, charmhub: str, source: MachineSource, world: World) -> Generator[RunningJuju]:
    service = Service(world, clock.now, source, scale=clock.scale)
    controller = Controller(service, source, Doors(Loopback(number)), charmhub)
    controller.start()
    try:
        yield _running(controller, PASSWORD, charmhub, clock)
    finally:
        controller.close()


@contextmanager
def _on_maas(maas: RunningMaas, number: int, charmhub: str, wanted: Bootstrap) -> Generator[RunningJuju]:
    site = JujuSite(maas.service, Loopback(number), None, charmhub)
    made = site.bootstrap(wanted, lambda _line: None, lambda: None)
    controller = site.controller
    if controller is None:
        raise RuntimeError("the bootstrap ended without a controller")
    try:
        yield _running(controller, made.password, charmhub, maas)
    finally:
        site.close()


def _running(controller: Controller, password: str, charmhub: str, clock: Clock | RunningMaas) -> RunningJuju:
    """Open all its doors, then tell where they are."""
    deadline = time.monotonic() + 30
    while not controller.open(shut=True):
        if time.monotonic() > deadline:
            raise TimeoutError("The controller's API was not open within 30 s.")
        time.sleep(0.01)
    service, meta = controller.service, controller.service.world.meta
    addresses = tuple(f"{each}:{meta.port}" for each in meta.addresses)
    return RunningJuju(addresses, meta.ca_cert, password, meta.uuid, f"http://{charmhub}", service, clock)
