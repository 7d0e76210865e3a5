from __future__ import annotations

import json

from engine.display import DisplayOptions, Redactor, render
from engine.model.events import (
    Diagnostic,
    DiffKind,
    Event,
    OutputsRegistered,
    PropertyDiff,
    Severity,
    StepEvent,
    StepFinished,
    StepStarted,
)
from engine.model.state import Op
from engine.model.values import Output, Secret
from tests.unit.engine.display.deployments import STACK, begin, change, create, end, progress, refresh, same, stack, urn

JSON = DisplayOptions(json=True)


def test_the_document_has_the_shape_that_tools_read() -> None:
    old = change(Op.UPDATE, "a", {"tags": ["x"]}, {"tags": ["y"], "pw": Secret("hunter2"), "o": [Output(1)]})
    diffs = (PropertyDiff("tags[0]", DiffKind.UPDATE), PropertyDiff("pw", DiffKind.ADD_REPLACE))
    step = StepEvent(Op.UPDATE, old.urn, old.type, old.old, old.new, diffs, ("pw",))
    redactor = Redactor()
    redactor.add("hunter2")
    events: list[Event] = [
        begin("preview", dry_run=True),
        StepStarted(same("s"), 0.0),
        StepStarted(step, 0.0),
        progress("a", "10%"),
        Diagnostic(Severity.DEBUG, "chatter"),
        Diagnostic(Severity.WARNING, "\x1b[33mhunter2\x1b[0m is weak\n", urn("a")),
        Diagnostic(Severity.ERROR, "boom"),
        end({Op.UPDATE: 1, Op.SAME: 1, Op.DELETE: 0}, dry_run=True),
    ]
    text = render(events, DisplayOptions(json=True, redactor=redactor))
    assert "hunter2" not in text
    assert json.loads(text) == {
        "config": {"rack:key": "[secret]", "rack:size": "5"},
        "steps": [
            {
                "op": "update",
                "urn": urn("a"),
                "oldState": {
                    "urn": urn("a"),
                    "custom": True,
                    "id": "id-a",
                    "type": "maas:Machine",
                    "inputs": {"tags": ["x"]},
                    "parent": STACK,
                },
                "newState": {
                    "urn": urn("a"),
                    "custom": True,
                    "id": "id-a",
                    "type": "maas:Machine",
                    "inputs": {"tags": ["y"], "pw": "[secret]", "o": [1]},
                    "parent": STACK,
                },
                "diffReasons": ["tags", "pw"],
                "replaceReasons": ["pw"],
                "detailedDiff": {
                    "tags[0]": {"kind": "update", "inputDiff": True},
                    "pw": {"kind": "add-replace", "inputDiff": True},
                },
            }
        ],
        "diagnostics": [
            {"urn": urn("a"), "message": "[secret] is weak\n", "severity": "warning"},
            {"message": "boom", "severity": "error"},
        ],
        "duration": 63_000_000_000,
        "changeSummary": {"same": 1, "update": 1},
    }


def test_a_replacement_is_one_step_and_the_end_of_a_step_takes_its_place() -> None:
    events: list[Event] = [
        StepStarted(change(Op.CREATE_REPLACEMENT, "a", {}, {"n": 2}, logical=False), 0.0),
        StepStarted(change(Op.REPLACE, "a", {}, {"n": 2}), 0.0),
        StepFinished(change(Op.REPLACE, "a", {}, {"n": 3}), 0.0),
        StepStarted(create("b"), 0.0),
    ]
    steps = json.loads(render(events, JSON))["steps"]
    assert [(step["op"], step["newState"].get("inputs")) for step in steps] == [("replace", {"n": 3}), ("create", None)]
    assert steps[0]["detailedDiff"] is None


def test_names_inside_a_secret_are_not_told() -> None:
    bare = change(Op.UPDATE, "a", {"k": Secret({"user": 1})}, {"k": Secret({"user": 2})})
    diffs = (PropertyDiff("k.user", DiffKind.UPDATE),)
    step = StepEvent(Op.UPDATE, bare.urn, bare.type, bare.old, bare.new, diffs)
    (shown,) = json.loads(render([StepStarted(step, 0.0)], JSON))["steps"]
    assert shown["detailedDiff"] == {"k": {"kind": "update", "inputDiff": True}}


def test_a_refresh_that_finds_a_difference_is_an_update() -> None:
    drift = refresh("a", {"p": 1}, {"p": 2})
    events: list[Event] = [StepStarted(drift, 0.0), StepFinished(drift, 0.0, Op.UPDATE)]
    assert [step["op"] for step in json.loads(render(events, JSON))["steps"]] == ["update"]


def test_the_stack_keeps_its_outputs_unless_they_are_suppressed() -> None:
    events: list[Event] = [
        StepStarted(stack(Op.SAME, {}), 0.0),
        OutputsRegistered(stack(Op.SAME, {}, {"key": Secret("k"), "a": 1}), 0.0),
    ]
    (step,) = json.loads(render(events, JSON))["steps"]
    assert step["newState"]["outputs"] == {"a": 1, "key": "[secret]"}
    (step,) = json.loads(render(events, DisplayOptions(json=True, suppress_outputs=True)))["steps"]
    assert "outputs" not in step["newState"]


def test_a_deployment_without_events_is_an_empty_document() -> None:
    assert json.loads(render([], JSON)) == {}
