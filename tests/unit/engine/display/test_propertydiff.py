from __future__ import annotations

import json

import pytest

from engine.display.changes import step_changes
from engine.display.literals import block, literal
from engine.display.propertydiff import change_lines, property_lines
from engine.display.text import plain
from engine.model.events import DiffKind, PropertyDiff, StepEvent
from engine.model.state import Op
from engine.model.values import UNKNOWN, Archive, Asset, Output, Properties, ResourceReference, Secret, Value
from tests.unit.engine.display.deployments import lines, state, urn


def shown(step: StepEvent) -> list[str]:
    return [plain(line).rstrip() for line in change_lines(step_changes(step))]


def update(old: Properties, new: Properties, *diffs: PropertyDiff, hide: tuple[str, ...] = ()) -> StepEvent:
    before, after = state("a", old), state("a", new, hide_diff=hide)
    return StepEvent(Op.UPDATE, urn("a"), "maas:Machine", before, after, diffs)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"tags": ["a"]}, {"tags": ["b"]}, ['~ tags[0]: "a" => "b"']),
        ({"tags": ["a"]}, {"tags": ["a", "b"]}, ['+ tags[1]: "b"']),
        ({"tags": ["a", "b"]}, {"tags": ["a"]}, ['- tags[1]: "b"']),
        ({"power": {"ip": "1", "x": 1}}, {"power": {"ip": "2", "x": 1}}, ['~ power.ip: "1" => "2"']),
        ({"a": 1.0}, {"a": 2.5}, ["~ a: 1 => 2.5"]),
        ({"a": 1}, {"a": True}, ["~ a: 1 => true"]),
        ({"a": None}, {"a": {"b": 1}}, ["~ a: null => {b: 1}"]),
        ({"a": "x"}, {"a": UNKNOWN}, ['~ a: "x" => <computed>']),
        ({"a": Secret("x")}, {"a": Secret("y")}, ["~ a: [secret] => [secret]"]),
        ({"a": "x"}, {"a": Secret("x2")}, ["~ a: [secret] => [secret]"]),
        ({"a": Output("x", secret=True)}, {}, ["- a: [secret]"]),
        ({"a": {"k": Secret({"inner": 1})}}, {"a": {"k": Secret({"inner": 2})}}, ["~ a.k: [secret] => [secret]"]),
        ({"__provider": "a", "b": {"__defaults": [1]}}, {"__provider": "b", "b": {"__defaults": []}}, []),
        ({"z": 1, "a": 1}, {"z": 2, "a": 2}, ["~ a: 1 => 2", "~ z: 1 => 2"]),
        ({"x.y": "a"}, {"x.y": "b"}, ['~ ["x.y"]: "a" => "b"']),
    ],
)
def test_differences_are_found_and_named_by_path(old: Properties, new: Properties, expected: list[str]) -> None:
    assert shown(update(old, new)) == expected


def test_what_the_provider_names_is_taken_down_to_the_leaves() -> None:
    diff = PropertyDiff("power", DiffKind.UPDATE_REPLACE)
    step = update({"power": {"a": 1, "b": 1}, "n": 1}, {"power": {"a": 1, "b": 2}, "n": 2}, diff)
    assert shown(step) == ["~ power.b: 1 => 2  [replaces]"]


def test_a_path_into_a_secret_ends_where_the_secret_begins() -> None:
    step = update({"k": Secret({"in": "x"})}, {"k": Secret({"in": "y"})}, PropertyDiff("k.in", DiffKind.UPDATE))
    assert shown(step) == ["~ k: [secret] => [secret]"]


def test_what_is_secret_on_one_side_is_secret_on_all() -> None:
    before = state("a", {"k": Secret({"in": "x"})}, {"k": {"in": "x"}})
    after = state("a", {"k": Secret({"in": "x"})}, {"k": {"in": "y"}})
    assert shown(StepEvent(Op.REFRESH, urn("a"), "t", before, after)) == ["~ k: [secret] => [secret]"]


@pytest.mark.parametrize("path", ["", "a[", "nowhere.at[7].all", "[[", '["'])
def test_a_path_that_leads_nowhere_is_shown_as_it_is(path: str) -> None:
    (line,) = shown(update({"a": 1}, {"a": 1}, PropertyDiff(path, DiffKind.UPDATE)))
    assert line.startswith("~ ")
    assert "(no value)" in line


def test_output_differences_compare_the_old_state_with_the_new_inputs() -> None:
    before, after = state("a", {"p": "on"}, {"p": "off"}), state("a", {"p": "on"}, {"p": "off"})
    diff = PropertyDiff("p", DiffKind.UPDATE, input_diff=False)
    assert shown(StepEvent(Op.UPDATE, urn("a"), "t", before, after, (diff,))) == ['~ p: "off" => "on"']


def test_replace_keys_mark_what_lies_below_them() -> None:
    step = StepEvent(
        Op.REPLACE, urn("a"), "t", state("a", {"n": [1], "b": 1}), state("a", {"n": [2], "b": 2}), replace_keys=("n",)
    )
    assert shown(step) == ["~ b: 1 => 2", "~ n[0]: 1 => 2  [replaces]"]


def test_hidden_differences_show_only_their_path() -> None:
    assert shown(update({"a": {"b": "x"}}, {"a": {"b": "y"}}, hide=("a",))) == ["~ a.b: (hidden)"]


def test_long_strings_are_shortened_around_the_difference() -> None:
    old, new = "a" * 200 + "X" + "b" * 200, "a" * 200 + "Y" + "b" * 200
    a, b = "a" * 20, "b" * 20
    assert shown(update({"s": old}, {"s": new})) == [f'~ s: …"{a}X{b}"… => …"{a}Y{b}"…']


def test_texts_are_compared_by_line() -> None:
    old = "one\ntwo\nthree\nfour\nfive\nsix"
    assert shown(update({"s": old}, {"s": old.replace("six", "SIX")})) == lines("""
~ s: (text)
      four
      five
    - six
    + SIX
""")


def test_json_in_strings_is_compared_as_what_it_is() -> None:
    old, new = json.dumps({"k": [1, 2], "x": 1}), json.dumps({"k": [1, 3], "x": 1}, indent=2)
    assert shown(update({"s": old}, {"s": new})) == ["~ s: (json)", "    ~ k[1]: 2 => 3"]
    assert shown(update({"s": "[1]"}, {"s": "[2]"})) == ["~ s: (json)", "    ~ [0]: 1 => 2"]
    assert shown(update({"s": "{1"}, {"s": "{2"})) == ['~ s: "{1" => "{2"']


@pytest.mark.parametrize("depth", [30, 300, 480, 900, 9000])
def test_json_of_any_depth_is_shown(depth: int) -> None:
    old, new = ("[" * depth + number + "]" * depth for number in "12")
    assert shown(update({"s": old}, {"s": new}))
    assert shown(update({"s": "[" * depth}, {"s": "[" * depth + " "}))


def test_new_properties_are_nested_when_they_are_long() -> None:
    new: Properties = {"hosts": [{"name": "server" * 6, "pw": Secret("hunter2")}, {"name": "x" * 30}], "n": 1}
    assert [plain(line) for line in property_lines(new, "+")] == lines("""
+ hosts: [
      {name: "serverserverserverserverserverserver", pw: [secret]}
      {name: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}
    ]
+ n: 1
""")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('say "hi"\n\x1b[31m', '"say \\"hi\\"\\n\\x1b[31m"'),
        ("\u202egnp", '"\\u202egnp"'),
        (Output("x", known=False), "<computed>"),
        (Output([1], secret=False), "[1]"),
        (Asset(path="a.txt", hash="0123456789"), "asset(a.txt, 0123456)"),
        (Asset(text="hello"), 'asset("hello")'),
        (Archive(uri="https://x/y.zip"), "archive(https://x/y.zip)"),
        (ResourceReference(urn("a"), "id-a"), "<a>"),
        (float("inf"), "Infinity"),
        (None, "null"),
    ],
)
def test_values_are_written_for_people(value: Value, expected: str) -> None:
    assert literal(value) == expected


def test_a_very_deep_value_is_cut() -> None:
    deep: Value = "x" * 100
    for _ in range(400):
        deep = [deep]
    assert "…" in literal(deep)
    assert all(len(line) < 400 for line in block(deep))
