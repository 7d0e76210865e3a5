"""Vault's seal, tokens and HTTP: tables of requests, and properties of the unseal keys."""

import asyncio
import base64
from dataclasses import replace
from typing import cast

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from lab.juju import vault, vault_http
from lab.juju.models import Json
from lab.juju.vault import Answer, Request, answer
from lab.juju.vault.shamir import combine, split
from lab.juju.world import World, key
from tests.support.juju_worlds import MODEL, Service, deploy, empty, relate, settle, wiped

WORLD = empty()


def vaulted(units: int = 1) -> World:
    world = wiped(WORLD)
    deploy(world, "vault", "vault", units=units)
    settle(world)
    return world


def ask(world: World, method: str, path: str, body: Json | None = None, token: str = "", now: float = 0.0) -> Answer:
    return answer(world, MODEL, "vault/0", Request(method, f"/v1/{path}", body or {}, token), now)


def texts(answer_: Answer, name: str) -> list[str]:
    assert answer_.body is not None
    return cast("list[str]", answer_.body[name])


def initialised(world: World, shares: int = 5, threshold: int = 3) -> tuple[list[str], str]:
    made = ask(world, "PUT", "sys/init", {"secret_shares": shares, "secret_threshold": threshold})
    assert made.status == 200
    return texts(made, "keys"), str(cast("Json", made.body)["root_token"])


def opened(world: World) -> str:
    """Initialise and unseal; gives the root token."""
    keys, root = initialised(world)
    for each in keys[:3]:
        ask(world, "PUT", "sys/unseal", {"key": each})
    return root


def status(world: World) -> tuple[object, object]:
    body = cast("Json", ask(world, "GET", "sys/seal-status").body)
    return body["sealed"], body["progress"]


def test_a_new_vault_is_not_initialised() -> None:
    world = vaulted()
    assert ask(world, "GET", "sys/init").body == {"initialized": False}
    assert ask(world, "GET", "sys/health").status == 501
    body = cast("Json", ask(world, "GET", "sys/seal-status").body)
    assert (body["initialized"], body["sealed"], body["t"], body["n"], body["version"]) == (False, True, 0, 0, "1.8.8")
    assert ask(world, "PUT", "sys/unseal", {"key": "00" * 33}) == Answer(400, {"errors": ["Vault is not initialized"]})
    assert ask(world, "GET", "auth/token/lookup-self", token="s.x") == Answer(503, {"errors": ["Vault is sealed"]})


def test_initialising_gives_keys_in_two_writings_and_a_root_token() -> None:
    world = vaulted()
    made = ask(world, "POST", "sys/init", {"secret_shares": 5, "secret_threshold": 3})
    keys = texts(made, "keys")
    assert len(set(keys)) == 5
    assert [base64.b64decode(each).hex() for each in texts(made, "keys_base64")] == keys
    assert all(len(bytes.fromhex(each)) == 33 for each in keys)
    assert str(cast("Json", made.body)["root_token"]).startswith("s.")
    assert ask(world, "GET", "sys/init").body == {"initialized": True}
    again = ask(world, "PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
    assert again == Answer(400, {"errors": ["Vault is already initialized"]})


def test_what_vault_keeps_does_not_open_it() -> None:
    world = vaulted()
    keys, root = initialised(world)
    kept = repr(world.applications.get(key(MODEL, "vault")).facts)
    assert not [each for each in (*keys, root) if each in kept]


@pytest.mark.parametrize(
    ("shares", "threshold", "words"),
    [
        (0, 0, "shares must be at least one"),
        (1, 0, "threshold must be at least one"),
        (5, 1, "threshold must be greater than one for multiple shares"),
        (256, 3, "shares must be less than 256"),
        (3, 5, "threshold cannot be larger than shares"),
    ],
)
def test_a_seal_that_cannot_be_is_refused(shares: int, threshold: int, words: str) -> None:
    world = vaulted()
    refused = ask(world, "PUT", "sys/init", {"secret_shares": shares, "secret_threshold": threshold})
    assert refused == Answer(400, {"errors": [f"invalid seal configuration: {words}"]})
    assert ask(world, "GET", "sys/init").body == {"initialized": False}


def test_pgp_keys_are_refused_and_not_ignored() -> None:
    refused = ask(vaulted(), "PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1, "pgp_keys": ["x"]})
    assert refused.status == 400


@given(st.data())
def test_only_as_many_distinct_keys_as_the_threshold_open_the_seal(data: st.DataObject) -> None:
    threshold = data.draw(st.integers(2, 5), "threshold")
    shares = data.draw(st.integers(threshold, 7), "shares")
    world = vaulted()
    keys, _ = initialised(world, shares, threshold)
    given_ = data.draw(st.lists(st.sampled_from(keys), max_size=9), "keys")
    counted: list[str] = []
    for each in given_:
        was = status(world)
        ask(world, "PUT", "sys/unseal", {"key": each})
        if was[0]:
            counted = [*counted, *([each] if each not in counted else [])]
    assert status(world) == ((False, 0) if len(counted) >= threshold else (True, len(counted)))


@pytest.mark.parametrize("threshold", [1, 3])
def test_a_wrong_key_is_refused_when_the_last_one_comes_and_none_of_them_counted(threshold: int) -> None:
    world = vaulted()
    keys, _ = initialised(world, 1 if threshold == 1 else 5, threshold)
    for each in keys[: threshold - 1]:
        ask(world, "PUT", "sys/unseal", {"key": each})
    wrong = ("00" * 32) + ("" if threshold == 1 else "09")
    refused = ask(world, "PUT", "sys/unseal", {"key": wrong})
    text = "failed to decrypt encrypted stored keys: cipher: message authentication failed"
    assert refused == Answer(400, {"errors": [text]})
    assert status(world) == (True, 0)
    for each in keys[:threshold]:
        ask(world, "PUT", "sys/unseal", {"key": each})
    assert status(world) == (False, 0)


def test_two_keys_of_one_place_are_refused() -> None:
    world = vaulted()
    keys, _ = initialised(world)
    forged = "00" * 32 + keys[0][-2:]
    for each in (keys[0], keys[1]):
        ask(world, "PUT", "sys/unseal", {"key": each})
    refused = ask(world, "PUT", "sys/unseal", {"key": forged})
    assert refused.body == {"errors": ["invalid key: failed to compute combined key: duplicate part detected"]}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "'key' must be specified in request body as JSON, or 'reset' set to true"),
        ({"key": "no key!"}, "'key' must be a valid hex or base64 string"),
        ({"key": "00" * 15}, "invalid key: key is shorter than minimum 16 bytes"),
        ({"key": "00" * 34}, "invalid key: key is longer than maximum 33 bytes"),
    ],
)
def test_what_is_no_key_is_refused(body: Json, words: str) -> None:
    world = vaulted()
    initialised(world)
    assert ask(world, "PUT", "sys/unseal", body) == Answer(400, {"errors": [words]})
    assert status(world) == (True, 0)


def test_progress_can_be_dropped_and_an_open_vault_takes_no_key() -> None:
    world = vaulted()
    keys, _ = initialised(world)
    first = cast("Json", ask(world, "PUT", "sys/unseal", {"key": keys[0]}).body)
    assert (first["progress"], bool(first["nonce"])) == (1, True)
    ask(world, "PUT", "sys/unseal", {"reset": True})
    assert status(world) == (True, 0)
    for each in keys:
        ask(world, "PUT", "sys/unseal", {"key": each})
    assert status(world) == (False, 0)


@given(st.data())
def test_any_threshold_shares_give_the_secret_back(data: st.DataObject) -> None:
    secret = data.draw(st.binary(min_size=1, max_size=40))
    threshold = data.draw(st.integers(2, 6))
    noise = data.draw(st.binary(min_size=len(secret) * (threshold - 1), max_size=len(secret) * (threshold - 1)))
    cut = split(secret, threshold + data.draw(st.integers(0, 4)), threshold, noise)
    assert combine(data.draw(st.permutations(cut))[:threshold]) == secret


def test_tokens_live_as_long_as_they_were_made_to() -> None:
    world = vaulted()
    root = opened(world)
    made = ask(world, "POST", "auth/token/create", {"ttl": "10m"}, root, now=100.0)
    auth = cast("dict[str, Json]", made.body)["auth"]
    assert (auth["lease_duration"], auth["policies"], auth["renewable"]) == (600, ["root"], True)
    token = str(auth["client_token"])
    data = cast("dict[str, Json]", ask(world, "GET", "auth/token/lookup-self", token=token, now=160.0).body)["data"]
    assert (data["ttl"], data["creation_ttl"], data["id"]) == (540, 600, token)
    refused = Answer(403, {"errors": ["permission denied"]})
    assert ask(world, "GET", "auth/token/lookup-self", token=token, now=700.0) == refused
    assert ask(world, "GET", "auth/token/lookup-self", token="s.wrong") == refused
    forever = cast("dict[str, Json]", ask(world, "GET", "auth/token/lookup-self", token=root, now=1e9).body)["data"]
    assert (forever["ttl"], forever["expire_time"], forever["orphan"]) == (0, None, True)


def test_only_root_gives_policies_that_it_has_not() -> None:
    world = vaulted()
    root = opened(world)
    made = ask(world, "POST", "auth/token/create", {"policies": ["reader"], "ttl": "1h"}, root)
    auth = cast("dict[str, Json]", made.body)["auth"]
    assert auth["policies"] == ["default", "reader"]
    token = str(auth["client_token"])
    refused = ask(world, "POST", "auth/token/create", {"policies": ["writer"]}, token)
    assert refused == Answer(400, {"errors": ["child policies must be subset of parent"]})
    assert ask(world, "PUT", "sys/seal", token=token).status == 403


def test_a_token_can_be_revoked() -> None:
    world = vaulted()
    root = opened(world)
    assert ask(world, "POST", "auth/token/revoke-self", token=root) == Answer(204)
    assert ask(world, "GET", "auth/token/lookup-self", token=root).status == 403


def test_a_token_ends_with_the_one_that_made_it() -> None:
    world = vaulted()
    root = opened(world)

    def child(of: str, **body: object) -> str:
        made = ask(world, "POST", "auth/token/create", {"policies": ["x"], **body}, of)
        return str(cast("dict[str, Json]", made.body)["auth"]["client_token"])

    first = child(root, ttl="1h")
    second, orphan = child(first, ttl="9h"), child(first, no_parent=True)
    assert ask(world, "GET", "auth/token/lookup-self", token=second, now=3599.0).status == 200
    assert ask(world, "GET", "auth/token/lookup-self", token=second, now=3600.0).status == 403
    assert ask(world, "GET", "auth/token/lookup-self", token=orphan, now=3600.0).status == 200
    ask(world, "POST", "auth/token/revoke-self", token=root)
    assert ask(world, "GET", "auth/token/lookup-self", token=first).status == 403
    assert ask(world, "GET", "auth/token/lookup-self", token=orphan).status == 200


def test_sealing_closes_everything() -> None:
    world = vaulted()
    root = opened(world)
    assert ask(world, "PUT", "sys/seal", token=root) == Answer(204)
    assert ask(world, "GET", "auth/token/lookup-self", token=root) == Answer(503, {"errors": ["Vault is sealed"]})
    assert ask(world, "GET", "sys/health").status == 503


@pytest.mark.parametrize(
    ("method", "path", "token", "status_"),
    [
        ("GET", "auth/token/lookup-self", "", 400),
        ("GET", "secret/data/x", "s.wrong", 403),
        ("DELETE", "sys/init", "", 405),
        ("GET", "sys/unseal", "", 405),
        ("GET", "sys/health", "", 200),
    ],
)
def test_requests_that_are_not_served(method: str, path: str, token: str, status_: int) -> None:
    world = vaulted()
    opened(world)
    assert ask(world, method, path, token=token).status == status_


def test_a_path_that_is_not_there_needs_a_token_to_be_told_so() -> None:
    world = vaulted()
    assert ask(world, "GET", "secret/data/x", token=opened(world)) == Answer(404, {"errors": []})


def test_health_answers_with_the_codes_that_are_asked_for() -> None:
    world = vaulted(2)
    keys, _ = initialised(world)
    for unit in ("vault/0", "vault/1"):
        for each in keys[:3]:
            answer(world, MODEL, unit, Request("PUT", "/v1/sys/unseal", {"key": each}), 0.0)
    asked = [
        answer(world, MODEL, "vault/1", Request("GET", "/v1/sys/health", query=query), 0.0).status
        for query in ({}, {"standbyok": "true"}, {"standbycode": "299"})
    ]
    assert asked == [429, 200, 299]


def test_the_storage_is_what_vault_is_related_to() -> None:
    world = vaulted()
    initialised(world)
    assert cast("Json", ask(world, "GET", "sys/seal-status").body)["storage_type"] == "raft"
    deploy(world, "mysql", "mysql")
    relate(world, "vault:shared-db", "mysql:shared-db")
    assert cast("Json", ask(world, "GET", "sys/seal-status").body)["storage_type"] == "mysql"


@pytest.mark.parametrize(
    ("text", "value"),
    [(None, 0.0), ("", 0.0), ("10m", 600.0), ("1h30m", 5400.0), (90, 90.0), ("90", 90.0), ("87599h", 315356400.0)],
)
def test_durations(text: object, value: float) -> None:
    assert vault.seconds(text) == value


@pytest.mark.parametrize("text", ["soon", "10x", "m10", "-5m", True])
def test_what_is_no_duration_is_refused(text: object) -> None:
    world = vaulted()
    refused = ask(world, "POST", "auth/token/create", {"ttl": text}, opened(world))
    assert refused.status == 400


def test_the_wire_carries_status_body_and_token() -> None:
    world = vaulted()

    async def talk() -> None:
        app = vault_http.application(Service(world), MODEL, "vault/0")
        async with TestClient(TestServer(app)) as client:
            made = await client.put("/v1/sys/init", json={"secret_shares": 1, "secret_threshold": 1})
            body = await made.json()
            opened_ = await client.post("/v1/sys/unseal", json={"key": body["keys_base64"][0]})
            assert (await opened_.json())["sealed"] is False
            headers = {"X-Vault-Token": body["root_token"]}
            token = await client.post("/v1/auth/token/create", json={"ttl": "10m"}, headers=headers)
            assert (await token.json())["auth"]["lease_duration"] == 600
            sealed = await client.put("/v1/sys/seal", headers=headers)
            assert (sealed.status, await sealed.text()) == (204, "")
            broken = await client.put("/v1/sys/unseal", data=b"{")
            assert broken.status == 400
            world.units.remove(key(MODEL, "vault/0"))
            assert (await client.get("/v1/sys/health")).status == 503

    asyncio.run(talk())


def test_a_unit_serves_while_its_charm_runs() -> None:
    world = vaulted()
    deploy(world, "keystone", "keystone")
    row = world.units.get(key(MODEL, "vault/0"))
    assert vault_http.serving(world, MODEL, "vault/0")
    assert not vault_http.serving(world, MODEL, "keystone/0")
    assert not vault_http.serving(world, MODEL, "vault/9")
    world.units.put(key(MODEL, row.name), replace(row, facts={"paused": True}))
    assert not vault_http.serving(world, MODEL, "vault/0")
    world.units.put(key(MODEL, row.name), replace(row, phase="installing"))
    assert not vault_http.serving(world, MODEL, "vault/0")
