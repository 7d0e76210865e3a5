"""What the typed resources share: how arguments become the property bag that Pulumi registers.

keyword arguments of a resource -> `bag` (inputs, plus every declared output as None) -> pulumi.dynamic.Resource.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi
from pulumi.dynamic import Resource, ResourceProvider

from providers.common.resource import hide, registered
from providers.hosts.connection import SECRETS


class HostResource(Resource, module="hosts", name="Resource"):
    """Base of all resources here: something on one server.

    `connection` says how it is reached (see `providers.hosts.connection`); `machine` is the identity of what is
    installed there: when it changes, the server was installed anew, and the resource is replaced. `inputs` maps names
    to values (None: not given); `outputs` are the names that the provider computes beside `host_key` and `drift`;
    `secrets` are the names, of either kind, that stay encrypted in state.
    """

    connection: pulumi.Output[Mapping[str, Any]]
    machine: pulumi.Output[str]
    host_key: pulumi.Output[str]
    """The host key that the server showed at the first contact, "type base64"."""
    drift: pulumi.Output[Any]
    """Names of what a refresh found to differ; [] after an update."""

    def __init__(
        self,
        provider: ResourceProvider,
        resource_name: str,
        connection: pulumi.Input[Mapping[str, Any]],
        machine: pulumi.Input[str],
        inputs: Mapping[str, object],
        outputs: Iterable[str] = (),
        secrets: Iterable[str] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        own = {"connection": guard(connection), "machine": machine, **inputs}
        bag, opts = registered(own, (*outputs, "host_key", "drift"), secrets, opts)
        super().__init__(provider, resource_name, bag, opts)


def guard(connection: object) -> object:
    """Make secrets of the entries that are; a mapping that is an Output already brings its own."""
    if not isinstance(connection, Mapping):
        return connection
    entries = cast("Mapping[str, object]", connection)
    return {
        name: hide(value) if name in SECRETS else guard(value) if name == "proxy" else value
        for name, value in entries.items()
    }
