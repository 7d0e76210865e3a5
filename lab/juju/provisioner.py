"""The controller's provisioner: what the world's machines need of their source, and what the source saw of them.

    world ─> plan (pure) ─> orders, containers, releases, looks ─> MachineSource ─> Seen ─> life.machines.told ─> world

A round reads in one transaction, asks the source outside of any, and tells in another. With an instant source a round
runs before a call is answered; else a thread runs them: at each change, often while something is under way, and now and
then for what other people do to the machines.
"""

import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from lab.juju.life import machines
from lab.juju.models import Machine, Status
from lab.juju.pace import Scale, immediate
from lab.juju.provision import FAILED, GONE, RUNNING, MachineSource, Order, Seen, SourceError
from lab.juju.service import Service
from lab.juju.world import World, key

BUSY: Final = 0.1
IDLE: Final = 2.0
"""Seconds between two rounds, while something is under way and while nothing is."""
ATTEMPTS: Final = 10
PAUSE: Final = 10.0
"""How often a machine is asked for again that the source could not give, and after how many real seconds each."""

_log = logging.getLogger("lab")


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the world and the instance behind it; `parent`: the instance that hosts a container, in `zone`."""

    model: str
    machine: str
    instance_id: str = ""
    parent: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round asks of the source."""

    orders: tuple[Order, ...] = ()
    containers: tuple[Target, ...] = ()
    releases: tuple[Target, ...] = ()
    looks: tuple[Target, ...] = ()
    waiting: bool = False
    """Whether something is under way that only looking again shows."""


def plan(world: World, *, look: bool = True) -> Plan:
    """Tell what the machines of all models need now (pure); with `look` also those that just run."""
    orders: list[Order] = []
    containers: list[Target] = []
    releases: list[Target] = []
    looks: list[Target] = []
    # asked after each commit: machines that just run, which are nearly all, cost as little as can be
    rows = [row for row in world.machines if look or row.phase not in _SETTLED]
    for row in rows:
        if row.phase == "stopping":
            releases.append(_target(world, row))
        elif row.phase == "pending" and row.life == "alive" and not row.parent:
            orders.append(order_of(world, row))
        elif row.phase == "pending" and row.parent and _started(world, row):
            containers.append(replace(_target(world, row), instance_id=container_name(row)))
        elif row.instance_id and not row.parent:
            looks.append(_target(world, row))
    busy = any(row.phase == "provisioning" for row in rows)
    return Plan(tuple(orders), tuple(containers), tuple(releases), tuple(looks), bool(orders or releases or busy))


_SETTLED: Final = frozenset({"agent", "started", "failed"})


def _host(world: World, row: Machine) -> Machine | None:
    return world.machines.find(key(row.model, row.parent))


def _target(world: World, row: Machine) -> Target:
    host = _host(world, row) if row.parent else None
    zone = str(host.hardware.get("availability-zone") or "") if host else ""
    return Target(row.model, row.id, row.instance_id, host.instance_id if host else "", zone)


def _started(world: World, row: Machine) -> bool:
    host = _host(world, row)
    return host is not None and host.phase == "started"


def order_of(world: World, row: Machine) -> Order:
    """Give what the source is asked for, for a machine of a model."""
    config = world.models.get(row.model).config
    owner_data = {
        "juju-controller-uuid": world.meta.uuid,
        "juju-model-uuid": row.model,
        "juju-machine-id": f"{world.models.get(row.model).name}-machine-{row.id}",
    }
    user_data = str(config.get("cloudinit-userdata") or "")
    return Order(
        row.model,
        row.id,
        row.placement,
        row.constraints,
        row.base,
        row.arch,
        f"#cloud-config\n{user_data}" if user_data else "",
        owner_data,
    )


def container_name(row: Machine) -> str:
    """Name a container as Juju does: juju-4c2a91-0-lxd-1."""
    return f"juju-{row.model[-6:]}-{row.id.replace('/', '-')}"


@dataclass(frozen=True, slots=True)
class _Failures:
    """How often the source could not give a machine, and when it is asked next."""

    count: int = 0
    until: float = 0.0


def _unwanted(world: World, target: Target, seen: Seen) -> bool:
    """Whether an instance was taken for a row that went meanwhile."""
    taken = seen.instance_id and not seen.gone and not target.instance_id
    return bool(taken) and key(target.model, target.machine) not in world.machines


@dataclass
class _Told:
    """What was told last of each machine, so that nothing is told twice."""

    last: dict[tuple[str, str], tuple[Seen, str]] = field(default_factory=dict[tuple[str, str], tuple[Seen, str]])

    def news(self, world: World, seen: Iterable[tuple[Target, Seen]]) -> list[tuple[Target, Seen]]:
        """Keep what the world does not know yet."""
        found: list[tuple[Target, Seen]] = []
        for target, one in seen:
            row = world.machines.find(key(target.model, target.machine))
            if row is None:
                self.last.pop((target.model, target.machine), None)
            elif self.last.get((target.model, target.machine)) != (one, row.phase):
                found.append((target, one))
        return found

    def keep(self, world: World, target: Target, seen: Seen) -> None:
        row = world.machines.find(key(target.model, target.machine))
        if row is not None:
            self.last[target.model, target.machine] = (seen, row.phase)


class Then(Protocol):
    """What follows a round; False when it is to be tried again soon."""

    def __call__(self, *, shut: bool) -> bool:
        """Follow the world; `shut` tells the provisioner's own thread from whoever changed the world."""
        ...


class Provisioner:
    """Keeps the machines of a controller's world and those of its source in step; `close` ends it."""

    def __init__(
        self, service: Service, source: MachineSource, then: "Then | None" = None, scale: Scale = immediate
    ) -> None:
        """Prepare it; `then` is called after each change and each round, see `Then`."""
        self._service = service
        self._source = source
        self._then = then
        self._scale = scale
        self._failures: dict[tuple[str, str], _Failures] = {}
        self._told = _Told()
        self._turn = threading.Lock()
        self._again = False
        self._next_look = 0.0
        self._complaints: tuple[str, ...] = ()
        self._wake = threading.Event()
        self._closed = False
        self._unsubscribe = service.subscribe(self._changed)
        self._thread = threading.Thread(target=self._run, name="juju provisioner", daemon=True)

    def start(self) -> None:
        """Begin to look by itself."""
        self._thread.start()
        self._changed()

    def close(self) -> None:
        """Look no more; waits for a round that is under way."""
        self._closed = True
        self._unsubscribe()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def settle(self) -> bool:
        """Run rounds until the world asks for nothing new; whether something is under way.

        Returns at once where another thread is at it: that one goes round once more.
        """
        self._again = True
        waiting = True
        while self._again and self._turn.acquire(blocking=False):
            try:
                self._again = False
                waiting = self.round(look=self._due())
            finally:
                self._turn.release()
        return waiting

    def _due(self) -> bool:
        """Whether it is time to look at the machines that there are."""
        now = time.monotonic()
        due = now >= self._next_look
        if due:
            self._next_look = now + IDLE
        return due

    def round(self, *, look: bool = True) -> bool:
        """Ask the source for what the world needs now, and tell the world; whether something is under way.

        Machines that just run are only looked at with `look`.
        """
        with self._service.transaction() as world:
            wanted = plan(world, look=look)
        seen = [
            *self._ordered(self._ripe(wanted.orders)),
            *self._housed(wanted.containers),
            *self._released(wanted.releases),
        ]
        seen += self._looked(wanted.looks)
        if seen:
            self._tell(seen)
        return wanted.waiting

    def _tell(self, seen: Sequence[tuple[Target, Seen]]) -> None:
        with self._service.transaction() as world:
            lost = [one.instance_id for target, one in seen if _unwanted(world, target, one)]
            for target, one in self._told.news(world, seen):
                machines.told(world, self._service.now(), target.model, target.machine, one)
                self._told.keep(world, target, one)
        for instance_id in lost:
            self._source.release(instance_id)

    def _changed(self) -> None:
        if self._closed:
            return
        if self._source.instant:
            self.settle()
        if self._then:
            self._then(shut=False)
        self._wake.set()

    def _run(self) -> None:
        while not self._closed:
            self._wake.clear()
            try:
                waiting = self.settle()
                waiting = not (self._then is None or self._then(shut=True)) or waiting
            except Exception:  # noqa: BLE001 # a round that fails is a defect of the lab, and must not end all later ones
                _log.exception("the provisioner could not finish its round")
                waiting = False
            self._wake.wait(BUSY if waiting else self._idle())

    def _idle(self) -> float:
        """Wait for what other people do, at most until something happens by itself."""
        due = self._service.next_due()
        return IDLE if due is None else min(IDLE, max(due - self._service.now(), BUSY))

    def _ripe(self, orders: Sequence[Order]) -> list[Order]:
        """Leave out what is to be asked for later, and forget what nobody wants any more."""
        wanted = {(each.model, each.machine) for each in orders}
        self._failures = {each: failures for each, failures in self._failures.items() if each in wanted}
        now = self._service.now()
        return [each for each in orders if self._failures.get((each.model, each.machine), _Failures()).until <= now]

    def _ordered(self, orders: Iterable[Order]) -> list[tuple[Target, Seen]]:
        found: list[tuple[Target, Seen]] = []
        for order in orders:
            try:
                seen = Seen("Deploying", self._source.request(order))
            except SourceError as error:
                _log.info("machine %s of %s: %s", order.machine, order.model, error)
                if self._comes_again(order, error):
                    continue
                seen = Seen(FAILED, error=str(error))
            found.append((Target(order.model, order.machine), seen))
        taken = [(target.model, seen.instance_id) for target, seen in found if not seen.failed]
        return [
            (target, looked.get(seen.instance_id, seen)) for looked in [self._look(taken)] for target, seen in found
        ]

    def _comes_again(self, order: Order, error: SourceError) -> bool:
        """Whether it is asked for once more; its status tells when (Juju 3.6, worker/provisioner)."""
        pause = self._scale(PAUSE)
        failures = self._failures.get((order.model, order.machine), _Failures())
        left = ATTEMPTS - failures.count
        if not pause or not left:
            return False
        words = f"failed to start machine {order.machine} ({error}), retrying in {PAUSE:.0f}s ({left} more attempts)"
        with self._service.transaction() as world:
            now = self._service.now()
            row = world.machines.find(key(order.model, order.machine))
            if row is not None:
                world.machines.put(
                    key(order.model, order.machine), replace(row, instance=Status("pending", words, now))
                )
        self._failures[order.model, order.machine] = _Failures(failures.count + 1, now + pause)
        return True

    def _housed(self, containers: Iterable[Target]) -> list[tuple[Target, Seen]]:
        found: list[tuple[Target, Seen]] = []
        for each in containers:
            try:
                address = self._source.container_address(each.parent, each.instance_id)
                hardware = {"arch": "amd64", "availability-zone": each.zone, "virt-type": "container"}
                seen = Seen(RUNNING, each.instance_id, (address,), each.instance_id, hardware, power="on")
            except SourceError as error:
                seen = Seen(FAILED, error=str(error))
            found.append((each, seen))
        return found

    def _released(self, releases: Iterable[Target]) -> list[tuple[Target, Seen]]:
        """Give back what is still ours; what could not be given back is tried again in the next round."""
        found: list[tuple[Target, Seen]] = []
        for each in releases:
            try:
                self._release(each)
            except SourceError as error:
                self._complain(f"{each.instance_id} is not released: {error}")
            else:
                found.append((each, Seen(GONE, each.instance_id)))
        return found

    def _complain(self, words: str) -> None:
        """Log what is tried again and again, once."""
        if words not in self._complaints:
            _log.warning("%s", words)
        self._complaints = (*self._complaints[-9:], words)

    def _release(self, target: Target) -> None:
        if not target.instance_id:
            return
        if target.parent:
            self._source.free_container(target.parent, target.instance_id)
        elif not self._source.look([target.instance_id], target.model)[target.instance_id].gone:
            self._source.release(target.instance_id)

    def _looked(self, looks: Iterable[Target]) -> list[tuple[Target, Seen]]:
        targets = list(looks)
        seen = self._look([(each.model, each.instance_id) for each in targets])
        return [(each, seen[each.instance_id]) for each in targets if each.instance_id in seen]

    def _look(self, instances: Iterable[tuple[str, str]]) -> Mapping[str, Seen]:
        """See instances of models; what could not be seen now is seen in another round."""
        by_model: dict[str, list[str]] = {}
        for model, instance_id in instances:
            by_model.setdefault(model, []).append(instance_id)
        found: dict[str, Seen] = {}
        for model, listed in by_model.items():
            try:
                found |= self._source.look(listed, model)
            except SourceError as error:
                self._complain(f"the machines of {model} could not be looked at: {error}")
        return found
