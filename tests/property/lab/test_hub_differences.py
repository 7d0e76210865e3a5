"""A release's files are the document with its difference, whatever both say, and nothing of either is touched."""

from collections.abc import Mapping
from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from lab.juju.hub.differences import WITHOUT, merged
from lab.juju.hub.document import section, texts

NAMES = st.sampled_from(["a", "b", "c", "d"])
GROUPS = st.sampled_from(["options", "actions", "provides"])
ENTRIES = st.dictionaries(NAMES, st.integers(0, 2), max_size=4)
DOCUMENTS = st.dictionaries(GROUPS, ENTRIES)


@st.composite
def differences(draw: st.DrawFn) -> dict[str, object]:
    gone = draw(st.dictionaries(GROUPS, st.lists(NAMES, unique=True)))
    more: dict[str, object] = {
        group: {name: value for name, value in entries.items() if name not in gone.get(group, ())}
        for group, entries in draw(DOCUMENTS).items()
    }
    return {**more, WITHOUT: gone} if gone else more


def entries(document: Mapping[str, object], group: str) -> Mapping[str, object]:
    return section(document.get(group))


@given(DOCUMENTS, differences())
def test_each_entry_is_the_difference_s_or_the_document_s(
    document: Mapping[str, object], difference: Mapping[str, object]
) -> None:
    after = merged(document, difference)
    for group in ("options", "actions", "provides"):
        gone = texts(section(difference.get(WITHOUT)).get(group))
        told, before = entries(difference, group), entries(document, group)
        assert set(entries(after, group)) == (set(before) | set(told)) - set(gone)
        for name, value in entries(after, group).items():
            assert value == (told[name] if name in told else before[name])


@given(DOCUMENTS, differences())
def test_it_changes_nothing_of_what_it_was_given_and_is_done_once(
    document: Mapping[str, object], difference: Mapping[str, object]
) -> None:
    kept = deepcopy((document, difference))
    after = merged(document, difference)
    assert (document, difference) == kept
    assert merged(after, difference) == after
    assert merged(document, {}) == document
    assert WITHOUT not in after


@given(DOCUMENTS, DOCUMENTS)
def test_there_is_a_difference_between_any_two(one: Mapping[str, object], other: Mapping[str, object]) -> None:
    groups = {*one, *other}
    gone = {group: [name for name in entries(one, group) if name not in entries(other, group)] for group in groups}
    after = merged(one, {**other, WITHOUT: gone})
    assert {group: entries(after, group) for group in groups} == {group: entries(other, group) for group in groups}
