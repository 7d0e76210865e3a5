"""Users' secrets: their revisions, who may read them, and where they are kept."""

import base64
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.juju.facades.secrets import new_id, parse_uri
from lab.juju.models import Json
from tests.unit.lab.juju_facades.desk import Desk


def coded(**values: str) -> dict[str, str]:
    return {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}


def create(desk: Desk, label: str = "login", **values: str) -> str:
    given = {"label": label, "description": "d", "content": {"data": coded(**values)}}
    return str(desk.one("Secrets.CreateSecrets", {"args": [given]})["result"])


def show(desk: Desk, **wanted: object) -> Json:
    return desk.one("Secrets.ListSecrets", {"filter": wanted, "show-secrets": True})


def test_a_secret_comes_back_with_its_value_for_admins_only(desk: Desk):
    uri = create(desk, username="me", password="pw")
    told = show(desk, uri=uri)
    assert told["value"] == {"data": coded(username="me", password="pw")}
    assert (told["uri"], told["label"], told["latest-revision"], told["owner-tag"]) == (uri, "login", 1, desk.tag)
    desk.allow("bob", "read")
    listed = desk.one("Secrets.ListSecrets", {"filter": None, "show-secrets": False}, user="bob")
    assert "value" not in listed
    desk.refused(
        "Secrets.ListSecrets",
        {"show-secrets": True},
        words="permission denied",
        code="unauthorized access",
        user="bob",
    )


def test_other_content_makes_a_revision_and_the_same_content_none(desk: Desk):
    uri = create(desk, password="one")
    change = {"uri": uri, "content": {"data": coded(password="two")}}
    desk.one("Secrets.UpdateSecrets", {"args": [change]})
    desk.one("Secrets.UpdateSecrets", {"args": [change]})
    told = show(desk, label="login")
    assert told["latest-revision"] == 2
    assert [each["revision"] for each in cast("list[Json]", told["revisions"])] == [1, 2]
    assert show(desk, uri=uri, revision=1)["value"] == {"data": coded(password="one")}
    desk.refused(
        "Secrets.ListSecrets", {"filter": {"uri": uri, "revision": 9}}, words="secret revision", code="not found"
    )


def test_pruning_keeps_the_newest_revision_only(desk: Desk):
    uri = create(desk, password="one")
    change: Json = {"uri": uri, "auto-prune": True, "content": {"data": coded(password="two")}}
    desk.one("Secrets.UpdateSecrets", {"args": [change]})
    assert [each["revision"] for each in cast("list[Json]", show(desk)["revisions"])] == [2]


def test_names_and_descriptions_change_and_are_cleared_by_an_empty_one(desk: Desk):
    create(desk, password="one")
    desk.one("Secrets.UpdateSecrets", {"args": [{"existing-label": "login", "label": "other", "description": ""}]})
    told = show(desk, label="other")
    assert (told["description"], told["latest-revision"]) == ("", 1)
    desk.one("Secrets.UpdateSecrets", {"args": [{"existing-label": "other", "description": "e"}]})
    desk.one("Secrets.UpdateSecrets", {"args": [{"existing-label": "other", "auto-prune": True}]})
    assert show(desk, label="other")["description"] == "e"


def test_a_secret_goes_with_its_last_revision(desk: Desk):
    uri = create(desk, password="one")
    desk.one("Secrets.UpdateSecrets", {"args": [{"uri": uri, "content": {"data": coded(password="two")}}]})
    desk.one("Secrets.RemoveSecrets", {"args": [{"uri": uri, "revisions": [1]}]})
    assert show(desk)["latest-revision"] == 2
    desk.one("Secrets.RemoveSecrets", {"args": [{"label": "login"}]})
    assert desk.call("Secrets.ListSecrets", {"show-secrets": True}) == {"results": []}
    desk.refused("Secrets.RemoveSecrets", {"args": [{"uri": uri}]}, words="not found", code="not found")


@pytest.mark.parametrize(
    ("change", "words", "code"),
    [
        (
            {"label": "login", "content": {"data": coded(password="x")}},
            'secret with name "login" already exists',
            "already exists",
        ),
        ({"label": "new", "content": {"data": None}}, "empty secret value not valid", "not valid"),
        ({"label": "new", "content": {"data": coded(Pw="x")}}, 'secret data key "Pw" not valid', "not valid"),
        ({"label": "new", "content": {"data": {"password": "%"}}}, "base64 encoded value", "not valid"),
    ],
)
def test_secrets_that_are_none_are_refused(desk: Desk, change: Json, words: str, code: str):
    create(desk, password="one")
    desk.refused("Secrets.CreateSecrets", {"args": [change]}, words=words, code=code)


def test_an_update_of_nothing_is_refused(desk: Desk):
    uri = create(desk, password="one")
    words = "at least one attribute to update must be specified"
    desk.refused("Secrets.UpdateSecrets", {"args": [{"uri": uri}]}, words=words)


def test_applications_get_and_lose_a_secret(desk: Desk):
    uri = create(desk, password="one")
    desk.deploy("ubuntu")
    desk.one("Secrets.GrantSecret", {"uri": uri, "applications": ["ubuntu"]})
    assert show(desk)["access"] == [{"target-tag": "application-ubuntu", "scope-tag": desk.tag, "role": "view"}]
    desk.one("Secrets.RevokeSecret", {"label": "login", "applications": ["ubuntu"]})
    assert show(desk)["access"] == []
    given = {"uri": uri, "applications": ["nobody"]}
    words = f'cannot change access to "{uri}" for "nobody": invalid subject reference: application "nobody" not found'
    desk.refused("Secrets.GrantSecret", given, words=words, code="not found")


def test_an_owner_is_named_by_the_model_s_uuid_and_not_by_its_tag(desk: Desk):
    given: Json = {"label": "a", "content": {"data": coded(password="x")}}
    desk.one("Secrets.CreateSecrets", {"args": [{**given, "owner-tag": desk.tag.removeprefix("model-")}]})
    wrong: Json = {**given, "label": "b", "owner-tag": desk.tag}
    desk.refused(
        "Secrets.CreateSecrets", {"args": [wrong]}, words=f'owner tag "{desk.tag}" not valid', code="not valid"
    )


def test_who_may_write_in_the_model_makes_secrets_blocks_or_not(desk: Desk):
    desk.allow("bob", "write")
    desk.call("Block.SwitchBlockOn", {"type": "BlockChange", "message": "no"})
    given: Json = {"label": "a", "content": {"data": coded(password="x")}}
    assert desk.one("Secrets.CreateSecrets", {"args": [given]}, user="bob")["result"]


def test_the_first_version_of_the_facade_only_lists(desk: Desk):
    with pytest.raises(Exception, match=r"method Secrets\(1\).CreateSecrets is not implemented"):
        desk.call("Secrets.CreateSecrets", {"args": []}, version=1)
    assert desk.call("Secrets.ListSecrets", {}, version=1) == {"results": []}


@given(st.uuids(version=4))
def test_an_id_is_read_from_each_way_to_write_it(drawn: object):
    number = new_id(str(drawn))
    for text in (number, f"secret:{number}", f"secret://11111111-2222-3333-4444-555555555555/{number}"):
        assert parse_uri(text) == number
    assert len(base64.b32hexdecode(f"{number.upper()}====")) == 12, "Juju's clients refuse what is no xid"


VAULT: Json = {"name": "v", "backend-type": "vault", "config": {"endpoint": "http://v:8200", "token": "t"}}


def test_backends_are_listed_beside_the_controller_s_own_without_their_tokens(desk: Desk):
    desk.one("SecretBackends.AddSecretBackends", {"args": [VAULT]})
    told = cast(
        "list[Json]", desk.call("SecretBackends.ListSecretBackends", {"names": None, "reveal": False})["results"]
    )
    assert [cast("Json", each["result"])["name"] for each in told] == ["internal", "v"]
    assert cast("Json", told[1]["result"])["config"] == {"endpoint": "http://v:8200"}
    (shown,) = cast(
        "list[Json]", desk.call("SecretBackends.ListSecretBackends", {"names": ["v"], "reveal": True})["results"]
    )
    assert cast("Json", shown["result"])["config"] == VAULT["config"]


def test_a_backend_gets_a_new_name_and_settings_and_goes(desk: Desk):
    desk.one("SecretBackends.AddSecretBackends", {"args": [VAULT]})
    change: Json = {"name": "v", "name-change": "w", "config": {"namespace": "n"}, "reset": ["token"]}
    desk.one("SecretBackends.UpdateSecretBackends", {"args": [change]})
    assert desk.world.meta.secret_backends["w"]["config"] == {"endpoint": "http://v:8200", "namespace": "n"}
    desk.one("SecretBackends.RemoveSecretBackends", {"args": [{"name": "w"}]})
    assert desk.world.meta.secret_backends == {}


@pytest.mark.parametrize(
    ("method", "row", "words", "code"),
    [
        ("Add", {**VAULT, "name": "internal"}, "already exists", "already exists"),
        ("Add", {**VAULT, "config": {"token": "t"}}, "endpoint: expected string, got nothing", "not valid"),
        ("Add", {**VAULT, "backend-type": "safe"}, 'registered secret backend "safe" not found', "not found"),
        ("Add", {**VAULT, "token-rotate-interval": 60}, "token rotate interval less than 1h", "not valid"),
        ("Remove", {"name": "internal"}, 'removing backend "internal" not supported', "not supported"),
        ("Update", {"name": "v"}, 'secret backend "v" not found', "not found"),
    ],
)
def test_backends_that_are_none_are_refused(desk: Desk, method: str, row: Json, words: str, code: str):
    desk.refused(f"SecretBackends.{method}SecretBackends", {"args": [row]}, words=words, code=code)


@given(st.uuids())
def test_ids_are_xids(drawn: object):
    made = new_id(str(drawn))
    assert parse_uri(f"secret:{made}") == made
    assert base64.b32hexencode(base64.b32hexdecode(f"{made.upper()}====")).decode().rstrip("=").lower() == made
