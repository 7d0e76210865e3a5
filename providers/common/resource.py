"""What every typed resource hands to Pulumi: arguments -> the property bag that is registered, and what stays secret.

keyword arguments of a resource -> `registered` (inputs, plus every declared output as None) -> pulumi.dynamic.Resource.
"""

from collections.abc import Iterable, Mapping

import pulumi
from pulumi.dynamic import Resource, ResourceProvider

from providers.common.fields import MANAGED


def hide(value: object) -> object:
    """Make a secret of a value that is given."""
    return None if value is None else pulumi.Output.secret(value)


def registered(
    inputs: Mapping[str, object],
    outputs: Iterable[str],
    secrets: Iterable[str],
    opts: pulumi.ResourceOptions | None,
) -> tuple[dict[str, object], pulumi.ResourceOptions | None]:
    """Give the bag, in which every computed output stands as None, and the options that keep `secrets` encrypted."""
    hidden = tuple(secrets)
    given = {name: hide(value) if name in hidden else value for name, value in inputs.items()}
    bag: dict[str, object] = {**dict.fromkeys((*outputs, MANAGED)), **given}
    if hidden:
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=list(hidden)))
    return bag, opts


class DeclaredResource(Resource, module="common", name="Resource"):
    """A dynamic resource whose outputs are named up front, secrets among them.

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
