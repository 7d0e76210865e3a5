from __future__ import annotations

from engine.display import Redactor
from engine.display.board import Board
from engine.display.text import cells, plain
from engine.display.tree import ASCII_GUIDES, Frame, tree_lines
from engine.model.events import (
    Diagnostic,
    Event,
    Interrupted,
    OutputsRegistered,
    Severity,
    StepFailed,
    StepFinished,
    StepStarted,
)
from engine.model.state import Op
from tests.unit.engine.display.deployments import (
    begin,
    change,
    create,
    error,
    lines,
    progress,
    refresh,
    same,
    stack,
    urn,
)


def board_of(*events: Event) -> Board:
    board = Board(Redactor())
    for event in events:
        board.apply(event)
    return board


def drawn(board: Board, width: int = 100, height: int | None = 40, now: float = 10.0) -> list[str]:
    return [plain(line).rstrip() for line in tree_lines(board, Frame(width, height, now))]


def test_resources_hang_on_their_parents() -> None:
    board = board_of(
        begin(),
        StepStarted(stack(Op.CREATE), 0.0),
        StepStarted(create("rack"), 1.0),
        StepStarted(create("late"), 1.0),
        StepStarted(create("s1", parent=urn("rack")), 2.0),
        progress("s1", "Deploying: 40%"),
        StepStarted(change(Op.UPDATE, "s2", {"t": ["a"]}, {"t": ["b"], "z": 1}), 2.0),
        StepFinished(change(Op.UPDATE, "s2", {"t": ["a"]}, {"t": ["b"], "z": 1}), 2.5),
        error("rack", "no power\nmore"),
        StepFailed(create("rack"), 3.0),
        StepStarted(same("s3"), 3.0),
    )
    assert drawn(board) == lines("""
Updating rack/dev  10s
+  rack-dev  pulumi:pulumi:Stack  creating (10s)
+  ├─ rack   maas:Machine         create failed (2.0s)  no power
+  │  └─ s1  maas:Machine         creating (8.0s)  Deploying: 40%
+  ├─ late   maas:Machine         creating (9.0s)
~  ├─ s2     maas:Machine         updated (0.5s)  [diff: ~t, +z]
   └─ s3     maas:Machine         unchanged
   1 error
""")


def test_a_low_terminal_keeps_what_failed_runs_and_changed_last() -> None:
    events: list[Event] = [begin(), StepStarted(stack(Op.SAME, {}), 0.0)]
    for index in range(20):
        step = create(f"done{index}")
        events += [StepStarted(same(f"same{index}"), 0.0), StepStarted(step, 0.0), StepFinished(step, float(index))]
    events += [StepStarted(create("running"), 19.0), StepStarted(create("bad"), 19.0), StepFailed(create("bad"), 19.0)]
    picture = drawn(board_of(*events), height=8)
    assert len(picture) == 7
    assert [name for name in ("bad", "running", "done19", "done18") if not any(name in line for line in picture)] == []
    assert picture[-1] == "   … 21 unchanged, 17 more"


def test_the_last_picture_holds_all_that_changed() -> None:
    events: list[Event] = [begin(), StepStarted(stack(Op.SAME, {}), 0.0)]
    for index in range(60):
        events += [StepStarted(create(f"n{index}"), 0.0), StepFinished(create(f"n{index}"), 1.0)]
        events += [StepStarted(same(f"same{index}"), 0.0)]
    events.append(StepStarted(create("stuck"), 1.0))
    picture = drawn(board_of(*events), height=None)
    assert sum("created" in line for line in picture) == 60
    assert sum("did not finish" in line for line in picture) == 1
    assert "rack-dev" in picture[1]
    assert picture[-1] == "   … 60 unchanged"


def test_lines_fit_narrow_terminals_and_wide_characters() -> None:
    board = board_of(begin(), StepStarted(create("サーバー" * 30), 0.0), progress("サーバー" * 30, "進行中" * 50))
    for width in range(1, 120, 7):
        assert all(cells(plain(line)) <= width for line in tree_lines(board, Frame(width, 10, 1.0, ASCII_GUIDES)))


def test_a_replacement_is_one_row() -> None:
    parts = [
        change(Op.CREATE_REPLACEMENT, "a", {"n": 1}, {"n": 2}, logical=False),
        change(Op.REPLACE, "a", {"n": 1}, {"n": 2}),
        change(Op.DELETE_REPLACED, "a", {"n": 1}, {"n": 2}, logical=False),
    ]
    board = board_of(begin(), StepStarted(parts[0], 1.0))
    assert "creating replacement (9.0s)" in drawn(board)[1]
    for at, step in enumerate(parts):
        board.apply(StepStarted(step, at + 1.0))
        board.apply(StepFinished(step, at + 2.0))
    assert drawn(board)[1] == "+- a  maas:Machine  replaced (3.0s)  [diff: ~n]"


def test_what_a_refresh_saw_stays_when_the_program_changes_nothing() -> None:
    drift = refresh("a", {"power_state": "on", "x": 1}, {"power_state": "off", "x": 2})
    board = board_of(begin(), StepStarted(drift, 0.0), StepFinished(drift, 1.0, Op.UPDATE), StepStarted(same("a"), 1.0))
    assert drawn(board)[1].endswith('drifted (1.0s)  seen in reality: power_state: "on" => "off" and 1 more')


def test_a_preview_shows_plans_without_times() -> None:
    board = board_of(begin(dry_run=True), StepStarted(create("a"), 0.0), StepFinished(create("a"), 0.0))
    assert drawn(board)[1] == "+  a  maas:Machine  create"


def test_the_headline_says_when_it_is_stopping() -> None:
    board = board_of(begin("destroy"), Interrupted(), Diagnostic(Severity.WARNING, "w"))
    assert drawn(board)[0] == "Destroying rack/dev  stopping: what is under way is let finish"
    assert drawn(board)[-1] == "   1 warning"


def test_outputs_of_components_touch_nothing() -> None:
    board = board_of(begin(), OutputsRegistered(create("a"), 0.0))
    assert board.outputs is None
    assert board.rows == {}
