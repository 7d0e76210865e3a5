"""How components that install software are told of a server: who it is, how it is reached, what memory it has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any  # a connection's values are texts, numbers and mappings

from pulumi import Input


@dataclass(frozen=True, kw_only=True)
class ServerAccess:
    """A deployed server. `name` is known while planning, the rest once it is deployed.

    `connection`: see providers.hosts (`{name, host, port, user, private_key_file, ...}`); `machine` changes when the
    server is installed anew; `address` is where other servers reach it; `memory_mib` is what its software may count on.
    """

    name: str
    connection: Input[Mapping[str, Any]] = field(repr=False)
    machine: Input[str]
    address: Input[str]
    memory_mib: Input[int]


@dataclass(frozen=True, kw_only=True)
class Login:
    """How the servers of a rack are reached over SSH; `proxy` is the connection of a server on the way to them.

    `patience` is how many seconds to wait for a server that still boots.
    """

    user: str
    port: int = 22
    private_key_file: str | None = None
    private_key: Input[str] | None = field(default=None, repr=False)
    patience: int = 600
    proxy: Mapping[str, Any] | None = field(default=None, repr=False)

    def connection(self, name: str, host: Input[str]) -> dict[str, Any]:
        """Describe the connection to one server, as providers.hosts wants it."""
        described = {
            "name": name,
            "host": host,
            "port": self.port,
            "user": self.user,
            "private_key_file": self.private_key_file,
            "private_key": self.private_key,
            "patience": self.patience,
            "proxy": self.proxy,
        }
        return {key: value for key, value in described.items() if value is not None}
