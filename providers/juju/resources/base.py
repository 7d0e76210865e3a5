"""What the typed resources share: how arguments become the property bag that Pulumi registers.

keyword arguments of a resource -> `registered` (inputs, plus every declared output as None) -> pulumi.dynamic.Resource.
"""

from collections.abc import Iterable, Mapping

import pulumi
from pulumi.dynamic import Resource, ResourceProvider

from providers.common.resource import registered


class JujuResource(Resource, module="juju", name="Resource"):
    """Base of all resources here: a dynamic resource whose outputs are named up front, secrets among them.

    `inputs` maps names to values (None: not given); `outputs` are the names that the provider computes;
    `secrets` are the names, of either kind, that stay encrypted in state.
    """

    def __init__(
        self,
        provider: ResourceProvider,
        resource_name: str,
        inputs: Mapping[str, object],
        outputs: Iterable[str] = (),
        secrets: Iterable[str] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        bag, opts = registered(inputs, outputs, secrets, opts)
        super().__init__(provider, resource_name, bag, opts)
