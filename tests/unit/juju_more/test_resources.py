"""The typed classes: they take what their providers declare, keep secrets, and leave only a reference in the state."""

import base64
import inspect
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi.dynamic import Resource, dynamic

from providers import juju
from providers.common.provider import DeclaredProvider
from providers.juju.crud.access import AccessProvider
from providers.juju.crud.actions import ActionProvider
from providers.juju.crud.clouds import CloudProvider, CredentialProvider
from providers.juju.crud.consumed import ConsumedOfferProvider
from providers.juju.crud.offers import OfferProvider
from providers.juju.crud.pools import StoragePoolProvider
from providers.juju.crud.secrets import SecretProvider
from providers.juju.crud.spaces import SpaceProvider
from providers.juju.crud.ssh_keys import SshKeyProvider
from providers.juju.crud.users import UserProvider
from providers.juju.crud.vault_init import VaultInitProvider
from tests.support import declared

pytestmark = declared.QUIET

MODEL = "11111111-2222-4333-8444-555555555555"
GIVEN: dict[type[Resource], tuple[type[DeclaredProvider], Mapping[str, object], set[str]]] = {
    juju.Cloud: (CloudProvider, {"name": "rack2", "type": "maas"}, set()),
    juju.Credential: (
        CredentialProvider,
        {"cloud": "rack2", "name": "key", "auth_type": "oauth1", "attributes": {"maas-oauth": "a:b:c"}},
        {"attributes"},
    ),
    juju.User: (UserProvider, {"name": "bob", "password": "hidden"}, {"password"}),
    juju.Access: (AccessProvider, {"user": "bob", "access": "read", "model": MODEL}, set()),
    juju.Offer: (OfferProvider, {"model": MODEL, "application": "mysql", "endpoints": ["db"]}, set()),
    juju.ConsumedOffer: (ConsumedOfferProvider, {"model": MODEL, "offer_url": "admin/shop.db"}, set()),
    juju.Secret: (SecretProvider, {"model": MODEL, "name": "word", "content": {"word": "x"}}, {"content"}),
    juju.SshKey: (SshKeyProvider, {"model": MODEL, "key": "ssh-rsa AAAA"}, set()),
    juju.Space: (SpaceProvider, {"model": MODEL, "name": "dmz"}, set()),
    juju.StoragePool: (StoragePoolProvider, {"model": MODEL, "name": "fast", "storage_provider": "maas"}, set()),
    juju.Action: (
        ActionProvider,
        {"model": MODEL, "unit": "vault/0", "name": "get-csr", "secret_params": {"token": "x"}},
        {"secret_params", "secret_result"},
    ),
    juju.VaultInit: (
        VaultInitProvider,
        {"model": MODEL, "keys": ["a"], "root_token": "t", "ca_key": "k"},
        {"keys", "root_token", "ca_key"},
    ),
}
NOT_ASKED = {"troubles"}
"""Fields that only the provider fills."""


@pytest.mark.parametrize("kind", GIVEN)
def test_every_declared_input_is_an_argument(kind: type[Resource]) -> None:
    provider, _, _ = GIVEN[kind]
    taken = set(inspect.signature(kind).parameters) - {"resource_name", "opts"}
    assert taken == set(provider.schema.names) - NOT_ASKED


@pytest.mark.parametrize("kind", GIVEN)
def test_secrets_stay_secret(kind: type[Resource]) -> None:
    provider, arguments, secrets = GIVEN[kind]
    made: Any = kind

    def program() -> None:
        made("it", **arguments)

    recorder = declared.run(program, declared.World())
    assert set(recorder.asked["it"].additionalSecretOutputs) == secrets
    given = recorder.given("it")
    for name in secrets & set(provider.schema.names):
        assert given[name][pulumi.runtime.rpc._special_sig_key] == pulumi.runtime.rpc._special_secret_sig
    assert not any(isinstance(given[name], dict) and len(given[name]) == 2 for name in {"name", "model"} & set(given))


@pytest.mark.parametrize("kind", GIVEN)
def test_the_pickle_is_a_reference(kind: type[Resource]) -> None:
    provider, _, _ = GIVEN[kind]
    pickled = base64.b64decode(dynamic.serialize_provider(provider()))  # pyright: ignore[reportUnknownMemberType] - untyped in the SDK
    assert len(pickled) < 120
    assert provider.__module__.encode() in pickled
    assert not vars(provider())


@pytest.mark.parametrize("kind", GIVEN)
def test_minimal_inputs_are_accepted(kind: type[Resource]) -> None:
    provider, arguments, _ = GIVEN[kind]
    plain = {name: value for name, value in arguments.items() if name != "ca_key"}
    assert provider().check({}, dict(plain)).failures == []
