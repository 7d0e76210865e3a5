"""Models against the lab's controller: made, found, configured in place, destroyed with what is in them."""

import itertools

import pytest

from lab.juju.testing import RunningJuju
from providers.juju.crud.applications import ApplicationProvider
from providers.juju.crud.models import ModelProvider
from providers.juju.errors import ForeignError, JujuError
from tests.lab.juju_resources.conftest import attach
from tests.lab.providers.life import Life

_numbers = itertools.count(1)


def _model(**inputs: object) -> Life:
    return Life(ModelProvider(), {"name": f"model{next(_numbers)}", "minutes": 1, **inputs})


def _in(model: Life, name: str, **inputs: object) -> Life:
    return Life(ApplicationProvider(), {"model": model.id, "name": name, "charm": "ubuntu", "minutes": 1, **inputs})


def test_a_life_from_made_to_gone(controller: RunningJuju) -> None:
    life = _model(
        cloud="maas-one",
        credential="maas-one",
        config={"default-base": "ubuntu@22.04", "automatically-retry-hooks": False},
        constraints="mem=2G tags=compute",
        annotations={"team": "cloud"},
    ).up()
    assert life.state["uuid"] == life.id
    assert life.state["type"] == "iaas"
    assert life.changes(config={"default-base": "ubuntu@22.04", "automatically-retry-hooks": "false"}) == []
    life.update(config={"default-base": "ubuntu@20.04"}, constraints="mem=4G", annotations={"team": "other"})
    assert controller.service.world.models.get(life.id).constraints["mem"] == 4096
    assert "automatically-retry-hooks" not in controller.service.world.models.get(life.id).config
    assert life.changes(name="other") == ["replace", "name"]
    life.down()
    assert life.id not in controller.service.world.models
    life.down()


def test_changed_by_hand_is_shown_and_put_back(controller: RunningJuju) -> None:
    life = _model(config={"default-base": "ubuntu@22.04"}, constraints="mem=2G").up()
    link = attach(controller).model(life.id)
    link.change("ModelConfig", "ModelSet", {"config": {"default-base": "ubuntu@24.04"}}, purpose="change it")
    link.change("ModelConfig", "SetModelConstraints", {"constraints": {"mem": 1024}}, purpose="change it")
    inputs = life.refresh()
    assert (inputs["config"], inputs["constraints"]) == ({"default-base": "ubuntu@24.04"}, "mem=1024M")
    assert life.changes() == ["update"]
    life.update()
    life.down()


def test_an_empty_model_is_taken_and_a_full_one_only_where_asked(controller: RunningJuju) -> None:
    first = _model().up()
    second = _model(name=first.inputs["name"]).up()
    assert (second.id, second.state["adopted"]) == (first.id, False)
    application = _in(first, "ubuntu").up()
    attach(controller)
    with pytest.raises(ForeignError, match="with 1 applications and 1 machines in it: give adopt=True"):
        _model(name=first.inputs["name"]).up()
    _model(name=first.inputs["name"], adopt=True, claim="demo/dev/model").up()
    third = _model(name=first.inputs["name"], adopt=True, claim="demo/dev/model").up()
    assert third.state["adopted"] is True
    third.down()
    assert first.id in controller.service.world.models
    application.down()
    first.down()
    assert first.id not in controller.service.world.models


def test_a_model_of_another_stack_is_left_alone(controller: RunningJuju) -> None:
    life = _model(claim="demo/dev/model").up()
    with pytest.raises(ForeignError, match=r"belongs to demo/dev/model \(its annotation pulumi says so\)"):
        _model(name=life.inputs["name"], claim="demo/prod/model").up()
    assert _model(name=life.inputs["name"], claim="demo/dev/model").up().id == life.id
    life.down()
    assert life.id not in controller.service.world.models


def test_a_model_whose_answer_was_lost_is_not_made_twice(controller: RunningJuju) -> None:
    controller.fault("drop", facade="ModelManager", method="CreateModel", times=1)
    life = _model().up()
    assert [one.name for one in controller.service.world.models].count(str(life.inputs["name"])) == 1
    life.down()


def test_destroying_takes_what_is_in_it(controller: RunningJuju) -> None:
    life = _model().up()
    _in(life, "ubuntu", units=3).up()
    life.down()
    assert life.id not in controller.service.world.models


def test_persistent_storage_is_destroyed_only_where_asked(controller: RunningJuju) -> None:
    life = _model().up()
    _in(life, "ubuntu", storage={"files": "loop,1,1G"}).up()
    with pytest.raises(JujuError, match="give it destroy_storage"):
        life.down()
    assert life.id in controller.service.world.models
    life.state["destroy_storage"] = True
    life.down()
    assert life.id not in controller.service.world.models


def test_gone_by_hand(controller: RunningJuju) -> None:
    life = _model().up()
    application = _in(life, "ubuntu").up()
    Life(ModelProvider(), life.inputs, life.id, dict(life.state)).down()
    attach(controller)
    assert application.refresh() == {}
    assert life.refresh() == {}


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"cloud": "maas-two"}, "maas-two"),
        ({"credential": "x"}, "needs the cloud that it is for"),
    ],
)
def test_bad_input(controller: RunningJuju, inputs: dict[str, object], words: str) -> None:
    life = _model(**inputs)
    with pytest.raises(JujuError, match=words):
        life.up()
    assert controller.service.world.models


def test_an_option_that_juju_does_not_have_is_told(controller: RunningJuju, capfd: pytest.CaptureFixture[str]) -> None:
    life = _model(config={"defualt-base": "ubuntu@22.04"}).up()
    assert 'Juju has no model option "defualt-base"' in (told := capfd.readouterr().err)
    assert "did you mean default-base?" in told
    life.down()


def test_what_check_refuses() -> None:
    refused: dict[str, object] = {
        "name": "My Model",
        "constraints": "mem=lots",
        "config": [],
        "force": True,
        "cloud": "a b",
    }
    failures = ModelProvider().check({}, refused).failures
    assert {failure.property for failure in failures} == set(refused)


def test_an_empty_annotation_is_none(controller: RunningJuju) -> None:
    model = _model(annotations={"note": "", "by": "ops"}).up()
    assert model.state["annotations"] == {"by": "ops"}
    model.update(annotations={"by": ""})
    assert model.state["annotations"] == {}
    model.down()


def test_a_model_that_was_taken_over_is_not_claimed_by_a_later_change(controller: RunningJuju) -> None:
    first = _model().up()
    inside = _in(first, "vault").up()
    again: dict[str, object] = {"name": first.inputs["name"], "adopt": True, "claim": "demo/dev/model"}
    second = _model(**again, annotations={"a": "1"}).up()
    assert second.state["adopted"] is True
    second.update(annotations={"a": "2"})
    assert controller.service.world.annotations.get(f"{first.id}/model-{first.id}").pairs == {"a": "2"}
    inside.down()
    first.down()
