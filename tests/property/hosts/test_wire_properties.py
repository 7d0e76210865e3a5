"""Messages and errors come out of the line as they went in; printed text is cut as it was printed."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.common.raw import Raw
from providers.hosts import errors, wire
from providers.hosts.worker.output import lines

TEXT = st.text(st.characters(codec="utf-8"))
JSON: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
BODIES = cast("st.SearchStrategy[Raw]", st.dictionaries(TEXT, JSON, max_size=4))
IDS = st.integers(0, 2**31)


@given(IDS, TEXT, BODIES)
def test_a_request_survives_its_line(number: int, do: str, body: Raw):
    line = wire.encode(wire.Request(number, do, body))
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert wire.request(line) == wire.Request(number, do, body)


@given(IDS, st.sampled_from([wire.SAY, wire.DONE, wire.FAILED]), BODIES)
def test_a_reply_survives_its_line(number: int, kind: str, body: Raw):
    assert wire.reply(wire.encode(wire.Reply(number, kind, body))) == wire.Reply(number, kind, body)


@given(TEXT)
def test_what_is_no_message_is_refused(line: str):
    if not line.strip().startswith("{"):
        with pytest.raises((ValueError, TypeError)):
            wire.reply(line.encode())


KINDS = (errors.HostError, errors.UnreachableError, errors.HostKeyError, errors.LoginError)


@given(st.sampled_from(KINDS), TEXT)
def test_an_error_keeps_its_type_and_words(kind: type[errors.HostError], message: str):
    back = errors.from_raw(errors.to_raw(kind(message)))
    assert type(back) is kind
    assert str(back) == message


@given(TEXT, TEXT, TEXT)
def test_a_failed_step_keeps_its_parts(server: str, step: str, output: str):
    error = errors.StepFailedError(server, step, output)
    back = errors.from_raw(errors.to_raw(error))
    assert isinstance(back, errors.StepFailedError)
    assert (back.server, back.step, back.output, str(back)) == (server, step, output, str(error))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n")), min_size=1), st.integers(1, 7))
def test_lines_are_cut_where_they_end_however_they_arrive(printed: list[str], size: int):
    data = "\n".join(printed).encode()
    chunks = [data[start : start + size] for start in range(0, len(data), size)]
    assert list(lines(chunks)) == (printed if printed[-1] else printed[:-1])


@given(st.lists(st.binary()))
def test_no_bytes_break_the_cutting(chunks: list[bytes]):
    assert "\n".join(lines(chunks)).count("\n") <= b"".join(chunks).count(b"\n")
