"""Rows per table, compared in words; manifests, read."""

import pytest

from providers.hosts.crud.postgres_database import manifest
from providers.hosts.crud.postgres_rows import difference, summary


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {}, ""),
        ({"public.task": 4}, {"public.task": 3}, "public.task has 3 rows instead of 4"),
        (
            {"public.a": 1, "public.b": 0},
            {"public.c": 0},
            "public.a is missing; public.b is missing; public.c was not there before",
        ),
        ({"public.task": 0}, {"public.task": 1}, "public.task has 1 row instead of 0"),
    ],
)
def test_differences(before: dict[str, int], after: dict[str, int], told: str):
    assert difference(before, after) == told


def test_a_summary_counts_in_words():
    assert summary({}) == "0 tables, 0 rows"
    assert summary({"public.task": 1}) == "1 table, 1 row"


def test_no_manifest_is_none():
    assert manifest("\n") is None


def test_a_manifest_is_read():
    read = manifest(
        '{"name": "t-1", "made_at": "2026-11-21T12:00:00+00:00", "sha256": "ab", "size": 9, "rows": {"a": 1}}'
    )
    assert read is not None
    assert (read.name, read.size, read.rows) == ("t-1", 9, {"a": 1})
    assert read.made_at.utcoffset() is not None
