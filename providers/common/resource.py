"""What every typed resource hands to Pulumi: arguments -> the property bag that is registered, and what stays secret.

Shared by the bases of providers.maas and providers.hosts, which add what all of their resources have.
"""

from collections.abc import Iterable, Mapping

import pulumi

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
