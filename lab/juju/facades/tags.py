"""Juju's tags: "KIND-ID" on the wire, an id in the world (pure).

"unit-vault-0" ─ parse ─> "vault/0";  "machine-3-lxd-0" <─ make ─ "3/lxd/0"
"cloudcred-maas_admin_default" ─ parse_credential ─> ("maas", "admin", "default")
Source: juju/names v5.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias, get_args
from urllib.parse import unquote

from lab.juju.errors import JujuError

Kind: TypeAlias = Literal[
    "action",
    "application",
    "cloud",
    "controller",
    "filesystem",
    "machine",
    "model",
    "operation",
    "space",
    "storage",
    "subnet",
    "unit",
    "user",
    "volume",
]

_LABELS: Final = "[a-z][a-z0-9]*(?:-[a-z0-9]*[a-z][a-z0-9]*)*"
_UUID: Final = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_MACHINE: Final = "[0-9]+(?:-[a-z]+-[0-9]+)*"
_USER: Final = "[a-zA-Z0-9](?:[a-zA-Z0-9.+-]*[a-zA-Z0-9])?(?:@[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)?"

_ID: Final[Mapping[Kind, str]] = {
    "action": f"[0-9]+|{_UUID}",
    "application": _LABELS,
    "cloud": "[a-zA-Z0-9][a-zA-Z0-9.-]*",
    "controller": _UUID,
    "filesystem": f"[0-9]+|{_MACHINE}-[0-9]+",
    "machine": _MACHINE,
    "model": _UUID,
    "operation": "[0-9]+",
    "space": "[a-z0-9][a-z0-9-]*|[0-9]+",
    "storage": f"{_LABELS}-[0-9]+",
    "subnet": f"[0-9]+|{_UUID}",
    "unit": f"{_LABELS}-[0-9]+",
    "user": _USER,
    "volume": f"[0-9]+|{_MACHINE}-[0-9]+",
}


def _last_slash(text: str) -> str:
    name, _, number = text.rpartition("-")
    return f"{name}/{number}"


_FROM_WIRE: Final[Mapping[str, Callable[[str], str]]] = {
    "machine": lambda text: text.replace("-", "/"),
    "filesystem": lambda text: text.replace("-", "/"),
    "volume": lambda text: text.replace("-", "/"),
    "unit": _last_slash,
    "storage": _last_slash,
    "user": lambda text: text.removesuffix("@local"),
}
_SLASHED: Final = frozenset({"machine", "filesystem", "volume", "unit", "storage"})


def make(kind: Kind, name: str) -> str:
    """Make a tag: ("unit", "vault/0") gives "unit-vault-0"."""
    return f"{kind}-{name.replace('/', '-') if kind in _SLASHED else name}"


def parse(text: str, kind: Kind) -> str:
    """Give the id in a tag of that kind; JujuError for anything else."""
    prefix, _, rest = text.partition("-")
    if prefix not in (*get_args(Kind), "cloudcred", "relation") or not rest:
        raise JujuError(f'"{text}" is not a valid tag')
    if prefix != kind or not re.fullmatch(_ID[kind], rest):
        raise JujuError(f'"{text}" is not a valid {kind} tag')
    return _FROM_WIRE.get(kind, str)(rest)


def kind_of(text: str) -> str:
    """Give the kind of a tag, "" when it has none."""
    return text.partition("-")[0] if "-" in text else ""


def credential(cloud: str, owner: str, name: str) -> str:
    """Make the tag of a credential; "_" inside of a part is escaped as Juju does."""
    return "cloudcred-" + "_".join(part.replace("_", "%5f") for part in (cloud, owner, name))


def parse_credential(text: str) -> tuple[str, str, str]:
    """Give (cloud, owner, name) of a credential's tag."""
    parts = text.removeprefix("cloudcred-").split("_")
    if not text.startswith("cloudcred-") or len(parts) != 3 or not all(parts):
        raise JujuError(f'"{text}" is not a valid cloudcred tag')
    cloud, owner, name = (unquote(part) for part in parts)
    return cloud, owner.removesuffix("@local"), name


def credential_key(cloud: str, owner: str, name: str) -> str:
    """Give the key of a credential in the world."""
    return f"{cloud}_{owner}_{name}"
