"""Worlds of the emulated controller built straight from rows, and the charm deployment guide's OpenStack as data."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import replace

from lab.juju import models as m
from lab.juju.hub.behaviour import act, settled
from lab.juju.hub.catalogue import catalogue, resolve
from lab.juju.hub.document import CharmEndpoint
from lab.juju.hub.outcome import Outcome
from lab.juju.world import World, key

MODEL = "11111111-1111-4111-8111-111111111111"

OPENSTACK: Mapping[str, tuple[str, str, str, int, str, Mapping[str, object]]] = {
    # application: charm, channel of 2023.2, channel of yoga, units, principal, config
    "ceph-osd": ("ceph-osd", "reef/stable", "quincy/stable", 4, "", {"osd-devices": "/dev/sdb"}),
    "nova-compute": ("nova-compute", "2023.2/stable", "yoga/stable", 3, "", {"virt-type": "qemu"}),
    "mysql-innodb-cluster": ("mysql-innodb-cluster", "8.0/stable", "8.0/stable", 3, "", {}),
    "vault": ("vault", "1.8/stable", "1.7/stable", 1, "", {}),
    "vault-mysql-router": ("mysql-router", "8.0/stable", "8.0/stable", 0, "vault", {}),
    "ovn-central": ("ovn-central", "23.09/stable", "22.03/stable", 3, "", {}),
    "neutron-api": ("neutron-api", "2023.2/stable", "yoga/stable", 1, "", {"flat-network-providers": "physnet1"}),
    "neutron-api-plugin-ovn": ("neutron-api-plugin-ovn", "2023.2/stable", "yoga/stable", 0, "neutron-api", {}),
    "ovn-chassis": ("ovn-chassis", "23.09/stable", "22.03/stable", 0, "nova-compute", {}),
    "neutron-api-mysql-router": ("mysql-router", "8.0/stable", "8.0/stable", 0, "neutron-api", {}),
    "keystone": ("keystone", "2023.2/stable", "yoga/stable", 1, "", {}),
    "keystone-mysql-router": ("mysql-router", "8.0/stable", "8.0/stable", 0, "keystone", {}),
    "rabbitmq-server": ("rabbitmq-server", "3.9/stable", "3.9/stable", 1, "", {}),
    "nova-cloud-controller": ("nova-cloud-controller", "2023.2/stable", "yoga/stable", 1, "", {}),
    "ncc-mysql-router": ("mysql-router", "8.0/stable", "8.0/stable", 0, "nova-cloud-controller", {}),
    "placement": ("placement", "2023.2/stable", "yoga/stable", 1, "", {}),
    "placement-mysql-router": ("mysql-router", "8.0/stable", "8.0/stable", 0, "placement", {}),
    "openstack-dashboard": ("openstack-dashboard", "2023.2/stable", "yoga/stable", 1, "", {}),
    "dashboard-mysql-router": ("mysql-router", "8.0/stable", "8.0/stable", 0, "openstack-dashboard", {}),
    "glance": ("glance", "2023.2/stable", "yoga/stable", 1, "", {}),
    "glance-mysql-router": ("mysql-router", "8.0/stable", "8.0/stable", 0, "glance", {}),
    "ceph-mon": ("ceph-mon", "reef/stable", "quincy/stable", 3, "", {"expected-osd-count": 4, "monitor-count": 3}),
    "cinder": ("cinder", "2023.2/stable", "yoga/stable", 1, "", {"block-device": "None"}),
    "cinder-mysql-router": ("mysql-router", "8.0/stable", "8.0/stable", 0, "cinder", {}),
    "cinder-ceph": ("cinder-ceph", "2023.2/stable", "yoga/stable", 0, "cinder", {}),
    "ceph-radosgw": ("ceph-radosgw", "reef/stable", "quincy/stable", 1, "", {}),
}

BEFORE_VAULT = """
vault-mysql-router:db-router mysql-innodb-cluster:db-router
vault-mysql-router:shared-db vault:shared-db
"""

AFTER_VAULT = """
mysql-innodb-cluster:certificates vault:certificates
ovn-central:certificates vault:certificates
neutron-api:certificates vault:certificates
neutron-api-plugin-ovn:neutron-plugin neutron-api:neutron-plugin-api-subordinate
neutron-api-plugin-ovn:ovsdb-cms ovn-central:ovsdb-cms
neutron-api-plugin-ovn:certificates vault:certificates
ovn-chassis:ovsdb ovn-central:ovsdb
ovn-chassis:nova-compute nova-compute:neutron-plugin
ovn-chassis:certificates vault:certificates
neutron-api-mysql-router:db-router mysql-innodb-cluster:db-router
neutron-api-mysql-router:shared-db neutron-api:shared-db
keystone:identity-service neutron-api:identity-service
keystone:certificates vault:certificates
keystone-mysql-router:db-router mysql-innodb-cluster:db-router
keystone-mysql-router:shared-db keystone:shared-db
rabbitmq-server:amqp neutron-api:amqp
rabbitmq-server:amqp nova-compute:amqp
nova-cloud-controller:identity-service keystone:identity-service
nova-cloud-controller:amqp rabbitmq-server:amqp
nova-cloud-controller:neutron-api neutron-api:neutron-api
nova-cloud-controller:cloud-compute nova-compute:cloud-compute
nova-cloud-controller:certificates vault:certificates
ncc-mysql-router:db-router mysql-innodb-cluster:db-router
ncc-mysql-router:shared-db nova-cloud-controller:shared-db
placement:identity-service keystone:identity-service
placement:placement nova-cloud-controller:placement
placement:certificates vault:certificates
placement-mysql-router:db-router mysql-innodb-cluster:db-router
placement-mysql-router:shared-db placement:shared-db
openstack-dashboard:identity-service keystone:identity-service
openstack-dashboard:certificates vault:certificates
dashboard-mysql-router:db-router mysql-innodb-cluster:db-router
dashboard-mysql-router:shared-db openstack-dashboard:shared-db
glance:image-service nova-cloud-controller:image-service
glance:image-service nova-compute:image-service
glance:identity-service keystone:identity-service
glance:certificates vault:certificates
glance-mysql-router:db-router mysql-innodb-cluster:db-router
glance-mysql-router:shared-db glance:shared-db
ceph-mon:osd ceph-osd:mon
ceph-mon:client nova-compute:ceph
ceph-mon:client glance:ceph
cinder:cinder-volume-service nova-cloud-controller:cinder-volume-service
cinder:identity-service keystone:identity-service
cinder:amqp rabbitmq-server:amqp
cinder:image-service glance:image-service
cinder:certificates vault:certificates
cinder-mysql-router:db-router mysql-innodb-cluster:db-router
cinder-mysql-router:shared-db cinder:shared-db
cinder-ceph:storage-backend cinder:storage-backend
cinder-ceph:ceph ceph-mon:client
cinder-ceph:ceph-access nova-compute:ceph-access
ceph-radosgw:mon ceph-mon:radosgw
"""


def pairs(lines: str) -> list[tuple[str, str]]:
    found = [tuple(line.split()) for line in lines.strip().splitlines()]
    return [(each[0], each[1]) for each in found]


RELATIONS = pairs(BEFORE_VAULT) + pairs(AFTER_VAULT)


def empty(seed: str = "seed") -> World:
    return wiped(World(), seed)


def wiped(world: World, seed: str = "seed") -> World:
    """Empty a world: making one anew takes a tenth of a second, too long for each example of a property."""
    # numbers are never given twice, as in a world that lives on
    numbers = world.meta.next_id if len(world.meta_table) else dict[str, int]()
    for table in world.tables():
        table.clear()
    world.commit()
    world.meta = m.Meta(uuid="22222222-2222-4222-8222-222222222222", name="main", seed=seed, next_id=numbers)
    return world


class Service:
    """A service that holds one world and takes every change."""

    def __init__(self, world: World) -> None:
        self.world = world

    @contextmanager
    def transaction(self) -> Generator[World]:
        yield self.world

    def now(self) -> float:
        return 50.0


def endpoint(text: str, charm: str) -> CharmEndpoint:
    return catalogue()[charm].relatable[text.partition(":")[2]]


def relate(world: World, left: str, right: str) -> m.Relation:
    """Put a relation between "app:endpoint" texts, requirer first; container scope when one end has it."""
    ends: list[m.Endpoint] = []
    for text in (left, right):
        app = world.applications.get(key(MODEL, text.partition(":")[0]))
        row = world.charms.get(f"{MODEL}|{app.charm}")
        said = endpoint(text, row.name)
        ends.append(m.Endpoint(app.name, said.name, said.role, said.interface, said.scope, said.limit, said.optional))
    if any(each.scope == "container" for each in ends):
        ends = [replace(each, scope="container") for each in ends]
    ends.sort(key=lambda each: each.role == "provider")
    number = world.next_id(f"relation {MODEL}")
    return world.relations.put(key(MODEL, number), m.Relation(MODEL, number, tuple(ends)))


def deploy(
    world: World,
    name: str,
    charm: str,
    channel: str = "",
    units: int = 1,
    config: Mapping[str, object] | None = None,
    principal: str = "",
    container: bool = True,
) -> m.Application:
    """Put an application and its units, each started on a machine of its own, or on its principal's."""
    found = resolve(charm, channel)
    world.charms.put(
        f"{MODEL}|{found.url}", m.Charm(MODEL, found.url, charm, found.revision, found.channel, found.base)
    )
    app = m.Application(
        MODEL, name, found.url, found.channel, found.base, config or {}, subordinate=bool(principal), next_unit=units
    )
    world.applications.put(key(MODEL, name), app)
    hosts = [each.name for each in world.units if each.application == principal] if principal else []
    for number in range(len(hosts) or units):
        add_unit(world, name, number, hosts[number] if hosts else "", container=container)
    return app


def add_unit(world: World, app: str, number: int, principal: str = "", *, container: bool = True) -> m.Unit:
    if principal:
        machine = world.units.get(key(MODEL, principal)).machine
    else:
        place = world.next_id("machine")
        machine = f"{place}/lxd/0" if container else str(place)
        row = m.Machine(MODEL, machine, phase="started", addresses=(f"10.0.0.{place}",), hostname=f"host-{place}")
        world.machines.put(key(MODEL, machine), row)
    unit = m.Unit(MODEL, f"{app}/{number}", app, machine, principal, phase="configuring", leader=number == 0)
    return world.units.put(key(MODEL, unit.name), unit)


def settle(world: World, now: float = 0.0, rounds: int = 40) -> int:
    """Run everybody's hooks until nothing changes; gives the rounds that it took."""
    for turn in range(rounds):
        changed = [_hook(world, unit.name, now) for unit in world.units.of(MODEL)]
        if not any(changed):
            return turn
    raise AssertionError(f"{rounds} rounds of hooks did not settle the model")


def _hook(world: World, name: str, now: float) -> bool:
    unit = world.units.get(key(MODEL, name))
    told = settled(world, MODEL, unit, now)
    world.units.put(
        key(MODEL, name),
        replace(unit, phase="started", workload=told.status, version=told.version, ports=told.ports),
    )
    app = world.applications.get(key(MODEL, unit.application))
    facts = merged(app.facts, told.facts)
    world.applications.put(key(MODEL, app.name), replace(app, facts=facts))
    return told.status is not unit.workload or facts != app.facts


def merged(facts: Mapping[str, object], more: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in {**facts, **more}.items() if value is not None}


def run(world: World, unit: str, action: str, now: float = 0.0, **params: object) -> Outcome:
    """Run an action and take over its facts."""
    row = world.units.get(key(MODEL, unit))
    outcome = act(world, MODEL, row, action, {name.replace("_", "-"): value for name, value in params.items()}, now)
    app = world.applications.get(key(MODEL, row.application))
    world.applications.put(key(MODEL, app.name), replace(app, facts=merged(app.facts, outcome.facts)))
    row = world.units.get(key(MODEL, unit))
    world.units.put(key(MODEL, unit), replace(row, facts=merged(row.facts, outcome.unit_facts)))
    return outcome


def says(world: World, names: Iterable[str] = ()) -> dict[str, str]:
    """Give "status: message" of every unit, or of those named."""
    chosen = set(names)
    return {
        unit.name: f"{unit.workload.status}: {unit.workload.message}"
        for unit in world.units.of(MODEL)
        if not chosen or unit.name in chosen
    }


def openstack(profile: str = "2023.2") -> World:
    """Give the guide's 26 applications, without relations."""
    world = empty()
    for name, (charm, bobcat, yoga, units, principal, config) in OPENSTACK.items():
        metal = name in {"ceph-osd", "nova-compute"}
        deploy(world, name, charm, bobcat if profile == "2023.2" else yoga, units, config, principal, not metal)
    return world
