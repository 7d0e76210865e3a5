"""Output in chunks becomes the lines that were written, wherever the chunks were cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.host.process import Lines


def read(chunks: list[bytes]) -> list[str]:
    lines = Lines()
    return [line for chunk in chunks for line in lines.feed(chunk)] + lines.close()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.binary(), st.lists(st.integers(min_value=0)))
def test_the_cuts_make_no_difference(data: bytes, places: list[int]) -> None:
    assert read(cut(data, places)) == read([data])


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))),
    st.sampled_from(["\n", "\r\n"]),
)
def test_whole_lines_come_back(texts: list[str], end: str) -> None:
    assert read(["".join(text + end for text in texts).encode()]) == texts


def test_what_has_no_line_end_comes_at_the_end() -> None:
    assert read([b"one\ntw", b"o"]) == ["one", "two"]


def test_broken_utf8_is_replaced() -> None:
    assert read([b"a\xff\nb\xe2\x82"]) == ["a\ufffd", "b\ufffd"]


def test_an_endless_line_is_cut() -> None:
    lines = Lines()
    assert [len(line) for line in lines.feed(b"x" * ((1 << 20) + 5))] == [1 << 20]
    assert lines.close() == ["xxxxx"]
