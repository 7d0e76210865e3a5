"""check and diff of the tables, and the parsers of names, over generated values."""

import base64
import json
from collections.abc import Callable
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.common.fields import MANAGED, Schema, check, diff
from providers.common.fields import given as names_given
from providers.juju.crud import access, actions, clouds, consumed, offers, pools, secrets, spaces, ssh_keys, users
from providers.juju.crud.cleaners import as_given, strings, whole_numbers
from providers.juju.crud.vault_inputs import SCHEMA
from providers.juju.names import OfferUrl, nearest, offer_url, plain_user

UUID = "11111111-2222-4333-8444-555555555555"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIfmWSbP3AwdL3vdY5rSbpFCkYXBVV5bUDmjKlhNIs1b me@main"
WORD = st.from_regex(r"[a-z][a-z0-9]{1,8}", fullmatch=True)
WORDS = st.lists(WORD, min_size=1, max_size=3, unique=True)
MAP = st.dictionaries(WORD, WORD, max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False) | WORD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3),
    max_leaves=6,
)

VALUES: dict[str, st.SearchStrategy[object]] = {
    "model": st.just(UUID),
    "key": st.just(KEY),
    "auth_types": WORDS,
    "endpoints": WORDS,
    "grants": WORDS,
    "ca_certificates": WORDS,
    "regions": WORDS,
    "config": MAP,
    "attributes": MAP,
    "content": st.dictionaries(st.sampled_from(["password", "api-key", "abc"]), WORD, min_size=1),
    "cidrs": st.lists(st.sampled_from(["10.0.0.0/8", "172.16.0.0/20"]), unique=True),
    "offer": st.just("admin/model.offer"),
    "offer_url": st.just("admin/model.offer"),
    "unit": st.sampled_from(["vault/0", "nova-compute/12", "vault/leader"]),
    "params": MAP,
    "secret_params": MAP,
    "triggers": MAP,
    "secret_output": st.booleans() | WORDS,
    "access": st.just("admin"),
    "keys": WORDS,
    "scheme": st.sampled_from(["http", "https"]),
    "shares": st.integers(3, 9),
    "threshold": st.just(3),
    "port": st.integers(1, 65535),
    "minutes": st.integers(1, 1440),
    "csr_options": MAP,
    "ca_options": MAP,
    "troubles": st.just({}),
}
FLAGS = frozenset({"disabled", "skip_tls_verify", "auto_prune", "authorize", "generate_root_ca"})
SCHEMAS: list[Schema] = [
    clouds.CloudProvider.schema,
    clouds.CredentialProvider.schema,
    users.UserProvider.schema,
    offers.OfferProvider.schema,
    consumed.ConsumedOfferProvider.schema,
    secrets.SecretProvider.schema,
    ssh_keys.SshKeyProvider.schema,
    spaces.SpaceProvider.schema,
    pools.StoragePoolProvider.schema,
    actions.ActionProvider.schema,
    access.AccessProvider.schema,
    SCHEMA,
]


def value_of(name: str) -> st.SearchStrategy[object]:
    if name in VALUES:
        return VALUES[name]
    return st.booleans() if name in FLAGS else WORD


@st.composite
def bags(draw: st.DrawFn, schema: Schema) -> dict[str, object]:
    chosen = {field.name for field in schema.fields if field.required or draw(st.booleans())}
    chosen -= {"ca_certificate", "ca_key"}  # these must be a true certificate and its key
    if len(chosen & {"keys", "root_token"}) == 1:
        chosen |= {"keys", "root_token"}
    if "offer_url" not in schema.names and len(chosen & {"model", "offer", "cloud"}) > 1 and "access" in schema.names:
        chosen -= {"offer", "cloud"}
    bag = {field.name: draw(value_of(field.name)) for field in schema.fields if field.name in chosen}
    if "access" in bag and not {"model", "offer", "cloud"} & set(bag):
        bag["access"] = "superuser"
    return bag


@st.composite
def cases(draw: st.DrawFn, count: int = 1) -> tuple[Schema, list[dict[str, object]]]:
    schema = draw(st.sampled_from(SCHEMAS))
    return schema, [draw(bags(schema)) for _ in range(count)]


def state_of(schema: Schema, inputs: dict[str, object]) -> dict[str, object]:
    loaded = cast("dict[str, object]", json.loads(json.dumps(inputs)))
    return {**loaded, MANAGED: list(names_given(schema, inputs))}


@given(cases())
def test_check_accepts_and_is_idempotent(case: tuple[Schema, list[dict[str, object]]]) -> None:
    schema, [bag] = case
    once = check(schema, bag)
    assert once.failures == ()
    assert check(schema, once.inputs) == once


@given(cases())
def test_what_was_applied_does_not_differ(case: tuple[Schema, list[dict[str, object]]]) -> None:
    schema, [bag] = case
    inputs = check(schema, bag).inputs
    assert diff(schema, state_of(schema, inputs), inputs).changed == ()


@given(cases(2))
def test_a_difference_names_given_or_dropped_inputs_only(case: tuple[Schema, list[dict[str, object]]]) -> None:
    schema, bags_ = case
    before, after = (check(schema, bag).inputs for bag in bags_)
    found = diff(schema, state_of(schema, before), after)
    assert set(found.changed) <= set(names_given(schema, before)) | set(names_given(schema, after))
    replacing = {field.name for field in schema.fields if field.replaces}
    assert set(found.replacing) <= set(found.changed) & replacing


def refusal(read: Callable[[Any], object], value: object) -> str:
    """Give the sentence that refuses a value, "" when it is accepted."""
    try:
        read(value)
    except ValueError as error:
        return str(error)
    return ""


@given(st.builds(OfferUrl, WORD, WORD, WORD, st.just("") | WORD))
def test_an_offer_url_reads_as_it_is_written(url: OfferUrl) -> None:
    assert offer_url(str(url)) == url
    assert offer_url(url.local) == OfferUrl(url.owner, url.model, url.name)


@given(st.text(alphabet="ab/:.@-", max_size=12))
def test_an_offer_url_is_read_or_refused(text: str) -> None:
    said = refusal(offer_url, text)
    if said:
        assert repr(text) in said
    else:
        read = offer_url(text)
        assert all((read.owner, read.model, read.name))


@given(WORD)
def test_a_user_has_one_name(name: str) -> None:
    assert {plain_user(name), plain_user(f"{name}@local"), plain_user(f"user-{name}")} == {name}


@given(WORD, st.lists(WORD, max_size=40, unique=True))
def test_the_nearest_name_is_one_that_is_there(word: str, known: list[str]) -> None:
    said = nearest(word, known)
    assert any(name in said for name in known) if known else said == "there is none"
    if word in known:
        assert said == f"did you mean {word}?"


@given(JSON)
def test_whole_numbers_change_no_value(value: object) -> None:
    assert whole_numbers(value) == value
    assert not any(isinstance(one, float) and one.is_integer() for one in leaves(whole_numbers(value)))


def leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for item in cast("dict[str, object]", value).values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in cast("list[object]", value) for leaf in leaves(item)]
    return [value]


@given(st.lists(WORD, unique=True), st.lists(WORD, unique=True), st.randoms())
def test_a_set_is_shown_as_it_was_given(given_: list[str], others: list[str], random: Random) -> None:
    turned = sorted(given_, key=lambda _: random.random())
    assert as_given(turned, given_) == given_
    shown = as_given(others, given_)
    assert sorted(shown) == sorted(others)


@given(st.dictionaries(WORD, st.booleans() | st.integers(0, 10**12) | WORD, max_size=4))
def test_strings_are_written_as_juju_does(value: dict[str, object]) -> None:
    wired = {name: float(item) if type(item) is int else item for name, item in value.items()}
    assert strings(value) == strings(wired), "Pulumi has no numbers but floats"
    assert all(strings(value)[name] == json.dumps(item).strip('"') for name, item in value.items())


@given(st.dictionaries(WORD, st.text(), max_size=4))
def test_a_secrets_values_travel_and_come_back(pairs: dict[str, str]) -> None:
    assert secrets.decoded(secrets.encoded(pairs)) == pairs


@given(st.dictionaries(st.text(max_size=4), st.text(min_size=9), min_size=1, max_size=3))
def test_a_refused_secret_shows_no_value(pairs: dict[str, str]) -> None:
    said = refusal(secrets.content, pairs)
    assert not any(value in said for value in pairs.values())


@given(st.binary(min_size=1, max_size=60))
def test_a_fingerprint_names_the_body_only(raw: bytes) -> None:
    key = f"ssh-rsa {base64.b64encode(raw).decode()}"
    assert ssh_keys.fingerprint(key) == ssh_keys.fingerprint(f"{key} someone@somewhere")
    assert ssh_keys.public_key(f" {key} x ") == f"{key} x"


@pytest.mark.parametrize("key", ["ssh-rsa A", "rsa AAAA", "", "ssh-rsa"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="is"):
        ssh_keys.public_key(key)


REGION = st.fixed_dictionaries({"name": WORD, "endpoint": st.sampled_from(["", "http://a", "http://b"])})


@given(st.lists(REGION, min_size=1, max_size=4, unique_by=lambda one: one["name"]), st.randoms())
def test_regions_are_a_set(found: list[dict[str, str]], random: Random) -> None:
    turned = sorted(found, key=lambda _: random.random())
    assert clouds.same_regions(found, turned)
    named = clouds.regions([one["name"] for one in found])
    assert clouds.same_regions(found, named), "an endpoint that is not given is left alone"
    assert not clouds.same_regions(found, named[1:])
