"""The layout of a deployment: shown once, kept, and no reason for an update but another layout."""

import pytest

from providers.juju.crud.layout import LayoutProvider
from tests.lab.providers.life import Bag, Life

SMALL: Bag = {
    "nodes": ["a", "b"],
    "spread": 2,
    "spots": {"mysql": ["lxd on a", "lxd on b", "lxd on b"], "ceph-osd": ["a", "b"], "idle": []},
    "setting": "juju:openstack.",
}
LARGE: Bag = {
    "nodes": ["a", "b", "c"],
    "spread": 3,
    "spots": {"mysql": ["lxd on a", "lxd on b", "lxd on c"], "ceph-osd": ["a", "b", "c"], "idle": []},
}


def test_a_new_layout_is_shown_once(capfd: pytest.CaptureFixture[str]) -> None:
    life = Life(LayoutProvider(), {**SMALL, "critical_path": "7s: machine 7s"})
    news = life.check()
    told = capfd.readouterr().err
    assert "  a: ceph-osd; in containers mysql\n  b: ceph-osd; in containers 2 x mysql\n" in told
    assert "usually takes: 7s: machine 7s\n" in told
    assert "critical_path" not in news
    life.up()
    capfd.readouterr()
    life.provider.check(life.state, life.check())
    assert "what runs where" in capfd.readouterr().err, "a check without a state is of a new one"
    life.provider.check(life.state, {**life.inputs, "critical_path": None})
    assert capfd.readouterr().err == ""


def test_another_layout_is_kept_where_it_is_meant() -> None:
    life = Life(LayoutProvider(), dict(SMALL)).up()
    (failure,) = life.provider.check(life.state, {**life.inputs, **LARGE}).failures
    words = "juju:openstack.nodes is 3, so mysql would leave their containers on b and what only those hold"
    assert failure.reason == f"{words}: juju:openstack.spread must be 2 to leave them there, or 3 to move them"
    assert life.provider.check(life.state, {**life.inputs, **LARGE, "moves": True}).failures == []
    life.update(**LARGE, moves=True)
    assert life.state["spread"] == 3.0
    assert life.refresh()["nodes"] == ["a", "b", "c"]
    more = {"nodes": ["a", "b", "c", "d"], "spots": {**LARGE["spots"], "ceph-osd": ["a", "b", "c", "d"]}}  # type: ignore[dict-item] # an object
    assert life.provider.check(life.state, {**life.inputs, **more, "moves": False}).failures == []
    life.down()


@pytest.mark.parametrize(
    ("inputs", "name"),
    [({"spots": {"mysql": "lxd on a"}}, "spots"), ({"spots": []}, "spots"), ({"spread": 0}, "spread")],
)
def test_what_is_no_layout(inputs: Bag, name: str) -> None:
    (failure,) = LayoutProvider().check({}, {**SMALL, **inputs}).failures
    assert failure.property == name
