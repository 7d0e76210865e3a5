"""What stands below the resources when a deployment has ended: diagnostics, outputs, the summary. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from engine.display.board import Board, Phase
from engine.display.changes import compare
from engine.display.literals import block, visible_keys
from engine.display.propertydiff import change_lines
from engine.display.text import Line, clean, clean_lines, count, duration
from engine.display.words import COMMANDS, DRIFT, KIND_WORDS, SUMMARY_ORDER, WORDS, Words
from engine.model.events import Diagnostic, Severity, Summary
from engine.model.state import Op
from engine.model.urn import name_of, parse

_SEVERITY_STYLES = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "yellow",
    Severity.DEBUG: "dim",
}

_NAMED = 3
"""So many resources with the same messages are named; the tree or the log names each."""


def report_lines(board: Board, *, outputs: bool = True) -> list[Line]:
    """Write everything that follows the tree or the log."""
    sections = [list(diagnostic_lines(board)), list(output_lines(board)) if outputs else [], list(summary_lines(board))]
    return [line for section in sections if section for line in [(), *section]]


def diagnostic_lines(board: Board) -> Iterator[Line]:
    """Write the messages by resource, those with errors last, nearest to where the person looks.

    What several resources have to say in the same words is written once.
    """
    groups: dict[str, list[Diagnostic]] = {}
    for item in board.diagnostics:
        groups.setdefault(item.urn or board.stack_urn, []).append(item)
    if not groups:
        return
    yield (("Diagnostics:", "bold"),)
    failing = {urn for urn, items in groups.items() if any(item.severity is Severity.ERROR for item in items)}
    alike: dict[tuple[tuple[Line, ...], ...], list[str]] = {}
    for urn in sorted(groups, key=failing.__contains__):
        alike.setdefault(tuple(tuple(_message_lines(item)) for item in groups[urn]), []).append(urn)
    for messages, urns in alike.items():
        yield ((f"  {_whose(board, urns)}:", ""),)
        for lines in messages:
            yield from lines


def _whose(board: Board, urns: list[str]) -> str:
    named = ", ".join(_address(board, urn) for urn in urns[:_NAMED])
    return named if len(urns) <= _NAMED else f"{count(len(urns), 'resource')}: {named} and {len(urns) - _NAMED} more"


def _address(board: Board, urn: str) -> str:
    if row := board.rows.get(urn):
        return row.address
    if not urn:
        return "the deployment"
    try:
        return clean(f"{parse(urn).type} ({name_of(urn)})")
    except ValueError:  # a diagnostic may come with any text as URN
        return clean(urn)


def _message_lines(item: Diagnostic) -> Iterator[Line]:
    label = "" if item.severity is Severity.INFO else f"{item.severity}: "
    style = _SEVERITY_STYLES.get(item.severity, "")
    first, *rest = clean_lines(item.message)
    yield ("    ", ""), (label, style), (first, "")
    yield from ((("    " + line, ""),) for line in rest)
    if item.detail:
        yield from ((("      " + line, "dim"),) for line in clean_lines(item.detail))


def output_lines(board: Board) -> Iterator[Line]:
    """Write the stack's outputs, those that change marked."""
    if board.outputs is None:
        return
    before, after = board.outputs
    changed = set[str]() if before is None else {item.top for item in compare(before, after)}
    names = sorted({*visible_keys(after), *changed})
    if names:
        yield (("Outputs:", "bold"),)
    for name in names:
        changes = [item for item in compare(before or {}, after) if item.top == name] if name in changed else []
        if changes:
            yield from change_lines(changes, "  ")
        else:
            first, *rest = block(after[name])
            yield ((f"    {clean(name)}: {first}", ""),)
            yield from (((f"    {line}", ""),) for line in rest)


def summary_lines(board: Board) -> Iterator[Line]:
    """Write what was, or would be, done, how long it took and, after a failure, how to go on."""
    summary = board.summary
    if summary is None:
        if board.began is not None or board.diagnostics:
            yield ((f"{_noun(board)} ended early: {_go_on(board)}", "bold red"),)
        return
    counts = list(_count_lines(summary, board.moved))
    if counts:
        yield (("Resources:", "bold"),)
        yield from counts
    yield ((f"Duration: {duration(summary.seconds)}", ""),)
    if not summary.succeeded:
        failed = len(board.groups[Phase.FAILED])
        which = f" at {count(failed, 'resource')}" if failed else ""
        what = "was interrupted" if board.interrupted else "failed"
        yield ((f"{_noun(board)} {what}{which}: {_go_on(board)}", "bold red"),)


def _count_lines(summary: Summary, moved: int) -> Iterator[Line]:
    numbers = dict(summary.changes)
    if summary.kind == "refresh":
        numbers = {**numbers, Op.UPDATE: numbers.get(Op.UPDATE, 0) - moved, Op.SAME: numbers.get(Op.SAME, 0) + moved}
    for op in (*SUMMARY_ORDER, *(op for op in numbers if op not in SUMMARY_ORDER and op is not Op.SAME)):
        if number := numbers.get(op, 0):
            words = _summary_words(summary, op)
            verb = f"to {words.planned}" if summary.dry_run and words is WORDS[op] else words.done
            yield ("    ", ""), (f"{words.sign:2}", words.style), (f"{number} {verb}", "")
    if same := numbers.get(Op.SAME, 0):
        yield ((f"      {same} unchanged", ""),)
    if moved:
        yield ((f"      {moved} with new outputs and no drift: --diff shows them", "dim"),)
    if not summary.dry_run and (summary.resources or summary.kind == "destroy"):
        yield ((f"      {summary.resources} in all" if summary.resources else "      none left", "dim"),)


def _summary_words(summary: Summary, op: Op) -> Words:
    return DRIFT.get(op, WORDS[op]) if summary.kind == "refresh" else WORDS[op]


def _noun(board: Board) -> str:
    noun = KIND_WORDS.get(board.kind, ("", "Deployment"))[1]
    return f"{noun} (preview)" if board.dry_run and board.kind != "preview" else noun


def _go_on(board: Board) -> str:
    if board.dry_run:
        return "nothing was changed; correct what the diagnostics name and run it again."
    command = COMMANDS.get(board.kind, "the command")
    return f"what was done is in the state; correct the cause and run `{command}` again."
