"""The HTTP shell of the Vault in a unit: aiohttp requests into `vault.Request`, answers onto the wire.

PUT /v1/sys/init ─> service.transaction() ─> vault.answer ─> status and JSON     (every path of Vault goes through here)
"""

import json
from contextlib import AbstractContextManager
from typing import Protocol, cast

from aiohttp import web

from lab.juju import vault
from lab.juju.errors import JujuError
from lab.juju.hub.catalogue import of_application
from lab.juju.hub.document import section
from lab.juju.hub.scene import here
from lab.juju.hub.script import script_of
from lab.juju.world import World, key

MAX_BODY = 1024 * 1024


class Held(Protocol):
    """What is asked of `service.Service`."""

    def transaction(self) -> AbstractContextManager[World]: ...

    def now(self) -> float: ...


def serving(world: World, model: str, unit: str) -> bool:
    """Say whether a unit's Vault answers: the charm is Vault's, installed, and nobody paused it."""
    row = world.units.find(key(model, unit))
    app = None if row is None else world.applications.find(key(model, row.application))
    if row is None or app is None or not here(row) or row.facts.get("paused"):
        return False
    return script_of(of_application(world, model, app)).kind == "vault"


def application(service: Held, model: str, unit: str) -> web.Application:
    """Give the web application of one unit's Vault."""

    async def serve(request: web.Request) -> web.Response:
        try:
            asked = await _read(request)
        except ValueError:
            return web.json_response({"errors": ["failed to parse JSON input: invalid JSON"]}, status=400)
        return _shown(_answer(service, model, unit, asked))

    app = web.Application(client_max_size=MAX_BODY)
    app.router.add_route("*", "/{path:.*}", serve)
    return app


async def _read(request: web.Request) -> vault.Request:
    text = await request.text()
    body = section(cast("object", json.loads(text))) if text.strip() else section(None)
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = request.headers.get("X-Vault-Token", "") or bearer
    return vault.Request(request.method, request.path, body, token, dict(request.query))


def _answer(service: Held, model: str, unit: str, asked: vault.Request) -> vault.Answer:
    try:
        with service.transaction() as world:
            row = world.units.get(key(model, unit))
            app = world.applications.get(key(model, row.application))
            version = script_of(of_application(world, model, app)).version(app.channel)
            return vault.answer(world, model, unit, asked, service.now(), version)
    except JujuError as error:
        return vault.Answer(503, {"errors": [error.message]})


def _shown(answer: vault.Answer) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    return web.json_response(answer.body, status=answer.status, headers=headers)
