"""How the components that install software are told of a server: who it is, how it is reached, how much memory it has."""

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
