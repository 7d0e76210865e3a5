"""A stack file is edited like a nested dict, and what was not edited stays to the byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from engine.workspace.configvalues import ConfigError, Tree, coerce, full_key, plain_tree, split_path
from engine.workspace.stackfile import StackFile

ORIGINAL = """\
# who: the lab
encryptionsalt: v1:salt # do not touch
config:
  # the API
  p:url: http://10.0.0.1  # with a remark

  p:list:
    - a   # first
    - {b: 1}
  other:key: 'quoted'
unknown:
  kept: yes
"""

names = st.text(st.characters(codec="ascii", categories=("L", "N"), include_characters="_-"), min_size=1, max_size=10)
tricky = "yes no null ~ 1 0x1f 1_000 1e3 2020-01-01 true 12:30:45 @x {x} *a &a !t % ' é << = .5 0o7 -"
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20) | st.sampled_from(
    [*tricky.split(), "a: b", "# x", "- x", "", " x ", '"', "line\nline\n", "a\nb", "\t"]
)
leaves: st.SearchStrategy[Tree] = texts | st.booleans() | st.integers(-(2**40), 2**40)
trees: st.SearchStrategy[Tree] = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stackfile") / "Pulumi.dev.yaml"


def open_file(path: Path, text: str = ORIGINAL) -> StackFile:
    path.write_text(text)
    return StackFile(path, "p")


@settings(max_examples=150, deadline=None)
@given(names, trees)
def test_what_is_set_is_read_back_and_the_rest_is_untouched(path: Path, name: str, tree: Tree) -> None:
    assume(not (isinstance(tree, dict) and set(tree) == {"secure"}))
    file = open_file(path)
    before = file.config
    file.set(name, tree)
    file.save()
    again = StackFile(file.path, "p")
    assert again.config == {**before, f"p:{name}": tree}
    written = file.path.read_text()
    for line in ORIGINAL.splitlines():
        assert line in written
    again.remove(name)
    again.save()
    assert file.path.read_text() == ORIGINAL


@settings(max_examples=100, deadline=None)
@given(texts)
def test_every_yaml_reader_takes_a_text_for_that_text(path: Path, text: str) -> None:
    file = open_file(path, "")
    file.set("key", text)
    file.save()
    for version in ("1.1", "1.2"):
        reader = YAML(typ="safe", pure=True)
        reader.version = version
        tree = cast("Any", reader).load(file.path)
        assert tree == {"config": {"p:key": text}}


@settings(max_examples=100, deadline=None)
@given(st.lists(names | st.integers(0, 2), min_size=1, max_size=3), leaves)
def test_paths_put_and_get(path: Path, steps: list[str | int], value: Tree) -> None:
    file = open_file(path, "")
    place = "root" + "".join(f"[{step}]" if isinstance(step, int) else f'["{step}"]' for step in steps)
    try:
        file.set(place, value, path=True)
    except ConfigError:
        assert any(step != 0 for step in steps if isinstance(step, int)) or "secure" in steps
        return
    assert file.get(place, path=True) == (value, True)
    assert file.remove(place, path=True)
    assert file.get(place, path=True) == (None, False)


@given(st.text(max_size=20), st.booleans())
def test_any_key_is_two_parts_or_a_sentence(text: str, as_path: bool) -> None:
    try:
        full = split_path(text, "p")[0] if as_path else full_key(text, "p")
    except ConfigError:
        return
    namespace, _, name = full.partition(":")
    assert namespace
    assert name


@given(st.text(max_size=8) | st.integers().map(str))
def test_coerce_keeps_the_text_of_what_it_reads(text: str) -> None:
    value = coerce(text)
    if isinstance(value, bool):
        assert text == str(value).lower()
    elif isinstance(value, int):
        assert int(text) == value
    else:
        assert value == text
    assert plain_tree(value) == value
