"""Other versions of Juju: what they advertise, what they name otherwise, whom they serve; and watchers' folds."""

from typing import cast

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


def dialect(version: str, facade: str) -> versions.Dialect:
    found = versions.dialect(version, facade)
    assert found is not None
    return found


@given(MESSAGES)
def test_2_9_says_series_and_hears_bases(message: Json) -> None:
    spoken = dialect("2.9.49", "Application").spoken(message)
    assert '"base"' not in repr(spoken).replace("'", '"')
    heard = dialect("2.9.49", "Application").heard(spoken)
    assert _without_series(heard) == message


def _without_series(value: object) -> object:
    if isinstance(value, dict):
        fields = cast("Json", value)
        return {name: _without_series(each) for name, each in fields.items() if name not in {"series", "os"}}
    return [_without_series(each) for each in cast("list[object]", value)] if isinstance(value, list) else value


@given(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.lists(LEAVES, max_size=3))
def test_4_0_says_qualifier_and_hears_owners(owner: str, others: list[object]) -> None:
    message: Json = {"results": [{"result": {"owner-tag": f"user-{owner}", "others": others}}]}
    spoken = dialect("4.0.12", "ModelManager").spoken(message)
    assert spoken == {"results": [{"result": {"qualifier": owner, "others": others}}]}
    heard = dialect("4.0.12", "ModelManager").heard({"name": "m", "qualifier": owner})
    assert heard["owner-tag"] == f"user-{owner}"


def test_3_6_needs_no_translation() -> None:
    assert all(versions.dialect("3.6.14", each.name) is None for each in FACADES)


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
        ("3.6.14", "3.6.1.3", True),
        ("3.6.14", "3.0.0", True),
        ("3.6.14", "2.9.49", False),
        ("3.6.14", "4.0.1", False),
        ("3.6.14", "", False),
        ("2.9.49", "3.0.3", True),
        ("2.9.49", "3.6.14", False),
        ("4.0.12", "3.6.14", True),
        ("4.1.0", "3.6.14", False),
        ("4.0.12", "2.9.49", False),
    ],
)
def test_which_clients_are_served(server: str, client: str, served: bool) -> None:
    if served:
        versions.check_client(server, client, "Application", "Deploy")
        return
    with pytest.raises(JujuError, match=rf"^client incompatible with server {server}$"):
        versions.check_client(server, client, "Application", "Deploy")


def test_status_is_served_to_the_neighbours_only() -> None:
    versions.check_client("3.6.14", "2.9.49", "Client", "FullStatus")
    versions.check_client("3.6.14", "4.0.1", "Pinger", "Ping")
    with pytest.raises(JujuError):
        versions.check_client("4.0.12", "2.9.49", "Client", "FullStatus")


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
