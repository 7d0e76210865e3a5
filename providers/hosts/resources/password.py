"""A drawn password as a resource."""

from collections.abc import Mapping

import pulumi
from pulumi.dynamic import Resource

from providers.hosts.crud.password import PasswordProvider


class Password(Resource, module="hosts", name="Password"):
    """A random password of letters and digits, drawn once and kept as a secret in the state.

    Another `length` (12 to 128, 24 unless given) or other `keepers` draw a new one.
    """

    result: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        length: int | None = None,
        keepers: Mapping[str, pulumi.Input[str]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`keepers` are values whose change means another password."""
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["result"])
        bag = {"length": length, "keepers": keepers, "result": None, "managed_inputs": None}
        super().__init__(PasswordProvider(), resource_name, bag, pulumi.ResourceOptions.merge(opts, hidden))
