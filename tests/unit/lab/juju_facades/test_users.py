"""Users, their passwords, and what they may do on the controller."""

import base64
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.juju import seed
from lab.juju.errors import JujuError
from lab.juju.facades import access
from lab.juju.models import Json
from lab.juju.rpc import Call, Fields
from tests.unit.lab.juju_facades.desk import START, Desk

DENIED = {"words": "permission denied", "code": "unauthorized access"}


def test_a_user_who_was_added_can_log_in_and_may_do_nothing_more(desk: Desk):
    made = desk.one("UserManager.AddUser", {"users": [{"username": "ann", "display-name": "Ann", "password": "pw"}]})
    assert made == {"tag": "user-ann"}
    row = desk.world.users.get("ann")
    assert seed.fits(row, "pw")
    assert (row.access, row.created_by, row.created) == ("login", "admin", START)


def test_a_user_without_a_password_gets_a_key(desk: Desk):
    made = desk.one("UserManager.AddUser", {"users": [{"username": "ann"}]})
    key = base64.b64decode(str(made["secret-key"])).decode()
    assert seed.fits(desk.world.users.get("ann"), key)


@pytest.mark.parametrize(
    ("name", "words", "code"),
    [
        ("bob", "failed to create user: user already exists", "already exists"),
        ("b ob", 'failed to create user: invalid user name "b ob"', ""),
    ],
)
def test_a_name_that_is_taken_or_none_is_refused(desk: Desk, name: str, words: str, code: str):
    desk.refused("UserManager.AddUser", {"users": [{"username": name}]}, words=words, code=code)


def test_who_is_removed_leaves_no_access_behind(desk: Desk):
    desk.allow("bob", "read")
    desk.one("UserManager.RemoveUser", {"entities": [{"tag": "user-bob"}]})
    assert "bob" not in desk.world.users
    assert desk.world.models.get(desk.model).access == {"admin": "admin"}
    desk.refused(
        "UserManager.RemoveUser",
        {"entities": [{"tag": "user-admin"}]},
        words='cannot delete controller owner "admin"',
    )


def test_disabled_users_are_told_as_such_when_asked_for(desk: Desk):
    desk.one("UserManager.DisableUser", {"entities": [{"tag": "user-bob"}]})
    listed = cast("list[Json]", desk.call("UserManager.UserInfo")["results"])
    assert [cast("Json", each["result"])["username"] for each in listed] == ["admin", "eve"]
    told = cast("Json", desk.one("UserManager.UserInfo", {"entities": [{"tag": "user-bob"}]})["result"])
    assert (told["disabled"], told["access"], told["last-connection"]) == (True, "", None)
    desk.one("UserManager.EnableUser", {"entities": [{"tag": "user-bob"}]})
    assert not desk.world.users.get("bob").disabled


def test_users_see_and_change_themselves_only(desk: Desk):
    desk.one("UserManager.SetPassword", {"changes": [{"tag": "user-bob", "password": "new"}]}, user="bob")
    assert seed.fits(desk.world.users.get("bob"), "new")
    desk.refused("UserManager.SetPassword", {"changes": [{"tag": "user-eve", "password": "x"}]}, user="bob", **DENIED)
    desk.refused("UserManager.UserInfo", {"entities": [{"tag": "user-eve"}]}, user="bob", **DENIED)
    listed = cast("list[Json]", desk.call("UserManager.UserInfo", user="bob")["results"])
    assert len(listed) == 1


def test_an_empty_password_is_refused(desk: Desk):
    change = {"changes": [{"tag": "user-bob", "password": ""}]}
    desk.refused("UserManager.SetPassword", change, words="cannot use an empty password")


def test_a_reset_is_for_other_users(desk: Desk):
    made = desk.one("UserManager.ResetPassword", {"entities": [{"tag": "user-bob"}]})
    assert seed.fits(desk.world.users.get("bob"), base64.b64decode(str(made["secret-key"])).decode())
    desk.refused("UserManager.ResetPassword", {"entities": [{"tag": "user-admin"}]}, **DENIED)


def test_the_users_of_a_model_are_told_to_those_who_may_read_it(desk: Desk):
    desk.allow("bob", "write")
    told = cast(
        "list[Json]", desk.call("UserManager.ModelUserInfo", {"entities": [{"tag": desk.tag}]}, user="bob")["results"]
    )
    assert [(cast("Json", each["result"])["user"], cast("Json", each["result"])["access"]) for each in told] == [
        ("admin", "admin"),
        ("bob", "write"),
    ]
    desk.refused("UserManager.ModelUserInfo", {"entities": [{"tag": desk.tag}]}, user="eve", **DENIED)


def test_a_superuser_is_an_admin_of_every_model(desk: Desk):
    change = {"user-tag": "user-bob", "action": "grant", "access": "superuser"}
    desk.one("Controller.ModifyControllerAccess", {"changes": [change]})
    assert access.model_level(desk.world, desk.world.models.get(desk.model), "bob") == "admin"
    told = desk.one("Controller.GetControllerAccess", {"entities": [{"tag": "user-bob"}]}, user="bob")
    assert told["result"] == {"user-tag": "user-bob", "access": "superuser"}
    desk.one("Controller.ModifyControllerAccess", {"changes": [{**change, "action": "revoke", "access": "superuser"}]})
    assert desk.world.users.get("bob").access == "login"


def test_add_model_goes_to_the_controller_s_cloud(desk: Desk):
    change = {"user-tag": "user-bob", "action": "grant", "access": "add-model"}
    desk.one("Controller.ModifyControllerAccess", {"changes": [change]})
    assert desk.world.clouds.get("maas-one").access["bob"] == "add-model"
    assert desk.world.users.get("bob").access == "login"


@pytest.mark.parametrize(
    ("change", "words", "code"),
    [
        ({"action": "grant", "access": "read"}, 'could not modify controller access: "read"', "not valid"),
        ({"action": "lend", "access": "login"}, 'unknown action "lend"', ""),
        ({"action": "grant", "access": "login"}, 'user already has "login" access or greater', ""),
    ],
)
def test_changes_of_access_that_make_no_sense_are_refused(desk: Desk, change: Json, words: str, code: str):
    changes = {"changes": [{"user-tag": "user-bob", **change}]}
    desk.refused("Controller.ModifyControllerAccess", changes, words=words, code=code)


def test_access_is_for_users_who_are_there(desk: Desk):
    change = {"user-tag": "user-nobody", "model-tag": desk.tag, "action": "grant", "access": "read"}
    words = 'could not grant model access: user "nobody" does not exist locally: user "nobody" not found'
    desk.refused("ModelManager.ModifyModelAccess", {"changes": [change]}, words=words, code="user not found")
    gone = {**change, "user-tag": "user-eve", "action": "revoke"}
    desk.refused(
        "ModelManager.ModifyModelAccess",
        {"changes": [gone]},
        words='could not revoke model access: model user "eve" does not exist',
        code="not found",
    )


LEVELS = st.sampled_from(access.MODEL_LEVELS[1:])


@given(st.lists(st.tuples(st.sampled_from(["grant", "revoke"]), LEVELS), max_size=8))
def test_granting_reaches_a_level_and_revoking_falls_below_it(changes: list[tuple[str, str]]):
    desk = Desk()
    call = Call(desk.world, START, "admin", desk.model, 10)
    known: dict[str, str] = {}
    for action, wanted in changes:
        change = Fields({"action": action, "access": wanted})
        before = known.get("bob", "")
        try:
            level = access.changed(call, "model", access.MODEL_LEVELS, known, change, "bob")
        except JujuError:
            assert action == "revoke" or access.reaches(access.MODEL_LEVELS, before, wanted)
            assert before or action == "revoke"
            continue
        known = access.with_level(known, "bob", level)
        assert access.reaches(access.MODEL_LEVELS, level, wanted) == (action == "grant")
        assert access.MODEL_LEVELS.index(level) <= max(
            access.MODEL_LEVELS.index(before), access.MODEL_LEVELS.index(wanted)
        )
