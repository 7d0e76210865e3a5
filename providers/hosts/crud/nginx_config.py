"""The config of a site that spreads requests over servers: what is asked for, and NGINX's words for it. Pure.

clean inputs -> `settings` -> Settings -> `render` -> the text of /etc/nginx/sites-available/NAME.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from providers.common.raw import Raw, flag, mappings, text, whole

HEAD = "# Written by metal-to-cloud: what is changed by hand is undone."
CERTIFICATE = "tls/{}.crt"
KEY = "tls/{}.key"
"""Where certificate and key of a site are, seen from /etc/nginx."""


@dataclass(frozen=True)
class Upstream:
    """A server that answers; of all requests it gets its weight's share, and none while it is `down`."""

    name: str
    address: str
    port: int
    weight: int = 1
    down: bool = False


@dataclass(frozen=True)
class Settings:
    """A site. Times in seconds, `max_body` in MiB; `tls_port` None: HTTP only, else HTTP leads to HTTPS.

    An upstream that failed `max_fails` times within `fail_timeout` is left out for as long; 0 leaves none out.
    """

    name: str
    upstreams: tuple[Upstream, ...]
    port: int = 80
    server_name: str = "_"
    tls_port: int | None = None
    max_fails: int = 1
    fail_timeout: int = 10
    connect_timeout: int = 1
    answer_timeout: int = 30
    max_body: int = 10

    @property
    def ports(self) -> tuple[int, ...]:
        """Where NGINX listens for it."""
        return (self.port,) if self.tls_port is None else (self.port, self.tls_port)


def settings(props: Raw) -> Settings:
    """Read clean inputs; `certificate` decides whether there is TLS."""
    return Settings(
        name=text(props, "name"),
        upstreams=tuple(map(_upstream, mappings(props, "upstreams"))),
        port=whole(props, "port"),
        server_name=text(props, "server_name"),
        tls_port=whole(props, "tls_port") if text(props, "certificate") else None,
        max_fails=whole(props, "max_fails"),
        fail_timeout=whole(props, "fail_timeout"),
        connect_timeout=whole(props, "connect_timeout"),
        answer_timeout=whole(props, "answer_timeout"),
        max_body=whole(props, "max_body"),
    )


def _upstream(raw: Raw) -> Upstream:
    address, name = text(raw, "address"), text(raw, "name")
    return Upstream(name, address, whole(raw, "port"), whole(raw, "weight"), flag(raw, "down"))


def render(site: Settings) -> str:
    """Write the config. Its values are taken as they are: cleaners keep what would mean more than itself out."""
    blocks = [_upstreams(site)]
    if site.tls_port is None:
        blocks.append(_server(site, (f"listen {site.port} default_server;",), tuple(_proxied(site))))
    else:
        host = "$host" if site.tls_port == 443 else f"$host:{site.tls_port}"
        redirect = ("location / {", f"    return 308 https://{host}$request_uri;", "}")
        blocks.append(_server(site, (f"listen {site.port} default_server;",), redirect))
        blocks.append(_server(site, tuple(_tls(site, site.tls_port)), tuple(_proxied(site))))
    return "\n".join((HEAD, "", *blocks))


def _upstreams(site: Settings) -> str:
    # The shared zone makes all workers take turns together and know together who failed.
    lines = [f"upstream {_group(site)} {{", f"    zone {_group(site)} 128k;"]
    return "\n".join([*lines, *(f"    {_member(site, each)}" for each in site.upstreams), "}", ""])


def _group(site: Settings) -> str:
    return f"site_{site.name}"


def _member(site: Settings, upstream: Upstream) -> str:
    host = f"[{upstream.address}]" if ":" in upstream.address else upstream.address
    patience = f"max_fails={site.max_fails} fail_timeout={site.fail_timeout}s"
    down = " down" if upstream.down else ""
    return f"server {host}:{upstream.port} weight={upstream.weight} {patience}{down}; # {upstream.name}"


def _server(site: Settings, listening: tuple[str, ...], rest: tuple[str, ...]) -> str:
    inside = (*listening, f"server_name {site.server_name};", "server_tokens off;", *rest)
    return "\n".join(["server {", *(f"    {line}" for line in inside), "}", ""])


def _tls(site: Settings, port: int) -> Iterator[str]:
    yield f"listen {port} ssl http2 default_server;"
    yield f"ssl_certificate /etc/nginx/{CERTIFICATE.format(site.name)};"
    yield f"ssl_certificate_key /etc/nginx/{KEY.format(site.name)};"
    yield "ssl_protocols TLSv1.2 TLSv1.3;"
    yield f"ssl_session_cache shared:tls_{site.name}:4m;"


def _proxied(site: Settings) -> Iterator[str]:
    tries = sum(not each.down for each in site.upstreams)
    yield f"client_max_body_size {site.max_body}m;"
    yield "location / {"
    yield f"    proxy_pass http://{_group(site)};"
    yield "    proxy_http_version 1.1;"
    yield "    proxy_set_header Host $http_host;"
    yield "    proxy_set_header X-Real-IP $remote_addr;"
    yield "    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
    yield "    proxy_set_header X-Forwarded-Host $http_host;"
    yield "    proxy_set_header X-Forwarded-Port $server_port;"
    yield "    proxy_set_header X-Forwarded-Proto $scheme;"
    yield f"    proxy_connect_timeout {site.connect_timeout}s;"
    yield f"    proxy_send_timeout {site.answer_timeout}s;"
    yield f"    proxy_read_timeout {site.answer_timeout}s;"
    # Without non_idempotent: a POST that reached a server is not sent to a second one.
    yield "    proxy_next_upstream error timeout http_502 http_503 http_504;"
    yield f"    proxy_next_upstream_tries {tries};"
    yield f"    proxy_next_upstream_timeout {site.answer_timeout}s;"
    yield "}"
