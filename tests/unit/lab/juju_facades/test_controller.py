"""The controller: its config, its models' ends, who watches it, more machines for it."""

from typing import cast

import pytest

from lab.juju.models import Json
from tests.unit.lab.juju_facades.desk import Desk

DENIED = {"words": "permission denied", "code": "unauthorized access"}


def test_the_config_tells_who_the_controller_is(desk: Desk):
    told = cast("Json", desk.call("Controller.ControllerConfig", user="bob")["config"])
    assert (told["controller-name"], told["controller-uuid"]) == ("lab", desk.world.meta.uuid)
    assert "juju-mgmt-space" not in told
    desk.call("Controller.ConfigSet", {"config": {"juju-mgmt-space": "alpha", "agent-ratelimit-max": 20}})
    told = cast("Json", desk.call("Controller.ControllerConfig")["config"])
    assert (told["juju-mgmt-space"], told["agent-ratelimit-max"]) == ("alpha", 20)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"api-port": 1}, 'can\'t change "api-port" after bootstrap'),
        ({"colour": "red"}, 'unknown controller config setting "colour"'),
        ({"auditing-enabled": "yes"}, "auditing-enabled: expected bool"),
        ({"agent-ratelimit-max": "ten"}, "agent-ratelimit-max: expected number"),
    ],
)
def test_options_that_cannot_be_set_so_are_refused(desk: Desk, values: Json, words: str):
    desk.refused("Controller.ConfigSet", {"config": values}, words=words, code="not valid")


def test_what_is_for_superusers_is_refused_to_others(desk: Desk):
    for method in (
        "AllModels",
        "HostedModelConfigs",
        "ListBlockedModels",
        "WatchAllModelSummaries",
        "DestroyController",
    ):
        desk.refused(f"Controller.{method}", None, user="bob", **DENIED)


def test_the_config_of_the_controllers_own_model(desk: Desk):
    config = cast("Json", desk.call("Controller.ModelConfig", {})["config"])
    assert config["name"] == {"value": "controller", "source": ""}


def test_where_the_controllers_are_is_told_to_superusers(desk: Desk):
    told = desk.call("HighAvailability.ControllerDetails", model="")
    assert told == {"results": [{"controller-id": "0", "api-addresses": [f"10.0.0.9:{desk.world.meta.port}"]}]}
    desk.refused("HighAvailability.ControllerDetails", None, user="bob", **DENIED)


def test_a_cloud_spec_holds_the_credential(desk: Desk):
    told = cast("Json", desk.one("Controller.CloudSpec", {"entities": [{"tag": desk.tag}]})["result"])
    assert told["credential"] == {"auth-type": "oauth1", "attrs": {"maas-oauth": "a:b:c"}}
    assert told["endpoint"] == "http://maas/MAAS"
    own = cast("Json", desk.call("Controller.GetCloudSpec", {})["result"])
    assert own["name"] == "maas-one"


def test_models_are_reached_at_the_controller_s_addresses(desk: Desk):
    told = desk.one("Controller.ControllerAPIInfoForModels", {"entities": [{"tag": desk.tag}]})
    assert told == {"addresses": ["10.0.0.9:17070"], "cacert": ""}


def test_blocks_of_all_models_are_listed_and_lifted_at_once(desk: Desk):
    desk.call("Block.SwitchBlockOn", {"type": "BlockDestroy", "message": "no"})
    told = cast("list[Json]", desk.call("Controller.ListBlockedModels")["models"])
    assert told == [{"name": "m", "model-uuid": desk.model, "owner-tag": "user-admin", "blocks": ["BlockDestroy"]}]
    desk.refused("Controller.DestroyController", words="found blocks in controller models", code="operation is blocked")
    desk.refused("Controller.RemoveBlocks", {"all": False}, words="not supported", code="not supported")
    desk.call("Controller.RemoveBlocks", {"all": True})
    assert desk.call("Controller.ListBlockedModels") == {"models": []}


def test_a_controller_with_full_models_goes_only_with_them(desk: Desk):
    desk.deploy("ubuntu")
    asked: Json = {"destroy-models": False, "destroy-storage": None}
    words = "failed to destroy model: hosting 1 other model"
    desk.refused("Controller.DestroyController", asked, words=words, code="controller has hosted models")
    desk.call("Controller.DestroyController", {"destroy-models": True, "destroy-storage": True})
    assert {model.life for model in desk.world.models} == {"dying"}


def test_an_empty_model_holds_no_controller_up(desk: Desk):
    desk.call("Controller.DestroyController", {"destroy-models": False})
    desk.settle()
    assert [model.name for model in desk.world.models] == ["controller"]


def test_a_watcher_of_summaries_tells_what_changed(desk: Desk):
    number = str(desk.call("Controller.WatchAllModelSummaries")["watcher-id"])
    watcher = desk.watchers.get(number)
    first = cast("list[Json]", cast("Json", watcher.look(desk.world, desk.now))["models"])
    assert [each["name"] for each in first] == ["controller", "m"]
    assert watcher.look(desk.world, desk.now) is None
    desk.deploy("ubuntu")
    (changed,) = cast("list[Json]", cast("Json", watcher.look(desk.world, desk.now))["models"])
    assert cast("Json", changed["size"])["applications"] == 1
    desk.call("ModelManager.DestroyModels", {"models": [{"model-tag": desk.tag, "destroy-storage": True}]})
    desk.world.models.remove(desk.model)
    assert watcher.look(desk.world, desk.now) == {"models": [{"uuid": desk.model, "removed": True}]}


def test_a_user_watches_his_own_models_only(desk: Desk):
    number = str(desk.call("Controller.WatchModelSummaries", user="bob")["watcher-id"])
    watcher = desk.watchers.get(number)
    assert watcher.look(desk.world, desk.now) is None
    desk.allow("bob", "read")
    assert watcher.look(desk.world, desk.now) is not None


def test_more_machines_make_an_odd_number_of_controllers(desk: Desk):
    told = desk.one("HighAvailability.EnableHA", {"specs": [{"num-controllers": 0}]})
    assert told["result"] == {"maintained": ["machine-0"], "added": ["machine-1", "machine-2"]}
    again = desk.one("HighAvailability.EnableHA", {"specs": [{"num-controllers": 0}]})
    assert cast("Json", again["result"])["added"] == []


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"num-controllers": 2}, "number of controllers must be odd and non-negative"),
        ({"num-controllers": -1}, "number of controllers must be odd and non-negative"),
    ],
)
def test_an_even_number_of_controllers_is_refused(desk: Desk, spec: Json, words: str):
    desk.refused("HighAvailability.EnableHA", {"specs": [spec]}, words=words)


def test_nothing_migrates_from_here(desk: Desk):
    asked = {"specs": [{"model-tag": desk.tag, "target-info": None}]}
    desk.refused("Controller.InitiateMigration", asked, words="not supported", code="not supported")


def test_a_maas_has_no_image_metadata(desk: Desk):
    assert desk.call("ImageMetadataManager.List", {}) == {"result": []}
    desk.refused("ImageMetadataManager.Save", {}, words="not supported", code="not supported")
