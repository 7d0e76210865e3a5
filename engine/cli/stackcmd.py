"""`pulumi stack` and the commands that make, list, choose and remove stacks."""

from __future__ import annotations

import argparse
import getpass
import socket
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from engine import COMPATIBLE_VERSION
from engine.backend.diy import FileBackend
from engine.backend.layout import StackRef
from engine.cli.context import StackContext, Workspace, open_project, stack_context
from engine.cli.options import Options
from engine.cli.outputcmd import output_table, read_outputs
from engine.cli.prompt import choose, confirm_name
from engine.cli.text import age, json_text, say, table
from engine.errors import EngineError, StackNotFoundError
from engine.model.codec import decode_resource, encode_deployment
from engine.model.reading import CodecError, as_list, as_object, text
from engine.model.snapshot import Snapshot
from engine.model.state import STACK_TYPE, ResourceState
from engine.model.timestamps import ZERO, Stamp, parse_time
from engine.model.urn import name_of
from engine.model.valuecodec import BlindCrypter
from engine.workspace.secrets import PROVIDER

_BLIND: Final = BlindCrypter()


def _summarize(backend: FileBackend, ref: StackRef) -> tuple[Stamp | None, str, list[object]]:
    """Read when a stack was updated, by which engine, and its raw resources."""
    latest = backend.load(ref).latest or {}
    try:
        manifest = as_object(latest.get("manifest"), "manifest")
        time = text(manifest, "time", "manifest") or ZERO
        updated = None if time == ZERO else parse_time(time)
        return updated, text(manifest, "version", "manifest"), as_list(latest.get("resources"), "resources")
    except ValueError as error:
        raise EngineError(f"{backend.state_file(ref)} is corrupt: {error}") from error


def show(args: argparse.Namespace, options: Options) -> None:
    """Show a stack: when it was updated, its resources and outputs."""
    workspace = open_project(options)
    project = workspace.need_project()
    ref = workspace.existing(options.stack)
    if getattr(args, "show_name", False):
        print(ref.shown(project.name))
        return
    updated, version, raw = _summarize(workspace.backend, ref)
    print(f"Current stack is {ref.shown(project.name)}:\n    Managed by {socket.gethostname()} ({getpass.getuser()})")
    if updated is not None:
        print(f"    Last updated: {age(updated, datetime.now(UTC))} ({updated:%Y-%m-%d %H:%M:%S %z})")
    if version:
        print(f"    Pulumi version used: {version}")
    try:
        resources = [decode_resource(item, _BLIND, f"resource {number}") for number, item in enumerate(raw, 1)]
    except CodecError as error:
        raise EngineError(f"{workspace.backend.state_file(ref)} is corrupt: {error}") from error
    print(f"Current stack resources ({len(resources)}):")
    if resources:
        ids, urns = getattr(args, "show_ids", False), getattr(args, "show_urns", False)
        print(table(("TYPE", "NAME"), _tree_rows(resources, ids=ids, urns=urns), "    "))
    else:
        print("    No resources currently in this stack")
    if outputs := read_outputs(stack_context(workspace, ref), show_secrets=options.show_secrets):
        print(f"\nCurrent stack outputs ({len(outputs)}):\n{output_table(outputs, '    ')}")
    print("\nUse `pulumi stack select` to change stack; `pulumi stack ls` lists known ones")


def _tree_rows(resources: list[ResourceState], *, ids: bool, urns: bool) -> Iterable[tuple[str, str]]:
    """Set resources below their parents; whose parent is not there stands at the top."""
    known = {item.urn for item in resources}
    children: dict[str, list[ResourceState]] = {}
    for item in resources:
        children.setdefault(item.parent if item.parent in known else "", []).append(item)

    def rows(parent: str, indent: str) -> Iterable[tuple[str, str]]:
        below = children.get(parent, [])
        for item in below:
            last = item is below[-1]
            branch = (indent + ("└─ " if last else "├─ ")) if parent else ""
            yield branch + item.type, name_of(item.urn)
            inner = indent + ("   " if last else "│  ") if parent else ""
            if ids and item.id:
                yield f"{inner}   ID: {item.id}", ""
            if urns:
                yield f"{inner}   URN: {item.urn}", ""
            if not item.delete:
                yield from rows(item.urn, inner)

    return rows("", "")


def init(args: argparse.Namespace, options: Options) -> None:
    """Make an empty stack, with its salt, and select it."""
    workspace = open_project(options)
    name = args.name_argument or options.stack
    if not name and workspace.interactive:
        name = choose("Name of the new stack: ")
    if not name:
        raise EngineError("`pulumi stack init` needs a name: `pulumi stack init <name>`")
    context = create_stack(workspace, name, options, getattr(args, "secrets_provider", ""))
    if source := getattr(args, "copy_config_from", ""):
        _copy_config(stack_context(workspace, workspace.existing(source)), context)
    if not getattr(args, "no_select", False):
        workspace.select(context.ref)
    say("info", f"created stack {name!r}", options)


def create_stack(workspace: Workspace, name: str, options: Options, provider: str = "") -> StackContext:
    """Make a stack whose first deployment is empty and names its secrets provider.

    Raises
    ------
    EngineError: the name is malformed or taken, or there is no passphrase.

    """
    if provider not in {"", "default", PROVIDER}:
        raise EngineError(
            f"--secrets-provider is {provider!r}: this engine has passphrase, use the official pulumi for it"
        )
    project = workspace.need_project()
    ref = workspace.ref(name)
    if ref.project != project.name:
        raise EngineError(f"stack {name!r} belongs to another project than {project.name!r} ({project.path})")
    if workspace.backend.exists(ref):
        raise EngineError(f"there is a stack {ref.qualified} already")
    context = stack_context(workspace, ref, options.config_file)
    if context.stack_file.salt:
        context.crypter.warm()
    first = Snapshot(secrets=context.new_secrets_provider(), time=datetime.now(UTC), version=f"v{COMPATIBLE_VERSION}")
    workspace.backend.create(ref, encode_deployment(first, _BLIND))
    return context


def _copy_config(source: StackContext, target: StackContext) -> None:
    """Copy a stack's config, its secrets closed anew."""
    for key, tree in source.stack_file.config.items():
        target.stack_file.set(key, source.reclose(tree, target.crypter))
    target.stack_file.save()


def list_stacks(args: argparse.Namespace, options: Options) -> None:
    """List the project's stacks, or all."""
    workspace = open_project(options)
    project = getattr(args, "of_project", "")
    everything = getattr(args, "all", False)
    if not project and not everything:
        project = workspace.need_project().name
    backend = workspace.backend
    refs = [ref for ref in backend.list_stacks() if everything or ref.project == project]
    found = [(ref, ref == workspace.selected, *_summarize(backend, ref)) for ref in refs]
    if options.json or getattr(args, "output", "") == "json":
        print(json_text([_json_row(workspace, *row) for row in found]))
        return
    now = datetime.now(UTC)
    rows = [
        (
            ref.shown(workspace.project_name) + ("*" if current else ""),
            age(updated, now) if updated else "n/a",
            str(len(resources)),
        )
        for ref, current, updated, _, resources in found
    ]
    print(table(("NAME", "LAST UPDATE", "RESOURCE COUNT"), rows))


def _json_row(
    workspace: Workspace, ref: StackRef, current: bool, updated: Stamp | None, _version: str, resources: list[object]
) -> dict[str, object]:
    row: dict[str, object] = {"name": ref.shown(workspace.project_name), "current": current}
    if updated is not None:
        row["lastUpdate"] = f"{updated:%Y-%m-%dT%H:%M:%S}.{updated.microsecond // 1000:03d}Z"
    return {**row, "updateInProgress": bool(workspace.backend.holders(ref)), "resourceCount": len(resources)}


def select(args: argparse.Namespace, options: Options) -> None:
    """Choose the stack that commands work on."""
    workspace = open_project(options)
    project = workspace.need_project()
    name = args.name_argument or options.stack
    if not name:
        name = _ask_stack(workspace)
    try:
        ref = workspace.existing(name)
    except StackNotFoundError:
        if not getattr(args, "create", False):
            raise
        ref = create_stack(workspace, name, options, getattr(args, "secrets_provider", "")).ref
    if ref.project != project.name:
        raise EngineError(f"stack {ref.qualified} is none of project {project.name!r} ({project.path})")
    workspace.select(ref)


def _ask_stack(workspace: Workspace) -> str:
    names = [ref.name for ref in workspace.backend.list_stacks() if ref.project == workspace.project_name]
    if not workspace.interactive:
        raise EngineError("`pulumi stack select` needs a name here: `pulumi stack select <name>`")
    sys.stderr.write("Stacks: " + (", ".join(names) or "none yet") + "\n")
    return choose("Stack to select: ")


def unselect(_args: argparse.Namespace, options: Options) -> None:
    """Choose no stack."""
    workspace = open_project(options)
    workspace.need_project()
    workspace.select(None)


def remove(args: argparse.Namespace, options: Options) -> None:
    """Remove a stack, and its config file unless that is to stay."""
    workspace = open_project(options)
    ref = workspace.existing(args.name_argument or options.stack)
    backend = workspace.backend
    force = getattr(args, "force", False)
    _, _, resources = _summarize(backend, ref)
    left = [item for item in resources if as_object(item, "a resource").get("type") != STACK_TYPE]
    if left and not force:
        raise EngineError(
            f"stack {ref.name!r} still has {len(left)} resources: `pulumi destroy` deletes them, "
            "`pulumi stack rm --force` leaves them behind unmanaged"
        )
    if not options.yes:
        if not workspace.interactive:
            raise EngineError("removing a stack needs --yes where nobody can be asked")
        confirm_name(f"This removes the stack {ref.name!r} for good.", ref.name)
    keep_config, backups = getattr(args, "preserve_config", False), getattr(args, "remove_backups", False)
    remove_stack(workspace, ref, keep_config=keep_config, backups=backups)
    say("info", f"stack {ref.name!r} is removed", options)


def remove_stack(workspace: Workspace, ref: StackRef, *, keep_config: bool = False, backups: bool = False) -> None:
    """Remove a stack and its journal under its lock; deselect it, and remove its config file unless that is to stay."""
    from engine.backend.journal import journal_path

    with workspace.backend.lock(ref):
        workspace.backend.remove(ref, backups=backups)
        journal_path(workspace.backend.layout.bookkeeping, ref.project, ref.name).unlink(missing_ok=True)
    project = workspace.project
    if project is None or project.name != ref.project:
        return
    if not keep_config:
        project.stack_file(ref.name).unlink(missing_ok=True)
    if "PULUMI_STACK" not in workspace.env and workspace.selected == ref:
        workspace.select(None)
