"""SecretBackends: where secrets are kept (juju apiserver/facades/client/secretbackends, version 1).

The lab keeps every secret in the controller ("internal"). Other backends are remembered and listed, and their sensitive
settings hidden, but nothing is kept there.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lab.juju.errors import ALREADY_EXISTS, NOT_SUPPORTED, NOT_VALID, JujuError, not_found
from lab.juju.facades import access
from lab.juju.models import Json
from lab.juju.rpc import CONTROLLER, Call, Facade, Fields, bulk

INTERNAL: Final = "internal"
_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {"vault": ("endpoint",), "kubernetes": ("endpoint", "namespace")}
_HIDDEN: Final = frozenset({"token", "client-key", "password", "ca-cert", "client-cert", "username"})
_MIN_ROTATE: Final = 3600 * 10**9
"""An hour in nanoseconds: Juju rotates no token more often."""


def _backends(call: Call) -> Mapping[str, Mapping[str, object]]:
    return call.world.meta.secret_backends


def _keep(call: Call, rows: Mapping[str, Mapping[str, object]]) -> None:
    call.world.meta = replace(call.world.meta, secret_backends=rows)


def add_backends(call: Call, fields: Fields) -> Json:
    """Add backends of type vault or kubernetes."""
    access.need_superuser(call)
    items = fields.each("args")

    def one(at: int) -> Json:
        name, kind = items[at].text("name"), items[at].text("backend-type")
        if not name:
            raise JujuError("missing backend name not valid", NOT_VALID)
        if name == INTERNAL or name in _backends(call):
            raise JujuError(f'secret backend "{name}" already exists', ALREADY_EXISTS)
        row = {
            "id": items[at].text("id") or call.world.draw_uuid().replace("-", "")[:24],
            "backend-type": kind,
            "config": _checked(kind, items[at].map("config")),
            "token-rotate-interval": _interval(items[at]),
        }
        _keep(call, {**_backends(call), name: row})
        return {}

    return bulk(items, one)


def _checked(kind: str, config: Mapping[str, object]) -> dict[str, object]:
    required = _REQUIRED.get(kind)
    if required is None:
        raise JujuError(
            f'invalid config for provider "{kind}": registered secret backend "{kind}" not found', "not found"
        )
    for name in required:
        if not config.get(name):
            raise JujuError(f'invalid config for provider "{kind}": {name}: expected string, got nothing', NOT_VALID)
    return dict(config)


def _interval(fields: Fields) -> int | None:
    value = fields.whole("token-rotate-interval")
    if 0 < value < _MIN_ROTATE:
        raise JujuError("token rotate interval less than 1h not valid", NOT_VALID)
    return value or None


def update_backends(call: Call, fields: Fields) -> Json:
    """Change settings, names and rotation of backends."""
    access.need_superuser(call)
    items = fields.each("args")

    def one(at: int) -> Json:
        item, old = items[at], _known(call, items[at].text("name"))
        name = item.text("name-change") or item.text("name")
        if name != item.text("name") and name in _backends(call):
            raise JujuError(f'secret backend "{name}" already exists', ALREADY_EXISTS)
        config = {**Fields(old).map("config"), **item.map("config")}
        for reset in item.texts("reset"):
            config.pop(reset, None)
        others = {each: row for each, row in _backends(call).items() if each != item.text("name")}
        row = {
            **old,
            "config": _checked(str(old["backend-type"]), config),
            "token-rotate-interval": _interval(item) or old.get("token-rotate-interval"),
        }
        _keep(call, {**others, name: row})
        return {}

    return bulk(items, one)


def _known(call: Call, name: str) -> Mapping[str, object]:
    if name == INTERNAL:
        raise JujuError(f'backend "{name}" not valid', NOT_VALID)
    row = _backends(call).get(name)
    if row is None:
        raise not_found("secret backend", name)
    return row


def remove_backends(call: Call, fields: Fields) -> Json:
    """Remove backends; "internal" stays."""
    access.need_superuser(call)
    items = fields.each("args")

    def one(at: int) -> Json:
        name = items[at].text("name")
        if name == INTERNAL:
            raise JujuError(f'removing backend "{name}" not supported', NOT_SUPPORTED)
        _known(call, name)
        _keep(call, {each: row for each, row in _backends(call).items() if each != name})
        return {}

    return bulk(items, one)


def list_backends(call: Call, fields: Fields) -> Json:
    """List backends, by name where asked; sensitive settings only to a superuser who wants them revealed."""
    reveal, names = fields.flag("reveal"), fields.texts("names")
    if reveal:
        access.need_superuser(call)
    rows = [_internal(call), *(_shown(name, row, reveal) for name, row in _backends(call).items())]
    kept = [row for row in rows if not names or Fields(row).fields("result").text("name") in names]
    if names and len(kept) < len(set(names)):
        known = {Fields(row).fields("result").text("name") for row in rows}
        raise not_found("secret backend", next(name for name in names if name not in known))
    return {"results": kept}


def _internal(call: Call) -> Json:
    return {
        "id": call.world.meta.uuid,
        "num-secrets": len(call.world.secrets),
        "status": "active",
        "result": {"name": INTERNAL, "backend-type": "controller", "config": {}},
    }


def _shown(name: str, row: Mapping[str, object], reveal: bool) -> Json:
    config = Fields(row).map("config")
    shown = {key: value for key, value in config.items() if reveal or key not in _HIDDEN}
    result: Json = {"name": name, "backend-type": row["backend-type"], "config": shown}
    rotate = row.get("token-rotate-interval")
    return {
        "id": row["id"],
        "num-secrets": 0,
        "status": "active",
        "result": {**result, "token-rotate-interval": rotate} if rotate else result,
    }


FACADE: Final = Facade(
    "SecretBackends",
    (1,),
    CONTROLLER,
    {
        "AddSecretBackends": add_backends,
        "ListSecretBackends": list_backends,
        "RemoveSecretBackends": remove_backends,
        "UpdateSecretBackends": update_backends,
    },
)
