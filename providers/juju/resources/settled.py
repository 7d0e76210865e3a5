"""Settled: the point at which a whole deployment has reached what it should.

Arguments -> property bag -> `providers.juju.crud.settled`.
"""

from collections.abc import Mapping
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a value of any kind

import pulumi

from providers.common.resource import DeclaredResource
from providers.juju.crud.settled import SettledProvider


class Settled(DeclaredResource, module="juju", name="Settled"):
    """Waits until the named applications of a model are where they are wanted, all in one poll.

    A unit in error ends the wait with the unit's own message; the next `up` has its failed hook retried, and goes on.
    A refresh sees an application that has left that state as drift, and the next `up` waits for it again.
    """

    model: pulumi.Output[str]
    applications: pulumi.Output[Mapping[str, Any]]
    units: pulumi.Output[Mapping[str, Any]]
    minutes: pulumi.Output[int]
    triggers: pulumi.Output[Mapping[str, Any]]
    settled: pulumi.Output[bool]
    statuses: pulumi.Output[Mapping[str, Any]]
    """By application, "active: Unit is ready" as its units say."""
    addresses: pulumi.Output[Mapping[str, Any]]
    """By application, the public address of its leader."""

    def __init__(
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        applications: pulumi.Input[Mapping[str, Any]],
        units: pulumi.Input[Mapping[str, Any]] | None = None,
        minutes: pulumi.Input[int] | None = None,
        triggers: pulumi.Input[Mapping[str, Any]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`applications`: name -> `wait_for` as an Application takes it, or True for active and idle.

        `units`: how many units an application must have; `triggers`: values whose change means another wait.
        """
        inputs = {
            "model": model,
            "applications": applications,
            "units": units,
            "minutes": minutes,
            "triggers": triggers,
            "settled": None,
        }
        super().__init__(SettledProvider(), resource_name, inputs, ("statuses", "addresses"), opts=opts)
