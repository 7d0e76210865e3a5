"""What the typed resources share: how arguments become the property bag that Pulumi registers.

keyword arguments of a resource -> `bag` (inputs, plus every declared output as None) -> pulumi.dynamic.Resource.
"""

from collections.abc import Iterable, Mapping

import pulumi
from pulumi.dynamic import Resource, ResourceProvider


class MaasResource(Resource, module="maas", name="Resource"):
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
        hidden = tuple(secrets)
        given = {name: _hide(value) if name in hidden else value for name, value in inputs.items()}
        bag: dict[str, object] = {**dict.fromkeys((*outputs, "managed_inputs")), **given}
        if hidden:
            opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=list(hidden)))
        super().__init__(provider, resource_name, bag, opts)


def _hide(value: object) -> object:
    return None if value is None else pulumi.Output.secret(value)
