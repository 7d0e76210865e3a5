"""How an action's end is read and told."""

from hypothesis import given
from hypothesis import strategies as st

from providers.juju.plan.outcome import Outcome, failure, outcome, split, texts_in

RAW: dict[str, object] = {
    "action": {"tag": "action-12", "receiver": "unit-ceph-osd-0", "name": "zap-disk"},
    "status": "failed",
    "message": "disk is in use",
    "output": {"return-code": 1, "stderr": "busy"},
    "log": [{"timestamp": "2026-01-01T00:00:00Z", "message": "looking at /dev/sdb"}],
}
WORD = st.from_regex(r"[a-z]{1,6}", fullmatch=True)


def test_an_answer_is_read() -> None:
    read = outcome(RAW)
    assert (read.id, read.unit, read.status, read.ended, read.good) == ("12", "ceph-osd/0", "failed", True, False)
    assert failure("zap-disk", read) == (
        "the action zap-disk on ceph-osd/0 failed: disk is in use\nIts log ended with:\n  looking at /dev/sdb"
    )


def test_an_answer_without_a_word_is_pending() -> None:
    assert not outcome({"action": {"tag": "action-1"}}).ended


def test_a_failure_without_message_shows_what_was_printed() -> None:
    read = Outcome("1", "vault/0", "failed", "", {"stderr": "no such\nfile"})
    assert failure("read", read) == "the action read on vault/0 failed: no such; file"
    assert failure("read", Outcome("1", "vault/0", "cancelled")).endswith("was cancelled: it gave no reason")


@given(st.from_regex(r"[A-Za-z0-9]{6,20}", fullmatch=True), st.text(), st.text())
def test_secrets_are_masked_wherever_they_are_said(secret: str, before: str, after: str) -> None:
    said = f"{before}{secret}{after}"
    shown = failure("authorize", Outcome("1", "vault/0", "failed", said, log=(said,)), [secret])
    assert secret not in shown.removeprefix("the action authorize on vault/0 failed")
    assert "***" in shown


@given(st.dictionaries(WORD, st.integers(), max_size=5), st.booleans() | st.lists(WORD, max_size=3))
def test_a_split_loses_nothing(output: dict[str, int], hidden: bool | list[str]) -> None:
    seen, kept = split(output, hidden)
    assert {**seen, **kept} == output
    assert not set(seen) & set(kept)
    wanted = set(hidden) if isinstance(hidden, list) else set(output) if hidden else set[str]()
    assert set(kept) == wanted & set(output)


def test_every_string_of_a_value_is_found() -> None:
    assert set(texts_in({"a": "x", "b": [1, {"c": "y"}, None], "d": ("z",)})) == {"x", "y", "z"}
