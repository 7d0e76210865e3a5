"""Other versions of Juju: what they advertise, what they name otherwise, whom they serve; and watchers' folds."""

from typing import Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.juju import versions
from lab.juju.errors import JujuError
from lab.juju.facades import FACADES
from lab.juju.hub.document import SERIES
from lab.juju.models import Json
from lab.juju.watch import Told, Watchers
from lab.juju.world import World

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
BASES = st.sampled_from(sorted(SERIES)).map(lambda release: {"name": "ubuntu", "channel": f"{release}/stable"})
NAMES = st.sampled_from(["base", "name", "url", "results", "Config"])
MESSAGES = st.recursive(
    st.dictionaries(NAMES.filter(lambda name: name != "base"), LEAVES, max_size=3)
    | st.fixed_dictionaries({"base": BASES, "name": LEAVES}),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b"]), inner | st.lists(inner, max_size=3), max_size=3),
    max_leaves=8,
)


def dialect(version: str, facade: str, number: int) -> versions.Dialect:
    found = versions.dialect(version, facade, number)
    assert found is not None
    return found


TWO: Final = "2.9.49"


@given(MESSAGES)
def test_2_9_says_series_beside_bases_and_hears_either(message: Json) -> None:
    application = dialect(TWO, "Application", 15)
    spoken = application.spoken(message)
    assert _without(spoken, {"series"}) == message
    heard = application.heard(cast("Json", _without(spoken, {"base"})))
    assert _without(heard, {"series"}) == message


def _without(value: object, names: set[str]) -> object:
    if isinstance(value, dict):
        fields = cast("Json", value)
        return {name: _without(each, names) for name, each in fields.items() if name not in names}
    return [_without(each, names) for each in cast("list[object]", value)] if isinstance(value, list) else value


JAMMY: Final[Json] = {"name": "ubuntu", "channel": "22.04/stable"}
FOCAL: Final[Json] = {"name": "ubuntu", "channel": "20.04/stable"}


def test_2_9_hears_a_series_before_a_base() -> None:
    application = dialect(TWO, "Application", 15)
    assert application.heard({"base": JAMMY}) == {"base": JAMMY}
    assert application.heard({"base": JAMMY, "series": "focal"}) == {"series": "focal", "base": FOCAL}


def test_2_9_hears_a_base_before_a_series_in_the_origin_of_a_charm() -> None:
    charms = dialect(TWO, "Charms", 5)
    origin: Json = {"source": "charm-hub", "series": "focal"}
    named = {**origin, "base": JAMMY}
    assert charms.heard(named) == named
    assert charms.heard(origin)["base"] == FOCAL
    assert charms.heard({**origin, "base": {"name": "", "channel": ""}})["base"] == FOCAL
    assert charms.heard({**origin, "os": "ubuntu", "channel": "22.04"})["base"] == {**JAMMY, "channel": "22.04"}


def test_2_9_tells_the_origin_of_a_charm_in_its_own_words() -> None:
    told: Json = {"source": "charm-hub", "base": JAMMY}
    own = {"source": "charm-hub", "series": "jammy", "os": "ubuntu"}
    assert dialect(TWO, "Charms", 5).spoken(told) == {
        **own,
        "channel": "22.04",
        "base": {"name": "", "channel": ""},
    }
    assert dialect(TWO, "Application", 15).spoken(told) == {**own, "channel": "22.04/stable", "base": JAMMY}


def test_2_9_adds_no_charm_without_a_series() -> None:
    charms = dialect(TWO, "Charms", 5)
    with pytest.raises(JujuError, match=r"^series required for charm-hub charms$"):
        charms.heard({"url": "ch:ubuntu", "charm-origin": {"source": "charm-hub", "base": JAMMY}})
    assert charms.heard({"url": "local:jammy/ubuntu-0"}) == {"url": "local:jammy/ubuntu-0"}


def test_2_9_forces_series_and_knows_no_trying() -> None:
    heard = dialect(TWO, "Application", 15).heard({"application": "a", "force-series": True})
    assert heard["force-base"] is True
    asked: Json = {"machine-tags": ["machine-0"], "dry-run": True}
    assert dialect(TWO, "MachineManager", 9).heard(asked) == {"machine-tags": ["machine-0"]}


def test_2_9_has_a_default_series() -> None:
    assert dialect(TWO, "ModelManager", 9).spoken({"default-base": "ubuntu@22.04/stable"}) == {
        "default-series": "jammy"
    }
    config = dialect(TWO, "ModelConfig", 3)
    unset: Json = {"config": {"default-base": {"value": "", "source": "default"}}}
    assert config.spoken(unset) == {"config": {"default-series": {"value": "", "source": "default"}}}
    begun: Json = {
        "default-base": {"default": "", "controller": "ubuntu@20.04", "regions": [{"value": "ubuntu@22.04"}]}
    }
    assert dialect(TWO, "ModelManager", 9).spoken(begun) == {
        "default-series": {"default": "", "controller": "focal", "regions": [{"value": "jammy"}]}
    }
    named: Json = {"default-series": {"controller": "focal"}, **begun}
    assert dialect(TWO, "ModelManager", 9).spoken(named) == dialect(TWO, "ModelManager", 9).spoken(begun)
    both: Json = {"default-base": "ubuntu@22.04/stable", "default-series": "focal"}
    assert config.spoken(both) == {"default-series": "focal"}


def test_2_9_leaves_out_what_is_younger() -> None:
    status: Json = {"applications": {"a": {"charm": "ch:a-1", "charm-rev": 1}}}
    assert dialect(TWO, "Client", 6).spoken(status) == {"applications": {"a": {"charm": "ch:a-1"}}}
    found: Json = {"Results": [{"url": "u", "supported-bases": [], "supported-series": ["focal"]}]}
    told = {"Results": [{"url": "u", "supported-series": ["focal"]}]}
    assert dialect(TWO, "Charms", 5).spoken(found) == told


@given(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.lists(LEAVES, max_size=3))
def test_4_0_says_qualifier_and_hears_owners(owner: str, others: list[object]) -> None:
    message: Json = {"results": [{"result": {"owner-tag": f"user-{owner}", "others": others}}]}
    spoken = dialect("4.0.12", "ModelManager", 11).spoken(message)
    assert spoken == {"results": [{"result": {"qualifier": owner, "others": others}}]}
    heard = dialect("4.0.12", "ModelManager", 11).heard({"name": "m", "qualifier": owner})
    assert heard["owner-tag"] == f"user-{owner}"


def test_4_0_speaks_as_3_6_does_in_older_versions_of_its_facades() -> None:
    message: Json = {"name": "m", "owner-tag": "user-admin"}
    for facade, number in (("ModelManager", 10), ("Controller", 12), ("ApplicationOffers", 5)):
        old = dialect("4.0.12", facade, number)
        assert old.heard(message) == old.spoken(message) == message


def test_4_0_wants_a_qualifier_and_hears_no_owner() -> None:
    models = dialect("4.0.12", "ModelManager", 11)
    with pytest.raises(JujuError, match=r"^cannot create model with invalid qualifier$"):
        models.heard({"name": "m", "owner-tag": "user-admin"})
    assert models.heard({"entities": [{"tag": "model-1"}]}) == {"entities": [{"tag": "model-1"}]}
    offers = dialect("4.0.12", "ApplicationOffers", 6)
    found = offers.heard({"Filters": [{"model-qualifier": "bob", "owner-name": "eve", "model-name": "m"}]})
    assert found == {"Filters": [{"model-qualifier": "bob", "owner-name": "bob", "model-name": "m"}]}
    assert offers.heard({"Filters": [{"owner-name": "eve"}]}) == {"Filters": [{}]}


def test_4_0_calls_the_owner_of_a_hosted_config_its_qualifier_too() -> None:
    message: Json = {"models": [{"name": "m", "owner": "user-bob", "config": {"owner": "bob"}}]}
    assert dialect("4.0.12", "Controller", 13).spoken(message) == {
        "models": [{"name": "m", "qualifier": "bob", "config": {"owner": "bob"}}]
    }


def test_4_0_sets_charms_with_storage_directives() -> None:
    application = dialect("4.0.12", "Application", 22)
    assert application.heard({"application": "a", "storage-constraints": {"x": {}}}) == {"application": "a"}
    asked: Json = {"storage-updates": [{"storage-constraints": {}}], "storage-directives": {"x": {}}}
    assert application.heard(asked)["storage-constraints"] == {"x": {}}
    assert application.heard(asked)["storage-updates"] == [{"storage-constraints": {}}]


LESS: Final[tuple[tuple[str, int, Json, Json], ...]] = (
    ("Client", 8, {"model": {"sla": "", "name": "m", "meter-status": {}}}, {"model": {"name": "m"}}),
    ("Client", 8, {"applications": {"sla": {"meter-statuses": {}}}}, {"applications": {"sla": {}}}),
    ("Charms", 7, {"meta": {"series": [], "provides": {"series": {}}}}, {"meta": {"provides": {"series": {}}}}),
    (
        "ModelManager",
        11,
        {"results": [{"result": {"sla": {}, "machines": [{"id": "0", "has-vote": True}]}}, {"error": None}]},
        {"results": [{"result": {"machines": [{"id": "0"}]}}, {"error": None}]},
    ),
)
"""Facade, its version, what 3.6 says, what 4.0 says."""


@pytest.mark.parametrize(("facade", "number", "said", "left"), LESS)
def test_4_0_no_longer_says_some_things(facade: str, number: int, said: Json, left: Json) -> None:
    assert dialect("4.0.12", facade, number).spoken(said) == left


@pytest.mark.parametrize(
    ("facade", "number", "method", "versions_with_it"),
    [
        ("Bundle", 8, "GetChanges", {"2.9.49", "3.6.14"}),
        ("ModelConfig", 4, "SLALevel", {"2.9.49", "3.6.14"}),
        ("Controller", 11, "ModelConfig", {"2.9.49"}),
        ("Controller", 11, "DashboardConnectionInfo", {"3.6.14", "4.0.12"}),
        ("Application", 14, "UpdateApplicationBase", set[str]()),
        ("MachineManager", 6, "RetryProvisioning", set[str]()),
        ("Controller", 14, "GetCloudSpec", {"2.9.49", "3.6.14"}),
        ("MachineManager", 11, "AddMachines", {"2.9.49", "3.6.14", "4.0.12"}),
        ("HighAvailability", 2, "ControllerDetails", set[str]()),
        ("HighAvailability", 3, "ControllerDetails", {"2.9.49", "3.6.14", "4.0.12"}),
    ],
)
def test_methods_come_with_a_facade_s_version_and_go_with_juju_s(
    facade: str, number: int, method: str, versions_with_it: set[str]
) -> None:
    known = {each for each in ("2.9.49", "3.6.14", "4.0.12") if versions.has_method(each, facade, number, method)}
    assert known == versions_with_it


def test_3_6_needs_no_translation() -> None:
    assert all(versions.dialect("3.6.14", each.name, max(each.versions)) is None for each in FACADES)


@pytest.mark.parametrize("version", ["2.9.49", "3.6.14", "4.0.12"])
def test_versions_are_told_in_order(version: str) -> None:
    for each in FACADES:
        numbers = versions.advertised(version, each)
        assert list(numbers) == sorted(set(numbers))


def test_every_facade_has_a_name_of_its_own() -> None:
    names = [each.name for each in FACADES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("server", "client", "served"),
    [
        ("2.9.49", "2.9.0", True),
        ("2.9.49", "3.0.3", True),
        ("2.9.49", "3.6.14", False),
        ("2.9.49", "4.0.12", False),
        ("2.9.49", "", True),
        ("3.6.14", "2.9.49", True),
        ("3.6.14", "4.0.1", True),
        ("3.6.14", "", True),
        ("4.0.12", "3.6.14", True),
        ("4.0.12", "2.9.49", True),
    ],
)
def test_which_clients_are_served(server: str, client: str, served: bool) -> None:
    if served:
        versions.check_client(server, client, "Application", "Deploy")
        return
    with pytest.raises(JujuError, match=rf"^client incompatible with server {server}$"):
        versions.check_client(server, client, "Application", "Deploy")


def test_status_is_served_to_the_neighbours_only() -> None:
    versions.check_client("2.9.49", "3.6.14", "Client", "FullStatus")
    versions.check_client("2.9.49", "3.6.14", "Pinger", "Ping")
    versions.check_client("2.9.49", "3.6.14", "Controller", "ModelConfig")
    with pytest.raises(JujuError):
        versions.check_client("2.9.49", "4.0.12", "Client", "FullStatus")


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)), min_size=1, max_size=8))
def test_a_watcher_of_texts_tells_each_change_once(states: list[dict[str, int]]) -> None:
    now = dict(states[0])
    watcher = Told(lambda _world, _now: dict(now), dict(now))
    world = World()
    for state in states[1:]:
        before = dict(now)
        now.clear()
        now.update(state)
        told = watcher.look(world, 0.0)
        differ = {name for name in {*before, *state} if before.get(name, -1) != state.get(name, -1)}
        assert set((told or {"changes": []})["changes"]) == differ  # pyright: ignore[reportArgumentType] # JSON
        assert watcher.look(world, 0.0) is None


def test_watchers_by_their_ids() -> None:
    watchers = Watchers()
    watcher = Told(lambda _world, _now: {}, {})
    number = watchers.add(watcher)
    assert watchers.get(number) is watcher
    watchers.stop(number)
    with pytest.raises(JujuError, match=r"^watcher was stopped$"):
        watchers.get(number)
    for unknown in ("2", "0", "", "x"):
        with pytest.raises(JujuError, match=r"^unknown watcher id$"):
            watchers.get(unknown)
