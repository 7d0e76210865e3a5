"""The course's rack as property bags."""

from lab.maas.testing import RunningMaas
from providers.maas.crud.deployments import DeploymentProvider
from providers.maas.crud.images import BootImagesProvider
from providers.maas.crud.machines import MachineProvider
from providers.maas.crud.network import IpRangeProvider, VlanDhcpProvider
from tests.lab.providers.life import Bag, Life

CIDR = "172.16.0.0/20"


def dhcp() -> None:
    """Machines boot by PXE, so nothing commissions without."""
    ends: Bag = {"start_ip": "172.16.11.1", "end_ip": "172.16.14.255"}
    Life(IpRangeProvider(), {"subnet": CIDR, "type": "dynamic", **ends}).up()
    Life(VlanDhcpProvider(), {"subnet": CIDR}).up()


def images() -> None:
    Life(BootImagesProvider(), {"releases": ["jammy"]}).up()


def inputs(maas: RunningMaas, name: str) -> Bag:
    return {
        "hostname": name,
        "mac_addresses": [maas.physical_macs()[name]],
        "power_address": maas.amt_addresses()[name],
        "power_password": maas.amt_password,
    }


def machine(maas: RunningMaas, name: str) -> Life:
    return Life(MachineProvider(), inputs(maas, name))


def deployment(claim: str = "metal-to-cloud/dev/web", **wanted: object) -> Life:
    return Life(DeploymentProvider(), {"claim": claim, "distro_series": "jammy", **wanted})
