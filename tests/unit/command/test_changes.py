"""Which property change updates a resource and which replaces it, by type: as pulumi-command 1.2.1 answers."""

from __future__ import annotations

import pytest

from plugins.command.diffing import Change, diff
from plugins.command.shapes import COPY_FILE, COPY_TO_REMOTE, LOCAL_COMMAND, REMOTE_COMMAND, RESOURCES, Resource
from plugins.command.values import UNKNOWN, Archive, Asset, Properties, Secret, Value

HOST: Value = Secret({"host": "h", "port": 22.0, "user": "root", "dialErrorLimit": 10.0, "perDialTimeout": 15.0})
OTHER: Value = Secret({"host": "i", "port": 22.0, "user": "root", "dialErrorLimit": 10.0, "perDialTimeout": 15.0})
PAIRS: dict[str, tuple[Value, Value]] = {
    "create": ("a", "b"),
    "update": ("a", "b"),
    "delete": ("a", "b"),
    "stdin": ("a", "b"),
    "dir": ("a", "b"),
    "logging": ("stdout", "none"),
    "addPreviousOutputInEnv": (True, False),
    "connection": (HOST, OTHER),
    "source": (Asset("aa", "x"), Asset("bb", "y")),
    "remotePath": ("/a", "/b"),
    "localPath": ("a", "b"),
    "environment": ({"A": "1"}, {"A": "2"}),
    "interpreter": (["sh"], ["bash"]),
    "assetPaths": (["a"], ["b"]),
    "archivePaths": (["a"], ["b"]),
    "triggers": ([1.0], [2.0]),
}
PATHS = {
    "environment": "environment.A",
    "interpreter": "interpreter[0]",
    "assetPaths": "assetPaths[0]",
    "archivePaths": "archivePaths[0]",
    "triggers": "triggers[0]",
}
CHANGING = [
    pytest.param(resource, name, id=f"{token}.{name}")
    for token, resource in RESOURCES.items()
    for name in resource.inputs.properties
]


def changes(resource: Resource, old: Properties, new: Properties, *ignore: str) -> dict[str, Change]:
    return diff(resource, old, new, old, ignore).paths


@pytest.mark.parametrize(("resource", "name"), CHANGING)
def test_a_changed_property_updates_or_replaces(resource: Resource, name: str):
    old, new = PAIRS[name]
    found = changes(resource, {name: old}, {name: new})
    # an element of triggers is an update for the plugin; the SDK's replace_on_changes makes the replacement
    assert found == {PATHS.get(name, name): Change("UPDATE", replaces=resource is COPY_FILE)}


@pytest.mark.parametrize(("resource", "name"), CHANGING)
def test_a_property_that_comes_or_goes_updates_or_replaces(resource: Resource, name: str):
    given = PAIRS[name][0]
    replaces = resource is COPY_FILE or name == "triggers"
    assert changes(resource, {}, {name: given}) == {name: Change("ADD", replaces)}
    assert changes(resource, {name: given}, {}) == {name: Change("DELETE", replaces)}


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        pytest.param([1.0], [1.0, 2.0], {"triggers[1]": "ADD"}, id="one more"),
        pytest.param([1.0, 2.0], [2.0], {"triggers[0]": "UPDATE", "triggers[1]": "DELETE"}, id="one less"),
        pytest.param([1.0], [UNKNOWN], {"triggers[0]": "UPDATE"}, id="unknown"),
        pytest.param([1.0], [True], {"triggers[0]": "UPDATE"}, id="one is not true"),
        pytest.param(
            [{"a": 1.0, "b": [1.0]}],
            [{"a": 2.0, "b": [1.0, 2.0]}],
            {"triggers[0].a": "UPDATE", "triggers[0].b[1]": "ADD"},
            id="deep",
        ),
    ],
)
def test_triggers_are_told_by_element(old: list[Value], new: list[Value], want: dict[str, str]):
    found = changes(LOCAL_COMMAND, {"triggers": old}, {"triggers": new})
    assert {path: change.kind for path, change in found.items()} == want


def test_names_that_are_no_identifiers_are_quoted_in_paths():
    assert list(changes(LOCAL_COMMAND, {"environment": {"a.b": "c"}}, {"environment": {"a.b": "d"}})) == [
        'environment["a.b"]'
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [(Secret("a"), "a"), ("a", Secret("a")), (Secret("a"), Secret("b")), (Secret("a"), UNKNOWN), ("a", UNKNOWN)],
)
def test_secrets_and_unknowns_change_as_a_whole(old: Value, new: Value):
    assert changes(REMOTE_COMMAND, {"create": old}, {"create": new}) == {"create": Change("UPDATE")}


def test_the_inside_of_a_connection_does_not_show_in_paths():
    old, new = Secret({"host": "h", "password": Secret("a")}), Secret({"host": "h", "password": Secret("b")})
    assert list(changes(REMOTE_COMMAND, {"connection": old}, {"connection": new})) == ["connection"]


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        pytest.param(Asset("aa", "x"), Asset("aa", "y"), False, id="same hash"),
        pytest.param(Archive("aa", path="d"), Archive("bb", path="d"), True, id="other content of a folder"),
        pytest.param(Asset("aa", "x"), Archive("aa", path="d"), True, id="asset to archive"),
        pytest.param(Asset("aa"), Asset("aa", "x"), False, id="state holds the hash alone"),
    ],
)
def test_sources_are_compared_by_hash(old: Value, new: Value, changed: bool):
    assert bool(changes(COPY_TO_REMOTE, {"source": old}, {"source": new})) is changed


def test_ignored_changes_take_the_value_of_the_state():
    assert changes(LOCAL_COMMAND, {"create": "a"}, {"create": "b"}, "create") == {}


def test_the_engines_own_inputs_are_no_changes():
    assert changes(LOCAL_COMMAND, {"create": "a"}, {"create": "a", "version": "2", "__x": "y"}) == {}
