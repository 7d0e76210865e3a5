"""Safeguard: refuses to be deleted while something else uses the machines.

Arguments -> property bag -> `providers.maas.crud.safeguard`.
"""

from collections.abc import Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi

from providers.common.resource import DeclaredResource
from providers.maas.crud.safeguard import SafeguardProvider


class Safeguard(DeclaredResource, module="maas", name="Safeguard"):
    """Put after everything that is there for the machines (`depends_on`): it then is deleted before all of it.

    Its deletion fails, naming the machines, while one of them is deployed by something else than Pulumi.
    """

    system_ids: pulumi.Output[Sequence[Any]]

    def __init__(
        self,
        resource_name: str,
        *,
        system_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(SafeguardProvider(), resource_name, {"system_ids": system_ids}, (), opts=opts)
