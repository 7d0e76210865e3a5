"""`pulumi version` and `about`: which engine runs, with which SDK, on what."""

from __future__ import annotations

import argparse
import platform
import sys
from importlib import metadata

from engine import COMPATIBLE_VERSION, VERSION
from engine.cli.context import Workspace, open_project
from engine.cli.options import Options
from engine.cli.text import json_text, table
from engine.errors import EngineError
from engine.model.reading import as_list

_SHOWN = ("pulumi", "grpcio", "protobuf", "ruamel.yaml", "cryptography")


def engine_version() -> str:
    """Give the version as semantic versioning has it: the official engine's that this one follows, and our own."""
    return f"v{COMPATIBLE_VERSION}+embedded.{VERSION}"


def version(_args: argparse.Namespace, _options: Options) -> None:
    """Show the version."""
    print(engine_version())


def about(args: argparse.Namespace, options: Options) -> None:
    """Show the engine, the machine, the project and its backend; what cannot be found out says why."""
    workspace = open_project(options)
    facts: dict[str, dict[str, str]] = {
        "CLI": {
            "Engine": f"embedded {VERSION}, which follows the official {COMPATIBLE_VERSION}",
            "Python": f"{platform.python_version()} ({sys.executable})",
        },
        "Host": {"OS": platform.platform(), "Arch": platform.machine()},
        "Backend": _backend(workspace),
        "Project": _project(workspace, options),
        "Dependencies": {name: _installed(name) for name in _SHOWN},
    }
    if options.json or getattr(args, "output", "") == "json":
        print(json_text(facts))
        return
    for title, rows in facts.items():
        print(table((title, ""), list(rows.items())) + "\n")


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _backend(workspace: Workspace) -> dict[str, str]:
    try:
        url = workspace.url
    except EngineError as error:
        return {"URL": str(error)}
    return {"URL": url.text, "From": url.source, "Folder": str(url.root)}


def _project(workspace: Workspace, options: Options) -> dict[str, str]:
    project = workspace.project
    if project is None:
        return {"File": f"none in {workspace.cwd} or above it"}
    facts = {"Name": project.name, "File": str(project.path), "Runtime": project.runtime}
    try:
        ref = workspace.existing(options.stack)
        latest = workspace.backend.load(ref).latest or {}
        counts = [len(as_list(latest.get(key), key)) for key in ("resources", "pending_operations")]
        return {**facts, "Stack": ref.qualified, "Resources": str(counts[0]), "Pending operations": str(counts[1])}
    except EngineError as error:
        return {**facts, "Stack": str(error)}
