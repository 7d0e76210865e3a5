"""How a DjangoCluster is laid out: what its resources are called, and what the app is told in its environment. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

LOCAL = ("localhost", "127.0.0.1")
"""Names by which each server asks itself, and tunnels ask for any."""
OWN = frozenset({"SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "HTTPS"})
"""Variables that have an argument of their own; those of the database begin with DATABASE_."""


def problems(servers: Sequence[str], environment: Iterable[str]) -> list[str]:
    """Say what can't be: sentences, none where all is well."""
    found = [] if servers else ["servers is empty, but an app needs at least one"]
    twice = sorted(name for name, count in Counter(servers).items() if count > 1)
    found += [f"servers names {name} twice" for name in twice]
    taken = sorted(name for name in environment if name in OWN or name.startswith("DATABASE_"))
    return found + [f"environment sets {name}, which has an argument of its own" for name in taken]


def server_name(cluster: str, server: str) -> str:
    """Name the app server on one server: `tasks-server2`. Its place among the others is no part of it."""
    return f"{cluster}-{server}"


def host_names(names: Iterable[str], addresses: Iterable[str], more: Iterable[str]) -> str:
    """Join the host names that the app answers to: its servers', and those by which a balancer is known."""
    return ",".join(dict.fromkeys((*LOCAL, *names, *addresses, *more)))


def database_variables(host_name: str, port: int, name: str, user: str) -> Mapping[str, str]:
    """Say where the database is; its password is no part of this."""
    return {
        "DATABASE_HOST": host_name,
        "DATABASE_PORT": str(port),
        "DATABASE_NAME": name,
        "DATABASE_USER": user,
    }


def upstreams(names: Sequence[str], addresses: Sequence[str], port: int) -> list[dict[str, object]]:
    """List what a balancer sends requests to."""
    return [{"name": name, "address": address, "port": port} for name, address in zip(names, addresses, strict=True)]
