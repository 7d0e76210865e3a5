"""A return code and a report become one Outcome."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.host.program import Outcome, RunInfo, read_outcome

RAISED = json.dumps({"kind": "raised", "message": "KeyError: 'a'", "place": "a.py:1", "traceback": "T"}).encode()


@pytest.mark.parametrize(
    ("code", "report", "expected"),
    [
        (0, b'{"kind": "ok"}\n', Outcome("ok")),
        (0, b'{"kind": "exited"}\n', Outcome("ok")),
        (1, RAISED, Outcome("raised", "KeyError: 'a'", "a.py:1", "T", exit_code=1)),
        (3, b'{"kind": "exited"}', Outcome("exited", "the program exited with code 3", exit_code=3)),
        (1, b'{"kind": "exited", "message": "no"}', Outcome("exited", "no", exit_code=1)),
        (1, RAISED[:20], Outcome("exited", "the program exited with code 1", exit_code=1)),
        (-15, RAISED, Outcome("killed", "the program was killed by SIGTERM", exit_code=None, signal=15)),
        (-99, b"", Outcome("killed", "the program was killed by signal 99", exit_code=None, signal=99)),
    ],
)
def test_an_outcome(code: int, report: bytes, expected: Outcome) -> None:
    assert read_outcome(code, report) == expected


@given(st.integers(-64, 255), st.binary() | st.just(RAISED))
def test_only_code_0_is_ok_and_every_other_end_has_a_message(code: int, report: bytes) -> None:
    outcome = read_outcome(code, report)
    assert outcome.ok == (not outcome.message)
    assert code == 0 or not outcome.ok


def test_the_line_for_the_child_holds_everything() -> None:
    info = RunInfo(
        "m:1", "e:1", "shop", "dev", "org", Path("/r"), Path("/r/app"), Path("/r"), {"shop:key": "a\nb"}, ("shop:key",)
    )
    line = info.line()
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "monitor": "m:1",
        "engine": "e:1",
        "project": "shop",
        "stack": "dev",
        "organization": "org",
        "root": "/r",
        "program": "/r/app",
        "directory": "/r",
        "config": {"shop:key": "a\nb"},
        "secret_keys": ["shop:key"],
        "dry_run": False,
        "parallel": 16,
        "debug": False,
    }
