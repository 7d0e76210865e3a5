"""Which path of Vault's API does what (pure): some need neither token nor open seal, the others need both."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from lab.juju.vault import seal, tokens
from lab.juju.vault.state import Answer, Place, Request, VaultError, health
from lab.juju.world import World, key

_Serve: TypeAlias = Callable[[Place, Request], Answer]

_OPEN: Final[Mapping[str, Mapping[str, _Serve]]] = {
    "sys/init": {"GET": seal.init_status, "POST": seal.init},
    "sys/seal-status": {"GET": seal.status},
    "sys/unseal": {"POST": seal.unseal},
    "sys/health": {"GET": seal.show_health, "HEAD": seal.show_health},
}
"""Paths that need no token and no open seal."""


_GUARDED: Final[Mapping[str, Mapping[str, _Serve]]] = {
    "sys/seal": {"POST": seal.close},
    "auth/token/create": {"POST": tokens.create},
    "auth/token/lookup-self": {"GET": tokens.lookup_self},
    "auth/token/revoke-self": {"POST": tokens.revoke_self},
}


def answer(world: World, model: str, unit: str, request: Request, now: float, version: str = "1.8.8") -> Answer:
    """Serve one request at a unit's Vault; JujuError when the unit is not there."""
    row = world.units.get(key(model, unit))
    place = Place(world, world.applications.get(key(model, row.application)), row, version, now)
    try:
        return _route(place, request)
    except VaultError as refused:
        return Answer(refused.status, {"errors": list(refused.errors)})


def _route(place: Place, request: Request) -> Answer:
    path = request.path.removeprefix("/v1/").strip("/")
    methods = _OPEN.get(path)
    if methods is None:
        stand = health(place.app, place.unit)
        if stand.sealed:
            raise VaultError(503, "Vault is sealed")
        methods = _GUARDED.get(path, {})
        if not request.token:
            raise VaultError(400, "missing client token")
        if not methods:
            tokens.check_token(place.app, request.token, place.now)
            raise VaultError(404)
    serve = methods.get("POST" if request.method == "PUT" else request.method)
    if serve is None:
        raise VaultError(405)
    return serve(place, request)
