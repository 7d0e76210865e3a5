"""In which order modules are given to workers: what takes longest begins first, so that it is not waited for."""

import pytest

_FIRST = (
    "lab/postgres/test_move",
    "lab/stack/test_course",
    "lab/django",
    "lab/postgres",
    "lab/balancer",
    "lab/rack",
    "lab/",
)
"""Beginnings of modules' paths; all others follow in their own order."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the modules; the tests of each stay as they are."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    path = item.path.as_posix().rpartition("/tests/")[2]
    return next((place for place, first in enumerate(_FIRST) if path.startswith(first)), len(_FIRST))
