"""The lab's one controller, from bootstrap to its end: kept in a folder, opened again with the lab.

    bootstrap: world ─> a machine of MAAS ─> deployed ─> agent installed ─> Controller (API open)      destroy, kill
    folder: state.json, state.journal ─ resume ─> Controller            call: a facade's method, as a client's call

Time and pace are MAAS's own, so that both go equally fast.
"""

import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, cast

from lab.juju import seed, tls
from lab.juju.controller import Controller
from lab.juju.doors import Doors, Places
from lab.juju.errors import NOT_IMPLEMENTED, UNAUTHORIZED, JujuError
from lab.juju.facades import FACADES
from lab.juju.maas_source import MaasLogin, MaasSource
from lab.juju.models import Cloud, Credential, Json, Space
from lab.juju.provision import NoMachineError, Order, Seen, SourceError
from lab.juju.provisioner import order_of
from lab.juju.rpc import Call, Fields
from lab.juju.service import Service
from lab.juju.store import keep, kept
from lab.juju.world import World, key
from lab.maas import pace
from lab.maas.service import Service as Maas

AGENT_SECONDS: Final = 300.0
"""How long the controller's own agent and database take to be installed, in real seconds."""
CONTROLLER_MEM: Final = 3584
"""MiB that a controller's machine has at least, unless a constraint says how big it is (environs/bootstrap)."""
_SIZED: Final = frozenset({"mem", "cores", "cpu-cores", "cpu-power", "instance-type"})
CHARMHUB_PORT: Final = 5249
CONTACT_SECONDS: Final = 60.0
LOOK: Final = 0.05
OAUTH: Final = "maas-oauth"
CONTROLLER_KEYS: Final = frozenset(
    {
        "agent-ratelimit-max", "agent-ratelimit-rate", "allow-model-access", "api-port", "api-port-open-delay",
        "audit-log-max-backups", "audit-log-max-size", "auditing-enabled", "autocert-dns-name", "controller-name",
        "features", "identity-url", "juju-db-snap-channel", "juju-ha-space", "juju-mgmt-space", "max-agent-state-size",
        "max-charm-state-size", "max-txn-log-size", "model-logfile-max-backups", "mongo-memory-profile",
        "public-dns-address", "set-numa-control-policy", "state-port",
    }
)  # fmt: skip
"""What `--config` sets of the controller itself; everything else is configuration of its model."""

Say = Callable[[str], object]
Check = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """What is to be bootstrapped; `placement` as `--to` has it, `constraints` parsed, `base` like "22.04"."""

    name: str
    cloud: Cloud
    credential: Credential
    version: str
    base: str
    placement: str = ""
    constraints: Mapping[str, object] = field(default_factory=dict[str, object])
    config: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Made:
    """A controller that answers, and the password of its user admin."""

    uuid: str
    model: str
    addresses: tuple[str, ...]
    ca_cert: str
    password: str = field(repr=False)


class JujuSite:
    """At most one controller on the machines of one MAAS; `home` is the folder of its state, None to keep nothing."""

    def __init__(self, maas: Maas, places: Places, home: Path | None = None, charmhub: str = "") -> None:
        """Open nothing yet; `charmhub` is the "HOST:PORT" that the lab's Charmhub listens at beside a controller."""
        self.controller: Controller | None = None
        self._maas = maas
        self._places = places
        self._home = home
        self._charmhub = charmhub
        self._busy = threading.Lock()

    # --- what it holds

    def resume(self) -> bool:
        """Open the controller that the folder holds; False when it holds none."""
        world = kept(self._home) if self._home else None
        if world is None:
            return False
        self._open(world)
        return True

    def close(self) -> None:
        """Let the controller stand still, to be resumed."""
        if self.controller:
            self.controller.close()
            self.controller = None

    @property
    def service(self) -> Service:
        """The controller's service; ValueError when there is no controller."""
        if self.controller is None:
            raise ValueError("There is no Juju controller; `juju bootstrap` on main makes one.")
        return self.controller.service

    def answers(self, uuid: str) -> bool:
        """Whether the controller of this uuid can be reached."""
        return self.controller is not None and self.service.world.meta.uuid == uuid and self.controller.reachable()

    def call(self, user: str, password: str, facade: str, method: str, params: Json, model: str = "") -> Json:
        """Call a method in its newest version, as a client that logged in does; JujuError."""
        service = self.service
        with service.transaction() as world:
            row = world.users.find(user)
            if row is None or row.disabled or not seed.fits(row, password):
                raise JujuError("invalid entity name or password", UNAUTHORIZED)
            return _called(service, user, facade, method, params, model)

    def status(self, model: str) -> Json:
        """Give the FullStatus of a model, by its uuid."""
        with self.service.transaction():
            return _called(self.service, seed.ADMIN, "Client", "FullStatus", {}, model)

    # --- bootstrap

    def bootstrap(self, wanted: Bootstrap, say: Say, check: Check) -> Made:
        """Take a machine of MAAS and let a controller run there; blocks.

        `say` is told how it goes, `check` may raise to end it: the machine is given back then. SourceError, ValueError.
        """
        if not self._busy.acquire(blocking=False):
            raise ValueError("the lab runs one controller at a time, and one is being bootstrapped or destroyed")
        try:
            self._refuse_second()
            return self._bootstrap(wanted, say, check)
        finally:
            self._busy.release()

    def _refuse_second(self) -> None:
        if self.controller is None:
            return
        meta, gone = self.service.world.meta, not self.controller.has_machine()
        if not gone:
            raise ValueError(f'the lab runs one controller at a time, and "{meta.name}" is there')
        self._drop()

    def _bootstrap(self, wanted: Bootstrap, say: Say, check: Check) -> Made:
        source = self._source(lambda: MaasLogin(wanted.cloud.endpoint, wanted.credential.attrs.get(OAUTH, "")))
        try:
            source.check()
        except SourceError as error:
            raise ValueError(str(error)) from error
        password = secrets.token_hex(16)
        world = self._new_world(wanted, password)
        if not _SIZED & wanted.constraints.keys():
            wanted = replace(wanted, constraints={"mem": CONTROLLER_MEM, **wanted.constraints})
        order = _first_machine(world, wanted)
        region = f"{wanted.cloud.name}/{wanted.cloud.regions[0][0]}"
        say(f'Creating Juju controller "{wanted.name}" on {region}')
        say(f"Looking for packaged Juju agent version {wanted.version} for amd64")
        say(f"Located Juju agent version {wanted.version}-ubuntu-amd64 at {_agent(wanted.version)}")
        say(f"Launching controller instance(s) on {region}...")
        instance_id = _started(source, order)
        try:
            seen = self._deployed(source, order, instance_id, say, check)
            self._installed(seen, say, check)
            self._settle(world, wanted, seen, source)
            made = self._opened(world, wanted, password, say, check)
        except BaseException:
            self._drop()
            source.release(instance_id)
            raise
        return made

    def _new_world(self, wanted: Bootstrap, password: str) -> World:
        return seed.new_world(
            wanted.name,
            secrets.token_hex(32),
            self._maas.now(),
            cloud=wanted.cloud,
            credential=wanted.credential,
            admin_password=password,
            version=wanted.version,
            charmhub_url=f"http://{self._charmhub}" if self._charmhub else "",
        )

    def _deployed(self, source: MaasSource, order: Order, instance_id: str, say: Say, check: Check) -> Seen:
        shown = False
        while True:
            seen = self._look(source, order.model, instance_id, check)
            if seen.hardware and not shown:
                facts = seen.hardware
                shape = f"arch={facts['arch']} mem={_gibibytes(facts['mem'])} cores={facts['cores']}"
                say(f" - {instance_id} ({shape})".ljust(39))
                shown = True
            if seen.gone:
                raise SourceError(f"instance {instance_id} was released while it was deployed")
            if seen.failed:
                raise SourceError(f"cannot start bootstrap instance: {seen.status}: {seen.error}")
            if seen.running and seen.addresses:
                return seen
            check()
            time.sleep(LOOK)

    def _look(self, source: MaasSource, model: str, instance_id: str, check: Check) -> Seen:
        """See an instance; a MAAS that does not answer for a while does not end a bootstrap. SourceError."""
        ends = time.monotonic() + CONTACT_SECONDS
        while True:
            try:
                return source.look([instance_id], model)[instance_id]
            except SourceError:
                if time.monotonic() > ends:
                    raise
            check()
            time.sleep(LOOK)

    def _installed(self, seen: Seen, say: Say, check: Check) -> None:
        say("Installing Juju agent on bootstrap instance")
        say(f"Waiting for address\nAttempting to connect to {seen.addresses[0]}:22\nConnected to {seen.addresses[0]}")
        say("Running machine configuration script...")
        ends = self._maas.now() + self._scaled(AGENT_SECONDS)
        while self._maas.now() < ends:
            check()
            time.sleep(LOOK)
        say("Bootstrap agent now started")

    def _settle(self, world: World, wanted: Bootstrap, seen: Seen, source: MaasSource) -> None:
        """Write down what is known by now: machine 0, addresses, certificates, configuration, MAAS's spaces."""
        own = world.meta.controller_model
        issued = tls.issue(seen.addresses, time.time())  # clients check certificates by their own clocks
        given = {name: value for name, value in wanted.config.items() if name in CONTROLLER_KEYS}
        world.meta = replace(
            world.meta,
            addresses=seen.addresses,
            port=int(str(given.get("api-port") or world.meta.port)),
            ca_cert=issued.ca_cert,
            cert=issued.cert,
            key=issued.key,
            config={**world.meta.config, **given},
        )
        row = world.machines.get(key(own, "0"))
        place: Json = {"instance_id": seen.instance_id, "hostname": seen.hostname, "addresses": seen.addresses}
        row = replace(row, **place, hardware=seen.hardware, base=wanted.base, constraints=wanted.constraints)
        world.machines.put(key(own, "0"), row)
        model = world.models.get(own)
        rest = {name: value for name, value in wanted.config.items() if name not in given}
        world.models.put(own, replace(model, config={**model.config, **rest}))
        for number, (name, cidrs) in enumerate(source.spaces().items(), 1):
            world.spaces.put(key(own, name), Space(own, str(number), name, cidrs))

    def _opened(self, world: World, wanted: Bootstrap, password: str, say: Say, check: Check) -> Made:
        controller = self._open(world)
        say(f"Contacting Juju controller at {world.meta.addresses[0]} to verify accessibility...")
        ends = time.monotonic() + CONTACT_SECONDS
        while not controller.reachable():
            if time.monotonic() > ends:
                raise SourceError(f"unable to contact api server at {world.meta.addresses[0]}:{world.meta.port}")
            check()
            time.sleep(LOOK)
        say(f'\nBootstrap complete, controller "{wanted.name}" is now available')
        say('Controller machines are in the "controller" model')
        meta = world.meta
        endpoints = tuple(f"{each}:{meta.port}" for each in meta.addresses)
        return Made(meta.uuid, meta.controller_model, endpoints, meta.ca_cert, password)

    def _open(self, world: World) -> Controller:
        world.commit()
        store = keep(self._home, world) if self._home else None
        source = self._source(lambda: login_of(world))
        service = Service(world, self._maas.now, source, scale=self._scaled, store=store)
        self.controller = Controller(service, source, Doors(self._places), self._charmhub, self._scaled)
        self.controller.start()
        return self.controller

    # --- its end

    def destroy(self, say: Say, check: Check) -> None:
        """Wait until all models but the controller's own are gone, then give its machine back and forget it."""
        service = self.service
        say("Waiting for model resources to be reclaimed")
        told = ""
        while line := _left(service):
            if line != told:
                say(line)
            told = line
            check()
            time.sleep(LOOK)
        say("All models reclaimed, cleaning up controller machines")
        self.kill()

    def kill(self) -> None:
        """Give every machine back to MAAS, whatever runs there, and forget the controller.

        SourceError where MAAS does not take one: the controller stands then as it did, to be killed again.
        """
        with self._busy:
            world = self.service.world
            answered = self.controller is not None and self.controller.reachable()
            self.close()
            try:
                self._give_back(world)
            except SourceError:
                self._again(world, answered)
                raise
            self._forget()

    def _again(self, world: World, answered: bool) -> None:
        """Open it as it was, and wait for its API where it answered before."""
        controller = self._open(world)
        ends = time.monotonic() + CONTACT_SECONDS
        while answered and not controller.reachable() and time.monotonic() < ends:
            time.sleep(LOOK)

    def _give_back(self, world: World) -> None:
        """Free containers, then machines, the controller's own last."""
        source = self._source(lambda: login_of(world))
        rows = [row for row in world.machines if row.instance_id]
        hosts = {key(row.model, row.id): row.instance_id for row in rows}
        for row in sorted(rows, key=lambda each: (not each.parent, each.model == world.meta.controller_model)):
            if row.parent:
                source.free_container(hosts[key(row.model, row.parent)], row.instance_id)
            elif not source.look([row.instance_id], row.model)[row.instance_id].gone:
                source.release(row.instance_id)

    def _drop(self) -> None:
        self.close()
        self._forget()

    def _forget(self) -> None:
        if self._home and self._home.exists():
            shutil.rmtree(self._home)

    def _source(self, login: Callable[[], MaasLogin]) -> MaasSource:
        return MaasSource(login, self._places.translate)

    def _scaled(self, seconds: float) -> float:
        return pace.scaled(self._maas.world.pace, seconds)


def _called(service: Service, user: str, facade: str, method: str, params: Json, model: str) -> Json:
    found = next((each for each in FACADES if each.name == facade and method in each.methods), None)
    if found is None:
        raise JujuError(f"no such request - method {facade}.{method} is not implemented", NOT_IMPLEMENTED)
    call = Call(service.world, service.now(), user, model, max(found.versions))
    return found.methods[method](call, Fields(params))


def login_of(world: World) -> MaasLogin:
    """Read where the controller's cloud is, and with which key; SourceError for a credential that was revoked."""
    model = world.models.get(world.meta.controller_model)
    credential = world.credentials.find(model.credential)
    if credential is None or credential.revoked:
        raise SourceError(f'credential "{model.credential}" of cloud "{model.cloud}" is not valid')
    return MaasLogin(world.clouds.get(model.cloud).endpoint, credential.attrs.get(OAUTH, ""))


def _agent(version: str) -> str:
    return f"https://streams.canonical.com/juju/tools/agent/{version}/juju-{version}-linux-amd64.tgz"


def _started(source: MaasSource, order: Order) -> str:
    """Take a machine where `--to` says, else in the first zone that has one; SourceError in bootstrap's words."""
    zones, wanted = source.zones(), order.placement.removeprefix("zone=")
    if order.placement != wanted and wanted not in zones:
        raise SourceError(f'cannot start bootstrap instance: availability zone "{wanted}" not valid')
    if order.placement or order.constraints.get("zones"):
        return _in_zone(source, order, "")
    refused: list[tuple[str, SourceError]] = []
    for zone in zones:
        try:
            return _in_zone(source, replace(order, constraints={**order.constraints, "zones": [zone]}), zone)
        except NoMachineError as error:
            refused.append((zone, error))
    if len(refused) == 1:
        ((zone, error),) = refused
        raise SourceError(f'cannot start bootstrap instance in availability zone "{zone}": {error}') from error
    each = "\n".join(f'starting bootstrap instance in zone "{zone}": {error}' for zone, error in refused)
    raise SourceError(f"cannot start bootstrap instance in any availability zone ({', '.join(zones)}):\n{each}")


def _in_zone(source: MaasSource, order: Order, zone: str) -> str:
    try:
        return source.request(order)
    except SourceError as error:
        if zone and isinstance(error, NoMachineError):
            raise
        raise SourceError(f"cannot start bootstrap instance: {error}") from error


def _first_machine(world: World, wanted: Bootstrap) -> Order:
    row = world.machines.get(key(world.meta.controller_model, "0"))
    order = order_of(world, replace(row, base=wanted.base, placement=wanted.placement, constraints=wanted.constraints))
    return replace(order, owner_data={**order.owner_data, "juju-is-controller": "true"})


def _left(service: Service) -> str:
    """Say what is left of the hosted models, "" when nothing is."""
    with service.transaction() as world:
        models = [each.uuid for each in world.models if not each.is_controller]
        machines = [each for each in world.machines if each.model in models]
        applications = [each for each in world.applications if each.model in models]
    if not models:
        return ""
    counts = ((len(models), "model"), (len(machines), "machine"), (len(applications), "application"))
    return "Waiting for " + ", ".join(f"{count} {name}{'s' if count > 1 else ''}" for count, name in counts if count)


def _gibibytes(mebibytes: object) -> str:
    return f"{int(cast('int', mebibytes)) // 1024}G"
