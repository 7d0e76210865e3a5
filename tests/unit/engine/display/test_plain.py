from __future__ import annotations

import io

import pytest

from engine.display import DisplayOptions, Redactor, make_display, render
from engine.display.plain import Throttle
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
from engine.model.values import UNKNOWN, Secret
from tests.unit.engine.display.deployments import (
    STACK,
    begin,
    change,
    create,
    delete,
    end,
    error,
    lines,
    progress,
    refresh,
    same,
    stack,
    urn,
)

PLAIN = DisplayOptions(clock=lambda: 0.0)
DIFF = DisplayOptions(diff=True, clock=lambda: 0.0)


def shown(events: list[Event], options: DisplayOptions = PLAIN) -> list[str]:
    return lines(render(events, options))


def test_an_update_tells_begin_progress_and_end_of_each_step() -> None:
    step = create("server1")
    events: list[Event] = [
        begin(),
        StepStarted(stack(Op.SAME, {}), 0.0),
        StepStarted(step, 0.5),
        progress("server1", "Deploying: 40%"),
        StepStarted(same("server2"), 1.0),
        StepFinished(same("server2"), 1.0),
        StepFinished(step, 12.5),
        end({Op.CREATE: 1, Op.SAME: 2}, resources=3),
    ]
    assert shown(events) == lines("""
Updating rack/dev
   0.5s  +   maas:Machine (server1) creating
   0.5s  +   maas:Machine (server1) Deploying: 40%
    12s  +   maas:Machine (server1) created  (12s)

Resources:
    + 1 created
      2 unchanged
      3 in all
Duration: 1m03s
""")


def test_a_preview_is_one_line_a_resource() -> None:
    replace = change(Op.REPLACE, "b", {"n": 1}, {"n": 2}, "n")
    events: list[Event] = [begin("update", dry_run=True)]
    for step in (
        change(Op.UPDATE, "a", {"tags": ["x"], "z": 1}, {"tags": ["y"]}),
        change(Op.CREATE_REPLACEMENT, "b", {"n": 1}, {"n": 2}, "n", logical=False),
        replace,
        change(Op.DELETE_REPLACED, "b", {"n": 1}, {"n": 2}, "n", logical=False),
        delete("c"),
    ):
        events += [StepStarted(step, 0.0), StepFinished(step, 0.0)]
    events.append(end({Op.UPDATE: 1, Op.REPLACE: 1, Op.DELETE: 1, Op.SAME: 12}, dry_run=True))
    assert shown(events) == lines("""
Updating rack/dev (preview)
 ~   maas:Machine (a) update  [diff: ~tags, -z]
 +-  maas:Machine (b) replace  [diff: ~n]
 -   maas:Machine (c) delete

Resources:
    ~ 1 to update
    +-1 to replace
    - 1 to delete
      12 unchanged
Duration: 1m03s
""")


def test_diff_shows_what_changes_below_each_step() -> None:
    events: list[Event] = [
        begin("preview", dry_run=True),
        StepStarted(change(Op.REPLACE, "b", {"n": 1, "pw": Secret("p1")}, {"n": 2, "pw": Secret("p2")}, "n"), 0.0),
        StepStarted(create("c", {"n": UNKNOWN, "__provider": "x"}), 0.0),
    ]
    assert shown(events, DIFF)[:6] == lines("""
Previewing the update rack/dev
 +-  maas:Machine (b) replace
        ~ n: 1 => 2  [replaces]
        ~ pw: [secret] => [secret]
 +   maas:Machine (c) create
        + n: <computed>
""")


def test_outputs_that_move_by_themselves_are_no_drift() -> None:
    moved = refresh(
        "a", {"hostname": "a", "status": "Ready"}, {"hostname": "a", "status": "Deployed"}, {"hostname": "a"}
    )
    drift = refresh("b", {"hostname": "b"}, {"hostname": "c"}, {"hostname": "b"})
    events: list[Event] = [
        begin("refresh"),
        *(StepStarted(step, 0.0) for step in (moved, drift)),
        *(StepFinished(step, 1.0, Op.UPDATE) for step in (moved, drift)),
        end({Op.UPDATE: 2, Op.SAME: 1}, kind="refresh", resources=3),
    ]
    assert shown(events) == lines("""
Refreshing rack/dev
   1.0s  ~   maas:Machine (b) drifted  seen in reality
        ~ hostname: "b" => "c"

Resources:
    ~ 1 drifted
      2 unchanged
      1 with new outputs and no drift: --diff shows them
      3 in all
Duration: 1m03s
""")
    assert shown(events, DIFF)[1:3] == lines("""
   1.0s      maas:Machine (a) new outputs
        ~ status: "Ready" => "Deployed"
""")


def test_a_refresh_says_what_it_saw_in_reality() -> None:
    drift = refresh("a", {"power_state": "on"}, {"power_state": "off"})
    events: list[Event] = [
        begin("refresh"),
        StepStarted(drift, 0.0),
        StepStarted(delete("b"), 0.0),
        StepFinished(drift, 1.0, Op.UPDATE),
        StepFinished(refresh("b", {}, {}), 1.0, Op.DELETE),
        StepFinished(refresh("c", {}, {}), 1.0, Op.SAME),
        end({Op.UPDATE: 1, Op.DELETE: 1, Op.SAME: 1}, kind="refresh", resources=2),
    ]
    assert shown(events) == lines("""
Refreshing rack/dev
   0.0s  -   maas:Machine (b) deleting
   1.0s  ~   maas:Machine (a) drifted  seen in reality
        ~ power_state: "on" => "off"
   1.0s  -   maas:Machine (b) gone  seen in reality

Resources:
    ~ 1 drifted
    - 1 gone
      1 unchanged
      2 in all
Duration: 1m03s
""")


def test_a_failure_is_named_where_it_happens_and_at_the_end_with_the_way_on() -> None:
    redactor = Redactor()
    redactor.add("hunter2")
    events: list[Event] = [
        begin(),
        StepStarted(create("a"), 0.0),
        Diagnostic(Severity.WARNING, "careful", STACK),
        Diagnostic(Severity.DEBUG, "chatter", urn("a")),
        error("a", "MAAS says: no power\nat 10.0.0.1 with hunter2", "Traceback: hunter2"),
        Diagnostic(Severity.INFO, "printed by the program"),
        StepFailed(create("a"), 2.0),
        StepStarted(create("b"), 2.0),
        Interrupted(),
        end({}, succeeded=False),
    ]
    options = DisplayOptions(redactor=redactor, clock=lambda: 0.0)
    assert shown(events, options) == lines("""
Updating rack/dev
   0.0s  +   maas:Machine (a) creating
   2.0s  +   maas:Machine (a) create failed  (2.0s)  MAAS says: no power
   2.0s  +   maas:Machine (b) creating
Stopping: what is under way is let finish; interrupt again to stop at once.
   2.0s  +   maas:Machine (b) did not finish

Diagnostics:
  pulumi:pulumi:Stack (rack-dev):
    warning: careful
    printed by the program
  maas:Machine (a):
    error: MAAS says: no power
    at 10.0.0.1 with [secret]

Duration: 1m03s
Update was interrupted at 1 resource: what was done is in the state; correct the cause and run `pulumi up` again.
""")
    debug = render(events, DisplayOptions(redactor=redactor, debug=True))
    assert "      Traceback: [secret]" in debug
    assert "debug: chatter" in debug


def test_what_several_resources_say_in_the_same_words_is_written_once() -> None:
    refused = "Juju refused the login of admin\nat 10.0.0.1"
    events: list[Event] = [begin("refresh"), error("z", refused)]
    for name in ("a", "b", "c", "d"):
        events += [StepStarted(same(name), 0.0), error(name, refused), StepFailed(same(name), 1.0)]
    events += [Diagnostic(Severity.WARNING, refused, urn("y")), error("e", "no power"), error("f", "no power")]
    events += [error("x", "no power"), Diagnostic(Severity.INFO, "tried twice", urn("x"))]
    told = shown(events)
    assert told[told.index("Diagnostics:") : -2] == lines("""
Diagnostics:
  maas:Machine (y):
    warning: Juju refused the login of admin
    at 10.0.0.1
  5 resources: maas:Machine (z), maas:Machine (a), maas:Machine (b) and 2 more:
    error: Juju refused the login of admin
    at 10.0.0.1
  maas:Machine (e), maas:Machine (f):
    error: no power
  maas:Machine (x):
    error: no power
    tried twice
""")


def test_outputs_are_shown_with_what_changed_in_them() -> None:
    step = stack(Op.SAME, {"a": 1.0, "b": "x", "gone": 1}, {"a": UNKNOWN, "b": "x", "key": Secret("k"), "new": [1]})
    events: list[Event] = [begin(), OutputsRegistered(step, 0.0)]
    assert shown(events)[2:8] == lines("""
Outputs:
  ~ a: 1 => <computed>
    b: "x"
  - gone: 1
  + key: [secret]
  + new: [1]
""")
    assert "Outputs" not in render(events, DisplayOptions(suppress_outputs=True))
    first = OutputsRegistered(stack(Op.CREATE, None, {"a": 1}), 0.0)
    assert "    a: 1" in shown([begin(), first])


@pytest.mark.parametrize(
    ("kind", "dry_run", "expected"),
    [
        ("update", True, "Update (preview) failed: nothing was changed"),
        ("preview", True, "Preview failed: nothing was changed"),
        ("destroy", False, "Destroy failed: what was done is in the state; correct the cause and run `pulumi destroy`"),
        ("refresh", False, "Refresh failed: what was done is in the state; correct the cause and run `pulumi refresh`"),
    ],
)
def test_a_failed_deployment_says_how_to_go_on(kind: str, expected: str, *, dry_run: bool) -> None:
    text = render([begin(kind, dry_run=dry_run), end({}, kind=kind, dry_run=dry_run, succeeded=False)], PLAIN)
    assert expected in text


def test_a_deployment_without_an_end_says_so() -> None:
    assert "Update ended early" in render([begin(), StepStarted(create("a"), 0.0)], PLAIN)


def test_a_second_interrupt_stops_at_once() -> None:
    assert "Stopping at once" in render([begin(), Interrupted(second=True)], PLAIN)


def test_an_emptied_stack_is_called_empty() -> None:
    assert "none left" in render([begin("destroy"), end({Op.DELETE: 2}, kind="destroy")], PLAIN)


def test_progress_is_shown_at_once_then_every_ten_seconds_and_only_when_new() -> None:
    throttle = Throttle()
    assert throttle.offer("a", "10%", 0.0)
    assert not throttle.offer("a", "10%", 20.0)
    assert throttle.offer("a", "20%", 20.0)
    assert not throttle.offer("a", "30%", 21.0)
    assert not throttle.offer("a", "40%", 22.0)
    assert throttle.offer("b", "10%", 22.0)
    assert throttle.due(29.9) == []
    assert throttle.due(30.0) == [("a", "40%")]
    assert throttle.due(99.0) == []
    assert not throttle.offer("a", "50%", 31.0)
    throttle.forget("a")
    assert throttle.due(99.0) == []


def test_a_held_back_line_comes_with_the_next_event_that_is_late_enough() -> None:
    now = 0.0
    stream = io.StringIO()
    display = make_display(DisplayOptions(clock=lambda: now), stream)
    for event in (begin(), StepStarted(create("a"), 0.0), progress("a", "10%"), progress("a", "20%")):
        display.handle(event)
    assert "20%" not in stream.getvalue()
    now = 10.0
    display.handle(progress("b", "unknown resource"))
    assert stream.getvalue().count("20%") == 1


def test_a_replacement_is_told_part_by_part_while_it_is_done() -> None:
    parts = [
        change(Op.CREATE_REPLACEMENT, "a", {"n": 1}, {"n": 2}, logical=False),
        change(Op.REPLACE, "a", {"n": 1}, {"n": 2}),
        change(Op.DELETE_REPLACED, "a", {"n": 1}, {"n": 2}, logical=False),
    ]
    events: list[Event] = [begin()]
    for at, step in enumerate(parts):
        events += [StepStarted(step, float(at)), StepFinished(step, at + 1.0)]
    assert [line.split(") ", 1)[-1].split("  ")[0] for line in shown(events)[1:5]] == [
        "creating replacement",
        "created replacement",
        "deleting original",
        "deleted original",
    ]


def test_colour_comes_only_when_it_is_asked_for() -> None:
    events: list[Event] = [begin(), StepStarted(create("a"), 0.0)]
    assert "\x1b" not in render(events, PLAIN)
    assert "\x1b[32m+" in render(events, DisplayOptions(color="always"))


def test_others_text_cannot_move_the_cursor() -> None:
    named = StepStarted(create("evil\x1b[2J\nname"), 0.0)
    text = render(
        [begin(), named, error("x", "a\x1b[2Jb\rc\x07"), progress("evil\x1b[2J\nname", "\x1b]0;t\x07hi")], PLAIN
    )
    assert "\x1b" not in text
    assert "(evil\\nname) creating" in text
    assert "error: ab" in text


def test_a_stack_that_state_names_without_events_keeps_its_address() -> None:
    text = render(
        [begin(), Diagnostic(Severity.ERROR, "boom", urn("lost")), Diagnostic(Severity.ERROR, "x", "no urn")], PLAIN
    )
    assert "  maas:Machine (lost):\n    error: boom" in text
    assert "  no urn:\n    error: x" in text


def test_children_of_unknown_parents_are_shown() -> None:
    orphan = create("a", parent=urn("never-seen"))
    assert "maas:Machine (a) creating" in render([begin(), StepStarted(orphan, 0.0)], PLAIN)
