"""A Juju controller."""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi

from providers.common.resource import DeclaredResource
from providers.hosts.resources.base import guard
from providers.juju.crud.controller import ControllerProvider
from providers.juju.resources.models import claim


class Controller(DeclaredResource, module="juju", name="Controller"):
    """A controller on a machine of MAAS, bootstrapped by the `juju` command.

    `connection` says on which server, and as whom, the command runs (see `providers.hosts.connection`); None: on this
    machine. Its snap is installed from `channel` where no juju is. `cloud`: {name, type "maas", endpoint}, and
    `credential`: {name, key}, the API key of MAAS. `to`, `constraints` and `base` choose the machine when it is made,
    and change nothing later, which a preview says; changed entries of `config` are set. Another `name` or another cloud
    is refused while the controller is there, since no model moves along. `controller_file`: a file of this machine that
    gets address and login, for its owner only, which is what `juju:controllerFile` names for all other resources here.

    A controller of that name that the client knows already is adopted, and stays when this is deleted, as it does with
    `keep`. One that is ours is destroyed, with its machines; refused while it has models, unless
    `force` gives a reason.
    """

    name: pulumi.Output[str]
    uuid: pulumi.Output[str]
    addresses: pulumi.Output[Any]
    """Where its API is, each "host:port"."""
    ca_cert: pulumi.Output[str]
    """The certificate of its own authority, PEM."""
    username: pulumi.Output[str]
    password: pulumi.Output[str]
    """A secret."""
    version: pulumi.Output[str]
    """Juju's own, such as 3.6.14."""
    machine: pulumi.Output[str]
    """The machine's id in MAAS."""
    host_key: pulumi.Output[str]
    """The host key that the server of `connection` showed, "type base64"."""
    owned: pulumi.Output[bool]
    """Whether it was made here, and not there before."""
    drift: pulumi.Output[Any]
    """What a refresh found to differ; [] after an update."""

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        cloud: pulumi.Input[Mapping[str, Any]],
        credential: pulumi.Input[Mapping[str, Any]],
        connection: pulumi.Input[Mapping[str, Any]] | None = None,
        channel: pulumi.Input[str] = "3.6/stable",
        to: pulumi.Input[str] | None = None,
        constraints: pulumi.Input[str] | None = None,
        base: pulumi.Input[str] | None = None,
        config: pulumi.Input[Mapping[str, Any]] | None = None,
        controller_file: pulumi.Input[str] | None = None,
        keep: pulumi.Input[bool] = False,
        force: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs: dict[str, object] = {
            "name": name,
            "cloud": cloud,
            "credential": credential,
            "connection": guard(connection),
            "channel": channel,
            "to": to,
            "constraints": constraints,
            "base": base,
            "config": config,
            "controller_file": controller_file,
            "keep": keep,
            "force": force,
            "claim": claim(resource_name),
        }
        outputs: Sequence[str] = (
            "uuid",
            "addresses",
            "ca_cert",
            "username",
            "password",
            "version",
            "machine",
            "host_key",
            "owned",
            "drift",
        )
        super().__init__(
            ControllerProvider(), resource_name, inputs, outputs, secrets=("credential", "password"), opts=opts
        )
