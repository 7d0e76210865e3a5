"""Networking of the site: subnets, address ranges, DHCP.

Arguments -> property bag -> the provider of the same name in `providers.maas.crud.network`.
"""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi

from providers.common.resource import DeclaredResource
from providers.maas.crud.network import IpRangeProvider, SubnetProvider, VlanDhcpProvider


class Subnet(DeclaredResource, module="maas", name="Subnet"):
    """A subnet, found by its CIDR or made. Arguments left out keep what MAAS has.

    A subnet that MAAS already knew (it discovers those of its racks) is adopted: destroy puts back what was
    found instead of deleting it. Source: MAAS 3.5 API, subnets/.
    """

    cidr: pulumi.Output[str]
    name: pulumi.Output[str]
    gateway_ip: pulumi.Output[str]
    """"" for none."""
    dns_servers: pulumi.Output[Sequence[str]]
    managed: pulumi.Output[bool]
    """True: MAAS gives out addresses of this subnet."""
    allow_dns: pulumi.Output[bool]
    allow_proxy: pulumi.Output[bool]
    rdns_mode: pulumi.Output[int]
    """0 disabled, 1 enabled, 2 with RFC 2317 delegation."""
    active_discovery: pulumi.Output[bool]
    description: pulumi.Output[str]
    fabric: pulumi.Output[str]
    """Name of the fabric."""
    vid: pulumi.Output[int]
    """VLAN tag; 0 is the untagged VLAN."""
    subnet_id: pulumi.Output[int]
    vlan_id: pulumi.Output[int]
    fabric_id: pulumi.Output[int]
    adopted: pulumi.Output[bool]
    previous: pulumi.Output[Mapping[str, Any]]
    """What an adopted subnet held before."""

    def __init__(
        self,
        resource_name: str,
        *,
        cidr: pulumi.Input[str],
        name: pulumi.Input[str] | None = None,
        gateway_ip: pulumi.Input[str] | None = None,
        dns_servers: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        managed: pulumi.Input[bool] | None = None,
        allow_dns: pulumi.Input[bool] | None = None,
        allow_proxy: pulumi.Input[bool] | None = None,
        rdns_mode: pulumi.Input[int] | None = None,
        active_discovery: pulumi.Input[bool] | None = None,
        description: pulumi.Input[str] | None = None,
        fabric: pulumi.Input[str] | None = None,
        vid: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`fabric` (a name) and `vid` (default 0) place the subnet; left out, it stays or lands where MAAS puts it."""
        inputs = {
            "cidr": cidr,
            "name": name,
            "gateway_ip": gateway_ip,
            "dns_servers": dns_servers,
            "managed": managed,
            "allow_dns": allow_dns,
            "allow_proxy": allow_proxy,
            "rdns_mode": rdns_mode,
            "active_discovery": active_discovery,
            "description": description,
            "fabric": fabric,
            "vid": vid,
        }
        outputs = ("subnet_id", "vlan_id", "fabric_id", "adopted", "previous")
        super().__init__(SubnetProvider(), resource_name, inputs, outputs, opts=opts)


class IpRange(DeclaredResource, module="maas", name="IpRange"):
    """A range of addresses that MAAS hands out by DHCP (`dynamic`) or keeps its hands off (`reserved`).

    Natural key: first and last address. Source: MAAS 3.5 API, ipranges/.
    """

    subnet: pulumi.Output[str]
    """CIDR of the subnet."""
    type: pulumi.Output[str]
    start_ip: pulumi.Output[str]
    end_ip: pulumi.Output[str]
    comment: pulumi.Output[str]
    range_id: pulumi.Output[int]
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        subnet: pulumi.Input[str],
        type: pulumi.Input[str],  # noqa: A002 - MAAS's own name of the field
        start_ip: pulumi.Input[str],
        end_ip: pulumi.Input[str],
        comment: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`subnet` is the CIDR; `type` is "dynamic" or "reserved"; both ends are included."""
        inputs = {"subnet": subnet, "type": type, "start_ip": start_ip, "end_ip": end_ip, "comment": comment}
        super().__init__(IpRangeProvider(), resource_name, inputs, ("range_id", "adopted"), opts=opts)


class VlanDhcp(DeclaredResource, module="maas", name="VlanDhcp"):
    """DHCP of one VLAN, named by one of its subnets or by fabric and vid; destroy puts back what was found.

    MAAS wants a dynamic range and a rack controller first: depend on the `IpRange`.
    Source: MAAS 3.5 API, fabrics/{fabric_id}/vlans/{vid}/.
    """

    subnet: pulumi.Output[str]
    fabric: pulumi.Output[str]
    vid: pulumi.Output[int]
    dhcp_on: pulumi.Output[bool]
    primary_rack: pulumi.Output[str]
    """Host name of the rack controller, "" for none."""
    secondary_rack: pulumi.Output[str]
    relay_vlan: pulumi.Output[int | None]
    """VLAN id that DHCP is relayed to."""
    vlan_id: pulumi.Output[int]
    previous: pulumi.Output[Mapping[str, Any]]

    def __init__(
        self,
        resource_name: str,
        *,
        subnet: pulumi.Input[str] | None = None,
        fabric: pulumi.Input[str] | None = None,
        vid: pulumi.Input[int] | None = None,
        dhcp_on: pulumi.Input[bool] = True,
        primary_rack: pulumi.Input[str] | None = None,
        secondary_rack: pulumi.Input[str] | None = None,
        relay_vlan: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`subnet` (CIDR) or `fabric` (name) with `vid`; `primary_rack` (host name) defaults to the first rack."""
        inputs = {
            "subnet": subnet,
            "fabric": fabric,
            "vid": vid,
            "dhcp_on": dhcp_on,
            "primary_rack": primary_rack,
            "secondary_rack": secondary_rack,
            "relay_vlan": relay_vlan,
        }
        super().__init__(VlanDhcpProvider(), resource_name, inputs, ("vlan_id", "previous"), opts=opts)
