"""Config trees: secrets are found, opened and closed wherever they stand, and programs get JSON that reads back."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from engine.workspace.configvalues import Tree, has_secret, hidden, map_secrets, open_tree, program_text

names = st.text(st.characters(codec="ascii", categories=("L",)), min_size=1, max_size=5).filter(
    lambda name: name != "secure"
)
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
secrets: st.SearchStrategy[Tree] = texts.map(lambda text: {"secure": f"closed:{text}"})
plain: st.SearchStrategy[Tree] = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
)
plain_trees: st.SearchStrategy[Tree] = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)
trees: st.SearchStrategy[Tree] = st.recursive(
    plain | secrets, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)


def opened(ciphertext: str) -> str:
    return ciphertext.removeprefix("closed:")


@given(plain_trees)
def test_a_tree_without_secrets_is_the_same_open_and_closed(tree: Tree) -> None:
    assert not has_secret(tree)
    assert open_tree(tree, hidden) == tree
    assert map_secrets(tree, opened) == tree


@given(trees)
def test_no_ciphertext_is_left_in_an_opened_tree(tree: Tree) -> None:
    text = program_text(open_tree(tree, opened))
    assert "closed:" not in text
    assert has_secret(tree) == ("closed:" in json.dumps(tree))


@given(trees)
def test_secrets_change_one_by_one_and_back(tree: Tree) -> None:
    there = map_secrets(tree, lambda text: f"x{text}")
    assert map_secrets(there, lambda text: text[1:]) == tree


@given(plain_trees)
def test_programs_read_lists_and_objects_as_json(tree: Tree) -> None:
    if isinstance(tree, list | dict):
        assert json.loads(program_text(tree)) == tree
    elif isinstance(tree, str):
        assert program_text(tree) == tree
    elif tree is None:
        assert program_text(tree) == ""
    else:
        assert json.loads(program_text(tree)) == tree
