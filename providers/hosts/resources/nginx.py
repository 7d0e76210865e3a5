"""A site of NGINX as a resource. Arguments -> property bag -> `providers.hosts.crud.nginx`."""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi

from providers.hosts.crud.nginx import NginxSiteProvider
from providers.hosts.resources.base import HostResource


class NginxSite(HostResource, module="hosts", name="NginxSite"):
    """NGINX that spreads requests over servers in strict turns, and passes those on that fail.

    `upstreams`: `{name, address, port, weight = 1, down = False}` each; a server's weight is its share of the requests,
    one that is `down` gets none. `port` takes HTTP, whoever asks for whatever host. `certificate` (PEM, with its chain)
    and `private_key` (PEM): HTTPS on `tls_port`, and HTTP only leads there. An upstream that fails `max_fails` times
    within `fail_timeout` seconds is left out for as long; one that does not take a connection within `connect_timeout`
    seconds, or does not answer within `answer_timeout`, has failed. `max_body`: MiB that a request may bring.
    `name`: the site's file. One site per port of a server: sites of others on its ports are disabled.
    """

    name: pulumi.Output[str]
    upstreams: pulumi.Output[Any]
    port: pulumi.Output[int]

    def __init__(
        self,
        resource_name: str,
        *,
        connection: pulumi.Input[Mapping[str, Any]],
        machine: pulumi.Input[str],
        upstreams: pulumi.Input[Sequence[Any]],
        name: pulumi.Input[str] = "app",
        port: pulumi.Input[int] = 80,
        server_name: pulumi.Input[str] = "_",
        certificate: pulumi.Input[str] | None = None,
        private_key: pulumi.Input[str] | None = None,
        tls_port: pulumi.Input[int] = 443,
        max_fails: pulumi.Input[int] = 1,
        fail_timeout: pulumi.Input[int] = 10,
        connect_timeout: pulumi.Input[int] = 1,
        answer_timeout: pulumi.Input[int] = 30,
        max_body: pulumi.Input[int] = 10,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs: dict[str, object] = {
            "name": name,
            "upstreams": upstreams,
            "port": port,
            "server_name": server_name,
            "certificate": certificate,
            "private_key": private_key,
            "tls_port": tls_port,
            "max_fails": max_fails,
            "fail_timeout": fail_timeout,
            "connect_timeout": connect_timeout,
            "answer_timeout": answer_timeout,
            "max_body": max_body,
        }
        super().__init__(
            NginxSiteProvider(), resource_name, connection, machine, inputs, secrets=("private_key",), opts=opts
        )
