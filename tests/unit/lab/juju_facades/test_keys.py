"""SSH keys of a model, and what blocks switch off."""

from typing import cast

import pytest

from tests.unit.lab.juju_facades.desk import KEY, Desk

OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB5jx9c+7G8M2w3mG7gP0b2x2dSg5cQ7K3GgB8rG1D3V you@there"
ALL = {"entities": {"entities": [{"tag": "admin"}]}, "mode": True}


def add(desk: Desk, *keys: str) -> None:
    for key in keys:
        desk.one("KeyManager.AddKeys", {"ssh-keys": [key], "user": "admin"})


def test_keys_are_listed_whole_or_by_their_fingerprints(desk: Desk):
    add(desk, KEY)
    assert desk.one("KeyManager.ListKeys", ALL) == {"result": [KEY]}
    (short,) = cast("list[str]", desk.one("KeyManager.ListKeys", {**ALL, "mode": False})["result"])
    mark, comment = short.split(" ")
    assert comment == "(me@here)"
    assert len(mark.split(":")) == 16


def test_keys_go_by_fingerprint_or_comment_but_for_the_last_one(desk: Desk):
    add(desk, KEY, OTHER)
    desk.one("KeyManager.DeleteKeys", {"ssh-keys": ["me@here"], "user": "admin"})
    assert desk.one("KeyManager.ListKeys", ALL) == {"result": [OTHER]}
    desk.refused("KeyManager.DeleteKeys", {"ssh-keys": ["you@there"], "user": "admin"}, words="cannot delete all keys")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (KEY, "duplicate ssh key"),
        ("ssh-ed25519 AAAA me", "invalid ssh key"),
        ("rubbish", "invalid ssh key"),
        (OTHER.replace("you@there", "juju-system-key"), "may not add key with comment juju-system-key"),
    ],
)
def test_keys_that_are_none_or_there_already_are_refused(desk: Desk, key: str, words: str):
    add(desk, KEY)
    desk.refused("KeyManager.AddKeys", {"ssh-keys": [key], "user": "admin"}, words=words)


def test_keys_of_people_elsewhere_are_out_of_reach(desk: Desk):
    desk.refused("KeyManager.ImportKeys", {"ssh-keys": ["gh:me"], "user": "admin"}, words="invalid ssh key id: gh:me")


def test_only_admins_change_keys(desk: Desk):
    desk.allow("bob", "write")
    given = {"ssh-keys": [KEY], "user": "admin"}
    desk.refused("KeyManager.AddKeys", given, words="permission denied", code="unauthorized access", user="bob")
    assert desk.one("KeyManager.ListKeys", ALL, user="bob") == {"result": []}


def test_what_is_blocked_is_refused_with_the_reason_until_it_is_switched_on(desk: Desk):
    assert desk.call("Block.SwitchBlockOn", {"type": "BlockChange", "message": "hands off"}) == {}
    assert desk.one("Block.List")["result"] == {
        "id": "2",
        "tag": desk.tag,
        "type": "BlockChange",
        "message": "hands off",
    }
    given = {"ssh-keys": [KEY], "user": "admin"}
    desk.refused("KeyManager.AddKeys", given, words="hands off", code="operation is blocked")
    assert "error" in desk.call("Block.SwitchBlockOn", {"type": "BlockChange"})
    assert desk.call("Block.SwitchBlockOff", {"type": "BlockChange"}) == {}
    assert "error" in desk.call("Block.SwitchBlockOff", {"type": "BlockChange"})
    desk.one("KeyManager.AddKeys", given)


@pytest.mark.parametrize(("block", "refused"), [("BlockDestroy", ["destroy"]), ("BlockRemove", ["remove", "destroy"])])
def test_a_block_of_the_end_leaves_changes_alone(desk: Desk, block: str, refused: list[str]):
    desk.call("Block.SwitchBlockOn", {"type": block, "message": "no"})
    desk.one("KeyManager.AddKeys", {"ssh-keys": [KEY], "user": "admin"})
    gone = {"models": [{"model-tag": desk.tag}]}
    desk.refused("ModelManager.DestroyModels", gone, words="no", code="operation is blocked")
    if "remove" in refused:
        given = {"ssh-keys": ["me@here"], "user": "admin"}
        desk.refused("KeyManager.DeleteKeys", given, words="no", code="operation is blocked")
