"""Actions and commands: queued in operations, checked against their schema, shown, taken back."""

import json
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.juju.errors import JujuError
from lab.juju.facades import action_params, operations
from lab.juju.hub.catalogue import ActionSpec
from lab.juju.models import Action, Json, Operation
from lab.juju.world import key
from tests.unit.lab.juju_facades.desk import START, Desk


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.deploy("vault", 2)
    return desk


def run(desk: Desk, receiver: str, name: str, **parameters: object) -> Json:
    asked = {"receiver": receiver, "name": name, "parameters": parameters}
    return desk.one("Action.EnqueueOperation", {"actions": [asked]})


def test_an_action_is_a_task_of_an_operation(desk: Desk):
    asked = {"receiver": "unit-vault-0", "name": "get-root-ca"}
    told = desk.call("Action.EnqueueOperation", {"actions": [asked, {**asked, "receiver": "unit-vault-1"}]})
    assert told["operation"] == "operation-1"
    tasks = cast("list[Json]", told["actions"])
    assert [cast("Json", each["action"])["tag"] for each in tasks] == ["action-2", "action-3"]
    shown = desk.one("Action.Operations", {"entities": [{"tag": "operation-1"}]})
    assert shown["summary"] == "get-root-ca run on unit-vault-0,unit-vault-1"
    assert shown["status"] == "pending"
    task = desk.one("Action.Actions", {"entities": [{"tag": "action-3"}]})
    assert cast("Json", task["action"])["receiver"] == "unit-vault-1"


def test_the_leader_is_told_by_its_application(desk: Desk):
    task = run(desk, "vault/leader", "get-root-ca")
    assert cast("Json", task["action"])["receiver"] == "unit-vault-0"


@pytest.mark.parametrize(
    ("receiver", "name", "parameters", "words", "code"),
    [
        ("unit-vault-9", "get-root-ca", {}, 'unit "vault/9" not found', "not found"),
        ("mysql/leader", "backup", {}, 'could not determine leader for "mysql"', ""),
        ("unit-vault-0", "sing", {}, 'action "sing" not defined on unit "vault/0"', "not found"),
        ("unit-vault-0", "", {}, "no action name given", "bad request"),
        ("machine-0", "get-root-ca", {}, "running commands on a machine itself not supported", "not supported"),
        ("unit-vault-0", "authorize-charm", {"token": 5}, "(root).token : must be of type string", ""),
        ("unit-vault-0", "authorize-charm", {"token": "t", "key": "x"}, 'additional property "key" is not allowed', ""),
    ],
)
def test_what_no_unit_can_do_is_refused(desk: Desk, receiver: str, name: str, parameters: Json, words: str, code: str):
    asked = {"receiver": receiver, "name": name, "parameters": parameters}
    desk.refused("Action.EnqueueOperation", {"actions": [asked]}, words=words, code=code)


def test_a_refusal_does_not_show_what_may_be_a_secret(desk: Desk):
    with pytest.raises(JujuError) as caught:
        run(desk, "unit-vault-0", "authorize-charm", key="hvs.secret", token=["hvs.secret"])
    assert "hvs.secret" not in caught.value.message


def test_an_operation_of_which_nothing_was_queued_says_why(desk: Desk):
    desk.call("Action.EnqueueOperation", {"actions": [{"receiver": "unit-vault-0", "name": "sing"}]})
    shown = desk.one("Action.Operations", {"entities": [{"tag": "operation-1"}]})
    assert "error(s) enqueueing action(s)" in str(shown["fail"])
    assert shown["status"] == "error"


def test_a_charm_tells_its_actions_with_their_schema(desk: Desk):
    told = desk.one("Action.ApplicationsCharmsActions", {"entities": [{"tag": "application-vault"}]})
    spec = cast("Json", cast("Json", told["actions"])["authorize-charm"])
    schema = cast("Json", spec["params"])
    assert (schema["title"], schema["type"]) == ("authorize-charm", "object")
    assert cast("Json", cast("Json", schema["properties"])["token"])["type"] == "string"


def test_commands_run_on_units_and_applications_once_each(desk: Desk):
    asked = {"commands": "leader-get", "units": ["vault/0"], "applications": ["vault"], "timeout": 5 * 10**9}
    tasks = cast("list[Json]", desk.call("Action.Run", asked)["actions"])
    told = [cast("Json", each["action"]) for each in tasks]
    assert [each["receiver"] for each in told] == ["unit-vault-0", "unit-vault-1"]
    assert told[0]["name"] == "juju-exec"
    assert cast("Json", told[0]["parameters"])["command"] == "leader-get"


def test_commands_that_would_run_themselves_and_unknown_applications_are_refused(desk: Desk):
    desk.refused("Action.Run", {"commands": "juju-run x"}, words="cannot use", code="bad request")
    asked = {"commands": "ls", "applications": ["mysql"]}
    desk.refused("Action.Run", asked, words='application "mysql" not found', code="not found")


def test_a_task_that_waits_is_taken_back(desk: Desk):
    run(desk, "unit-vault-0", "get-root-ca")
    assert desk.one("Action.Cancel", {"entities": [{"tag": "action-2"}]})["status"] == "cancelled"
    assert desk.one("Action.Operations", {"entities": [{"tag": "operation-1"}]})["status"] == "cancelled"


def listed(desk: Desk, **wanted: object) -> list[str]:
    told = desk.call("Action.ListOperations", wanted)
    return [str(each["operation"]) for each in cast("list[Json]", told["results"])]


def test_operations_are_listed_by_unit_application_action_and_state(desk: Desk):
    run(desk, "unit-vault-0", "get-root-ca")
    run(desk, "unit-vault-1", "get-csr")
    desk.one("Action.Cancel", {"entities": [{"tag": "action-2"}]})
    assert listed(desk) == ["operation-1", "operation-3"]
    assert listed(desk, units=["vault/1"]) == ["operation-3"]
    assert listed(desk, actions=["get-root-ca"]) == ["operation-1"]
    assert listed(desk, status=["cancelled"]) == ["operation-1"]
    assert listed(desk, applications=["vault"], limit=1) == ["operation-1"]
    assert listed(desk, offset=1) == ["operation-3"]
    assert desk.call("Action.ListOperations", {"limit": 1})["truncated"] is True


def test_a_watcher_tells_each_line_that_a_task_logs(desk: Desk):
    run(desk, "unit-vault-0", "get-root-ca")
    told = desk.one("Action.WatchActionsProgress", {"entities": [{"tag": "action-2"}]})
    assert told["changes"] == []
    watcher = desk.watchers.get(str(told["watcher-id"]))
    row = desk.world.actions.get(key(desk.model, "2"))
    desk.world.actions.put(key(desk.model, "2"), replace(row, log=((START, "half way"),)))
    (line,) = cast("list[str]", cast("Json", watcher.look(desk.world, desk.now))["changes"])
    assert json.loads(line) == {"timestamp": "2023-11-14T22:13:20Z", "message": "half way"}
    assert watcher.look(desk.world, desk.now) is None


def test_readers_look_on_writers_act_and_admins_run_commands(desk: Desk):
    desk.allow("bob", "read")
    desk.call("Action.ListOperations", {}, user="bob")
    asked = {"actions": [{"receiver": "unit-vault-0", "name": "get-root-ca"}]}
    denied = {"words": "permission denied", "code": "unauthorized access"}
    desk.refused("Action.EnqueueOperation", asked, user="bob", **denied)
    desk.allow("bob", "write")
    desk.one("Action.EnqueueOperation", asked, user="bob")
    desk.refused("Action.Run", {"commands": "ls", "units": ["vault/0"]}, user="bob", **denied)


SPEC = ActionSpec("", {"n": {"type": "integer", "default": 3}, "s": {"type": "string", "enum": ["a", "b"]}}, ("s",))


@given(st.sampled_from(["a", "b"]), st.one_of(st.none(), st.integers()))
def test_what_fits_the_schema_is_taken_with_defaults_for_the_rest(text: str, number: int | None):
    given_values: Json = {"s": text} if number is None else {"s": text, "n": number}
    assert action_params.checked(SPEC, given_values) == {"n": 3, **given_values}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, '"s" property is missing and required'),
        ({"s": "c"}, "must match one of the enum values"),
        ({"s": "a", "n": True}, "must be of type integer"),
        ({"s": "a", "n": "1"}, "must be of type integer"),
    ],
)
def test_what_does_not_fit_the_schema_is_refused(values: Json, words: str):
    with pytest.raises(JujuError, match=words):
        action_params.checked(SPEC, values)


STATES = st.lists(
    st.sampled_from(["pending", "running", "completed", "failed", "cancelled", "aborted", "error"]),
    min_size=1,
    max_size=5,
)


@given(STATES)
def test_an_operation_has_ended_when_all_its_tasks_have(states: list[str]):
    tasks = [Action("m", str(at), "1", "vault/0", "x", status=state) for at, state in enumerate(states)]
    status = operations.status(Operation("m", "1", ""), tasks)
    ended = not {"pending", "running"} & set(states)
    assert (status not in {"pending", "running"}) == ended
    assert (status == "completed") == (set(states) == {"completed"})
    assert (status == "pending") == (set(states) == {"pending"})
