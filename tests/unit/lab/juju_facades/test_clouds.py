"""Clouds and the credentials to use them with."""

from dataclasses import replace
from typing import cast

import pytest

from lab.juju.models import Json
from tests.unit.lab.juju_facades.desk import Desk

MAAS: Json = {"type": "maas", "auth-types": ["oauth1"], "endpoint": "http://two/MAAS", "regions": None, "config": None}
TAG = "cloudcred-maas-one_admin_other"
SECRET: Json = {"auth-type": "oauth1", "attrs": {"maas-oauth": "x:y:z"}}


def test_clouds_are_told_by_their_tags_with_the_controller_s_own_marked(desk: Desk):
    told = cast("dict[str, Json]", desk.call("Cloud.Clouds")["clouds"])
    assert told["cloud-maas-one"] == {
        "type": "maas",
        "auth-types": ["oauth1"],
        "endpoint": "http://maas/MAAS",
        "regions": [{"name": "default"}],
        "is-controller-cloud": True,
    }


def test_a_cloud_that_was_added_is_there_and_gone_when_it_is_removed(desk: Desk):
    desk.call("Cloud.AddCloud", {"name": "two", "cloud": MAAS})
    found = cast("Json", desk.one("Cloud.Cloud", {"entities": [{"tag": "cloud-two"}]})["cloud"])
    assert found["endpoint"] == "http://two/MAAS"
    assert desk.world.clouds.get("two").access == {"admin": "admin"}
    desk.refused(
        "Cloud.AddCloud", {"name": "two", "cloud": MAAS}, words='cloud "two" already exists', code="already exists"
    )
    desk.one("Cloud.RemoveClouds", {"entities": [{"tag": "cloud-two"}]})
    desk.refused("Cloud.Cloud", {"entities": [{"tag": "cloud-two"}]}, words='cloud "two" not found', code="not found")


def test_regions_come_by_name_each_with_what_it_was_given(desk: Desk):
    regions = [
        {"name": "west"},
        {"name": "east", "endpoint": "http://e", "identity-endpoint": "http://id", "storage-endpoint": "http://s"},
    ]
    desk.call("Cloud.AddCloud", {"name": "two", "cloud": {**MAAS, "regions": regions}})
    found = cast("Json", desk.one("Cloud.Cloud", {"entities": [{"tag": "cloud-two"}]})["cloud"])
    assert found["regions"] == [regions[1], regions[0]]


def test_a_cloud_keeps_its_other_endpoints(desk: Desk):
    ends: Json = {"identity-endpoint": "http://id/v3", "storage-endpoint": "http://swift", "skip-tls-verify": True}
    desk.call("Cloud.AddCloud", {"name": "two", "cloud": {**MAAS, **ends}})
    entities: Json = {"entities": [{"tag": "cloud-two"}]}
    found = cast("Json", desk.one("Cloud.Cloud", entities)["cloud"])
    assert ends.items() <= found.items()
    info = cast("Json", desk.one("Cloud.CloudInfo", entities)["result"])
    assert info["identity-endpoint"] == "http://id/v3"
    assert "skip-tls-verify" not in info
    desk.one("Cloud.UpdateCloud", {"clouds": [{"name": "two", "cloud": MAAS}]})
    found = cast("Json", desk.one("Cloud.Cloud", entities)["cloud"])
    assert not ends.keys() & found.keys()


def test_the_options_of_models_have_kinds(desk: Desk):
    told = cast("dict[str, Json]", desk.call("Cloud.ModelConfigSchema", {"provider-type": "maas"})["schema"])
    assert told["http-proxy"] == {"type": "string"}
    assert told["development"] == {"type": "bool"}
    assert told["net-bond-reconfigure-delay"] == {"type": "int"}
    assert told["uuid"] == {"type": "string", "immutable": True}
    refused = cast("Json", desk.call("Cloud.ModelConfigSchema", {"provider-type": "mist"})["error"])
    assert refused["code"] == "not found"


def test_an_update_keeps_who_may_use_the_cloud(desk: Desk):
    desk.one("Cloud.UpdateCloud", {"clouds": [{"name": "maas-one", "cloud": {**MAAS, "endpoint": "http://new/MAAS"}}]})
    row = desk.world.clouds.get("maas-one")
    assert (row.endpoint, row.access) == ("http://new/MAAS", {"admin": "admin"})


def test_a_cloud_in_use_stays(desk: Desk):
    desk.refused("Cloud.RemoveClouds", {"entities": [{"tag": "cloud-maas-one"}]}, words="cloud is used by 2 models")


@pytest.mark.parametrize(
    ("cloud", "words", "code"),
    [
        ({**MAAS, "type": "lxd"}, 'cloud type "lxd" is not whitelisted', "incompatible clouds"),
        ({**MAAS, "type": "mist"}, 'no registered provider for "mist"', ""),
    ],
)
def test_clouds_that_a_maas_controller_cannot_manage_are_refused(desk: Desk, cloud: Json, words: str, code: str):
    desk.refused("Cloud.AddCloud", {"name": "two", "cloud": cloud}, words=words, code=code)


def test_force_passes_over_what_juju_was_tested_with(desk: Desk):
    desk.call("Cloud.AddCloud", {"name": "two", "cloud": {**MAAS, "type": "lxd"}, "force": True})
    assert desk.world.clouds.get("two").type == "lxd"


def test_only_superusers_add_clouds(desk: Desk):
    desk.refused(
        "Cloud.AddCloud",
        {"name": "two", "cloud": MAAS},
        words="permission denied",
        code="unauthorized access",
        user="bob",
    )


def test_who_has_no_access_to_a_cloud_does_not_see_it(desk: Desk):
    asked = {"entities": [{"tag": "cloud-maas-one"}]}
    assert desk.call("Cloud.Clouds", user="bob") == {"clouds": {}}
    desk.refused("Cloud.Cloud", asked, words='cloud "maas-one" not found', code="not found", user="bob")
    change = {"user-tag": "user-bob", "cloud-tag": "cloud-maas-one", "action": "grant", "access": "add-model"}
    desk.one("Cloud.ModifyCloudAccess", {"changes": [change]})
    assert "cloud" in desk.one("Cloud.Cloud", asked, user="bob")
    users = cast("list[Json]", cast("Json", desk.one("Cloud.CloudInfo", asked, user="bob")["result"])["users"])
    assert users == [{"user": "bob", "display-name": "", "access": "add-model"}]
    listed = cast("Json", desk.one("Cloud.ListCloudInfo", {"user-tag": "user-bob"}, user="bob")["result"])
    assert listed["user-access"] == "add-model"


def test_credentials_are_kept_told_without_secrets_and_revoked(desk: Desk):
    told = desk.one(
        "Cloud.UpdateCredentialsCheckModels", {"credentials": [{"tag": TAG, "credential": SECRET}], "force": False}
    )
    assert told == {"tag": TAG}
    listed = desk.one(
        "Cloud.UserCredentials", {"user-clouds": [{"user-tag": "user-admin", "cloud-tag": "cloud-maas-one"}]}
    )
    assert listed["result"] == ["cloudcred-maas-one_admin_default", TAG]
    shown = desk.one("Cloud.Credential", {"entities": [{"tag": TAG}]})
    assert shown["result"] == {"auth-type": "oauth1", "attrs": {}, "redacted": ["maas-oauth"]}
    desk.one("Cloud.RevokeCredentialsCheckModels", {"credentials": [{"tag": TAG, "force": False}]})
    desk.refused(
        "Cloud.Credential", {"entities": [{"tag": TAG}]}, words='credential "other" not found', code="not found"
    )


def test_secrets_of_credentials_come_to_their_owner_on_demand(desk: Desk):
    asked = {"credentials": [{"cloud-name": "maas-one", "credential-name": "default"}], "include-secrets": True}
    result = cast("Json", desk.one("Cloud.CredentialContents", asked)["result"])
    content = cast("Json", result["content"])
    assert content["attrs"] == {"maas-oauth": "a:b:c"}
    assert result["models"] == [{"model": "controller", "access": "admin"}, {"model": "m", "access": "admin"}]
    hidden = cast("Json", desk.one("Cloud.CredentialContents", {**asked, "include-secrets": False})["result"])
    assert "attrs" not in cast("Json", hidden["content"])
    assert desk.call("Cloud.CredentialContents", {"include-secrets": True}, user="bob") == {"results": []}


def test_a_credential_in_use_is_named_with_its_models_and_revoked_by_force_only(desk: Desk):
    tag = "cloudcred-maas-one_admin_default"
    told = desk.one("Cloud.CheckCredentialsModels", {"credentials": [{"tag": tag, "credential": SECRET}]})
    assert [each["name"] for each in cast("list[Json]", told["models"])] == ["controller", "m"]
    desk.refused(
        "Cloud.RevokeCredentialsCheckModels", {"credentials": [{"tag": tag}]}, words="it is still used by 2 models"
    )
    desk.one("Cloud.RevokeCredentialsCheckModels", {"credentials": [{"tag": tag, "force": True}]})
    assert "maas-one_admin_default" not in desk.world.credentials


def test_a_credential_of_another_kind_than_the_cloud_takes_is_refused(desk: Desk):
    other: Json = {"auth-type": "userpass", "attrs": None}
    wrong = {"credentials": [{"tag": TAG, "credential": other}]}
    desk.refused("Cloud.AddCredentials", wrong, words='"userpass" not supported', code="not supported")


def test_others_credentials_are_nobody_s_business(desk: Desk):
    asked = {"credentials": [{"tag": TAG, "credential": SECRET}]}
    desk.refused("Cloud.AddCredentials", asked, words="permission denied", code="unauthorized access", user="bob")
    desk.refused(
        "Cloud.UpdateCredentialsCheckModels",
        {**asked, "force": True},
        words="unexpected force specified",
        code="bad request",
        user="bob",
    )


def test_a_credential_that_the_cloud_no_longer_takes_is_not_valid(desk: Desk):
    assert desk.call("CredentialManager.InvalidateModelCredential", {"reason": "expired"}) == {}
    row = desk.world.credentials.get("maas-one_admin_default")
    assert row == replace(row, revoked=True)
    info = cast("Json", desk.one("ModelManager.ModelInfo", {"entities": [{"tag": desk.tag}]})["result"])
    assert info["cloud-credential-validity"] is False


def test_a_maas_has_no_instance_types(desk: Desk):
    desk.refused(
        "Cloud.InstanceTypes", {"constraints": [None]}, words="instance types not supported", code="not supported"
    )
