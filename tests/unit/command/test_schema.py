"""The shapes against the SDK package pulumi_command 1.2: the same types with the same properties."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import cast
from warnings import catch_warnings, simplefilter

import pytest

from plugins.command.schema import schema
from plugins.command.shapes import CONNECTION, LOGGING, PROXY, RESOURCES, RUN, VERSION, Shape

with catch_warnings():
    # CopyFile warns of its own end when it is loaded, which is when it is first named
    simplefilter("ignore", DeprecationWarning)
    from pulumi_command import local, remote

    ARGUMENTS: dict[str, Callable[..., object]] = {
        "local:Command": local.CommandArgs,
        "remote:Command": remote.CommandArgs,
        "remote:CopyToRemote": remote.CopyToRemoteArgs,
        "remote:CopyFile": remote.CopyFileArgs,
        "remote:Connection": remote.ConnectionArgs,
        "remote:ProxyConnection": remote.ProxyConnectionArgs,
        "local:run": local.run,
    }

SHAPES = [*(item.inputs for item in RESOURCES.values()), CONNECTION, PROXY, RUN.inputs]


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def arguments(token: str) -> set[str]:
    names = inspect.signature(ARGUMENTS[token]).parameters
    return {camel(name) for name in names if not name.startswith("__") and name not in ("opts", "self")}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.token)
def test_inputs_are_those_of_the_sdk(shape: Shape):
    assert set(shape.properties) == arguments(shape.token)


def test_what_is_computed_is_what_the_sdk_reads():
    for token, kind in (("local:Command", local.Command), ("remote:Command", remote.Command)):
        for name in RESOURCES[token].computed:
            assert hasattr(kind, name)
    assert {item.value for item in local.Logging} == {item.value for item in remote.Logging} == set(LOGGING)


def test_the_schema_is_one():
    found = cast("dict[str, dict[str, dict[str, object]]]", json.loads(schema()))
    assert found["version"] == VERSION
    command = found["resources"]["command:remote:Command"]
    assert command["requiredInputs"] == ["connection"]
    assert command["required"] == ["connection", "stdout", "stderr"]
    inputs = cast("dict[str, dict[str, object]]", command["inputProperties"])
    assert inputs["triggers"]["replaceOnChanges"] is True
    assert (inputs["connection"]["secret"], inputs["connection"]["$ref"]) == (True, "#/types/command:remote:Connection")
    connection = cast("dict[str, dict[str, object]]", found["types"]["command:remote:Connection"]["properties"])
    defaults = {name: item["default"] for name, item in connection.items() if "default" in item}
    assert defaults == {"dialErrorLimit": 10, "perDialTimeout": 15, "port": 22, "user": "root"}
    assert "deprecationMessage" in found["resources"]["command:remote:CopyFile"]
