"""The one session of a process, and what becomes of it when its endpoint changes."""

from dataclasses import dataclass

import pytest

from providers.common.current import Current


@dataclass
class Session:
    endpoint: str
    closed: int = 0

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def current() -> Current[str, Session]:
    return Current(lambda: LookupError("not configured"))


def test_nothing_is_open_before_an_endpoint_is_known(current: Current[str, Session]) -> None:
    with pytest.raises(LookupError, match="not configured"):
        current.get(Session)
    current.release()


def test_the_same_endpoint_keeps_its_session(current: Current[str, Session]) -> None:
    current.follow(lambda: "a:1")
    first = current.get(Session)
    current.follow(lambda: "a:1")
    assert current.get(Session) is first


def test_another_endpoint_leaves_the_old_session_to_those_who_use_it(current: Current[str, Session]) -> None:
    current.follow(lambda: "a:1")
    first = current.get(Session)
    current.follow(lambda: "b:1")
    second = current.get(Session)
    assert (first.closed, second.endpoint) == (0, "b:1")
    current.release()
    assert (first.closed, second.closed) == (1, 1)
    with pytest.raises(LookupError):
        current.get(Session)


def test_an_endpoint_that_nobody_can_connect_to_changes_nothing(current: Current[str, Session]) -> None:
    def refuse(_endpoint: str) -> Session:
        raise ConnectionError("no")

    current.follow(lambda: "a:1")
    first = current.get(Session)
    current.follow(lambda: "b:1")
    with pytest.raises(ConnectionError):
        current.get(refuse)
    current.release()
    assert first.closed == 1
