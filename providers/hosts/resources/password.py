"""A drawn password as a resource."""

from collections.abc import Mapping

import pulumi
from pulumi.dynamic import Resource

from providers.common.resource import registered
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
        inputs = {"length": length, "keepers": keepers}
        bag, opts = registered(inputs, ("result",), ("result",), opts)
        super().__init__(PasswordProvider(), resource_name, bag, opts)
