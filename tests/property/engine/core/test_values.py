"""The wire loses nothing, and comparing, naming and ignoring property values agree with each other."""

from __future__ import annotations

import contextlib
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from engine.deploy.wire import UNKNOWN_STRINGS, Accepts, decode, encode
from engine.model.events import DiffKind
from engine.model.values import (
    SIGNATURE,
    UNKNOWN,
    Archive,
    Asset,
    Output,
    Properties,
    ResourceReference,
    Secret,
    Value,
    contains_secret,
    contains_unknown,
)
from engine.plan.diffing import diff_properties, is_internal, mark_replacing, same_value
from engine.plan.paths import Path, contains, format_path, parse_path, reset_paths

ALL = Accepts(secrets=True, resources=True, outputs=True)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6).filter(lambda text: text not in UNKNOWN_STRINGS)
KEYS = st.one_of(st.sampled_from(["a", "b", "a.b", "0", "*", "", '"', "\\"]), TEXTS).filter(lambda k: k != SIGNATURE)
SCALARS: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**50), 2**50), st.floats(allow_nan=False, allow_infinity=False), TEXTS
)
NAMES = TEXTS.filter(bool)
# an asset is one of the three; an empty path or URI is none
ASSETS = st.builds(Asset, TEXTS, TEXTS) | st.builds(Asset, TEXTS, path=NAMES) | st.builds(Asset, TEXTS, uri=NAMES)
ARCHIVES = st.builds(
    Archive, TEXTS, st.none() | st.lists(st.tuples(KEYS, ASSETS), max_size=1).map(tuple), st.none() | NAMES
)
REFERENCES = st.builds(ResourceReference, TEXTS.filter(bool), st.none() | st.just(UNKNOWN) | TEXTS.filter(bool), TEXTS)


def _wrapped(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    plain = inner.filter(lambda value: not isinstance(value, Secret))
    known = st.builds(Output, inner, st.just(True), st.booleans(), st.lists(TEXTS, max_size=2).map(tuple))
    unknown = st.builds(Output, st.just(UNKNOWN), st.just(False), st.booleans())
    return st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3), plain.map(Secret), known, unknown
    )


LEAVES = st.one_of(SCALARS, st.just(UNKNOWN), ASSETS, ARCHIVES, REFERENCES)
VALUES: st.SearchStrategy[Value] = st.recursive(LEAVES, _wrapped, max_leaves=8)
PLAIN: st.SearchStrategy[Value] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3), inner.map(Secret)),
    max_leaves=8,
)
MAPS: st.SearchStrategy[Properties] = st.dictionaries(KEYS, PLAIN, max_size=4)


@given(st.dictionaries(KEYS, VALUES, max_size=3))
def test_the_wire_gives_back_what_it_was_given(properties: Properties):
    assert decode(encode(properties, ALL)) == properties


@given(st.dictionaries(KEYS, VALUES, max_size=3))
def test_a_receiver_without_secrets_sees_none(properties: Properties):
    seen = decode(encode(properties, Accepts()))
    assert not contains_secret(seen)
    assert contains_unknown(seen) == any(contains_unknown(item) for item in properties.values()), (
        "opening a secret neither hides nor invents an unknown"
    )


@given(MAPS)
def test_nothing_differs_from_itself(properties: Properties):
    assert diff_properties(properties, properties) == ()
    assert same_value(properties, properties)


MISSING = object()


def _at(value: object, path: Path) -> object:
    for part in path:
        while isinstance(value, Secret):
            value = value.element
        if isinstance(value, dict) and part in value:
            value = cast("dict[str | int, object]", value)[part]
        elif isinstance(value, list) and isinstance(part, int) and part < len(cast("list[object]", value)):
            value = cast("list[object]", value)[part]
        else:
            return MISSING
    return value


@given(MAPS, MAPS)
def test_every_diff_names_a_place_that_differs_in_the_way_it_says(old: Properties, new: Properties):
    for diff in diff_properties(old, new):
        path = parse_path(diff.path)
        before, after = _at(old, path), _at(new, path)
        assert (before is MISSING) == (diff.kind is DiffKind.ADD)
        assert (after is MISSING) == (diff.kind is DiffKind.DELETE)
        if diff.kind is DiffKind.UPDATE:
            assert not same_value(before, after)  # pyright: ignore[reportArgumentType] # values


@given(MAPS, MAPS)
def test_what_no_diff_names_is_the_same(old: Properties, new: Properties):
    visible_old = {key: item for key, item in old.items() if not is_internal(key)}
    visible_new = {key: item for key, item in new.items() if not is_internal(key)}
    assert (diff_properties(old, new) == ()) == same_value(visible_old, visible_new)


@given(MAPS, MAPS)
def test_marking_as_replacing_marks_all_below_and_nothing_else(old: Properties, new: Properties):
    diffs = diff_properties(old, new)
    for key in {parse_path(diff.path)[0] for diff in diffs} - {"*"}:
        marked = mark_replacing(diffs, (format_path((key,)),))
        for before, after in zip(diffs, marked, strict=True):
            assert after.kind.endswith("-replace") == contains((key,), parse_path(before.path))


PATHS = st.lists(st.one_of(KEYS, st.integers(0, 9)), min_size=1, max_size=4).map(tuple)


@given(PATHS)
def test_a_path_that_was_printed_can_be_parsed(path: Path):
    assert parse_path(format_path(path)) == path


@given(st.text(max_size=8))
def test_a_text_is_a_path_or_a_clear_error(text: str):
    with contextlib.suppress(ValueError):
        path = parse_path(text)
        assert path
        assert parse_path(format_path(path)) == path


@given(MAPS, MAPS, st.data())
def test_what_is_ignored_is_as_before(old: Properties, new: Properties, data: st.DataObject):
    key = data.draw(st.sampled_from(sorted({*old, *new} - {"*"}) or ["none"]))
    kept = reset_paths(new, old, (format_path((key,)),))
    assert (key in kept) == (key in old)
    assert key not in old or kept[key] == old[key]
    assert {k: v for k, v in kept.items() if k != key} == {k: v for k, v in new.items() if k != key}


@given(MAPS, MAPS)
def test_ignoring_all_is_changing_nothing(old: Properties, new: Properties):
    assert reset_paths(new, old, ("*",)) == old


@given(MAPS, MAPS)
def test_ignoring_every_change_inside_what_both_have_leaves_none_there(old: Properties, new: Properties):
    shared_old = {key: item for key, item in old.items() if key in new and "*" not in key}
    shared_new = {key: item for key, item in new.items() if key in old and "*" not in key}
    changed = [diff for diff in diff_properties(shared_old, shared_new) if diff.kind is DiffKind.UPDATE]
    kept = reset_paths(shared_new, shared_old, tuple(diff.path for diff in changed))
    left = {diff.path for diff in diff_properties(shared_old, kept) if diff.kind is DiffKind.UPDATE}
    assert left == set()
