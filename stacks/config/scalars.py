"""The words of the config: MAC addresses, networks, names, each a type that knows how to say what it accepts.

A value from the stack's YAML (already JSON: str, int, bool) -> the rule of its type -> the cleaned value, or one
`PydanticCustomError` whose message completes the sentence "… must be". Pure: no I/O, no Pulumi.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StrictStr
from pydantic_core import PydanticCustomError

RULE = "value_rule"
"""The error type of every rule below; `problems` prints its message after "must be"."""

_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def refuse(allowed: str) -> PydanticCustomError:
    """Build the error that completes "… must be": `refuse("true or false")`."""
    return PydanticCustomError(RULE, "{allowed}", {"allowed": allowed})


def _text(value: object, allowed: str) -> str:
    """`value` as a string; YAML reads an unquoted MAC or release number as a number, hence the hint."""
    if isinstance(value, str):
        return value
    raise refuse(f"{allowed}, as text in quotes")


def pattern(regex: str, allowed: str) -> AfterValidator:
    """Make the rule that the whole text matches `regex`."""
    compiled = re.compile(regex)

    def check(value: str) -> str:
        if compiled.fullmatch(value):
            return value
        raise refuse(allowed)

    return AfterValidator(check)


def _mac(value: object) -> str:
    allowed = 'a MAC address of six colon-separated bytes such as "52:54:00:16:00:01"'
    lowered = _text(value, allowed).lower()
    if _MAC.fullmatch(lowered):
        return lowered
    raise refuse(allowed)


def _parsed(parse: Callable[[str], object], kind: type | tuple[type, ...], allowed: str) -> BeforeValidator:
    def check(value: object) -> object:
        if isinstance(value, kind):
            return value
        try:
            return parse(_text(value, allowed))
        except ValueError:
            raise refuse(allowed) from None

    return BeforeValidator(check)


IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

Ip = Annotated[
    IpAddress,
    _parsed(ip_address, (IPv4Address, IPv6Address), "an IP address such as 172.16.0.1"),
]
Cidr = Annotated[
    IpNetwork,
    _parsed(ip_network, (IPv4Network, IPv6Network), "a network in CIDR form without host bits such as 172.16.0.0/20"),
]
Mac = Annotated[str, BeforeValidator(_mac)]
Hostname = Annotated[
    StrictStr,
    pattern(_LABEL, "a host name: lower-case letters, digits and inner hyphens, at most 63"),
]
DnsName = Annotated[
    StrictStr,
    pattern(rf"{_LABEL}(\.{_LABEL})*", "a DNS name such as db.maas: labels of lower-case letters, digits and hyphens"),
]
TagName = Annotated[StrictStr, pattern(r"[A-Za-z0-9_-]{1,256}", "a tag name: letters, digits, '_' and '-' only")]
ObjectName = Annotated[
    StrictStr,
    pattern(r"[A-Za-z0-9]([A-Za-z0-9 _-]{0,254}[A-Za-z0-9])?", "a name of letters, digits, '_', '-' and inner spaces"),
]
InterfaceName = Annotated[
    StrictStr,
    pattern(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,14}", "an interface name such as br-ex, at most 15 characters"),
]
Release = Annotated[
    StrictStr, pattern(r"[a-z][a-z0-9-]*", "a release's code name such as jammy (22.04) or focal (20.04)")
]
Arch = Annotated[StrictStr, pattern(r"[a-z0-9_]+", "an architecture such as amd64 or arm64")]
Architecture = Annotated[
    StrictStr, pattern(r"[a-z0-9_]+/[a-z0-9_.-]+", "an architecture with its subarchitecture such as amd64/generic")
]
Distro = Annotated[
    StrictStr, pattern(r"([a-z0-9-]+/)?[A-Za-z0-9._-]+", "a release such as jammy, or os/release such as ubuntu/jammy")
]
"""How a deployment names its image: `jammy` or `ubuntu/jammy`, as MAAS's distro_series does."""
FilePath = Annotated[StrictStr, pattern(r"\S(.*\S)?", "a path of a file, from the project's folder or with ~")]
