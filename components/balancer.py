"""NginxBalancer: one address for servers that answer alike.

upstreams, weights, drained ─> NginxSite ─> Check: it answers from one of them ─> url, address, port
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi
from pulumi import Input, Output, ResourceOptions

from components import balancer_plan
from components.servers import ServerAccess
from providers.hosts.resources.check import Check
from providers.hosts.resources.nginx import NginxSite


@dataclass(frozen=True, kw_only=True)
class TlsArgs:
    """HTTPS on `port`: a certificate with its chain, and its key, both PEM. HTTP then only leads there."""

    certificate: Input[str]
    private_key: Input[str] = field(repr=False)
    port: int = 443


@dataclass(frozen=True, kw_only=True)
class HealthArgs:
    """When a server is passed over: after `max_fails` failures within `fail_timeout` seconds, for as long.

    A failure: no connection within `connect_timeout` seconds, no answer within `answer_timeout`, or a 502, 503 or 504.
    """

    max_fails: int = 1
    fail_timeout: int = 10
    connect_timeout: int = 1
    answer_timeout: int = 30


@dataclass(frozen=True, kw_only=True)
class NginxBalancerArgs:
    """A balancer. `upstreams`: `{name, address, port}` each, such as DjangoCluster gives them.

    `weights`: shares of the requests by the upstream's name, 1 where nothing is said; `drained`: names of upstreams
    that get no requests; `verify`: whether it must answer before it counts as made.
    """

    server: ServerAccess
    upstreams: Input[Sequence[Any]]
    port: int = 80
    server_name: str = "_"
    tls: TlsArgs | None = None
    weights: Mapping[str, int] = field(default_factory=dict[str, int])
    drained: Sequence[str] = ()
    health: HealthArgs = HealthArgs()
    verify: bool = True


class NginxBalancer(pulumi.ComponentResource):
    """NGINX on one server, before others."""

    url: Output[str]
    """Where a browser goes, with a slash at its end."""
    address: Output[str]
    port: Output[int]
    """Where it listens for users: the port of HTTPS where there is a certificate."""

    def __init__(self, name: str, args: NginxBalancerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("metal-to-cloud:baremetal:NginxBalancer", name, None, opts)
        site = self._site(name, args)
        last = self._check(name, args, site) if args.verify else site
        tls_port = args.tls.port if args.tls else None
        # Through the last resource: who uses the URL waits until it answers.
        address = Output.all(args.server.address, last.host_key).apply(lambda both: str(both[0]))
        self.url = address.apply(lambda known: balancer_plan.url(known, args.port, tls_port))
        self.address = address
        self.port = Output.from_input(args.port if tls_port is None else tls_port)
        self.register_outputs({"url": self.url, "address": self.address, "port": self.port})

    def _site(self, name: str, args: NginxBalancerArgs) -> NginxSite:
        tls, health = args.tls, args.health
        return NginxSite(
            f"{name}-site",
            connection=args.server.connection,
            machine=args.server.machine,
            name=name,
            upstreams=Output.from_input(args.upstreams).apply(lambda known: _members(name, args, known)),
            port=args.port,
            server_name=args.server_name,
            certificate=tls.certificate if tls else None,
            private_key=tls.private_key if tls else None,
            tls_port=tls.port if tls else 443,
            max_fails=health.max_fails,
            fail_timeout=health.fail_timeout,
            connect_timeout=health.connect_timeout,
            answer_timeout=health.answer_timeout,
            opts=ResourceOptions(parent=self),
        )

    def _check(self, name: str, args: NginxBalancerArgs, site: NginxSite) -> Check:
        return Check(
            f"{name}-answers",
            connection=args.server.connection,
            machine=args.server.machine,
            description=f"NGINX on {args.server.name} answers for the servers behind it",
            command=balancer_plan.question(args.port, args.tls.port if args.tls else None),
            expect=balancer_plan.ANSWERED,
            triggers=[site.upstreams, site.port],
            opts=ResourceOptions(parent=self, depends_on=[site]),
        )


def _members(name: str, args: NginxBalancerArgs, upstreams: Sequence[Any]) -> list[dict[str, object]]:
    try:
        return balancer_plan.members(upstreams, args.weights, args.drained)
    except ValueError as error:
        raise pulumi.RunError(f"{name}: {error}.") from None
