"""What a model knows of charms, and whether a value is one of a charm's option (pure).

Sources: juju charm/config.go for the words of options, state/charm.go for what a model keeps.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from lab.juju import models as m
from lab.juju.errors import JujuError
from lab.juju.hub.catalogue import Charm, Option, Resolved, of_application
from lab.juju.world import World

TRUST: Final = "trust"
"""The one option that is the application's own, not its charm's."""


def charm_key(model: str, url: str) -> str:
    return f"{model}|{url}"


def keep(world: World, model: str, resolved: Resolved) -> m.Charm:
    """Let the model know a charm; the row that is there stays (a local one came with its document)."""
    row_key = charm_key(model, resolved.url)
    row = m.Charm(
        model, resolved.url, resolved.name, resolved.revision, resolved.channel, resolved.base, resolved.source
    )
    return world.charms.find(row_key) or world.charms.put(row_key, row)


def charm_of(world: World, app: m.Application) -> Charm:
    return of_application(world, app.model, app)


def typed(charm: Charm, values: Mapping[str, object]) -> dict[str, object]:
    """Give option values as the charm's types; texts are read, others checked. Unknown or misfit: JujuError."""
    return {name: _typed(charm, name, value) for name, value in values.items()}


def known(charm: Charm, name: str) -> Option:
    """Give the charm's option, or Juju's `unknown option "x"`."""
    option = charm.options.get(name)
    if option is None:
        raise JujuError(f'unknown option "{name}"')
    return option


def _typed(charm: Charm, name: str, value: object) -> object:
    option = known(charm, name)
    parsed = _PARSERS[option.type](value)
    if parsed is None:
        raise JujuError(f'option "{name}" expected {option.type}, got {_shown(value)}')
    return parsed


def trusted(value: object) -> bool:
    """Read the value of `trust`."""
    parsed = _boolean(value)
    if not isinstance(parsed, bool):
        raise JujuError(f'option "{TRUST}" expected bool, got {_shown(value)}')
    return parsed


def _shown(value: object) -> str:
    """Show a value as Go's %#v does."""
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _string(value: object) -> object | None:
    return value if isinstance(value, str) else None


def _secret(value: object) -> object | None:
    return value if isinstance(value, str) and (not value or value.startswith("secret:")) else None


def _boolean(value: object) -> object | None:
    if isinstance(value, bool):
        return value
    # what Go's strconv.ParseBool reads
    words = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}
    return words.get(value if value in {"t", "f"} else value.lower()) if isinstance(value, str) else None


def _int(value: object) -> object | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, int):
        return value
    return _read(int, value)


def _float(value: object) -> object | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return _read(float, value)


def _read(kind: Callable[[str], object], value: object) -> object | None:
    try:
        return kind(value) if isinstance(value, str) else None
    except ValueError:
        return None


_PARSERS: Final[Mapping[str, Callable[[object], object | None]]] = {
    "string": _string,
    "secret": _secret,
    "boolean": _boolean,
    "int": _int,
    "float": _float,
}


def digest(config: Mapping[str, object]) -> str:
    """Give what tells one configuration from another."""
    return hashlib.sha256(repr(sorted(config.items())).encode()).hexdigest()[:16]
