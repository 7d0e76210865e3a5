"""Block: switches off what could harm a model (juju apiserver/facades/client/block, version 2).

`access.allowed` asks what is switched off; a block holds everyone, admins included.
"""

from dataclasses import replace
from typing import Final

from lab.juju.errors import BAD_REQUEST, JujuError
from lab.juju.facades import access, tags
from lab.juju.models import Json, Model
from lab.juju.rpc import MODEL, Call, Facade, Fields

KINDS: Final = ("BlockDestroy", "BlockRemove", "BlockChange")


def listed(call: Call, _: Fields) -> Json:
    """List what is switched off in the model."""
    model = access.need_model(call, "read")
    return {"results": [{"result": _shown(model, kind)} for kind in KINDS if kind in model.blocks]}


def _shown(model: Model, kind: str) -> Json:
    return {
        "id": str(KINDS.index(kind)),
        "tag": tags.make("model", model.uuid),
        "type": kind,
        "message": model.blocks[kind],
    }


def _kind(fields: Fields) -> str:
    kind = fields.text("type")
    if kind not in KINDS:
        raise JujuError(f'unknown block type "{kind}"', BAD_REQUEST)
    return kind


def switch_on(call: Call, fields: Fields) -> Json:
    """Block a kind of operation, with a reason."""
    model, kind = access.need_model(call, "write"), _kind(fields)
    if kind in model.blocks:
        return {"error": JujuError(f"block {kind} is already ON").shown()}
    call.world.models.put(model.uuid, replace(model, blocks={**model.blocks, kind: fields.text("message")}))
    return {}


def switch_off(call: Call, fields: Fields) -> Json:
    """Allow a kind of operation again."""
    model, kind = access.need_model(call, "write"), _kind(fields)
    if kind not in model.blocks:
        return {"error": JujuError(f"block {kind} is already OFF").shown()}
    kept = {name: text for name, text in model.blocks.items() if name != kind}
    call.world.models.put(model.uuid, replace(model, blocks=kept))
    return {}


FACADE: Final = Facade("Block", (2,), MODEL, {"List": listed, "SwitchBlockOff": switch_off, "SwitchBlockOn": switch_on})
