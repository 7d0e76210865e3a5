"""GetSchema: the shapes as a Pulumi package schema. Pure.

Source of the format: pulumi/pulumi developer-docs, providers/metaschema.json.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Final

from plugins.command.shapes import CONNECTION, FUNCTIONS, LOGGING, PROXY, RESOURCES, VERSION, Property, Resource, Shape

Json = dict[str, object]
_TEXT: Final[Json] = {"type": "string"}
_KINDS: Final[dict[str, Json]] = {
    "string": _TEXT,
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "bool": {"type": "boolean"},
    "strings": {"type": "array", "items": _TEXT},
    "string map": {"type": "object", "additionalProperties": _TEXT},
    "anything": {"type": "array", "items": {"$ref": "pulumi.json#/Any"}},
    "source": {"$ref": "pulumi.json#/Asset"},
}
_COMPUTED: Final[dict[str, Json]] = {
    "stdout": _TEXT,
    "stderr": _TEXT,
    "assets": {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Asset"}},
    "archive": {"$ref": "pulumi.json#/Archive"},
}


@cache
def schema() -> str:
    """Write the schema as JSON text."""
    return json.dumps(
        {
            "name": "command",
            "displayName": "Command",
            "version": VERSION,
            "description": "Commands and copies, here and over SSH, as resources.",
            "config": {},
            "types": {**_types(), **{f"command:{where}:Logging": _logging() for where in ("local", "remote")}},
            "resources": {f"command:{token}": _resource(item) for token, item in RESOURCES.items()},
            "functions": {f"command:{token}": _function(item) for token, item in FUNCTIONS.items()},
        }
    )


def _types() -> Json:
    return {f"command:{shape.token}": _object(shape) for shape in (CONNECTION, PROXY)}


def _object(shape: Shape) -> Json:
    return {
        "description": shape.about,
        "type": "object",
        "properties": {name: _property(item) for name, item in shape.properties.items()},
        "required": _required(shape),
    }


def _required(shape: Shape) -> list[str]:
    return [name for name, item in shape.properties.items() if item.required]


def _property(item: Property) -> Json:
    spec: Json = {"description": item.about}
    if item.shape or item.enum:
        spec["$ref"] = f"#/types/command:{item.shape.token if item.shape else item.enum}"
    else:
        spec |= _KINDS[item.kind]
    if item.default is not None:
        spec["default"] = item.default
    if item.secret:
        spec["secret"] = True
    if item.replaces:
        spec["replaceOnChanges"] = True
    return spec


def _logging() -> Json:
    values = [{"name": name, "value": name, "description": about} for name, about in LOGGING.items()]
    return {"type": "string", "enum": values}


def _computed(resource: Resource) -> Json:
    return {name: {"description": about, **_COMPUTED[name]} for name, about in resource.computed.items()}


def _resource(resource: Resource) -> Json:
    inputs = {name: _property(item) for name, item in resource.inputs.properties.items()}
    spec: Json = {
        "description": resource.inputs.about,
        "properties": {**inputs, **_computed(resource)},
        "required": [*_required(resource.inputs), *resource.always],
        "inputProperties": inputs,
        "requiredInputs": _required(resource.inputs),
    }
    return {**spec, "deprecationMessage": resource.deprecated} if resource.deprecated else spec


def _function(resource: Resource) -> Json:
    inputs = _object(resource.inputs)
    properties = {name: _property(item) for name, item in resource.inputs.properties.items()}
    return {
        "description": resource.inputs.about,
        "inputs": inputs,
        "outputs": {
            "type": "object",
            "properties": {**properties, **_computed(resource)},
            "required": [*_required(resource.inputs), *resource.always],
        },
    }
