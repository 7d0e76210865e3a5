"""The checkpoint's parts that carry a meaning of their own: order, numbers, wrapped values, versions, bad input."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import cast

import pytest

from engine.model.checkpoint import Checkpoint, decode_checkpoint, encode_checkpoint
from engine.model.codec import FIELDS, decode_deployment, decode_resource, encode_deployment, encode_resource
from engine.model.reading import CodecError
from engine.model.snapshot import Snapshot
from engine.model.state import ResourceState
from engine.model.valuecodec import BlindCrypter, decode_value, encode_value
from engine.model.values import SECRET_SIG, SIGNATURE, Asset, ResourceReference, Secret


class Reverse:
    """A crypter that anybody can follow: it turns texts around."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        self.made: list[str] = []

    def encrypt(self, plaintext: str) -> str:
        self.made.append(plaintext)
        self.seen[plaintext[::-1]] = plaintext
        return plaintext[::-1]

    def decrypt(self, ciphertext: str) -> str:
        self.seen[ciphertext] = ciphertext[::-1]
        return ciphertext[::-1]

    def recall(self, ciphertext: str) -> str | None:
        return self.seen.get(ciphertext)


URN = "urn:pulumi:dev::p::a:b:C::n"
FULL: dict[str, object] = {
    "urn": URN,
    "custom": True,
    "delete": True,
    "id": "i-1",
    "type": "a:b:C",
    "inputs": {"a": 1, "b": [True, None, "x"]},
    "outputs": {"out": {SIGNATURE: SECRET_SIG, "ciphertext": '"hsuh"'}},
    "parent": "urn:p",
    "protect": True,
    "taint": True,
    "external": True,
    "dependencies": ["urn:d"],
    "initErrors": ["oops"],
    "provider": "urn:prov::id",
    "propertyDependencies": {"a": ["urn:d"], "b": []},
    "pendingReplacement": True,
    "additionalSecretOutputs": ["out"],
    "aliases": ["urn:old"],
    "customTimeouts": {"create": 60, "read": 5},
    "importID": "i-0",
    "retainOnDelete": True,
    "deletedWith": "urn:w",
    "replaceWith": ["urn:r"],
    "created": "2026-01-02T03:04:05.123456789Z",
    "modified": "2026-01-02T03:04:05Z",
    "sourcePosition": "project:///__main__.py#4",
    "stackTrace": [{"sourcePosition": "project:///__main__.py#4"}],
    "ignoreChanges": ["a"],
    "hideDiff": ['tags[0]["x.y"]'],
    "replaceOnChanges": ["b"],
    "replacementTrigger": 3,
    "refreshBeforeUpdate": True,
    "viewOf": "urn:v",
    "resourceHooks": {"before_create": ["h"]},
    "extensionRef": "e",
    "snippetID": "s",
    "fieldOfTomorrow": {"x": [1]},
}


def test_every_field_of_a_resource_comes_back_in_its_place() -> None:
    crypter = Reverse()
    state = decode_resource(FULL, crypter)
    assert state.extra["customTimeouts"] == {"read": 5}
    assert json.dumps(encode_resource(state, crypter)) == json.dumps(FULL)
    assert list(FULL) == [*FIELDS, "fieldOfTomorrow"]


def test_what_is_empty_is_left_out() -> None:
    assert encode_resource(ResourceState(URN, "a:b:C"), Reverse()) == {"urn": URN, "custom": False, "type": "a:b:C"}


@pytest.mark.parametrize(
    ("value", "written"),
    [(1.0, "1"), (1.5, "1.5"), (-3.0, "-3"), (1e20, "100000000000000000000"), (1e21, "1e+21"), (True, "true")],
)
def test_whole_numbers_are_written_as_such(value: float, written: str) -> None:
    assert json.dumps(encode_value(value, Reverse())) == written


def test_numbers_that_json_has_no_notation_for() -> None:
    for value in (math.nan, math.inf, -math.inf):
        raw = cast("dict[str, object]", encode_value(value, Reverse()))
        assert raw[SIGNATURE] == "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
        assert repr(decode_value(raw, Reverse())) == repr(value)


def test_a_changed_secret_is_encrypted_anew_and_an_unchanged_one_is_not() -> None:
    crypter = Reverse()
    secret = decode_value({SIGNATURE: SECRET_SIG, "ciphertext": '"hsuh"'}, crypter)
    assert encode_value(secret, crypter) == {SIGNATURE: SECRET_SIG, "ciphertext": '"hsuh"'}
    assert crypter.made == []
    encode_value(Secret("other", '"hsuh"'), crypter)
    assert crypter.made == ['"other"']


def test_a_secret_of_another_crypter_is_encrypted_anew() -> None:
    secret = decode_value({SIGNATURE: SECRET_SIG, "ciphertext": '"hsuh"'}, Reverse())
    stranger = Reverse()
    encode_value(secret, stranger)
    assert stranger.made == ['"hush"']


def test_secrets_hold_json_as_go_writes_it() -> None:
    crypter = Reverse()
    encode_value(Secret({"b": "<&>", "a": [1.0, Secret("in")]}), crypter)
    assert crypter.made == [
        '{"a":[1,{"%s":"%s","ciphertext":"\\"in\\""}],"b":"\\u003c\\u0026\\u003e"}' % (SIGNATURE, SECRET_SIG)  # noqa: UP031 braces
    ]


def test_blind_eyes_see_no_secret_and_write_none() -> None:
    secret = decode_value({SIGNATURE: SECRET_SIG, "ciphertext": "anything"}, BlindCrypter())
    assert secret == Secret("[secret]")
    with pytest.raises(CodecError, match="blinded"):
        encode_value(secret, BlindCrypter())


def test_an_asset_without_contents_is_an_empty_text() -> None:
    raw = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "hash": "h"}
    assert decode_value(raw, Reverse()) == Asset("h", "")


def test_a_reference_to_a_component_has_no_id() -> None:
    raw = encode_value(ResourceReference("urn:x"), Reverse())
    assert raw == {SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "packageVersion": "", "urn": "urn:x"}


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ({"resources": 5}, "resources is 5, it should be a list"),
        ({"resources": [5]}, "resource 1 is 5, it should be an object"),
        ({"resources": [{"type": "t"}]}, "resource 1 has no urn"),
        ({"resources": [{"urn": URN}]}, "n has no type"),
        ({"resources": [{"urn": URN, "type": "t", "id": "x"}]}, "is no custom resource but has the id 'x'"),
        ({"resources": [{"urn": URN, "type": "t", "protect": "yes"}]}, "protect is 'yes', it should be true or false"),
        ({"resources": [{"urn": URN, "type": "t", "dependencies": [1]}]}, "dependencies is 1, it should be a string"),
        (
            {"resources": [{"urn": URN, "type": "t", "created": "soon"}]},
            "created is 'soon', it should be an RFC 3339 time",
        ),
        (
            {"resources": [{"urn": URN, "type": "t", "inputs": {"a": {SIGNATURE: "?"}}}]},
            "inputs: a value has the signature",
        ),
        (
            {"resources": [{"urn": URN, "type": "t", "inputs": {"a": {SIGNATURE: SECRET_SIG}}}]},
            "a secret must have exactly one of ciphertext and plaintext",
        ),
        ({"manifest": {"time": "2026-01-01T00:00:00"}}, "manifest.time is '2026-01-01T00:00:00'"),
    ],
)
def test_a_malformed_deployment_is_named(raw: Mapping[str, object], complaint: str) -> None:
    with pytest.raises(CodecError) as caught:
        decode_deployment(raw, Reverse())
    assert complaint in str(caught.value)


def test_the_manifest_keeps_what_is_not_read() -> None:
    manifest = {"time": "0001-01-01T00:00:00Z", "magic": "", "version": "", "plugins": [{"name": "x"}]}
    raw = {"manifest": manifest, "metadata": {"integrity_error": {"error": "e"}}, "snippets": [1]}
    assert json.dumps(encode_deployment(decode_deployment(raw, Reverse()), Reverse())) == json.dumps(raw)


def test_the_magic_is_the_versions_digest() -> None:
    raw = encode_deployment(Snapshot(version="v3.260.0"), Reverse())
    assert cast("dict[str, object]", raw["manifest"])["magic"] == (
        "7dff0d166258e7f1d265e8e044021ea087795d58a0c6415ab6fe8b7c790e447f"
    )


OLDER: list[tuple[dict[str, object], object]] = [
    ({"version": 0, "checkpoint": {"stack": "s"}}, None),
    ({"stack": "s", "latest": {"resources": [{"urn": "u", "defaults": {}}]}}, {"resources": [{"urn": "u"}]}),
    ({"version": 1, "checkpoint": {"stack": "s", "latest": {"resources": [{"defaults": 1}]}}}, {"resources": [{}]}),
    ({"version": 2, "checkpoint": {"stack": "s", "latest": {}}}, {}),
    ({"version": 4, "features": ["taint", "hooks"], "checkpoint": {"stack": "s", "latest": {}}}, {}),
]


@pytest.mark.parametrize(("raw", "latest"), OLDER)
def test_older_checkpoints_are_read(raw: dict[str, object], latest: object) -> None:
    checkpoint = decode_checkpoint(raw)
    assert (checkpoint.stack, checkpoint.latest) == ("s", latest)


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ([], "the checkpoint is [], it should be an object"),
        ({}, "it holds no checkpoint"),
        ({"version": 5, "checkpoint": {}}, "its version is 5, and this engine knows up to 4: a newer engine wrote it"),
        ({"version": "3", "checkpoint": {}}, "its version is '3'"),
        (
            {"version": 4, "features": ["views", "x"], "checkpoint": {}},
            "it uses views, x, which this engine does not know",
        ),
        ({"version": 3, "checkpoint": {"latest": 1}}, "latest is 1, it should be an object"),
    ],
)
def test_a_checkpoint_that_cannot_be_read_is_refused(raw: object, complaint: str) -> None:
    with pytest.raises(CodecError) as caught:
        decode_checkpoint(raw)
    assert complaint in str(caught.value)


def test_features_are_declared_where_they_are_used() -> None:
    latest = {"resources": [{"urn": "u", "taint": True}, {"urn": "v", "replaceWith": ["u"]}]}
    document = encode_checkpoint(Checkpoint("s", latest))
    assert document["version"] == 4
    assert document["features"] == ["replaceWith", "taint"]
    assert encode_checkpoint(Checkpoint("s", {"resources": [{"urn": "u"}]}))["version"] == 3
