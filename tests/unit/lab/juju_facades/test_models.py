"""Models: created, shown, shared, configured, destroyed."""

from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.juju.errors import JujuError
from lab.juju.facades import model_settings
from lab.juju.life.settings import DEFAULTS
from lab.juju.models import Json
from tests.unit.lab.juju_facades.desk import KEY, Desk

DENIED = {"words": "permission denied", "code": "unauthorized access"}
NEW: Json = {"name": "new", "owner-tag": "user-admin", "cloud-tag": "cloud-maas-one"}


def grant(desk: Desk, user: str, level: str) -> None:
    change = {"user-tag": f"user-{user}", "model-tag": desk.tag, "action": "grant", "access": level}
    desk.one("ModelManager.ModifyModelAccess", {"changes": [change]})


def test_a_new_model_is_told_in_full(desk: Desk):
    info = desk.call("ModelManager.CreateModel", {**NEW, "config": {"authorized-keys": f"{KEY}\n# none\nodd"}})
    assert (info["name"], info["owner-tag"], info["type"], info["life"]) == ("new", "user-admin", "iaas", "alive")
    assert (info["cloud-tag"], info["cloud-region"], info["provider-type"]) == ("cloud-maas-one", "default", "maas")
    assert info["cloud-credential-tag"] == "cloudcred-maas-one_admin_default"
    assert (info["agent-version"], info["default-base"]) == ("3.6.14", "ubuntu@24.04/stable")
    assert cast("list[Json]", info["users"])[0]["access"] == "admin"
    keys = {"entities": {"entities": [{"tag": "admin"}]}, "mode": True}
    told = desk.call("KeyManager.ListKeys", keys, model=str(info["uuid"]))
    assert told == {"results": [{"result": [KEY, "odd"]}]}


@pytest.mark.parametrize(
    ("change", "words", "code"),
    [
        ({"name": "m"}, 'model "m" for admin already exists', "already exists"),
        ({"name": ""}, "Name must be specified", "not valid"),
        ({"cloud-tag": "cloud-x"}, 'cloud "x" not found, expected one of ["maas-one"]', "not found"),
        ({"region": "mars"}, 'getting cloud region definition: region "mars" not found', "not found"),
        ({"credential": "cloudcred-maas-one_admin_no"}, 'credential "maas-one/admin/no" not found', "not found"),
        ({"config": {"uuid": "1"}}, "uuid is generated, you cannot specify one", ""),
        ({"config": {"test-mode": "perhaps"}}, 'test-mode: expected bool, got string("perhaps")', "not valid"),
        ({"config": {"agent-version": "3.5.0"}}, "agent-version is 3.5.0", ""),
    ],
)
def test_models_that_cannot_be_are_refused(desk: Desk, change: Json, words: str, code: str):
    desk.refused("ModelManager.CreateModel", {**NEW, **change}, words=words, code=code)


def test_add_model_is_for_oneself(desk: Desk):
    asked = {**NEW, "owner-tag": "user-bob"}
    desk.refused("ModelManager.CreateModel", asked, user="bob", **DENIED)
    desk.world.clouds.put("maas-one", replace(desk.world.clouds.get("maas-one"), access={"bob": "add-model"}))
    desk.refused("ModelManager.CreateModel", asked, user="bob", words="no credential specified")
    given = {"auth-type": "oauth1", "attrs": {"maas-oauth": "x"}}
    desk.call(
        "Cloud.AddCredentials",
        {"credentials": [{"tag": "cloudcred-maas-one_bob_own", "credential": given}]},
        user="bob",
    )
    info = desk.call("ModelManager.CreateModel", asked, user="bob")
    assert info["cloud-credential-tag"] == "cloudcred-maas-one_bob_own"
    other = {**NEW, "name": "other"}
    words = '"add-model" permission does not permit creation of models for different owners'
    desk.refused("ModelManager.CreateModel", other, user="bob", words=words, code="unauthorized access")


def test_a_reader_sees_a_model_but_neither_machines_nor_other_users(desk: Desk):
    grant(desk, "bob", "read")
    desk.deploy("ubuntu")
    info = cast("Json", desk.one("ModelManager.ModelInfo", {"entities": [{"tag": desk.tag}]}, user="bob")["result"])
    assert [each["user"] for each in cast("list[Json]", info["users"])] == ["bob"]
    assert info["machines"] == []
    desk.refused("ModelManager.ModelInfo", {"entities": [{"tag": desk.tag}]}, user="eve", **DENIED)


def test_a_model_that_is_not_there_looks_like_one_that_is_hidden(desk: Desk):
    nowhere = {"entities": [{"tag": "model-00000000-0000-4000-8000-000000000000"}]}
    desk.refused("ModelManager.ModelInfo", nowhere, **DENIED)
    desk.refused("ModelManager.ModelStatus", nowhere, words="not found", code="not found")


def test_listings_hold_what_the_user_can_see(desk: Desk):
    def listed(user: str) -> list[str]:
        told = desk.call("ModelManager.ListModels", {"tag": f"user-{user}"}, user=user)
        return [str(cast("Json", each["model"])["name"]) for each in cast("list[Json]", told["user-models"])]

    assert listed("admin") == ["controller", "m"]
    assert listed("bob") == []
    grant(desk, "bob", "write")
    assert listed("bob") == ["m"]
    told = desk.one("ModelManager.ListModelSummaries", {"user-tag": "user-bob"}, user="bob")
    summary = cast("Json", told["result"])
    assert (summary["user-access"], summary["is-controller"], summary["name"]) == ("write", False, "m")
    desk.refused("ModelManager.ListModels", {"tag": "user-eve"}, user="bob", **DENIED)


def test_a_summary_counts_machines_cores_and_units(desk: Desk):
    desk.deploy("ubuntu", 2)
    told = desk.call("ModelManager.ListModelSummaries", {"user-tag": "user-admin", "all": True})
    summary = cast("Json", cast("list[Json]", told["results"])[1]["result"])
    assert summary["counts"] == [
        {"entity": "machines", "count": 2},
        {"entity": "cores", "count": 0},
        {"entity": "units", "count": 2},
    ]


def test_the_status_of_a_model_tells_what_its_end_waits_for(desk: Desk):
    desk.deploy("ubuntu", 2, "lxd:")
    told = desk.one("ModelManager.ModelStatus", {"entities": [{"tag": desk.tag}]})
    counts = ("hosted-machine-count", "application-count", "unit-count")
    assert [told[name] for name in counts] == [3, 1, 2]
    assert told["applications"] == [{"name": "ubuntu"}]


def test_a_destroyed_model_is_dying_then_gone(desk: Desk):
    desk.one(
        "ModelManager.DestroyModels", {"models": [{"model-tag": desk.tag, "destroy-storage": True, "max-wait": None}]}
    )
    assert desk.world.models.get(desk.model).life == "dying"
    desk.settle()
    asked = {"entities": [{"tag": desk.tag}]}
    desk.refused("ModelManager.ModelStatus", asked, words=f'model "{desk.model}" not found', code="not found")


def test_who_writes_to_a_model_does_not_end_it(desk: Desk):
    grant(desk, "bob", "write")
    desk.refused("ModelManager.DestroyModels", {"models": [{"model-tag": desk.tag}]}, user="bob", **DENIED)


def test_another_credential_is_taken_where_it_is_of_the_cloud(desk: Desk):
    tag = "cloudcred-maas-one_admin_other"
    given = {"auth-type": "oauth1", "attrs": {"maas-oauth": "x"}}
    desk.one("Cloud.AddCredentials", {"credentials": [{"tag": tag, "credential": given}]})
    change = {"model-tag": desk.tag, "credential-tag": tag}
    desk.one("ModelManager.ChangeModelCredential", {"model-credentials": [change]})
    assert desk.world.models.get(desk.model).credential == "maas-one_admin_other"
    gone = {"model-tag": desk.tag, "credential-tag": "cloudcred-maas-one_admin_no"}
    desk.refused(
        "ModelManager.ChangeModelCredential", {"model-credentials": [gone]}, words="not found", code="not found"
    )


def option(desk: Desk, name: str) -> Json:
    return cast("Json", cast("Json", desk.call("ModelConfig.ModelGet")["config"])[name])


def test_options_are_set_by_their_type_and_unset(desk: Desk):
    assert option(desk, "test-mode") == {"value": False, "source": "default"}
    desk.call("ModelConfig.ModelSet", {"config": {"test-mode": "true", "num-provision-workers": "3", "own": "x"}})
    assert option(desk, "test-mode") == {"value": True, "source": "model"}
    assert option(desk, "num-provision-workers")["value"] == 3
    assert option(desk, "own")["value"] == "x"
    desk.call("ModelConfig.ModelUnset", {"keys": ["test-mode", "own"]})
    assert option(desk, "test-mode") == {"value": False, "source": "default"}
    assert "own" not in cast("Json", desk.call("ModelConfig.ModelGet")["config"])


@pytest.mark.parametrize(
    ("values", "words", "code"),
    [
        ({"agent-version": "3.6.99"}, "agent-version cannot be changed", ""),
        ({"name": "other"}, 'cannot change name from "m" to "other"', ""),
        ({"firewall-mode": "none"}, 'cannot change firewall-mode from "instance" to "none"', ""),
        ({"secret-backend": "v"}, 'secret backend "v" not found', "not found"),
        ({"num-provision-workers": "many"}, "num-provision-workers: expected number", "not valid"),
        ({"image-stream": "hourly"}, "image-stream: expected one of", "not valid"),
        ({"default-series": "tardy"}, 'unknown version for series: "tardy"', "not valid"),
        ({"default-base": "jammy"}, 'invalid default base "jammy"', "not valid"),
    ],
)
def test_options_that_cannot_be_set_so_are_refused(desk: Desk, values: Json, words: str, code: str):
    desk.refused("ModelConfig.ModelSet", {"config": values}, words=words, code=code)


def test_a_series_sets_the_base(desk: Desk):
    desk.call("ModelConfig.ModelSet", {"config": {"default-series": "jammy"}})
    assert option(desk, "default-base") == {"value": "ubuntu@22.04/stable", "source": "model"}


def test_setting_what_is_set_already_is_no_change(desk: Desk):
    told = cast("dict[str, Json]", desk.call("ModelConfig.ModelGet")["config"])
    desk.call("ModelConfig.ModelSet", {"config": {name: each["value"] for name, each in told.items()}})
    again = cast("dict[str, Json]", desk.call("ModelConfig.ModelGet")["config"])
    assert {name: each["value"] for name, each in again.items()} == {name: each["value"] for name, each in told.items()}


def test_constraints_of_a_model_are_replaced_as_a_whole(desk: Desk):
    desk.call("ModelConfig.SetModelConstraints", {"application": "", "constraints": {"mem": 4096, "arch": None}})
    assert desk.call("ModelConfig.GetModelConstraints") == {"constraints": {"mem": 4096}}
    desk.call("ModelConfig.SetModelConstraints", {"constraints": {"cores": 2}})
    assert desk.call("ModelConfig.GetModelConstraints") == {"constraints": {"cores": 2}}


def test_the_fourth_version_names_the_backend_of_a_model_s_secrets(desk: Desk):
    with pytest.raises(JujuError, match=r"method ModelConfig\(3\).GetModelSecretBackend is not implemented"):
        desk.call("ModelConfig.GetModelSecretBackend", {})
    assert desk.call("ModelConfig.GetModelSecretBackend", {}, version=4) == {"result": "auto"}
    desk.call("ModelConfig.SetModelSecretBackend", {"secret-backend-name": "internal"}, version=4)
    assert desk.call("ModelConfig.GetModelSecretBackend", {}, version=4) == {"result": "internal"}


def test_with_the_default_series_goes_the_base_it_stands_for(desk: Desk):
    cloud: Json = {"cloud-tag": "cloud-maas-one"}
    desk.one("ModelManager.SetModelDefaults", {"config": [{**cloud, "config": {"default-series": "focal"}}]})
    desk.call("ModelConfig.ModelSet", {"config": {"default-series": "jammy"}})
    desk.call("ModelConfig.ModelUnset", {"keys": ["default-series"]})
    assert option(desk, "default-base") == {"value": "ubuntu@20.04/stable", "source": "controller"}
    desk.one("ModelManager.UnsetModelDefaults", {"keys": [{**cloud, "keys": ["default-series"]}]})
    assert option(desk, "default-base") == {"value": "", "source": "default"}
    desk.call("ModelConfig.ModelSet", {"config": {"default-series": ""}})
    assert option(desk, "default-base")["value"] == ""


def test_readers_set_nothing(desk: Desk):
    grant(desk, "bob", "read")
    assert "config" in desk.call("ModelConfig.ModelGet", user="bob")
    desk.refused("ModelConfig.ModelSet", {"config": {"test-mode": True}}, user="bob", **DENIED)


def test_defaults_of_a_cloud_and_its_regions_stand_above_juju_s(desk: Desk):
    for place, value in (({"cloud-tag": "cloud-maas-one"}, "http://c"), ({"cloud-region": "default"}, "http://r")):
        desk.one("ModelManager.SetModelDefaults", {"config": [{**place, "config": {"http-proxy": value}}]})
    told = desk.one("ModelManager.ModelDefaultsForClouds", {"entities": [{"tag": "cloud-maas-one"}]})
    assert cast("Json", told["config"])["http-proxy"] == {
        "default": "",
        "controller": "http://c",
        "regions": [{"region-name": "default", "value": "http://r"}],
    }
    assert option(desk, "http-proxy") == {"value": "http://r", "source": "region"}
    desk.one("ModelManager.UnsetModelDefaults", {"keys": [{"cloud-region": "default", "keys": ["http-proxy"]}]})
    assert option(desk, "http-proxy") == {"value": "http://c", "source": "controller"}
    desk.call("ModelConfig.ModelSet", {"config": {"http-proxy": "http://m"}})
    assert option(desk, "http-proxy") == {"value": "http://m", "source": "model"}


def test_a_model_counts_machines_relations_and_tasks(desk: Desk):
    desk.deploy("ubuntu", 2)
    counted = cast("Json", desk.call("ModelConfig.Sequences")["sequences"])
    assert counted["machine"] == 2


@given(
    st.dictionaries(
        st.sampled_from(sorted(set(DEFAULTS) - set(model_settings.FIXED) - {"default-base", "secret-backend"})),
        st.none(),
        min_size=1,
    )
)
def test_what_is_set_to_its_default_s_text_has_its_default_s_value(names: dict[str, None]):
    values = {name: str(DEFAULTS[name]) for name in names}
    assert model_settings.coerced(values) == {name: DEFAULTS[name] for name in names}


def test_a_model_is_upgraded_as_far_as_its_controller(desk: Desk):
    asked = {"model-tag": desk.tag, "target-version": "0.0.0", "dry-run": False}
    assert "no upgrades available" in str(desk.call("ModelUpgrader.UpgradeModel", asked)["error"])
    newer = desk.call("ModelUpgrader.UpgradeModel", {**asked, "target-version": "3.6.20"})
    assert "greater than that of the controller" in str(newer["error"])
    own = {**asked, "model-tag": f"model-{desk.world.meta.controller_model}", "target-version": "3.6.20"}
    assert desk.call("ModelUpgrader.UpgradeModel", own) == {"chosen-version": "3.6.20"}
    assert desk.call("ModelUpgrader.UpgradeModel", {**asked, "dry-run": True}) == {"chosen-version": "3.6.20"}
    assert desk.world.models.get(desk.model).agent_version == "3.6.14"
    assert desk.call("ModelUpgrader.UpgradeModel", asked) == {"chosen-version": "3.6.20"}
    assert desk.world.models.get(desk.model).agent_version == "3.6.20"


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("3.6.1", "downgrade is not allowed"),
        ("4.0.0", 'no agents found for "4.0.0"'),
        ("next", 'invalid version "next"'),
    ],
)
def test_versions_that_there_is_no_way_to_are_refused(desk: Desk, version: str, words: str):
    own = {"model-tag": f"model-{desk.world.meta.controller_model}", "target-version": version}
    assert words in str(desk.call("ModelUpgrader.UpgradeModel", own)["error"])


def test_what_juju_writes_out_empty_is_there(desk: Desk):
    """Fields without `omitempty`, and structs, which Go never leaves out: compared with the juju 3.6.11 client."""
    asked = {"entities": [{"tag": desk.tag}]}
    (noted,) = cast("list[Json]", desk.call("Annotations.Get", asked)["results"])
    assert noted == {"entity": desk.tag, "annotations": {}, "error": {}}
    nowhere = {"entities": [{"tag": f"model-{desk.model[:-4]}0000"}]}
    (gone,) = cast("list[Json]", desk.call("ModelManager.ModelStatus", nowhere)["models"])
    assert (gone["life"], gone["unit-count"], cast("Json", gone["error"])["code"]) == ("", 0, "not found")
