"""--json: the whole deployment as one document on standard output, when it has ended.

    steps[{op, urn, provider, oldState, newState, diffReasons, replaceReasons, detailedDiff}],
    config, diagnostics[{urn, message, severity}], duration (nanoseconds), changeSummary {op: number}

Secrets are '[secret]', values not known yet the wire's own marker. Steps that change nothing are left out, except for
the stack's.
Source: pulumi/pulumi pkg/display/json.go (PreviewDigest), the shape that `pulumi preview --json` promises.
"""

from __future__ import annotations

import json
from dataclasses import replace

from engine.display.changes import visible_path
from engine.display.options import DisplayOptions
from engine.display.redact import MASK
from engine.display.sink import Sink
from engine.display.text import clean
from engine.display.words import DRIFT
from engine.model.codec import encode_resource
from engine.model.events import (
    Diagnostic,
    Event,
    OutputsRegistered,
    Prelude,
    Severity,
    StepEvent,
    StepFinished,
    StepStarted,
    Summary,
)
from engine.model.state import STACK_TYPE, Op, ResourceState
from engine.model.valuecodec import BlindCrypter
from engine.model.values import Output, Properties, Secret, Value
from engine.plan.paths import parse_path


def _masked(value: Value) -> Value:
    match value:
        case Secret() | Output(secret=True):
            return MASK
        case Output(element=element, known=True):
            return _masked(element)
        case list():
            return [_masked(item) for item in value]
        case dict():
            return {key: _masked(item) for key, item in value.items()}
        case _:
            return value


def masked_properties(properties: Properties) -> Properties:
    """Replace each secret by the text '[secret]'."""
    return {key: _masked(item) for key, item in properties.items()}


class DigestDisplay:
    """Collects; writes one JSON document when it is closed."""

    def __init__(self, options: DisplayOptions, sink: Sink) -> None:
        self._options = options
        self._sink = sink
        self._config: dict[str, str] = {}
        self._steps: dict[tuple[str, Op], dict[str, object]] = {}
        self._diagnostics: list[dict[str, str]] = []
        self._summary: Summary | None = None
        self._closed = False

    def handle(self, event: Event) -> None:
        """Take one event into the document."""
        match event:
            case Prelude(config=config):
                self._config = dict(config)
            case StepStarted(step=step):
                self._put(step, step.op)
            case StepFinished(step=step, result=result):
                self._put(step, result if step.op is Op.REFRESH and result is not None and result in DRIFT else step.op)
            case OutputsRegistered(step=step) if step.type == STACK_TYPE:
                self._put(step, step.op)
            case Diagnostic():
                self._diagnose(event)
            case Summary():
                self._summary = event
            case _:
                return

    def close(self) -> None:
        """Write the document."""
        if self._closed:
            return
        self._closed = True
        self._sink.write(json.dumps(self.document(), indent=4, ensure_ascii=not self._sink.unicode) + "\n")
        self._sink.flush()

    def document(self) -> dict[str, object]:
        """Give the document; empty parts are left out."""
        parts: dict[str, object] = {
            "config": self._config,
            "steps": list(self._steps.values()),
            "diagnostics": self._diagnostics,
        }
        if self._summary:
            parts["duration"] = int(self._summary.seconds * 1e9)
            parts["changeSummary"] = {str(op): number for op, number in sorted(self._summary.changes.items()) if number}
        return {key: part for key, part in parts.items() if part}

    def _put(self, step: StepEvent, op: Op) -> None:
        """Put a step into its place; the later word on the same step takes it over."""
        stack = step.type == STACK_TYPE
        if step.op is Op.CREATE_REPLACEMENT:  # its delete is bookkeeping; together they are one replacement
            step, op = replace(step, op=Op.REPLACE, logical=True), Op.REPLACE
        key = (step.urn, step.op)
        if key in self._steps or stack or (step.logical and op is not Op.SAME):
            self._steps[key] = self._step(step, op)

    def _step(self, step: StepEvent, op: Op) -> dict[str, object]:
        state = step.new or step.old
        parts: dict[str, object] = {
            "op": str(op),
            "urn": step.urn,
            "provider": state.provider if state else "",
            "oldState": self._state(step.old),
            "newState": self._state(step.new),
            "diffReasons": list(dict.fromkeys(_top(diff.path) for diff in step.diffs)),
            "replaceReasons": list(step.replace_keys),
        }
        detailed = {
            visible_path(step, diff.path): {"kind": str(diff.kind), "inputDiff": diff.input_diff} for diff in step.diffs
        }
        return {key: part for key, part in parts.items() if part} | {"detailedDiff": detailed or None}

    def _state(self, state: ResourceState | None) -> dict[str, object] | None:
        if state is None:
            return None
        hide = state.type == STACK_TYPE and self._options.suppress_outputs
        inputs = {} if hide else masked_properties(state.inputs)
        outputs = {} if hide else masked_properties(state.outputs)
        return encode_resource(replace(state, inputs=inputs, outputs=outputs), BlindCrypter())

    def _diagnose(self, event: Diagnostic) -> None:
        if event.ephemeral or event.severity is Severity.DEBUG:
            return
        message = self._options.redactor.redact(event.message)
        lines = "\n".join(clean(line) for line in message.split("\n"))
        self._diagnostics.append(
            ({"urn": event.urn} if event.urn else {}) | {"message": lines, "severity": str(event.severity)}
        )


def _top(path: str) -> str:
    """Give a path's first name; for text that is no path, the text."""
    try:
        return str(parse_path(path)[0])
    except ValueError:  # a provider may answer anything
        return path
