"""Bundle: a model as a bundle, and what a bundle takes (juju apiserver/facades/client/bundle, version 6).

ExportBundle ─> bundle_export;  GetChanges, GetChangesMapArgs ─> bundle_changes
"""

from typing import Final

from lab.juju import versions
from lab.juju.facades import access, bundle_changes, bundle_export
from lab.juju.models import Json
from lab.juju.rpc import BOTH, Call, Facade, Fields


def export_bundle(call: Call, fields: Fields) -> Json:
    """Write the login's model as YAML."""
    model = access.need_model(call, "read", call.model or call.world.meta.controller_model)
    defaults, series = fields.flag("include-charm-defaults"), fields.flag("include-series")
    two = versions.major(call.world.meta.version) == 2
    return {"result": bundle_export.exported(call.world, model.uuid, defaults=defaults, series=series, two=two)}


def changes_map(_: Call, fields: Fields) -> Json:
    """Give what has to be done to deploy a bundle, with named arguments; what is wrong with it, where something is."""
    plan = bundle_changes.planned(fields.text("yaml"))
    if plan.errors:
        return {"errors": list(plan.errors)}
    return {
        "changes": [
            {"id": one.id, "method": one.method, "args": dict(one.args), "requires": list(one.requires)}
            for one in plan.changes
        ]
    }


def changes(_: Call, fields: Fields) -> Json:
    """Give what has to be done to deploy a bundle, with the arguments in a row."""
    plan = bundle_changes.planned(fields.text("yaml"))
    if plan.errors:
        return {"errors": list(plan.errors)}
    return {
        "changes": [
            {"id": one.id, "method": one.method, "args": list(one.args.values()), "requires": list(one.requires)}
            for one in plan.changes
        ]
    }


FACADE: Final = Facade(
    "Bundle",
    (6,),
    BOTH,
    {"ExportBundle": export_bundle, "GetChanges": changes, "GetChangesMapArgs": changes_map},
)
