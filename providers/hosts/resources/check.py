"""The resource that verifies a server, or one server from another.

Arguments -> property bag -> `providers.hosts.crud.check`.
"""

from collections.abc import Mapping
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi

from providers.hosts.crud.check import WITHIN, CheckProvider
from providers.hosts.resources.base import HostResource


class Check(HostResource, module="hosts", name="Check"):
    """Something that must hold, seen from one server, e.g. that a port of another one answers there.

    `description`: what holds, as a sentence ("PostgreSQL answers server5"). `command`: for `sh`, changes nothing, ends
    with status 0. `expect`: a regular expression that its standard output must match somewhere, "" for any. `within`:
    seconds that it may take to come true. `triggers`: any value; when it changes, the question is asked again.
    A refresh asks once, and shows `description` as drift where it no longer holds; the next update asks again.
    """

    description: pulumi.Output[str]
    command: pulumi.Output[str]
    answer: pulumi.Output[str]
    """Standard output of the command, at the last look."""

    def __init__(
        self,
        resource_name: str,
        *,
        connection: pulumi.Input[Mapping[str, Any]],
        machine: pulumi.Input[str],
        description: pulumi.Input[str],
        command: pulumi.Input[str],
        expect: pulumi.Input[str] = "",
        as_user: pulumi.Input[str] = "root",
        within: pulumi.Input[int] = WITHIN,
        triggers: pulumi.Input[Any] = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs: dict[str, object] = {
            "description": description,
            "command": command,
            "expect": expect,
            "as_user": as_user,
            "within": within,
            "triggers": triggers,
        }
        super().__init__(CheckProvider(), resource_name, connection, machine, inputs, ("answer",), opts=opts)
