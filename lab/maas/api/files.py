"""`files/`: what a user keeps in MAAS (source: MAAS 3.5 api/files.py). Juju looks here for what it no longer writes."""

from base64 import b64decode, b64encode

from lab.maas.errors import BadRequestError, NotFoundError
from lab.maas.models import Json, StoredFile
from lab.maas.urls import API, Resource, crud, get
from lab.maas.wire import NO_CONTENT, Call, Reply, uploads

_MISSING = Reply(404, b"Not Found", headers={"Workaround": "bug1123986"})
"""How MAAS tells a file that is missing from a path that is."""


def _shown(row: StoredFile) -> Json:
    return {
        "filename": row.filename,
        "anon_resource_uri": f"{API}files/?op=get_by_key&key={row.key}",
        "resource_uri": f"{API}files/{row.filename}/",
    }


def _own(call: Call) -> list[StoredFile]:
    rows = [each for each in call.world.files if each.owner == call.user.username]
    return sorted(rows, key=lambda each: each.filename)


def read_files(call: Call) -> list[Json]:
    """List the caller's files, without what they hold."""
    return [_shown(each) for each in _own(call) if each.filename.startswith(call.data.text("prefix"))]


def create_file(call: Call) -> Reply:
    """Add a file, in place of one of that name."""
    name, sent = call.data.text("filename"), uploads(call.request)
    if not name:
        raise BadRequestError("Filename not supplied")
    if not sent:
        raise BadRequestError("File not supplied")
    if len(sent) != 1:
        raise BadRequestError("Exactly one file must be supplied")
    (content,) = sent.values()
    owner = call.user.username
    known = call.world.files.find(f"{owner}/{name}")
    key = known.key if known else call.world.draw(36)
    call.world.files.put(f"{owner}/{name}", StoredFile(name, owner, key, b64encode(content).decode()))
    return Reply(201)


def get_by_name(call: Call) -> Reply:
    """Give what a file holds, by its name."""
    return _content([each for each in call.world.files if each.filename == call.data.mandatory("filename")])


def get_by_key(call: Call) -> Reply:
    """Give what a file holds, by its key."""
    return _content([each for each in call.world.files if each.key == call.data.mandatory("key")])


def _content(found: list[StoredFile]) -> Reply:
    if not found:
        raise NotFoundError("File not found")
    return Reply(200, b64decode(found[-1].content))


def read_file(call: Call) -> Json | Reply:
    """Read a file, with what it holds."""
    row = call.world.files.find(_key(call))
    return {**_shown(row), "content": row.content} if row else _MISSING


def delete_file(call: Call) -> Reply:
    """Delete a file."""
    call.world.files.get(_key(call))
    call.world.files.remove(_key(call))
    return NO_CONTENT


def _key(call: Call) -> str:
    return f"{call.user.username}/{call.params['filename']}"


RESOURCES = (
    Resource(
        "Files",
        "files/",
        (
            crud("read", read_files),
            crud("create", create_file),
            get("get", get_by_name),
            get("get_by_key", get_by_key),
        ),
    ),
    Resource("File", "files/{filename}/", (crud("read", read_file), crud("delete", delete_file))),
)
