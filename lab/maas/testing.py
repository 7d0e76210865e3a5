"""A MAAS for tests: `with running_maas() as maas:` serves the emulator from a thread of this process.

The server listens on a free port of 127.0.0.1; the world lives in memory unless a home directory is given. Everything a
test does behind the program's back (faults, hands, time) is a method here.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lab.maas import accounts, faults, hands, rack, seed, server
from lab.maas import pace as paces
from lab.maas.home import Home
from lab.maas.models import Fault, Json, Machine, Pace
from lab.maas.render import machines as shown
from lab.maas.seed import Secrets
from lab.maas.service import Served, Service

PASSWORD = "lab-cloud-password"  # noqa: S105 # a fixed one, of a MAAS that only a test reaches
AMT_PASSWORD = "Lab-Amt-1"  # noqa: S105 # likewise


@dataclass
class RunningMaas:
    """A MAAS that answers at `url`; `api_key` is cloud's "consumer:token:secret"."""

    url: str
    api_key: str
    amt_password: str
    service: Service = field(repr=False)
    username: str = seed.ADMIN
    password: str = PASSWORD

    @property
    def calls(self) -> list[Served]:
        """Every request served so far, in order; clear it with `calls.clear()`."""
        return self.service.served

    def call_counts(self) -> Counter[tuple[str, str, str]]:
        """How often each (method, path, op) was served."""
        return Counter((call.method, call.path, call.op) for call in self.calls)

    def fault(
        self,
        kind: str,
        *,
        machine: str = "",
        phase: str = "",
        method: str = "",
        path: str = "",
        op: str = "",
        text: str = "",
        status: int = 0,
        retry_after: int | None = None,
        seconds: float = 0.0,
        times: int | None = None,
        every: int = 1,
    ) -> int:
        """Add a fault (see `lab.maas.faults`); its number."""
        row = Fault(0, kind, method, path, op, machine, phase, text, status, retry_after, seconds, times, every)
        with self.service.transaction() as world:
            return faults.add(world, row).id

    def clear_faults(self) -> None:
        with self.service.transaction() as world:
            faults.clear(world)

    def hand(self, action: str, *target: str) -> str:
        """Do by hand what another admin does: `hand("release", "server3")`, see `lab.maas.hands`; what was done."""
        with self.service.transaction() as world:
            return hands.do(world, self.service.now(), action, target)

    def pace(self, mode: Literal["immediate", "timed", "manual"], factor: float = 1.0, **phases: float) -> None:
        """Change how fast things go; `phases` are seconds per phase (commissioning=..., importing=...)."""
        self.service.set_pace(mode, factor, phases)

    def advance(self, seconds: float) -> None:
        """Put the world's clock forward (all paces); what is due meanwhile happens."""
        self.service.advance(seconds)

    def machines(self) -> list[Json]:
        """All machines as the API shows them, without a call being counted."""
        with self.service.transaction() as world:
            return shown.machines(world, list(world.machines))

    def machine(self, name: str) -> Machine:
        """Give the row of a machine, by hostname or system id."""
        with self.service.transaction() as world:
            return hands.machine_named(world, name)

    def physical_macs(self) -> dict[str, str]:
        """First MAC address of every machine of the rack by its name."""
        with self.service.transaction() as world:
            return {each.name: each.macs[0] for each in world.rack}

    def amt_addresses(self) -> dict[str, str]:
        """AMT address of every machine of the rack by its name."""
        with self.service.transaction() as world:
            return {each.name: each.amt_address for each in world.rack}


@contextmanager
def running_maas(
    rack: str = "course",
    pace: Literal["immediate", "manual", "timed"] = "immediate",
    home: Path | None = None,
    factor: float = 1.0,
    port: int = 0,
) -> Generator[RunningMaas]:
    """Serve a MAAS on 127.0.0.1 for as long as the context lasts.

    `rack` is course, fleet:N or a YAML file; with `home` the world is kept in that directory and found again there.
    """
    service, key = _service(rack, pace, factor, home)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="lab-maas", daemon=True)
    thread.start()
    runner, bound = asyncio.run_coroutine_threadsafe(server.start(service, "127.0.0.1", port), loop).result()
    try:
        amt_password = service.world.meta.amt_password
        yield RunningMaas(f"http://127.0.0.1:{bound}/MAAS", key, amt_password, service)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        service.close()


def _service(name: str, mode: str, factor: float, home: Path | None) -> tuple[Service, str]:
    now = time.time()
    start = paces.switch(Pace(), now, mode, factor)
    if home is not None:
        return Home(home).open(name, start, now, Secrets("testing", PASSWORD, AMT_PASSWORD))
    world, token = seed.new_world(
        Secrets("testing", PASSWORD, AMT_PASSWORD), rack.load(name), now, start, rack.host(name)
    )
    return Service(world, time.time), accounts.api_key(token)
