"""Charmed OpenStack as data: its applications, how many units each has and where, and what is joined to what.

Source: the OpenStack Charms Deployment Guide, "Installing OpenStack" (2023.2 on jammy, and its yoga edition). A family
of charms shares a channel; a profile says which channel each family has and what else its edition configures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Family = Literal["openstack", "ceph", "ovn", "mysql", "rabbitmq", "vault"]
Where = Literal["storage", "compute", "container", "principal"]
"""On every storage node, on every compute node, in containers of the control plane, or beside a principal unit."""


@dataclass(frozen=True, slots=True)
class Charm:
    """One application. `nodes`: for containers, on which node of the control plane each unit lives (from 0)."""

    name: str
    family: Family
    where: Where
    charm: str = ""
    nodes: tuple[int, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def charm_name(self) -> str:
        """The charm's own name, where the application has another one."""
        return self.charm or self.name


@dataclass(frozen=True, slots=True)
class Profile:
    """An edition: the channel of each family, and what its guide configures beside the rest."""

    name: str
    base: str
    channels: Mapping[Family, str]
    config: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])


_WITH_ORIGIN = (
    "nova-compute",
    "neutron-api",
    "keystone",
    "nova-cloud-controller",
    "placement",
    "openstack-dashboard",
    "glance",
    "cinder",
)

PROFILES: Mapping[str, Profile] = {
    "2023.2": Profile(
        "2023.2",
        "ubuntu@22.04",
        {
            "openstack": "2023.2/stable",
            "ceph": "reef/stable",
            "ovn": "23.09/stable",
            "mysql": "8.0/stable",
            "rabbitmq": "3.9/stable",
            "vault": "1.8/stable",
        },
    ),
    "yoga": Profile(
        "yoga",
        "ubuntu@22.04",
        {
            "openstack": "yoga/stable",
            "ceph": "quincy/stable",
            "ovn": "22.03/stable",
            "mysql": "8.0/stable",
            "rabbitmq": "3.9/stable",
            "vault": "1.7/stable",
        },
        {
            **{name: {"source": "distro"} for name in ("ceph-osd", "ceph-mon", "ceph-radosgw")},
            **{name: {"openstack-origin": "distro"} for name in _WITH_ORIGIN},
        },
    ),
}

_COMPUTE: Mapping[str, object] = {
    "config-flags": "default_ephemeral_format=ext4",
    "enable-live-migration": True,
    "enable-resize": True,
    "migration-auth-type": "ssh",
    "virt-type": "qemu",
}
_NEUTRON: Mapping[str, object] = {"neutron-security-groups": True, "flat-network-providers": "physnet1"}
_CINDER: Mapping[str, object] = {"block-device": "None", "glance-api-version": 2}


def _router(name: str) -> Charm:
    return Charm(name, "mysql", "principal", "mysql-router")


CHARMS: tuple[Charm, ...] = (
    Charm("ceph-osd", "ceph", "storage"),
    Charm("nova-compute", "openstack", "compute", config=_COMPUTE),
    Charm("mysql-innodb-cluster", "mysql", "container", nodes=(0, 1, 2)),
    Charm("vault", "vault", "container", nodes=(3,)),
    _router("vault-mysql-router"),
    Charm("ovn-central", "ovn", "container", nodes=(0, 1, 2)),
    Charm("neutron-api", "openstack", "container", nodes=(1,), config=_NEUTRON),
    Charm("neutron-api-plugin-ovn", "openstack", "principal"),
    Charm("ovn-chassis", "ovn", "principal"),
    _router("neutron-api-mysql-router"),
    Charm("keystone", "openstack", "container", nodes=(0,)),
    _router("keystone-mysql-router"),
    Charm("rabbitmq-server", "rabbitmq", "container", nodes=(2,)),
    Charm("nova-cloud-controller", "openstack", "container", nodes=(3,), config={"network-manager": "Neutron"}),
    _router("ncc-mysql-router"),
    Charm("placement", "openstack", "container", nodes=(3,)),
    _router("placement-mysql-router"),
    Charm("openstack-dashboard", "openstack", "container", nodes=(2,)),
    _router("dashboard-mysql-router"),
    Charm("glance", "openstack", "container", nodes=(3,)),
    _router("glance-mysql-router"),
    Charm("ceph-mon", "ceph", "container", nodes=(0, 1, 2), config={"monitor-count": 3}),
    Charm("cinder", "openstack", "container", nodes=(1,), config=_CINDER),
    _router("cinder-mysql-router"),
    Charm("cinder-ceph", "openstack", "principal"),
    Charm("ceph-radosgw", "ceph", "container", nodes=(0,)),
)
"""All applications, in the guide's order."""

ROUTERS: Mapping[str, str] = {
    "vault-mysql-router": "vault",
    "neutron-api-mysql-router": "neutron-api",
    "keystone-mysql-router": "keystone",
    "ncc-mysql-router": "nova-cloud-controller",
    "placement-mysql-router": "placement",
    "dashboard-mysql-router": "openstack-dashboard",
    "glance-mysql-router": "glance",
    "cinder-mysql-router": "cinder",
}
"""Each router, and whose way to the database it is."""

CERTIFIED: tuple[str, ...] = (
    "mysql-innodb-cluster",
    "ovn-central",
    "neutron-api",
    "neutron-api-plugin-ovn",
    "ovn-chassis",
    "keystone",
    "nova-cloud-controller",
    "placement",
    "openstack-dashboard",
    "glance",
    "cinder",
)
"""Who has its certificates from vault."""

_JOINED: tuple[tuple[str, str], ...] = (
    ("neutron-api:neutron-plugin-api-subordinate", "neutron-api-plugin-ovn:neutron-plugin"),
    ("neutron-api-plugin-ovn:ovsdb-cms", "ovn-central:ovsdb-cms"),
    ("ovn-chassis:ovsdb", "ovn-central:ovsdb"),
    ("nova-compute:neutron-plugin", "ovn-chassis:nova-compute"),
    ("neutron-api:identity-service", "keystone:identity-service"),
    ("neutron-api:amqp", "rabbitmq-server:amqp"),
    ("nova-compute:amqp", "rabbitmq-server:amqp"),
    ("nova-cloud-controller:identity-service", "keystone:identity-service"),
    ("nova-cloud-controller:amqp", "rabbitmq-server:amqp"),
    ("nova-cloud-controller:neutron-api", "neutron-api:neutron-api"),
    ("nova-cloud-controller:cloud-compute", "nova-compute:cloud-compute"),
    ("placement:identity-service", "keystone:identity-service"),
    ("nova-cloud-controller:placement", "placement:placement"),
    ("openstack-dashboard:identity-service", "keystone:identity-service"),
    ("nova-cloud-controller:image-service", "glance:image-service"),
    ("nova-compute:image-service", "glance:image-service"),
    ("glance:identity-service", "keystone:identity-service"),
    ("ceph-osd:mon", "ceph-mon:osd"),
    ("nova-compute:ceph", "ceph-mon:client"),
    ("glance:ceph", "ceph-mon:client"),
    ("nova-cloud-controller:cinder-volume-service", "cinder:cinder-volume-service"),
    ("cinder:identity-service", "keystone:identity-service"),
    ("cinder:amqp", "rabbitmq-server:amqp"),
    ("cinder:image-service", "glance:image-service"),
    ("cinder:storage-backend", "cinder-ceph:storage-backend"),
    ("cinder-ceph:ceph", "ceph-mon:client"),
    ("nova-compute:ceph-access", "cinder-ceph:ceph-access"),
    ("ceph-radosgw:mon", "ceph-mon:radosgw"),
)

INTEGRATIONS: tuple[tuple[str, str], ...] = (
    *((f"{router}:db-router", "mysql-innodb-cluster:db-router") for router in ROUTERS),
    *((f"{user}:shared-db", f"{router}:shared-db") for router, user in ROUTERS.items()),
    *((f"{name}:certificates", "vault:certificates") for name in CERTIFIED),
    *_JOINED,
)
"""All 55 relations, as pairs of "application:endpoint": who needs it, who gives it."""
