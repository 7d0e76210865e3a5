"""How a server is reached: the mapping that a program gives, and the frozen value made of it.

property bag's `connection` -> `clean` (normal form, or what is wrong with it) -> `parse` -> Connection. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from providers.common import cleaning
from providers.common.fields import Field
from providers.common.raw import Raw, decimal, mapping, text, whole

SSH_PORT = 22
PATIENCE = 600.0
"""Seconds that a server may take to boot before it counts as unreachable."""
LONGEST_PATIENCE = 86_400
LOGIN = "ubuntu"
"""The login of Ubuntu's images, which are what MAAS deploys."""
SECRETS = ("private_key", "passphrase", "password")
"""The entries whose values no message may show."""


@dataclass(frozen=True)
class Connection:
    """A way to one server. `name` is what people call it, `host` its address or DNS name, `patience` in seconds.

    Of the three ways to log in (`private_key_file`, `private_key`, `password`) those that are given are used.
    `host_key`: "type base64", "" accepts the first one that the server shows. `proxy`: the server to go through.
    """

    name: str
    host: str
    port: int = SSH_PORT
    user: str = LOGIN
    private_key_file: str = ""
    private_key: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    host_key: str = ""
    proxy: "Connection | None" = None
    patience: float = PATIENCE

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything in here that nothing may show."""
        own = (self.private_key, self.passphrase, self.password)
        return tuple(filter(None, own)) + (self.proxy.secrets if self.proxy else ())

    @property
    def address(self) -> str:
        """user@host:port, as people write it, with the server it goes through."""
        through = f" through {self.proxy.name}" if self.proxy else ""
        return f"{self.user}@{self.host}:{self.port}{through}"

    def knowing(self, host_key: str) -> "Connection":
        """Accept no other host key than this, unless the program names one itself."""
        return replace(self, host_key=self.host_key or host_key)

    def waiting(self, patience: float) -> "Connection":
        """Wait at most so many seconds, for the server and for the one before it."""
        proxy = self.proxy.waiting(patience) if self.proxy else None
        return replace(self, patience=min(patience, self.patience), proxy=proxy)

    def raw(self) -> dict[str, object]:
        """Write it as a mapping that `parse` reads back."""
        entries = {name: value for name, value in vars(self).items() if name != "proxy"}
        return {**entries, "proxy": self.proxy.raw() if self.proxy else None}


def parse(raw: Raw) -> Connection:
    """Read a clean mapping."""
    proxy = mapping(raw, "proxy")
    return Connection(
        name=text(raw, "name"),
        host=text(raw, "host"),
        port=whole(raw, "port") or SSH_PORT,
        user=text(raw, "user") or LOGIN,
        private_key_file=text(raw, "private_key_file"),
        private_key=text(raw, "private_key"),
        passphrase=text(raw, "passphrase"),
        password=text(raw, "password"),
        host_key=text(raw, "host_key"),
        proxy=parse(proxy) if proxy else None,
        patience=decimal(raw, "patience") if raw.get("patience") is not None else PATIENCE,
    )


def connection_field() -> Field:
    """Make the input `connection` of every resource here; its change is made in place."""
    return Field("connection", clean=clean, required=True)


def clean(value: object) -> dict[str, object]:
    """Bring a connection to its normal form, or raise ValueError that completes "connection ..."."""
    if not isinstance(value, Mapping):
        raise ValueError("must be an object with at least name and host")  # noqa: TRY004 - the contract of cleaners
    given = {name: item for name, item in cast("Mapping[str, object]", value).items() if item is not None}
    unknown = sorted(given.keys() - _CLEANERS.keys())
    if unknown:
        raise ValueError(f"has {unknown[0]!r}, but may only have {', '.join(_CLEANERS)}")
    cleaned = {name: _entry(name, given) for name in _CLEANERS if name in given or name in _DEFAULTS}
    missing = [name for name in ("name", "host") if name not in cleaned]
    if missing:
        raise ValueError(f"has no {missing[0]}, but must have name and host")
    if not any(cleaned.get(name) for name in ("private_key_file", "private_key", "password")):
        raise ValueError("has no way to log in: one of private_key_file, private_key and password is needed")
    return cleaned


def _entry(name: str, given: Mapping[str, object]) -> object:
    try:
        return _CLEANERS[name](given.get(name, _DEFAULTS.get(name)))
    except ValueError as error:
        raise ValueError(f"has a {name} that {error}") from None


def _host(value: object) -> object:
    name = cleaning.filled(value)
    if re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z.:_-]*|[0-9A-Fa-f:]+(%\w+)?", name):
        return name
    raise ValueError(f"is {value!r}, but must be an address such as 172.16.0.21 or a DNS name")


_CLEANERS: Mapping[str, cleaning.Clean] = {
    "name": cleaning.filled,
    "host": _host,
    "port": cleaning.whole(1, 65_535),
    "user": cleaning.matching(r"[a-z_][a-z0-9_.-]*\$?", "a login such as ubuntu"),
    "private_key_file": cleaning.text,
    "private_key": cleaning.secret_text,
    "passphrase": cleaning.secret_text,
    "password": cleaning.secret_text,
    "host_key": cleaning.matching(r"|[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?", "a host key: type and base64"),
    "proxy": clean,
    "patience": cleaning.whole(0, LONGEST_PATIENCE),
}
_DEFAULTS: Mapping[str, object] = {"port": SSH_PORT, "user": LOGIN, "patience": PATIENCE}
