"""NGINX before servers that answer: a site on one server.

inputs -> the ports are free for NGINX -> deploy `nginx`: package, files (tried as a whole before they replace
anything), service. Drift: package, files, links, sites of others on its ports, service, firewall.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from pulumi.dynamic import CheckFailure, CheckResult

from providers.common import cleaning
from providers.common.fields import Field
from providers.common.raw import mapping, text
from providers.hosts.crud import nginx_checks
from providers.hosts.crud.base import HostProvider, Props, host_schema
from providers.hosts.crud.nginx_config import settings
from providers.hosts.crud.nginx_files import files_of
from providers.hosts.errors import HostError
from providers.hosts.session import Server

TIMES = cleaning.whole(1, 3600)


class NginxSiteProvider(HostProvider):
    """See `providers.hosts.resources.nginx.NginxSite`."""

    schema = host_schema(
        Field("name", clean=nginx_checks.site_name, default="app", replaces=True),
        Field("upstreams", clean=nginx_checks.upstreams, required=True),
        Field("port", clean=nginx_checks.port, default=80),
        Field("server_name", clean=nginx_checks.server_name, default="_"),
        Field("certificate", clean=cleaning.text),
        Field("private_key", clean=cleaning.secret_text),
        Field("tls_port", clean=nginx_checks.port, default=443),
        Field("max_fails", clean=cleaning.whole(0, 1000), default=1),
        Field("fail_timeout", clean=TIMES, default=10),
        Field("connect_timeout", clean=TIMES, default=1),
        Field("answer_timeout", clean=TIMES, default=30),
        Field("max_body", clean=cleaning.whole(1, 10_240), default=10),
        cross=nginx_checks.cross,
    )
    deploy = "nginx"
    secret_inputs = ("private_key",)

    def check(self, _olds: dict[str, object], news: dict[str, object]) -> CheckResult:
        """Check each input, and that certificate and key come together."""
        found = super().check(_olds, news)
        lone = [CheckFailure(name, reason) for name, reason in nginx_checks.lone_half(news)]
        return CheckResult(found.inputs, [*cast("Sequence[CheckFailure]", found.failures), *lone])

    def label(self, props: Props) -> str:
        return f"{text(mapping(props, 'connection'), 'name')}/{self.deploy}/{text(props, 'name')}"

    def data(self, props: Props) -> Mapping[str, object]:
        return data(props)

    def make(self, server: Server, props: Props) -> Props:
        return self.alter(server, {}, props)

    def alter(self, server: Server, olds: Props, news: Props) -> Props:
        ports = settings(news).ports
        _require_free(server, ports)
        before = settings(olds).ports if olds else ()
        closed = [port for port in before if port not in ports]
        server.apply(self.deploy, {**data(news), "closed": closed}, secrets=self.secrets(news))
        return {}


def data(props: Props) -> dict[str, object]:
    """Give the deploy its data: the site's ports and files."""
    site = settings(props)
    files = files_of(site, text(props, "certificate"), text(props, "private_key"))
    return {"name": site.name, "ports": list(site.ports), "files": [file.raw() for file in files]}


def _require_free(server: Server, ports: tuple[int, ...]) -> None:
    found = server.run("Its ports are looked at", "ss -Hltnp")
    clash = next(nginx_checks.clashes(found, ports), None)
    if clash is not None:
        raise HostError(
            f"{server.name}: {clash}, so NGINX can't listen there: stop that, or give the site another port"
        )
