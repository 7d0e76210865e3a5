"""JujuController: a controller of Juju on a machine of MAAS, bootstrapped by the `juju` command on main.

server, MAAS's URL and key, machine ─> Controller ─> addresses, certificate, login;  the same in a file of this machine
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # settings of a controller are of any kind

import pulumi
from pulumi import Input, Output, ResourceOptions

from components.servers import ServerAccess
from providers import juju


@dataclass(frozen=True, kw_only=True)
class JujuControllerArgs:
    """A controller called `controller`, on the cloud `cloud` at MAAS's `endpoint`.

    `to`: the machine's name in MAAS; else one with all of `tags`. These and `base` are for the making of it, and change
    nothing later, which a preview says; another `controller` or `cloud` is refused while it is there.
    `controller_file`: where address and login are written, for providers that read them in the same run
    (`juju:controllerFile`). `keep`: leave it when this is deleted; one that was there before stays in any case.
    `force`: the reason why models that nobody here knows of are destroyed, too.
    """

    server: ServerAccess
    controller: str
    endpoint: Input[str]
    api_key: Input[str] = field(repr=False)
    cloud: str = "maas"
    channel: Input[str] = "3.6/stable"
    to: Input[str] | None = None
    tags: Sequence[str] = ()
    base: Input[str] = "ubuntu@22.04"
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    controller_file: str
    keep: Input[bool] = False
    force: Input[str] | None = None


class JujuController(pulumi.ComponentResource):
    """A controller that answers. What is deployed with it depends on it (`ModelArgs.requires`)."""

    uuid: Output[str]
    addresses: Output[Sequence[Any]]
    """`HOST:PORT` of its API."""
    ca_cert: Output[str]
    password: Output[str]
    """Of the user admin, a secret."""
    version: Output[str]

    def __init__(self, name: str, args: JujuControllerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("metal-to-cloud:juju:JujuController", name, None, opts)
        made = juju.Controller(
            f"{name}-bootstrap",
            connection=args.server.connection,
            name=args.controller,
            cloud={"name": args.cloud, "type": "maas", "endpoint": args.endpoint},
            credential={"name": f"{args.cloud}-key", "key": args.api_key},
            channel=args.channel,
            to=args.to,
            constraints=f"tags={','.join(args.tags)}" if args.tags else None,
            base=args.base,
            config=dict(args.config) or None,
            controller_file=args.controller_file,
            keep=args.keep,
            force=args.force,
            opts=ResourceOptions(parent=self),
        )
        self.uuid = made.uuid
        self.addresses = made.addresses
        self.ca_cert = made.ca_cert
        self.password = Output.secret(made.password)
        self.version = made.version
        self.register_outputs({"uuid": self.uuid, "addresses": self.addresses, "version": self.version})
