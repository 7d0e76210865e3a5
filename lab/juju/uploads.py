"""What clients send beside the websocket: local charms and resources, over HTTP with basic authentication.

POST /model/UUID/charms?series=S (2.9, 3.x) ─> a zip ─> hub.document ─> a row of the model
PUT  /model-UUID/charms/NAME-HASH (3.x, 4.x) ─> the same; the charm's URL comes and goes in the header Juju-Curl
PUT  /model/UUID/applications/APP/resources/NAME ─> measured ─> the application's resource
Sources: juju/juju apiserver/{apiserver,charms,objects,resources}.go of 3.6, apiserver/internal/handlers/objects and
domain/application/service/charm.go of 4.0.
"""

import hashlib
import json
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Awaitable, Callable
from email.header import decode_header, make_header
from email.message import Message
from typing import Final

from aiohttp import web

from lab.juju import models as m
from lab.juju import seed, versions
from lab.juju.errors import BAD_REQUEST, MODEL_NOT_FOUND, NOT_FOUND, UNAUTHORIZED, JujuError
from lab.juju.facades import access, resources, tags
from lab.juju.hub.catalogue import SERIES, parse_archive
from lab.juju.life.charms import charm_key
from lab.juju.models import Json
from lab.juju.rpc import Call
from lab.juju.service import Service
from lab.juju.world import World

_CURL: Final = "Juju-Curl"
"""The header with a charm's URL: as the client asks for it, and as the model knows it."""
_PREFIX: Final = 7
"""So many digits of a charm's SHA-256 are in the path; 4.x takes more too."""
_ZIP: Final = "application/zip"
_UPLOAD: Final = "cannot upload charm"
_STATUS: Final = {NOT_FOUND: 404, MODEL_NOT_FOUND: 404, UNAUTHORIZED: 401, BAD_REQUEST: 400}
_RELEASES: Final = {series: release for release, series in SERIES.items()}
_DEFAULT_BASE: Final = "22.04"

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_routes(router: web.UrlDispatcher, service: Service) -> None:
    """Serve the uploads of every model."""

    def answered(take: Callable[[World, web.Request, bytes], Json]) -> _Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            data = await request.read()
            try:
                with service.transaction() as world:
                    _authorise(world, service.now(), request)
                    answer = take(world, request, data)
                response = web.json_response(answer)
                if _CURL in request.headers:
                    response.headers[_CURL] = str(answer.get("charm-url", ""))
            except JujuError as error:
                response = _refusal(error)
            # uploads are rare, and not every client closes its connection
            response.force_close()
            return response

        return handle

    router.add_post("/model/{model}/charms", answered(_posted_charm))
    router.add_put("/model-{model}/charms/{object}", answered(_put_charm))
    router.add_put("/model/{model}/applications/{application}/resources/{name}", answered(_resource))


def _refusal(error: JujuError) -> web.Response:
    body: Json = {"error": error.message, "error-code": error.code}
    status = _STATUS.get(error.code, 500)
    headers = {"WWW-Authenticate": 'Basic realm="juju"'} if status == 401 else {}
    return web.Response(status=status, text=json.dumps(body), content_type="application/json", headers=headers)


def _authorise(world: World, now: float, request: web.Request) -> None:
    model = request.match_info["model"]
    user = world.users.find(tags.parse(_credentials(request)[0], "user"))
    if user is None or user.disabled or not seed.fits(user, _credentials(request)[1]):
        raise JujuError("invalid entity name or password", UNAUTHORIZED)
    if model not in world.models:
        raise JujuError(f'unknown model: "{model}"', MODEL_NOT_FOUND)
    access.need_model(Call(world, now, user.name, model, 0), "write")


def _credentials(request: web.Request) -> tuple[str, str]:
    """Read "Basic BASE64(user-NAME:PASSWORD)"."""
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        name, colon, password = b64decode(encoded, validate=True).decode().partition(":")
    except (NoBase64, UnicodeDecodeError):
        name, colon, password = "", "", ""
    if kind.lower() != "basic" or not colon:
        raise JujuError("no credentials provided", UNAUTHORIZED)
    return name, password


def _posted_charm(world: World, request: web.Request, data: bytes) -> Json:
    if versions.major(world.meta.version) >= 4:
        raise web.HTTPNotFound(text="404 page not found\n")
    _need_zip(request)
    release = _RELEASES.get(request.query.get("series", ""), "")
    return {"charm-url": add_local(world, request.match_info["model"], data, release)}


def _put_charm(world: World, request: web.Request, data: bytes) -> Json:
    """Take a charm as clients since 3.3 send it: its URL in Juju-Curl, the start of its digest in the path."""
    major = versions.major(world.meta.version)
    if major == 2:
        raise web.HTTPNotFound(text="404 page not found\n")
    _need_zip(request)
    _need_digest(request.match_info["object"], hashlib.sha256(data).hexdigest(), major)
    said = _curl(request, major).split("/")
    release = next((_RELEASES[each] for each in said if each in _RELEASES), "")
    return {"charm-url": add_local(world, request.match_info["model"], data, release)}


def _need_zip(request: web.Request) -> None:
    said = request.headers.get("Content-Type", "")
    if said != _ZIP:
        raise _bad(f"expected Content-Type: {_ZIP}, got: {said}")


def _need_digest(place: str, digest: str, major: int) -> None:
    _, dash, sha = place.rpartition("-")
    if not dash:
        raise _bad(f'"{place}" is not a valid charm object path')
    if major >= 4 and len(sha) < _PREFIX:
        raise _bad(f'invalid sha length: "{sha}"')
    if major >= 4 and not digest.startswith(sha):
        raise _bad("resolving uploaded charm: charm hash mismatch")
    if major < 4 and digest[:_PREFIX] != sha:
        raise _bad(f"Uploaded charm sha256 ({digest[:_PREFIX]}) does not match sha in url ({sha})")


def _curl(request: web.Request, major: int) -> str:
    """Give what the URL that is asked for says after its schema."""
    said = request.headers.get(_CURL, "")
    if not said and major >= 4:
        raise _bad(f'missing "{_CURL}" header')
    schema, colon, rest = said.partition(":")
    if not colon or not rest:
        raise _bad(f'"{said}" is not a valid charm url')
    if schema != "local":
        raise _bad("non-local charms may only be uploaded during model migration import")
    return rest


def _bad(words: str) -> JujuError:
    return JujuError(f"{_UPLOAD}: {words}", BAD_REQUEST)


def add_local(world: World, model: str, data: bytes, release: str = "") -> str:
    """Let a model know a local charm: its archive, the Ubuntu release it is for; its URL ("local:jammy/app-0").

    Each upload is a revision of its own. JujuError "bad request" for what is no charm. Juju 4 knows no series
    ("local:app-0"), so that a charm has to name its bases in a manifest.
    """
    charm, document = parse_archive(data)
    four = versions.major(world.meta.version) >= 4
    if four and not document.get("bases"):
        raise _bad("setting charm: charm manifest not found")
    base = release or (charm.bases[0] if charm.bases else _DEFAULT_BASE)
    revision = world.next_id(f"{model} local charm {charm.name}")
    url = f"local:{charm.name}-{revision}" if four else f"local:{SERIES[base]}/{charm.name}-{revision}"
    world.charms.put(charm_key(model, url), m.Charm(model, url, charm.name, revision, "", base, "local", document))
    return url


def _resource(world: World, request: web.Request, data: bytes) -> Json:
    digest = request.headers.get("Content-Sha384", "")
    if digest != hashlib.sha384(data).hexdigest():
        raise JujuError("resource content does not fit its Content-Sha384", BAD_REQUEST)
    content = resources.Content.of(file_name(request.headers.get("Content-Disposition", "")), data)
    place = request.match_info
    pending = request.query.get("pendingid", "")
    return resources.uploaded(world, place["model"], place["application"], place["name"], pending, content)


def file_name(disposition: str) -> str:
    """Read a file's name; Juju's client writes one that is not plain ASCII as words of RFC 2047."""
    message = Message()
    message["Content-Disposition"] = disposition
    name = message.get_filename("")
    return str(make_header(decode_header(name))) if name.startswith("=?") else name
