"""Admin: how a connection logs in (Juju 3.6 API: Admin v3; juju/juju apiserver/admin.go).

Login{auth-tag, credentials} ─ login ─> (user, LoginResult); every refusal in Juju's words
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address

from lab.juju import seed
from lab.juju.errors import MODEL_NOT_FOUND, UNAUTHORIZED, JujuError
from lab.juju.facades import access, tags
from lab.juju.facades.shapes import moment
from lab.juju.models import Json, Meta, Model, User
from lab.juju.rpc import Call, Fields


def check_model(call: Call) -> None:
    """Refuse everything on a connection to a model that is not there."""
    if call.model and call.model not in call.world.models:
        raise JujuError(f'unknown model: "{call.model}"', MODEL_NOT_FOUND)


def login(call: Call, fields: Fields, facades: Mapping[str, Sequence[int]]) -> tuple[str, Json]:
    """Check who it is; give the user's name and the LoginResult, which lists `facades`.

    JujuError "unauthorized access" for a wrong name or password, a disabled user, or no access to the model.
    """
    check_model(call)
    user = _user(call, fields)
    model = call.world.models.get(call.model) if call.model else None
    level = access.model_level(call.world, model, user.name) if model else ""
    if model is not None and not level:
        raise access.denied()
    _connected(call, user, model)
    return user.name, _result(call, user, level, facades)


def redirect_info(_call: Call, _fields: Fields) -> Json:
    """Give no redirection: only controllers that moved a model, and JAAS, have one."""
    raise JujuError("not redirected")


def _user(call: Call, fields: Fields) -> User:
    user = call.world.users.find(tags.parse(fields.text("auth-tag"), "user"))
    if user is None or not seed.fits(user, fields.text("credentials")):
        raise JujuError("invalid entity name or password", UNAUTHORIZED)
    if user.disabled:
        raise JujuError(f'user "{user.name}" is disabled', UNAUTHORIZED)
    return user


def _connected(call: Call, user: User, model: Model | None) -> None:
    call.world.users.put(user.name, replace(user, last_connection=call.now))
    if model is not None:
        seen = {**model.last_connections, user.name: call.now}
        call.world.models.put(model.uuid, replace(model, last_connections=seen))


def _result(call: Call, user: User, level: str, facades: Mapping[str, Sequence[int]]) -> Json:
    meta = call.world.meta
    result: Json = {
        "controller-tag": tags.make("controller", meta.uuid),
        "server-version": meta.version,
        "servers": [[_server(meta, each) for each in meta.addresses]],
        "user-info": {
            "display-name": user.display_name,
            "identity": tags.make("user", user.name),
            "controller-access": user.access,
            "model-access": level,
            **({"last-connection": moment(user.last_connection)} if user.last_connection else {}),
        },
        "facades": [{"name": name, "versions": list(facades[name])} for name in sorted(facades)],
    }
    return {**result, "model-tag": tags.make("model", call.model)} if call.model else result


def _server(meta: Meta, address: str) -> Json:
    """Give Juju's HostPort of one of the controller's addresses ("host" or "host:port")."""
    host, _, port = address.rpartition(":") if address.count(":") == 1 else (address, "", "")
    return {
        "value": host,
        "type": f"ipv{ip_address(host).version}" if _is_ip(host) else "hostname",
        "scope": "local-cloud",
        "port": int(port or meta.port),
    }


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
