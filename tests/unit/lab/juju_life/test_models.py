"""Models come with their owner's rights, and go with all that is in them."""

import pytest

from lab.juju import models as m
from lab.juju.errors import JujuError
from lab.juju.life import models, settings
from tests.unit.lab.juju_life.bench import Bench, real
from tests.unit.lab.juju_life.charms import AGENT, APP, DB


def test_a_model_belongs_to_its_owner():
    bench = Bench()
    row = bench.make_model("openstack", {"default-base": "ubuntu@22.04"})
    assert (row.owner, row.cloud, row.region, row.access) == ("admin", "maas-one", "default", {"admin": "admin"})
    assert [each.name for each in bench.world.spaces.of(row.uuid)] == ["alpha"]


@pytest.mark.parametrize(
    ("name", "words", "code"),
    [
        ("m", 'model "m" for admin already exists', "already exists"),
        ("My_Model", '"My_Model" is not a valid name', "bad request"),
    ],
)
def test_names_are_checked(name: str, words: str, code: str):
    bench = Bench()
    with pytest.raises(JujuError, match=words) as caught:
        bench.make_model(name)
    assert caught.value.code == code


def test_clouds_and_regions_are_checked():
    bench = Bench()
    with pytest.raises(JujuError, match='cloud "mars" not found'):
        bench.do(lambda world, now: models.create(world, now, "x", "admin", "mars"))
    with pytest.raises(JujuError, match='region "west" not found'):
        bench.do(lambda world, now: models.create(world, now, "x", "admin", "maas-one", "west"))


def test_a_model_goes_with_all_it_has_and_leaves_others_alone():
    bench = Bench()
    bench.local(APP, units=2)
    bench.local(DB)
    bench.local(AGENT)
    bench.relate("app:db", "db:db")
    bench.relate("agent", "app")
    bench.run("app/0", "pause", force=True)
    first, bench.model = bench.model, bench.make_model("other").uuid
    bench.local(APP)
    bench.do(lambda world, now: models.destroy(world, now, first))
    assert {each.name for each in bench.world.models} == {"controller", "other"}
    assert set(bench.units()) == {"app/0"}
    controller = bench.world.meta.controller_model
    for table in bench.world.tables():
        assert {getattr(row, "model", bench.model) for row in table} <= {bench.model, controller}, table.name


def test_a_dying_model_takes_its_time_and_nothing_new():
    bench = Bench(real)
    bench.local(APP)
    bench.wait(1000)
    bench.do(lambda world, now: models.destroy(world, now, bench.model))
    row = bench.world.models.get(bench.model)
    assert (row.life, row.status.status) == ("dying", "destroying")
    with pytest.raises(JujuError, match="is no longer alive"):
        bench.local(DB)
    bench.wait(60)
    assert bench.model not in bench.world.models


def test_a_stuck_model_is_forced():
    bench = Bench()
    bench.fault("hook", "app/0", hook="start")
    bench.local(APP)
    bench.do(lambda world, now: models.destroy(world, now, bench.model))
    assert bench.world.models.get(bench.model).life == "dying"
    bench.do(lambda world, now: models.destroy(world, now, bench.model, force=True))
    assert bench.model not in bench.world.models


def test_the_controllers_model_outlives_the_others():
    bench = Bench()
    with pytest.raises(JujuError, match=r"hosting 1 other model$") as caught:
        bench.do(lambda world, now: models.destroy(world, now, world.meta.controller_model))
    assert caught.value.code == "controller has hosted models"


def test_config_names_where_each_value_comes_from():
    bench = Bench()
    row = bench.make_model("other", {"http-proxy": "http://proxy"})
    found = settings.effective(bench.world, row)
    assert found["http-proxy"] == ("http://proxy", "model")
    assert found["proxy-ssh"] == (False, "default")
    assert found["uuid"] == (row.uuid, "model")
    assert found["type"] == ("maas", "model")


def test_a_model_that_is_not_there():
    bench = Bench()
    with pytest.raises(JujuError) as caught:
        bench.do(lambda world, now: models.destroy(world, now, "ghost"))
    assert caught.value.code == "model not found"


def test_spaces_are_those_of_the_controllers_model():
    bench = Bench()
    home = bench.world.meta.controller_model
    row = m.Space(home, "1", "storage", ("10.1.0.0/24",))
    bench.do(lambda world, _now: world.spaces.put(f"{home}/storage", row))
    made = bench.make_model("other")
    assert {each.name: each.cidrs for each in bench.world.spaces.of(made.uuid)} == {
        "alpha": (),
        "storage": ("10.1.0.0/24",),
    }
