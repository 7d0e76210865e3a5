"""Resources of the whole MAAS: keys, settings, tags, zones, pools, DNS, devices.

Arguments -> property bag -> the provider of the same name in `providers.maas.crud`.
"""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi

from providers.common.resource import DeclaredResource
from providers.maas.crud.configuration import ConfigurationProvider
from providers.maas.crud.devices import DeviceProvider
from providers.maas.crud.dns import DnsRecordProvider
from providers.maas.crud.membership import TagMembershipProvider
from providers.maas.crud.site import ResourcePoolProvider, SshKeyProvider, TagProvider, ZoneProvider


class SshKey(DeclaredResource, module="maas", name="SshKey"):
    """A public SSH key of the API key's user; MAAS puts it on every machine this user deploys.

    Natural key: the key's text. A key that is already there is adopted, and then stays at destroy.
    Source: MAAS 3.5 API, account/prefs/sshkeys/.
    """

    key: pulumi.Output[str]
    """The public key, `type base64 comment`."""
    keysource: pulumi.Output[str]
    """Where MAAS says it came from; "" for an uploaded key."""
    adopted: pulumi.Output[bool]
    """True when the key was there before this resource."""

    def __init__(
        self, resource_name: str, *, key: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(SshKeyProvider(), resource_name, {"key": key}, ("keysource", "adopted"), opts=opts)


class Configuration(DeclaredResource, module="maas", name="Configuration"):
    """Settings of MAAS itself, e.g. `{"kernel_opts": "net.ifnames=0", "upstream_dns": "172.20.129.131"}`.

    Only the named settings are managed; destroy, or taking a name out, restores the value that was found.
    Source: MAAS 3.5 API, maas/?op=get_config and ?op=set_config.
    """

    settings: pulumi.Output[Mapping[str, Any]]
    """Setting name -> str, bool, int or None (MAAS's "not set")."""
    previous: pulumi.Output[Mapping[str, Any]]
    """The values found before this resource changed them."""

    def __init__(
        self,
        resource_name: str,
        *,
        settings: pulumi.Input[Mapping[str, pulumi.Input[str | bool | int | None]]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        wanted = pulumi.Output.from_input(settings).apply(_without_nulls)
        super().__init__(ConfigurationProvider(), resource_name, {"settings": wanted}, ("previous",), opts=opts)


def _without_nulls(settings: Mapping[str, object]) -> dict[str, object]:
    """Write "not set" as "", which is the same to MAAS: the SDK would drop a null, and the name with it."""
    return {name: "" if value is None else value for name, value in settings.items()}


class Tag(DeclaredResource, module="maas", name="Tag"):
    """A machine tag. `definition` (XPath over lshw) makes MAAS assign it; else see `TagMembership`.

    Natural key: the name; a rename happens in place. Source: MAAS 3.5 API, tags/.
    """

    name: pulumi.Output[str]
    comment: pulumi.Output[str]
    kernel_opts: pulumi.Output[str]
    """Kernel parameters for machines with this tag, "" for none."""
    definition: pulumi.Output[str]
    adopted: pulumi.Output[bool]
    """True when the tag was there before this resource; it then stays at destroy."""

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        comment: pulumi.Input[str] | None = None,
        kernel_opts: pulumi.Input[str] | None = None,
        definition: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"name": name, "comment": comment, "kernel_opts": kernel_opts, "definition": definition}
        super().__init__(TagProvider(), resource_name, inputs, ("adopted",), opts=opts)


class TagMembership(DeclaredResource, module="maas", name="TagMembership"):
    """One tag on one machine; other machines with the tag are left alone.

    Natural key: tag and system_id; import id `tag/system_id` or `tag/hostname`.
    Source: MAAS 3.5 API, tags/{name}/?op=update_nodes.
    """

    tag: pulumi.Output[str]
    system_id: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        tag: pulumi.Input[str],
        system_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(TagMembershipProvider(), resource_name, {"tag": tag, "system_id": system_id}, opts=opts)


class Zone(DeclaredResource, module="maas", name="Zone"):
    """A physical zone (fault domain). Natural key: the name. Source: MAAS 3.5 API, zones/."""

    name: pulumi.Output[str]
    description: pulumi.Output[str]
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        description: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"name": name, "description": description}
        super().__init__(ZoneProvider(), resource_name, inputs, ("adopted",), opts=opts)


class ResourcePool(DeclaredResource, module="maas", name="ResourcePool"):
    """A resource pool. Natural key: the name. Source: MAAS 3.5 API, resourcepools/ and resourcepool/{id}/."""

    name: pulumi.Output[str]
    description: pulumi.Output[str]
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        description: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"name": name, "description": description}
        super().__init__(ResourcePoolProvider(), resource_name, inputs, ("adopted",), opts=opts)


class DnsRecord(DeclaredResource, module="maas", name="DnsRecord"):
    """One name and one record type in a domain that MAAS serves.

    `type` is A/AAAA (several addresses in `data`, separated by spaces), CNAME, MX, NS, SRV, SSHFP or TXT.
    Natural key: fqdn and type (and data, other than for addresses).
    Source: MAAS 3.5 API, dnsresources/ and dnsresourcerecords/.
    """

    fqdn: pulumi.Output[str]
    type: pulumi.Output[str]
    data: pulumi.Output[str]
    ttl: pulumi.Output[int | None]
    """Seconds; None: the domain's."""

    def __init__(
        self,
        resource_name: str,
        *,
        fqdn: pulumi.Input[str],
        type: pulumi.Input[str],  # noqa: A002 - the field's own name in DNS and in Pulumi's DNS resources
        data: pulumi.Input[str],
        ttl: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"fqdn": fqdn, "type": type, "data": data, "ttl": ttl}
        super().__init__(DnsRecordProvider(), resource_name, inputs, opts=opts)


class Device(DeclaredResource, module="maas", name="Device"):
    """Something on the network that MAAS names but does not manage, e.g. the router.

    Natural key: any of its MAC addresses. `ip_address` (static) links its first interface to the subnet that
    holds the address. Source: MAAS 3.5 API, devices/ and nodes/{system_id}/interfaces/.
    """

    hostname: pulumi.Output[str]
    mac_addresses: pulumi.Output[Sequence[str]]
    domain: pulumi.Output[str]
    ip_address: pulumi.Output[str]
    """The static address, "" for none."""
    system_id: pulumi.Output[str]
    fqdn: pulumi.Output[str]
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        hostname: pulumi.Input[str],
        mac_addresses: pulumi.Input[Sequence[pulumi.Input[str]]],
        domain: pulumi.Input[str] | None = None,
        ip_address: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"hostname": hostname, "mac_addresses": mac_addresses, "domain": domain, "ip_address": ip_address}
        super().__init__(DeviceProvider(), resource_name, inputs, ("system_id", "fqdn", "adopted"), opts=opts)
