"""Rack: all machines of one MAAS, each a Server of its own, and the tags that they share."""

from collections.abc import Mapping
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi
from pulumi import Output, ResourceOptions

from components.rack_args import RackArgs
from components.server import Server
from providers import maas


class Rack(pulumi.ComponentResource):
    """The machines of a MAAS. `machines` gives the summary of each server by its name."""

    machines: Output[Mapping[str, Any]]
    servers: Mapping[str, Server]

    def __init__(self, name: str, args: RackArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("metal-to-cloud:baremetal:Rack", name, None, opts)
        child = ResourceOptions(parent=self)
        tags = {
            tag.name: maas.Tag(
                f"{name}-tag-{tag.name}",
                name=tag.name,
                comment=tag.comment,
                kernel_opts=tag.kernel_opts,
                opts=ResourceOptions(parent=self, depends_on=list(args.requires)),
            )
            for tag in args.tags
        }
        self.servers = {
            server.name: Server(f"{name}-{server.name}", server, tags, args.requires, child) for server in args.servers
        }
        self.machines = Output.from_input({server: made.summary for server, made in self.servers.items()})
        self.register_outputs({"machines": self.machines})
