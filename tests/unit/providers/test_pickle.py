"""What lands in each resource's state: a reference to a class, no secret, no code."""

import base64

import pytest
from pulumi.dynamic import dynamic

from providers.common.provider import DeclaredProvider
from providers.maas.crud import (
    bridges,
    configuration,
    deployments,
    devices,
    dns,
    images,
    machines,
    membership,
    network,
    site,
)

PROVIDERS = [
    bridges.BridgeProvider, configuration.ConfigurationProvider, deployments.DeploymentProvider, devices.DeviceProvider,
    dns.DnsRecordProvider, images.BootImagesProvider, images.BootSelectionProvider, machines.MachineProvider,
    membership.TagMembershipProvider, network.IpRangeProvider, network.SubnetProvider, network.VlanDhcpProvider,
    site.ResourcePoolProvider, site.SshKeyProvider, site.TagProvider, site.ZoneProvider,
]  # fmt: skip


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_pickle_is_a_reference(provider: type[DeclaredProvider]) -> None:
    text = dynamic.serialize_provider(provider())  # pyright: ignore[reportUnknownMemberType] - untyped in the SDK
    pickled = base64.b64decode(text)
    assert len(pickled) < 120
    assert provider.__module__.encode() in pickled
    assert not vars(provider())
