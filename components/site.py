"""MaasSite: everything of a MAAS that is there before its machines, in the order that MAAS needs.

    settings ─> selections ─> images synced ─> settings that name an image
    subnet ─> ranges ─> DHCP            zones, pools, SSH keys, devices, DNS records

What each child is called and which settings wait for images is planned in `site_plan`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi
from pulumi import Output, Resource, ResourceOptions

from components import site_plan
from components.site_args import MaasSiteArgs, Setting, SubnetArgs
from providers import maas


class MaasSite(pulumi.ComponentResource):
    """Settings, images, networks and names of one MAAS.

    Machines boot from its DHCP and its images, so they depend on the whole site (`depends_on=[site]`).
    """

    subnets: Output[Mapping[str, Any]]
    """By CIDR: `{cidr, gateway, dns_servers, dhcp, subnet_id, vlan_id}`."""
    images: Output[Sequence[Any]]
    """`{name: "ubuntu/jammy", architecture, version, label}` for each image that is synced."""

    def __init__(self, name: str, args: MaasSiteArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("metal-to-cloud:baremetal:MaasSite", name, None, opts)
        self._site = name
        self._requires = tuple(args.requires)
        before, after = site_plan.split_settings(args.settings)
        settings = self._settings(f"{name}-settings", before, [])
        imports = self._imports(args, settings)
        self._settings(f"{name}-image-settings", after, imports)
        for key in args.ssh_keys:
            maas.SshKey(site_plan.ssh_key_name(name, key), key=key, opts=self._child())
        self._places(args)
        subnets = [self._subnet(subnet) for subnet in args.subnets]
        devices = self._devices(args, subnets)
        self._records(args, [*subnets, *devices])
        self.subnets = Output.from_input(
            {network.cidr: _described(subnet, network) for subnet, network in zip(subnets, args.subnets, strict=True)}
        )
        self.images = Output.all(*(found.images for found in imports)).apply(lambda lists: [*chain(*lists)])
        self.register_outputs({"subnets": self.subnets, "images": self.images})

    def _child(self, *after: Resource) -> ResourceOptions:
        return ResourceOptions(parent=self, depends_on=[*self._requires, *after])

    def _settings(
        self, name: str, settings: Mapping[str, Setting], after: Sequence[Resource]
    ) -> list[maas.Configuration]:
        if not settings:
            return []
        return [maas.Configuration(name, settings=settings, opts=self._child(*after))]

    def _imports(self, args: MaasSiteArgs, settings: Sequence[Resource]) -> list[maas.BootImages]:
        selections = [
            maas.BootSelection(
                f"{self._site}-image-{image.os}-{image.release}",
                os=image.os,
                release=image.release,
                arches=image.arches,
                opts=self._child(*settings),
            )
            for image in args.images
        ]
        return [
            maas.BootImages(
                site_plan.import_name(self._site, system, arches),
                os=system,
                releases=releases,
                arches=arches,
                deadline_minutes=args.images_deadline_minutes,
                opts=self._child(*selections),
            )
            for (system, arches), releases in site_plan.import_groups(args.images).items()
        ]

    def _subnet(self, args: SubnetArgs) -> maas.Subnet:
        name = site_plan.subnet_name(self._site, args.cidr)
        subnet = maas.Subnet(
            name,
            cidr=args.cidr,
            name=args.name,
            gateway_ip=args.gateway,
            dns_servers=args.dns_servers,
            opts=self._child(),
        )
        ranges = [
            maas.IpRange(
                range_name,
                subnet=subnet.cidr,
                type=entry.type,
                start_ip=entry.start,
                end_ip=entry.end,
                comment=entry.comment,
                opts=self._child(subnet),
            )
            for range_name, entry in site_plan.range_names(self._site, args)
        ]
        if args.dhcp:
            maas.VlanDhcp(f"{name}-dhcp", subnet=subnet.cidr, opts=self._child(*ranges))
        return subnet

    def _places(self, args: MaasSiteArgs) -> None:
        for zone in args.zones:
            name = f"{self._site}-zone-{zone.name}"
            maas.Zone(name, name=zone.name, description=zone.description, opts=self._child())
        for pool in args.pools:
            name = f"{self._site}-pool-{pool.name}"
            maas.ResourcePool(name, name=pool.name, description=pool.description, opts=self._child())

    def _devices(self, args: MaasSiteArgs, subnets: Sequence[Resource]) -> list[maas.Device]:
        return [
            maas.Device(
                f"{self._site}-device-{device.name}",
                hostname=device.name,
                mac_addresses=[device.mac_address],
                ip_address=device.address,
                opts=self._child(*subnets),
            )
            for device in args.devices
        ]

    def _records(self, args: MaasSiteArgs, after: Sequence[Resource]) -> None:
        """Make the DNS records, `after` all that takes addresses: MAAS reserves one that it does not know yet."""
        twins: Counter[tuple[str, str]] = Counter()
        for record in args.dns_records:
            key = (record.name, record.type)
            name = site_plan.record_name(self._site, *key, twins[key])
            twins[key] += 1
            maas.DnsRecord(
                name, fqdn=record.name, type=record.type, data=record.data, ttl=record.ttl, opts=self._child(*after)
            )


def _described(subnet: maas.Subnet, args: SubnetArgs) -> dict[str, object]:
    return {
        "cidr": subnet.cidr,
        "gateway": subnet.gateway_ip,
        "dns_servers": subnet.dns_servers,
        "dhcp": args.dhcp,
        "subnet_id": subnet.subnet_id,
        "vlan_id": subnet.vlan_id,
    }
