"""Check: kinds, defaults, secrets; by property."""

from __future__ import annotations

import pytest

from plugins.command.checking import check
from plugins.command.shapes import COPY_TO_REMOTE, LOCAL_COMMAND, REMOTE_COMMAND, RUN, Resource
from plugins.command.values import UNKNOWN, Asset, Properties, Secret, Value

DEFAULTS: Properties = {"dialErrorLimit": 10, "perDialTimeout": 15, "port": 22, "user": "root"}
COPY: Properties = {"connection": {"host": "h"}, "remotePath": "/r", "source": Asset("aa", "x")}


def failed(resource: Resource, inputs: Properties) -> list[tuple[str, str]]:
    return check(resource.inputs, inputs)[1]


@pytest.mark.parametrize(
    ("resource", "inputs", "place", "said"),
    [
        pytest.param(LOCAL_COMMAND, {"create": 3.0}, "create", "is a number; allowed is a string", id="create"),
        pytest.param(LOCAL_COMMAND, {"create": True}, "create", "is a boolean", id="create: bool"),
        pytest.param(LOCAL_COMMAND, {"environment": {"A": 1.0}}, "environment.A", "a string", id="environment"),
        pytest.param(LOCAL_COMMAND, {"interpreter": "a"}, "interpreter", "a list of strings", id="interpreter"),
        pytest.param(LOCAL_COMMAND, {"interpreter": [1.0]}, "interpreter[0]", "a string", id="interpreter[0]"),
        pytest.param(LOCAL_COMMAND, {"triggers": "x"}, "triggers", "a list", id="triggers"),
        pytest.param(LOCAL_COMMAND, {"logging": "loud"}, "logging", "stdoutAndStderr", id="logging"),
        pytest.param(LOCAL_COMMAND, {"addPreviousOutputInEnv": "yes"}, "addPreviousOutputInEnv", "true", id="add"),
        pytest.param(LOCAL_COMMAND, {"zzz": 1.0}, "zzz", "has no property zzz", id="unknown name"),
        pytest.param(REMOTE_COMMAND, {}, "connection", "needs connection", id="no connection"),
        pytest.param(REMOTE_COMMAND, {"connection": "x"}, "connection", "remote:Connection", id="connection"),
        pytest.param(REMOTE_COMMAND, {"connection": {}}, "connection.host", "needs host", id="no host"),
        pytest.param(
            REMOTE_COMMAND, {"connection": Secret({"host": "h", "port": "22"})}, "connection.port", "number", id="port"
        ),
        pytest.param(
            REMOTE_COMMAND, {"connection": {"host": "h", "proxy": {}}}, "connection.proxy.host", "needs", id="proxy"
        ),
        pytest.param(COPY_TO_REMOTE, {**COPY, "source": "x"}, "source", "FileAsset", id="source"),
        pytest.param(COPY_TO_REMOTE, {**COPY, "source": Asset(uri="http://x")}, "source", "at a URI", id="source URI"),
        pytest.param(RUN, {}, "command", "needs command", id="command"),
    ],
)
def test_what_is_wrong_is_named(resource: Resource, inputs: Properties, place: str, said: str):
    [(where, reason)] = failed(resource, inputs)
    assert where == place
    assert said in reason


def test_a_wrong_value_does_not_show_itself():
    assert "hunter2" not in str(failed(REMOTE_COMMAND, {"connection": {"host": "h", "port": "hunter2"}}))


@pytest.mark.parametrize("name", list(LOCAL_COMMAND.inputs.properties))
def test_every_property_may_be_unknown_or_secret_and_unknown(name: str):
    assert failed(LOCAL_COMMAND, {name: UNKNOWN}) == []
    assert failed(LOCAL_COMMAND, {name: Secret(UNKNOWN)}) == []


def test_a_connection_gets_its_defaults_and_is_secret():
    inputs, _ = check(REMOTE_COMMAND.inputs, {"connection": {"host": "h"}})
    assert inputs == {"connection": Secret({**DEFAULTS, "host": "h"})}


def test_credentials_are_secret_inside_the_connection_those_of_the_proxy_are_not():
    given: Properties = {"host": "h", "password": "p", "privateKey": "k", "proxy": {"host": "b", "password": "q"}}
    inputs, failures = check(REMOTE_COMMAND.inputs, {"connection": given})
    want: Value = {
        **DEFAULTS,
        "host": "h",
        "password": Secret("p"),
        "privateKey": Secret("k"),
        "proxy": {**DEFAULTS, "host": "b", "password": "q"},
    }
    assert failures == []
    assert inputs["connection"] == Secret(want)


def test_failed_inputs_are_secret_all_the_same():
    inputs, failures = check(REMOTE_COMMAND.inputs, {"connection": {"password": "p"}})
    assert failures
    assert inputs["connection"] == Secret({"password": Secret("p")})


def test_nulls_in_a_map_are_left_out_and_integers_cut():
    assert check(LOCAL_COMMAND.inputs, {"environment": {"A": None}})[0] == {"environment": {}}
    inputs, _ = check(REMOTE_COMMAND.inputs, {"connection": {"host": "h", "dialErrorLimit": 2.5}})
    assert inputs["connection"] == Secret({**DEFAULTS, "host": "h", "dialErrorLimit": 2.0})
