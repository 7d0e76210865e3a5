"""Machines: enrolled and tested (`Machine`), given a bridge (`Bridge`), put to work (`Deployment`).

Arguments -> property bag -> the provider of the same name in `providers.maas.crud`.
"""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi

from providers.common.resource import DeclaredResource
from providers.maas.crud.bridges import BridgeProvider
from providers.maas.crud.deployments import DeploymentProvider
from providers.maas.crud.machines import MachineProvider


class Machine(DeclaredResource, module="maas", name="Machine"):
    """A physical machine: enrolled by MAC, commissioned, tested, waited for until Ready.

    Natural key: any of its MAC addresses (a machine that MAAS discovered, or an earlier try left, is adopted).
    No drift ever replaces it; destroy removes it from MAAS, and refuses while it is deployed or allocated.
    Source: MAAS 3.5 API, machines/.
    """

    hostname: pulumi.Output[str]
    mac_addresses: pulumi.Output[Sequence[str]]
    """Lower case; the ones asked for, so NICs found by commissioning are only in `interfaces`."""
    power_type: pulumi.Output[str]
    power_address: pulumi.Output[str]
    power_password: pulumi.Output[str]
    power_parameters: pulumi.Output[Mapping[str, str]]
    architecture: pulumi.Output[str]
    domain: pulumi.Output[str]
    zone: pulumi.Output[str]
    pool: pulumi.Output[str]
    commission: pulumi.Output[bool]
    testing_scripts: pulumi.Output[Sequence[str]]
    min_hwe_kernel: pulumi.Output[str]
    deadline_minutes: pulumi.Output[int]
    system_id: pulumi.Output[str]
    status: pulumi.Output[str]
    """MAAS's name of the status: "Ready", "Deployed", ..."""
    fqdn: pulumi.Output[str]
    owner: pulumi.Output[str]
    """User that holds the machine, "" for none."""
    cpu_count: pulumi.Output[int]
    memory_mib: pulumi.Output[int]
    storage_mb: pulumi.Output[float]
    """Sum of all disks, in units of 10**6 bytes, as MAAS counts."""
    disks: pulumi.Output[Sequence[Mapping[str, Any]]]
    """`{name: str, size: int (bytes), model: str, serial: str}` each."""
    interfaces: pulumi.Output[Sequence[Mapping[str, Any]]]
    """`{name, type, mac_address, ip_addresses: [str]}` each."""
    boot_interface: pulumi.Output[str]
    """Name of the interface that boots by PXE, e.g. "enp1s0"."""
    test_results: pulumi.Output[Mapping[str, str]]
    """`{commissioning, testing, cpu, memory, network, storage, interface}` -> "Passed", "Failed", ..."""

    def __init__(
        self,
        resource_name: str,
        *,
        hostname: pulumi.Input[str],
        mac_addresses: pulumi.Input[Sequence[pulumi.Input[str]]],
        power_type: pulumi.Input[str] = "amt",
        power_address: pulumi.Input[str] | None = None,
        power_password: pulumi.Input[str] | None = None,
        power_parameters: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        architecture: pulumi.Input[str] = "amd64/generic",
        domain: pulumi.Input[str] | None = None,
        zone: pulumi.Input[str] | None = None,
        pool: pulumi.Input[str] | None = None,
        commission: pulumi.Input[bool] = True,
        testing_scripts: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        min_hwe_kernel: pulumi.Input[str] | None = None,
        deadline_minutes: pulumi.Input[int] = 45,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Power by `power_address` and `power_password` (AMT, IPMI), or any driver by `power_parameters`.

        The password and the parameters are secrets. `testing_scripts`: None MAAS's default, `["none"]` no tests.
        `deadline_minutes` bounds commissioning and testing together.
        """
        inputs = {
            "hostname": hostname,
            "mac_addresses": mac_addresses,
            "power_type": power_type,
            "power_address": power_address,
            "power_password": power_password,
            "power_parameters": power_parameters,
            "architecture": architecture,
            "domain": domain,
            "zone": zone,
            "pool": pool,
            "commission": commission,
            "testing_scripts": testing_scripts,
            "min_hwe_kernel": min_hwe_kernel,
            "deadline_minutes": deadline_minutes,
        }
        outputs = (
            *("system_id", "status", "fqdn", "owner", "cpu_count", "memory_mib", "storage_mb"),
            *("disks", "interfaces", "boot_interface", "test_results"),
        )
        super().__init__(
            MachineProvider(), resource_name, inputs, outputs, ("power_password", "power_parameters"), opts
        )


class Bridge(DeclaredResource, module="maas", name="Bridge"):
    """A bridge on one interface of a machine, e.g. the OVS bridge br-ex for OVN.

    Make it while the machine is Ready: MAAS refuses it later, and removes at release one that was made on an
    allocated machine. So let the `Deployment` depend on it. Natural key: machine and name; import id
    `system_id/name`. Source: MAAS 3.5 API, nodes/{system_id}/interfaces/?op=create_bridge.
    """

    system_id: pulumi.Output[str]
    name: pulumi.Output[str]
    parent: pulumi.Output[str]
    """Name of the interface under the bridge."""
    bridge_type: pulumi.Output[str]
    mtu: pulumi.Output[int]
    bridge_stp: pulumi.Output[bool]
    bridge_fd: pulumi.Output[int]
    """Forward delay, seconds."""
    mac_address: pulumi.Output[str]
    interface_id: pulumi.Output[int]
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        system_id: pulumi.Input[str],
        name: pulumi.Input[str],
        parent: pulumi.Input[str] | None = None,
        bridge_type: pulumi.Input[str] = "ovs",
        mtu: pulumi.Input[int] | None = None,
        bridge_stp: pulumi.Input[bool] | None = None,
        bridge_fd: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`parent` (a name) defaults to the machine's boot interface; `bridge_type` is "ovs" or "standard"."""
        inputs = {
            "system_id": system_id,
            "name": name,
            "parent": parent,
            "bridge_type": bridge_type,
            "mtu": mtu,
            "bridge_stp": bridge_stp,
            "bridge_fd": bridge_fd,
        }
        outputs = ("mac_address", "interface_id", "adopted")
        super().__init__(BridgeProvider(), resource_name, inputs, outputs, opts=opts)


class Deployment(DeclaredResource, module="maas", name="Deployment"):
    """An operating system on a machine: one named machine, or any that meets the constraints.

    create takes the machine, deploys, and waits until Deployed; destroy releases it, back to Ready. A machine
    released by hand is deployed again in place, one powered off is powered on. Marked in MAAS with the workload
    annotation `pulumi` = `project/stack/resource name`, by which a second try finds what the first one left;
    so a renamed resource needs `pulumi.Alias`, and two resources can never share one machine.
    Source: MAAS 3.5 API, machines/?op=allocate, machines/{system_id}/?op=deploy, ?op=release.
    """

    system_id: pulumi.Output[str]
    hostname: pulumi.Output[str]
    fqdn: pulumi.Output[str]
    ip_addresses: pulumi.Output[Sequence[str]]
    """Addresses of the deployed machine, the boot interface's first."""
    status: pulumi.Output[str]
    power_state: pulumi.Output[str]
    osystem: pulumi.Output[str]
    distro_series: pulumi.Output[str]
    hwe_kernel: pulumi.Output[str]
    user_data: pulumi.Output[str]
    locked: pulumi.Output[bool]
    on_failure: pulumi.Output[str]
    deadline_minutes: pulumi.Output[int]
    installation: pulumi.Output[str]
    """Another text each time that this resource has the system installed; what was set up on it before is gone then."""
    claim: pulumi.Output[str]
    """The mark in MAAS: `project/stack/resource name`."""

    def __init__(
        self,
        resource_name: str,
        *,
        system_id: pulumi.Input[str] | None = None,
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        not_tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        min_cpu_count: pulumi.Input[int] | None = None,
        min_memory_mib: pulumi.Input[int] | None = None,
        zone: pulumi.Input[str] | None = None,
        pool: pulumi.Input[str] | None = None,
        architecture: pulumi.Input[str] | None = None,
        distro_series: pulumi.Input[str] | None = None,
        hwe_kernel: pulumi.Input[str] | None = None,
        user_data: pulumi.Input[str] | None = None,
        power_state: pulumi.Input[str] = "on",
        locked: pulumi.Input[bool] = False,
        erase: pulumi.Input[bool] = False,
        quick_erase: pulumi.Input[bool] = False,
        secure_erase: pulumi.Input[bool] = False,
        on_failure: pulumi.Input[str] = "release",
        deadline_minutes: pulumi.Input[int] = 45,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`system_id` names the machine; else `name` ... `architecture` are constraints, all of which must hold.

        `distro_series` e.g. "jammy" (None: MAAS's default); `user_data` is cloud-init text, a secret in state.
        `erase`, `quick_erase`, `secure_erase` say how disks are wiped at release. `on_failure`: "release" gives
        the machine back when the deployment fails, "keep" leaves it as it is for a look.
        """
        inputs = {
            "system_id": system_id,
            "name": name,
            "tags": tags,
            "not_tags": not_tags,
            "min_cpu_count": min_cpu_count,
            "min_memory_mib": min_memory_mib,
            "zone": zone,
            "pool": pool,
            "architecture": architecture,
            "distro_series": distro_series,
            "hwe_kernel": hwe_kernel,
            "user_data": user_data,
            "power_state": power_state,
            "locked": locked,
            "erase": erase,
            "quick_erase": quick_erase,
            "secure_erase": secure_erase,
            "on_failure": on_failure,
            "deadline_minutes": deadline_minutes,
            "claim": f"{pulumi.get_project()}/{pulumi.get_stack()}/{resource_name}",
        }
        outputs = ("system_id", "hostname", "fqdn", "ip_addresses", "status", "osystem", "installation")
        super().__init__(DeploymentProvider(), resource_name, inputs, outputs, ("user_data",), opts)
