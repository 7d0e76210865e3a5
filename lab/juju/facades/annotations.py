"""Annotations: notes that people and tools keep on entities (Juju 3.6 API: Annotations v2)."""

from collections.abc import Callable, Mapping
from typing import Final

from lab.juju.errors import UNAUTHORIZED, JujuError
from lab.juju.facades import tags
from lab.juju.facades.access import need_model
from lab.juju.models import Annotation, Json
from lab.juju.rpc import MODEL, Call, Facade, Fields
from lab.juju.world import key


def get(call: Call, fields: Fields) -> Json:
    """Give the annotations of entities, each with its tag."""
    need_model(call, "read")
    return {"results": [_get(call, tag) for tag in fields.tags()]}


def _get(call: Call, tag: str) -> Json:
    try:
        _check(call, tag)
    except JujuError as error:
        return {"entity": tag, "annotations": {}, "error": {"error": error.shown()}}
    row = call.world.annotations.find(key(call.model, tag))
    # Juju writes this error out where there is none, too
    return {"entity": tag, "annotations": dict(row.pairs) if row else {}, "error": {}}


def set_(call: Call, fields: Fields) -> Json:
    """Put annotations on entities; an empty value takes one away. Only what failed is told, as Juju does."""
    need_model(call, "write")
    told = (_refusal(call, item) for item in fields.each("annotations"))
    return {"results": [{"error": error.shown()} for error in told if error is not None]}


def _refusal(call: Call, item: Fields) -> JujuError | None:
    tag = item.text("entity")
    try:
        _set(call, item)
    except JujuError as error:
        return JujuError(f'while setting annotations to "{tag}": {error.message}', error.code)
    return None


def _set(call: Call, item: Fields) -> None:
    tag = item.text("entity")
    _check(call, tag)
    row = call.world.annotations.find(key(call.model, tag))
    pairs = {
        **(row.pairs if row else {}),
        **{name: str(value or "") for name, value in item.map("annotations").items()},
    }
    bad = next((name for name in pairs if "." in name or not name), None)
    if bad is not None:
        raise JujuError(f'cannot update annotations on {tag}: invalid key "{bad}"')
    kept = {name: value for name, value in pairs.items() if value}
    if kept:
        call.world.annotations.put(key(call.model, tag), Annotation(call.model, tag, kept))
    elif row is not None:
        call.world.annotations.remove(key(call.model, tag))


_TABLES: Final[Mapping[str, Callable[[Call, str], bool]]] = {
    "application": lambda call, tag: key(call.model, tags.parse(tag, "application")) in call.world.applications,
    "machine": lambda call, tag: key(call.model, tags.parse(tag, "machine")) in call.world.machines,
    "storage": lambda call, tag: key(call.model, tags.parse(tag, "storage")) in call.world.storage,
    "unit": lambda call, tag: key(call.model, tags.parse(tag, "unit")) in call.world.units,
}


def _check(call: Call, tag: str) -> None:
    """Refuse a tag of nothing: JujuError "permission denied", as Juju hides what is not there."""
    kind = tags.kind_of(tag)
    if kind == "model":
        if tags.parse(tag, "model") != call.model:
            raise JujuError("permission denied", UNAUTHORIZED)
        return
    if kind == "charm":
        charm = f"{call.model}|{tag.removeprefix('charm-')}"
        if charm not in call.world.charms:
            raise JujuError("permission denied", UNAUTHORIZED)
        return
    read = _TABLES.get(kind)
    if read is None:
        raise JujuError(f'"{tag}" is not a valid tag')
    if not read(call, tag):
        raise JujuError("permission denied", UNAUTHORIZED)


FACADE = Facade("Annotations", (2,), MODEL, {"Get": get, "Set": set_})
