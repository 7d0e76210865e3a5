"""What holds for every deployment: no secret is shown, nothing raises, nothing that changes goes unnamed."""

from __future__ import annotations

import json
from dataclasses import replace
from string import ascii_lowercase

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.display import DisplayOptions, Redactor, render
from engine.display.board import Board
from engine.display.changes import step_changes
from engine.display.propertydiff import change_lines, short_change
from engine.display.report import report_lines
from engine.display.text import cells, plain
from engine.display.tree import ASCII_GUIDES, Frame, tree_lines
from engine.model.events import (
    Diagnostic,
    DiffKind,
    Event,
    Interrupted,
    OutputsRegistered,
    Prelude,
    PropertyDiff,
    Severity,
    StepEvent,
    StepFailed,
    StepFinished,
    StepStarted,
    Summary,
)
from engine.model.state import STACK_TYPE, Op, ResourceState
from engine.model.values import UNKNOWN, Asset, Output, Properties, ResourceReference, Secret, Value

TOKEN = "ZQXJ7"
"""Occurs in secrets and nowhere else."""

words = st.text(ascii_lowercase + ' ."[\\日\x1b\n', max_size=12)
keys = st.one_of(st.sampled_from(["a", "b", "tags", "__provider"]), words)


def as_text(text: str) -> Value:
    return TOKEN + text


def as_object(text: str) -> Value:
    return {TOKEN: TOKEN + text}


def as_list(text: str) -> Value:
    return [TOKEN, text]


secrets = st.tuples(st.sampled_from([as_text, as_object, as_list]), words).map(lambda pair: pair[0](pair[1]))
scalars: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    words,
    words.map(lambda text: json.dumps({"k": [text]})),
    st.just(UNKNOWN),
    secrets.map(Secret),
    secrets.map(lambda value: Output(value, secret=True)),
    words.map(lambda text: Output(text, known=False)),
    words.map(lambda text: Asset("ab", text=text)),
    words.map(ResourceReference),
)
values: st.SearchStrategy[Value] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)
properties: st.SearchStrategy[Properties] = st.dictionaries(keys, values, max_size=4)
paths = st.one_of(keys, st.sampled_from(["a.b", "tags[0]", "tags[*]", "a[", 'x["y"]']))
diffs = st.builds(PropertyDiff, paths, st.sampled_from(DiffKind), st.booleans())

NAMES = ["n0", "n1", "n2", "n3"]


def urn(name: str) -> str:
    return f"urn:pulumi:dev::rack::maas:Machine::{name}"


@st.composite
def states(draw: st.DrawFn, name: str) -> ResourceState:
    parent = draw(st.sampled_from(["", *map(urn, NAMES)]))
    return ResourceState(
        urn(name), "maas:Machine", True, "id", inputs=draw(properties), outputs=draw(properties), parent=parent
    )


@st.composite
def steps(draw: st.DrawFn) -> StepEvent:
    name = draw(st.sampled_from(NAMES))
    old = draw(st.none() | states(name))
    new = draw(states(name) if old is None else st.none() | states(name))
    type_ = draw(st.sampled_from(["maas:Machine", STACK_TYPE]))
    keys_ = tuple(draw(st.lists(keys, max_size=1)))
    op, changed = draw(st.sampled_from(Op)), tuple(draw(st.lists(diffs, max_size=2)))
    return StepEvent(op, urn(name), type_, old, new, changed, keys_, draw(st.booleans()), draw(words))


moments = st.floats(0, 1e6)
messages = st.one_of(words, st.just(f"failed with {TOKEN}!"))
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Prelude, words, words, st.sampled_from(["preview", "update", "refresh", "destroy"]), st.booleans()),
    st.builds(StepStarted, steps(), moments),
    st.builds(StepFinished, steps(), moments, st.none() | st.sampled_from([Op.SAME, Op.UPDATE, Op.DELETE])),
    st.builds(StepFailed, steps(), moments),
    st.builds(OutputsRegistered, steps(), moments),
    st.builds(
        Diagnostic, st.sampled_from(Severity), messages, st.sampled_from(["", "x", *map(urn, NAMES)]), st.booleans(),
        detail=messages,
    ),
    st.builds(Interrupted),
    st.builds(
        Summary, st.booleans(), st.sampled_from(["update", "refresh"]), st.booleans(),
        st.dictionaries(st.sampled_from(Op), st.integers(0, 9)), moments, st.integers(0, 9),
    ),
)  # fmt: skip
streams = st.lists(events, max_size=10)
option_sets = st.builds(
    DisplayOptions,
    color=st.sampled_from(["always", "never"]),
    diff=st.booleans(),
    json=st.booleans(),
    suppress_outputs=st.booleans(),
    debug=st.booleans(),
)


def redactor() -> Redactor:
    known = Redactor()
    known.add(TOKEN)
    return known


@given(streams, option_sets)
@settings(max_examples=300, deadline=None)
def test_no_secret_is_shown_in_text(stream: list[Event], options: DisplayOptions) -> None:
    text = render(stream, replace(options, redactor=redactor()))
    assert TOKEN not in text
    if options.json:
        json.loads(text)


@given(streams, st.integers(1, 120), st.none() | st.integers(1, 12))
@settings(max_examples=300, deadline=None)
def test_no_secret_is_shown_in_the_tree_and_it_fits(stream: list[Event], width: int, height: int | None) -> None:
    board = Board(redactor())
    for event in stream:
        board.apply(event)
    picture = tree_lines(board, Frame(width, height, 5.0, ASCII_GUIDES))
    assert TOKEN not in "".join(plain(line) for line in [*picture, *report_lines(board)])
    assert all(cells(plain(line)) <= width for line in picture)
    assert all("\n" not in plain(line) and "\x1b" not in plain(line) for line in picture)
    if height is not None:
        assert len(picture) <= max(height, 4)
    assert sorted(urn for group in board.groups.values() for urn in group) == sorted(board.rows)


@given(steps())
@settings(max_examples=300, deadline=None)
def test_differences_can_always_be_shown(step: StepEvent) -> None:
    changes = step_changes(step)
    text = "".join(plain(line) for line in change_lines(changes)) + "".join(map(short_change, changes))
    assert TOKEN not in text
    assert len({change.path for change in changes}) == len(changes)


@given(properties)
def test_equal_properties_have_no_difference(same: Properties) -> None:
    known = json.loads(json.dumps(same, default=lambda _: None))
    state = ResourceState(urn("a"), "t", inputs=known)
    if "NaN" not in json.dumps(known):
        assert step_changes(StepEvent(Op.UPDATE, urn("a"), "t", state, state)) == ()


@given(streams, st.booleans())
@settings(max_examples=300, deadline=None)
def test_the_log_names_everything_that_does_not_stay_the_same(stream: list[Event], diff: bool) -> None:
    text = render(stream, DisplayOptions(diff=diff, clock=lambda: 0.0))
    for event in stream:
        match event:
            case StepFinished(step=StepEvent(op=Op.REFRESH), result=Op.UPDATE | Op.DELETE) | StepFailed():
                changed = True
            case StepStarted(step=step) | StepFinished(step=step):
                changed = step.op not in {Op.SAME, Op.REFRESH}
            case _:
                continue
        if changed:
            assert f"({event.step.urn.split('::')[-1]})" in text


@given(st.lists(st.text("abcd", min_size=4, max_size=7), max_size=4), st.text("abcd ", max_size=40))
def test_a_redacted_message_holds_no_secret(known: list[str], message: str) -> None:
    redacting = Redactor()
    for text in known:
        redacting.add(text)
    shown = redacting.redact(message)
    assert not any(text in shown for text in known)
    if not any(text in message for text in known):
        assert shown == message


def test_a_picture_costs_what_it_shows() -> None:
    """Counts the rows that are looked at, which a large board must not raise."""
    board = Board(Redactor())
    for index in range(5000):
        state = ResourceState(urn(f"s{index}"), "maas:Machine", inputs={"n": index})
        board.apply(StepStarted(StepEvent(Op.CREATE, state.urn, state.type, None, state), 0.0))

    class Counting(dict[str, object]):
        looked_at = 0

        def __getitem__(self, key: str, /) -> object:
            Counting.looked_at += 1
            return super().__getitem__(key)

    board.rows = Counting(board.rows)  # pyright: ignore[reportAttributeAccessIssue] # a counting stand-in
    assert len(tree_lines(board, Frame(80, 30, 1.0))) <= 30
    assert Counting.looked_at < 200
