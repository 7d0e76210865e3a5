"""What Juju 4.0 does otherwise than 3.6 when it is asked the same: what it refuses, has not yet, or words otherwise.

method of 3.6 ─> `METHODS` ─> method of 4.0. Names of fields are `versions`' part.
Source: juju/juju 4.1-beta2, apiserver/facades/client and domain/{relation,removal,keymanager,crossmodelrelation}: what
that has not yet, 4.0 has neither. Many of its errors have no code.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from typing import Final, cast

from lab.juju.errors import ALREADY_EXISTS, BAD_REQUEST, NOT_FOUND, NOT_IMPLEMENTED, NOT_SUPPORTED, JujuError
from lab.juju.facades import access, applicationoffers, keymanager, machinemanager, modelmanager, tags, units
from lab.juju.facades.configuring import set_configs
from lab.juju.facades.relating import add_relation, destroy_relation
from lab.juju.life.machines import HAS_CONTAINERS, HAS_UNITS
from lab.juju.models import AuthorizedKey, Json
from lab.juju.rpc import Call, Fields, Method, bulk
from lab.juju.world import key

_NOT_YET: Final = "not yet available; try again later"
_NO_PAIR: Final = "no relations found"


def _relate(call: Call, fields: Fields) -> Json:
    """Relate; that they are related already is told without a code."""
    try:
        return add_relation(call, fields)
    except JujuError as error:
        ends = fields.texts("endpoints")
        if len(ends) != 2:
            raise JujuError("a relation should have exactly two endpoints", BAD_REQUEST) from None
        one, other = ends
        raise _unrelated(one, other, error) from None


def _unrelated(one: str, other: str, error: JujuError) -> JujuError:
    where = f'adding relation between endpoints "{one}" and "{other}"'
    if error.code == ALREADY_EXISTS:
        return JujuError(f'{where}: cannot add relation "{one}", "{other}": already exists')
    if error.message.endswith(_NO_PAIR):
        said = "no compatible endpoints found between applications"
        return JujuError(f'{where}: cannot relate endpoints "{one}" and "{other}": {said}')
    return error


def _part(call: Call, fields: Fields) -> Json:
    """Remove a relation; one that is not there is told by what was asked."""
    try:
        return destroy_relation(call, fields)
    except JujuError as error:
        if error.code != NOT_FOUND:
            raise
        ends, number = " ".join(fields.texts("endpoints")), fields.whole("relation-id")
        raise JujuError(f"relation with endpoints [{ends}] or id {number} not found", NOT_FOUND) from None


def _configure(call: Call, fields: Fields) -> Json:
    """Set options, which YAML does not do."""
    items = fields.each("Args")
    if not any(item.text("config-yaml") for item in items):
        return set_configs(call, fields)

    def one(at: int) -> Json:
        if items[at].text("config-yaml"):
            raise JujuError("config yaml not supported not implemented", NOT_IMPLEMENTED)
        answer = set_configs(call, Fields({"Args": [items[at].raw]}))
        return cast("list[Json]", answer["results"])[0]

    return bulk(items, one)


def _change_storage(call: Call, fields: Fields) -> Json:
    """Refuse: 4.0 has the method, and does nothing yet."""
    access.need_model(call, "write")

    def one(_: int) -> Json:
        raise JujuError("UpdateApplicationStorage not implemented", NOT_IMPLEMENTED)

    return bulk(fields.each("storage-updates"), one)


def _offer(call: Call, fields: Fields) -> Json:
    """Make one offer: what it says of itself is its charm's, and one that is there is not changed."""
    items = fields.each("Offers")
    if len(items) != 1:
        raise JujuError(f"expected exactly one offer, got {len(items)}")
    item = items[0]
    name = item.text("offer-name") or item.text("application-name")
    if key(tags.parse(item.text("model-tag"), "model"), name) in call.world.offers:
        said = f'offer "{name}" already exists, updating offers is not supported'
        return {"results": [{"error": JujuError(said, BAD_REQUEST).shown()}]}
    rest = {each: value for each, value in item.raw.items() if each != "application-description"}
    return applicationoffers.offer(call, Fields({"Offers": [rest]}))


def _resolve(call: Call, fields: Fields) -> Json:
    """Let units in error go on; one that is not in error is told otherwise."""
    answer = units.resolve(call, fields)
    found = cast("list[Json]", answer["results"])
    named = [tags.parse(each, "unit") for each in fields.fields("tags").tags()]
    for name, item in zip(named, found, strict=False):
        if item.get("error") and "not in an error state" in str(cast("Json", item["error"])["message"]):
            item["error"] = JujuError(f'checking unit "{name}" status: unit is not in error state').shown()
    return {"results": found}


def fingerprint(text: str) -> str:
    """Give a key's SHA256 fingerprint as Juju 4 shows it; "" for what is no key."""
    try:
        blob = base64.b64decode(text.split()[1], validate=True)
    except (IndexError, binascii.Error):
        return ""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _list_keys(call: Call, fields: Fields) -> Json:
    if fields.flag("mode"):
        return keymanager.list_keys(call, fields)
    access.need_model(call, "read")
    shown = [fingerprint(row.key) for row in call.world.keys.of(call.model)]
    return {"results": [{"result": shown} for _ in fields.fields("entities").tags()]}


def _delete_keys(call: Call, fields: Fields) -> Json:
    """Remove keys by SHA256 fingerprint, comment or whole; others are passed over, and the last one may go."""
    access.allowed(access.need_model(call, "write"), "remove")
    names = set(fields.texts("ssh-keys"))
    for row in [each for each in call.world.keys.of(call.model) if _named(each) & names]:
        call.world.keys.remove(key(row.model, row.fingerprint))
    return {"results": None}


def _named(row: AuthorizedKey) -> set[str]:
    comment = " ".join(row.key.split()[2:])
    return {each for each in (fingerprint(row.key), comment, row.key) if each}


def _not_yet(call: Call, _: Fields) -> Json:
    """Refuse what 4.0 does not have yet."""
    raise JujuError(f"not yet available in {call.world.meta.version}", _NOT_YET)


_STAYS: Final = {HAS_UNITS: "machine has units", HAS_CONTAINERS: "machine has containers"}


def _destroy_machines(call: Call, fields: Fields) -> Json:
    """Remove machines; what keeps one is told without a code."""
    answer = machinemanager.destroy_machines(call, fields)
    found = zip(fields.texts("machine-tags"), cast("list[Json]", answer["results"]), strict=True)
    return {"results": [_told(tag.removeprefix("machine-"), item) for tag, item in found]}


def _told(name: str, item: Json) -> Json:
    code = str(cast("Json", item["error"])["code"]) if item.get("error") else ""
    if code == NOT_FOUND:
        said = f'getting machine UUID: getting UUID for machine "{name}": machine "{name}": machine not found'
    elif code in _STAYS:
        said = f'removing machine: machine "{name}": cannot set machine "{name}" to dying without force: {_STAYS[code]}'
    else:
        return item
    return {"error": JujuError(said).shown()}


def _destroy_models(call: Call, fields: Fields) -> Json:
    """Destroy models with their storage: 4.0 asks nobody what becomes of it."""
    items = [{**item.raw, "destroy-storage": True} for item in fields.each("models")]
    return modelmanager.destroy_models(call, Fields({"models": items}))


def _refused(words: str, code: str) -> Method:
    def refuse(_: Call, __: Fields) -> Json:
        raise JujuError(words, code)

    return refuse


def _export(_: Call, __: Fields) -> Json:
    return {"error": JujuError("Juju 4.0 doesn't support exporting bundles", NOT_IMPLEMENTED).shown(), "result": ""}


METHODS: Final[Mapping[tuple[str, str], Callable[[Call, Fields], Json]]] = {
    ("Application", "AddRelation"): _relate,
    ("Application", "DestroyRelation"): _part,
    ("Application", "ResolveUnitErrors"): _resolve,
    ("Application", "SetConfigs"): _configure,
    ("Application", "UpdateApplicationStorage"): _change_storage,
    ("ApplicationOffers", "Offer"): _offer,
    ("Bundle", "ExportBundle"): _export,
    ("HighAvailability", "EnableHA"): _refused("enable HA not supported", NOT_SUPPORTED),
    ("KeyManager", "DeleteKeys"): _delete_keys,
    ("KeyManager", "ListKeys"): _list_keys,
    ("MachineManager", "DestroyMachineWithParams"): _destroy_machines,
    ("ModelManager", "DestroyModels"): _destroy_models,
    ("Storage", "RemovePool"): _not_yet,
    ("Storage", "UpdatePool"): _not_yet,
}
"""Facade and method -> how 4.0 serves it, where it does so otherwise."""
