"""`pulumi stack export` and `import`: a stack's whole deployment as JSON, out and in.

state file ─> {"version": 3, "deployment": {...}} ─> (edited) ─> decoded, checked, closed anew ─> state file
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from engine.cli.context import StackContext, open_stack
from engine.cli.options import Options
from engine.cli.text import say
from engine.errors import EngineError
from engine.files import atomic_write
from engine.model.checkpoint import CURRENT, WITH_FEATURES, decode_checkpoint, features_of
from engine.model.codec import decode_deployment, encode_deployment
from engine.model.reading import CodecError, as_object
from engine.model.snapshot import Snapshot, integrity_errors
from engine.model.urn import parse
from engine.model.valuecodec import BlindCrypter


def export(args: argparse.Namespace, options: Options) -> None:
    """Write the stack's deployment as JSON; with --show-secrets, in clear."""
    if getattr(args, "version", ""):
        raise EngineError("--version is for backends that number their states: the copies are in .pulumi/history")
    context = open_stack(options)
    latest = context.checkpoint().latest
    if latest is None:
        latest = encode_deployment(Snapshot(), BlindCrypter())
    elif options.show_secrets:
        snapshot = context.snapshot(check=False)
        latest = encode_deployment(snapshot, context.crypter_for(latest), show_secrets=True)
    document: dict[str, object] = {"version": CURRENT}
    if features := features_of(latest):
        document = {"version": WITH_FEATURES, "features": features}
    text = json.dumps({**document, "deployment": latest}, indent=4, ensure_ascii=False) + "\n"
    data = text.encode("utf-8", errors="backslashreplace")
    if file := getattr(args, "file", ""):
        atomic_write(context.workspace.cwd / file, data)
    else:
        sys.stdout.buffer.write(data)


def import_state(args: argparse.Namespace, options: Options) -> None:
    """Replace the stack's deployment by a checked one; pending operations are dropped, as they name no real work."""
    context = open_stack(options)
    file = getattr(args, "file", "")
    source = file or "stdin"
    snapshot = _read(context, _input(context.workspace.cwd / file if file else None), source)
    force = getattr(args, "force", False)
    for problem in _problems(context, snapshot):
        if not force:
            raise EngineError(f"{source} cannot be imported into {context.ref.qualified}: {problem} (--force does it)")
        say("warning", problem, options)
    for operation in snapshot.pending:
        say(
            "warning",
            f"dropping the operation {operation.type} on {operation.resource.urn}, whose end is unknown",
            options,
        )
    from engine.backend.journal import journal_path

    journal = journal_path(context.backend.layout.bookkeeping, context.ref.project, context.ref.name)
    with context.locked():
        context.back_up()
        context.save(replace(snapshot, pending=()))
        if journal.exists():
            say(
                "warning",
                f"dropping the journal of an ended deployment ({journal}): it built on the former state",
                options,
            )
            journal.unlink()
    say("info", f"imported {len(snapshot.resources)} resources into {context.ref.qualified}", options)


def _input(path: Path | None) -> bytes:
    try:
        return sys.stdin.buffer.read() if path is None else path.read_bytes()
    except OSError as error:
        raise EngineError(f"--file names {str(path)!r}, which cannot be read: {error.strerror}") from error


def _read(context: StackContext, data: bytes, source: str) -> Snapshot:
    try:
        raw = as_object(json.loads(data), "it")
        version = {key: raw[key] for key in ("version", "features") if key in raw}
        latest = decode_checkpoint({"checkpoint": {"latest": raw.get("deployment")}, **version}).latest
        if latest is not None:
            return decode_deployment(latest, context.crypter_for(latest))
    except (CodecError, ValueError) as error:
        raise EngineError(f"{source} is no deployment: {error}") from error
    raise EngineError(
        f"{source} is no deployment: its member 'deployment' is missing, as `pulumi stack export` writes it"
    )


def _problems(context: StackContext, snapshot: Snapshot) -> Iterable[str]:
    """Say what is wrong with a snapshot for this stack."""
    for state in snapshot.resources:
        try:
            urn = parse(state.urn)
        except ValueError as error:
            yield str(error)
            continue
        if (urn.stack, urn.project) != (context.ref.name, context.ref.project):
            yield f"{state.urn} belongs to the stack {urn.stack!r} of project {urn.project!r}"
    yield from integrity_errors(snapshot.resources)
