"""Where the controller is and who we are there: from a file, stack config, or the environment.

config getter + environment + file reader -> `find` -> a checked `Endpoint`. The password appears in no message and no
repr. The file is JSON: {"name", "uuid", "addresses", "ca_cert", "username", "password", "version"}; the resource
Controller writes it.
"""

import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import cast

from providers.common.raw import Raw, text
from providers.juju.errors import SetupError

API_PORT = 17070
"""The port that a controller serves its API at unless it was bootstrapped with another (api-port)."""

Getter = Callable[[str], object]
Reader = Callable[[str], str]

_HOST = re.compile(r"[0-9A-Za-z]([0-9A-Za-z._-]{0,251}[0-9A-Za-z])?\.?")


@dataclass(frozen=True)
class Endpoint:
    """A controller and a user of it. `addresses`: "host:port", any of them will do.

    `ca_cert`: PEM; "": the controller's certificate is signed by an authority that this machine trusts. `version`:
    the controller's, where it is known before it is asked. `origin`: what messages say the addresses come from.
    """

    addresses: tuple[str, ...]
    ca_cert: str
    username: str
    password: str = field(repr=False)
    version: str = ""
    origin: str = "juju:controllerAddresses"


def find(config: Getter, environment: Mapping[str, str], read: Reader) -> Endpoint:
    """Take what the file `juju:controllerFile` says, else the keys of the stack's config, else the environment.

    Keys: `juju:controllerAddresses`, `juju:caCertificate`, `juju:username`, `juju:password`; environment:
    JUJU_CONTROLLER_ADDRESSES, JUJU_CA_CERT, JUJU_USERNAME, JUJU_PASSWORD. `read` returns a file's text and raises
    OSError. Raises SetupError naming what is missing or malformed.
    """
    path = controller_file(config)
    if path:
        return _from_file(path, read)
    addresses, origin = _either(config, environment, "juju:controllerAddresses", "JUJU_CONTROLLER_ADDRESSES")
    if not addresses:
        raise SetupError(
            "Juju's controller is not set: give juju:controllerFile, or juju:controllerAddresses with "
            "juju:caCertificate, juju:username and juju:password (a secret), in the stack's config"
        )
    certificate, ca_origin = _either(config, environment, "juju:caCertificate", "JUJU_CA_CERT")
    username, _ = _either(config, environment, "juju:username", "JUJU_USERNAME")
    password, _ = _either(config, environment, "juju:password", "JUJU_PASSWORD")
    if not password:
        raise SetupError("The password for Juju is not set: give juju:password (a secret), or JUJU_PASSWORD")
    checked = parse_addresses(addresses, origin)
    return Endpoint(checked, checked_ca(certificate, ca_origin), username or "admin", password, origin=origin)


def controller_file(config: Getter) -> str:
    """Name the file that the controller is taken from, "" for none. It may be written later in the run."""
    return _text(config("juju:controllerFile"))


def parse_addresses(listed: str, origin: str) -> tuple[str, ...]:
    """Read addresses separated by commas or spaces, or a JSON list of them; each "host" or "host:port".

    Raises SetupError that begins with `origin`.
    """
    words = _json_list(listed) or re.split(r"[,\s]+", listed.strip(", \t\n"))
    return tuple(dict.fromkeys(address(word, origin) for word in words))


def address(value: object, origin: str) -> str:
    """Bring one address to the form "host:port"; IPv6 stands in brackets. Raises SetupError."""
    given = value.strip() if isinstance(value, str) else ""
    host, port = _split(given)
    if host and 0 < port < 65_536:
        return f"{host}:{port}"
    raise SetupError(f"{origin} holds {value!r}, but must hold addresses such as 10.0.0.5:{API_PORT}")


def checked_ca(certificate: str, origin: str) -> str:
    """Give the certificate back if it is PEM of at least one certificate, or empty; raises SetupError."""
    if not certificate:
        return ""
    try:
        ssl.create_default_context(cadata=certificate)
    except (ssl.SSLError, ValueError):
        raise SetupError(
            f"{origin} holds no CA certificate: it must be PEM text that begins with -----BEGIN CERTIFICATE-----, "
            "as `juju show-controller` shows it"
        ) from None
    return certificate


def _json_list(listed: str) -> list[object]:
    """Read a JSON list, as Pulumi hands on a list of the stack's config; [] for any other text."""
    try:
        value: object = json.loads(listed)
    except ValueError:
        return []
    return cast("list[object]", value) if isinstance(value, list) else []


def _split(given: str) -> tuple[str, int]:
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::(\d{1,5}))?", given)
    plain = re.fullmatch(r"([^:\[\]]+)(?::(\d{1,5}))?", given)
    if bracketed:
        host = f"[{bracketed[1]}]" if _is_ipv6(bracketed[1]) else ""
        return host, int(bracketed[2] or API_PORT)
    if plain and _HOST.fullmatch(plain[1]):
        return plain[1], int(plain[2] or API_PORT)
    return (f"[{given}]", API_PORT) if _is_ipv6(given) else ("", 0)


def _is_ipv6(host: str) -> bool:
    try:
        return ip_address(host).version == 6
    except ValueError:
        return False


def _from_file(path: str, read: Reader) -> Endpoint:
    origin = f"the file {path} (juju:controllerFile)"
    try:
        held: object = json.loads(read(path))
    except OSError as error:
        raise SetupError(
            f"juju:controllerFile names {path}, which can't be read: {error.strerror}. "
            "The resource Controller writes it when the controller is there"
        ) from None
    except ValueError:
        raise SetupError(f"{origin} is not JSON, but must hold what the resource Controller writes") from None
    if not isinstance(held, dict):
        raise SetupError(f"{origin} holds no JSON object, but must hold what the resource Controller writes")
    return _read_file(cast("Raw", held), origin)


def _read_file(held: Raw, origin: str) -> Endpoint:
    missing = [name for name in ("addresses", "ca_cert", "password") if not held.get(name)]
    if missing:
        raise SetupError(f"{origin} has no {missing[0]}, but must hold addresses, ca_cert, username and password")
    try:
        certificate, password = text(held, "ca_cert"), text(held, "password")
        username, version = text(held, "username"), text(held, "version")
    except TypeError as error:
        raise SetupError(f"{origin} can't be used: {error}") from None
    listed = held["addresses"]
    entries = cast("list[object]", listed) if isinstance(listed, list) else [listed]
    addresses = tuple(dict.fromkeys(address(entry, origin) for entry in entries))
    return Endpoint(addresses, checked_ca(certificate, origin), username or "admin", password, version, origin)


def _either(config: Getter, environment: Mapping[str, str], key: str, variable: str) -> tuple[str, str]:
    given = _text(config(key))
    return (given, key) if given else (environment.get(variable, "").strip(), variable)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
