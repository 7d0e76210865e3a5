"""What a site of NGINX may be asked for: cleaners of its inputs, what they must be together, who else has its ports.

Pure; raw values -> normal forms, or ValueErrors that complete "<input> ...".
"""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from providers.common import cleaning
from providers.common.fields import Inputs

HEAVIEST = 100
_NAME = cleaning.matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", "a server's name of letters, digits, ., _ and -")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
server_name = cleaning.matching(r"[A-Za-z0-9.*_-]+( [A-Za-z0-9.*_-]+)*", "host names such as tasks.example.org, or _")
site_name = cleaning.matching(r"(?!default$)[a-z0-9][a-z0-9_-]{0,31}", "a short lower-case name other than default")
port = cleaning.whole(1, 65_535)


def upstreams(value: object) -> object:
    """Accept a list of `{name, address, port, weight = 1, down = false}`, no server twice, not all of them down."""
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"is {value!r}, but must be a list of at least one {{name, address, port}}")
    cleaned = [_upstream(item) for item in cast("list[object]", value)]
    for what in ("name", "place"):
        seen = [f"{each['address']}:{each['port']}" if what == "place" else str(each["name"]) for each in cleaned]
        twice = next((each for each in seen if seen.count(each) > 1), None)
        if twice is not None:
            raise ValueError(f"has {twice} twice, but may have each server only once")
    if all(each["down"] for each in cleaned):
        raise ValueError("has only servers that are down, but must have one that answers")
    return cleaned


def _upstream(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"has {value!r}, but must have objects {{name, address, port, weight, down}}")  # noqa: TRY004 - the contract of cleaners
    given = {name: item for name, item in cast("Mapping[str, object]", value).items() if item is not None}
    unknown = sorted(given.keys() - _CLEANERS.keys())
    if unknown:
        raise ValueError(f"has a server with {unknown[0]!r}, but it may only have {', '.join(_CLEANERS)}")
    missing = [name for name in ("name", "address", "port") if name not in given]
    if missing:
        raise ValueError(f"has a server without {missing[0]}: {given!r}")
    return {name: _entry(given, name) for name in _CLEANERS}


def _entry(given: Mapping[str, object], name: str) -> object:
    try:
        return _CLEANERS[name](given.get(name, _DEFAULTS.get(name)))
    except ValueError as error:
        raise ValueError(f"has {given['name']!r} with a {name} that {error}") from None


def _address(value: object) -> object:
    if isinstance(value, str) and _HOST.fullmatch(value):
        return value
    raise ValueError(f"is {value!r}, but must be an IP address or a DNS name")


_CLEANERS: Mapping[str, cleaning.Clean] = {
    "name": _NAME,
    "address": _address,
    "port": port,
    "weight": cleaning.whole(1, HEAVIEST),
    "down": cleaning.flag,
}
_DEFAULTS: Mapping[str, object] = {"weight": 1, "down": False}


def cross(inputs: Inputs) -> Iterator[tuple[str, str]]:
    """Judge what no input can be judged by alone: the pair of certificate and key, and both ports."""
    has_certificate, has_key = bool(inputs.get("certificate")), bool(inputs.get("private_key"))
    if has_certificate and inputs.get("port") == inputs.get("tls_port"):
        yield "tls_port", f"is {inputs['port']}, as port is, but HTTP and HTTPS need a port each"
    if has_certificate and has_key:
        from providers.hosts.crud.nginx_pair import problems  # cryptography: 0.1 s that most sites need not wait for

        yield from problems(str(inputs["certificate"]), str(inputs["private_key"]))


def lone_half(inputs: Inputs) -> Iterator[tuple[str, str]]:
    """Say which half of certificate and key is missing, of inputs that are all known."""
    for half, other in (("certificate", "private_key"), ("private_key", "certificate")):
        if inputs.get(half) and inputs.get(other) is None:
            yield other, f"is missing, but {half} is given: TLS needs both"


def clashes(found: str, ports: tuple[int, ...]) -> Iterator[str]:
    """Tell who else listens on these ports, from the lines of `ss -Hltnp`; NGINX itself may."""
    for line in found.splitlines():
        fields = line.split(maxsplit=5)
        number = fields[3].rpartition(":")[2] if len(fields) > 3 else ""
        owner = re.search(r'\(\("([^"]+)",pid=(\d+)', fields[5]) if len(fields) > 5 else None
        if number.isdigit() and int(number) in ports and (owner is None or owner[1] != "nginx"):
            yield f"port {number} is in use by {f'{owner[1]} (process {owner[2]})' if owner else 'another process'}"
