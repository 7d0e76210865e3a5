"""What MAAS installed, as the fleet's order (pure): Install ─> HostSpec."""

from typing import Final

from lab.hosts import identity
from lab.hosts.spec import HostSpec, Nic
from lab.maas.models import Install, InstalledNic


def host_spec(system: Install, ssh_delay: float = 0.0) -> HostSpec:
    """Give the host that boots with this system; the fleet calls it by the machine's name in the rack."""
    return HostSpec(
        system.machine,
        tuple(_nic(each) for each in system.nics),
        system.authorized_keys,
        image=system.series,
        gateway=system.gateway,
        nameservers=system.nameservers,
        memory_mib=system.memory,
        user_data=system.user_data,
        ssh_delay=ssh_delay,
        files=_renamed(system),
    )


def _nic(nic: InstalledNic) -> Nic:
    return Nic(nic.name, nic.mac, nic.addresses, nic.bridge)


def _renamed(system: Install) -> dict[str, str]:
    """Give the files that hold a hostname other than the machine's name in the rack."""
    if system.hostname == system.machine:
        return {}
    files = {
        "/etc/hostname": f"{system.hostname}\n",
        "/etc/hosts": identity.hosts(HostSpec(system.hostname, (), ())),
    }
    if system.user_data:
        files[f"{identity.SEED}/meta-data"] = _META.format(name=system.hostname)
    return files


_META: Final = "instance-id: {name}\nlocal-hostname: {name}\n"
