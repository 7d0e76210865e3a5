"""What a balancer comes to: upstreams with their weights, its URL, the question that verifies it. Pure."""

from collections.abc import Iterable, Mapping, Sequence

_ASK = """\
python3 -c '
import http.client, ssl
{connection}
connection.request("GET", "/")
print(connection.getresponse().status)'"""
_PLAIN = 'connection = http.client.HTTPConnection("127.0.0.1", {port}, timeout=20)'
# It asks itself, by an address that no certificate names.
_TLS = (
    'connection = http.client.HTTPSConnection("127.0.0.1", {port}, timeout=20, '
    "context=ssl._create_unverified_context())"
)

ANSWERED = r"^[1234]\d\d$"
"""Statuses of a server that answers, if only that it knows no such host."""


def members(
    upstreams: Sequence[Mapping[str, object]], weights: Mapping[str, int], drained: Iterable[str]
) -> list[dict[str, object]]:
    """Give each upstream its weight, and take those out of service that are drained.

    `upstreams`: `{name, address, port}`, and perhaps `weight`, which `weights` overrides. Raises ValueError for a name
    that no upstream has.
    """
    names = [str(each.get("name")) for each in upstreams]
    for what, given in (("weights", list(weights)), ("drained", list(drained))):
        unknown = [name for name in given if name not in names]
        if unknown:
            raise ValueError(f"{what} names {unknown[0]}, but the upstreams are {', '.join(names) or 'none'}")
    out = frozenset(drained)
    return [
        {**each, "weight": weights.get(name, each.get("weight", 1)), "down": name in out}
        for name, each in zip(names, upstreams, strict=True)
    ]


def url(address: str, port: int, tls_port: int | None) -> str:
    """Write where a browser goes: the scheme's usual port is left out, and an IPv6 address gets its brackets."""
    host = f"[{address}]" if ":" in address else address
    if tls_port is not None:
        return f"https://{host}/" if tls_port == 443 else f"https://{host}:{tls_port}/"
    return f"http://{host}/" if port == 80 else f"http://{host}:{port}/"


def question(port: int, tls_port: int | None) -> str:
    """Write the command that asks the balancer, on its own server, for a page; it prints the status of the answer."""
    connection = _PLAIN.format(port=port) if tls_port is None else _TLS.format(port=tls_port)
    return _ASK.format(connection=connection)
