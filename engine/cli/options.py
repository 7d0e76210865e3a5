"""What was asked for, as frozen data: parsed once from the command line, read by every command."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, TypeAlias, cast

Kind: TypeAlias = Literal["preview", "up", "refresh", "destroy", "import"]

DEFAULT_PARALLEL = 0
"""--parallel was not given: the engine chooses."""

_TRUE = frozenset(("1", "true"))


@dataclass(frozen=True, slots=True)
class Options:
    """What every command takes; `cwd` is absolute."""

    cwd: Path
    stack: str = ""
    config_file: str = ""
    yes: bool = False
    color: str = "auto"
    """always, never, auto or raw."""
    non_interactive: bool = False
    debug: bool = False
    verbose: int = 0
    logtostderr: bool = False
    disable_integrity_checking: bool = False
    json: bool = False
    show_secrets: bool = False


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What `pulumi import` takes: one resource, or a file of them; `protect` guards what was imported."""

    type: str = ""
    name: str = ""
    id: str = ""
    parent: str = ""
    """`name=urn`."""
    provider: str = ""
    """`name=urn`."""
    file: str = ""
    protect: bool = True
    out: str = ""
    generate_code: bool = True
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OperationOptions(Options):
    """What preview, up, refresh, destroy and import take. URN patterns may hold * and **."""

    kind: Kind = "up"
    skip_preview: bool = False
    preview_only: bool = False
    diff: bool = False
    refresh: bool = False
    run_program: bool = False
    parallel: int = DEFAULT_PARALLEL
    targets: tuple[str, ...] = ()
    target_dependents: bool = False
    replace: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    exclude_dependents: bool = False
    exclude_protected: bool = False
    expect_no_changes: bool = False
    continue_on_error: bool = False
    suppress_outputs: bool = False
    suppress_progress: bool = False
    show_sames: bool = False
    show_reads: bool = False
    show_replacement_steps: bool = False
    show_full_output: bool = False
    show_urns: bool = False
    show_config: bool = False
    skip_config_validation: bool = False
    message: str = ""
    config: tuple[str, ...] = ()
    """`key=value` pairs to put into the stack file first."""
    config_path: bool = False
    remove: bool = False
    """Destroy: remove the stack and its config file afterwards."""
    clear_pending_creates: bool = False
    import_pending_creates: tuple[str, ...] = ()
    """Refresh: URN and id in turn."""
    imports: ImportOptions | None = None


def common_values(args: argparse.Namespace, env: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Collect what every command takes; PULUMI_SKIP_CONFIRMATIONS and NO_COLOR speak where no option does."""
    given = cast("dict[str, object]", vars(args))
    names = {field.name for field in fields(Options)}
    values = {key: value for key, value in given.items() if key in names and value is not None}
    values["cwd"] = Path(str(given.get("cwd") or ".")).absolute()
    if env.get("PULUMI_SKIP_CONFIRMATIONS", "").lower() in _TRUE:
        values["yes"] = True
    if "color" not in values:
        values["color"] = env.get("PULUMI_COLOR") or ("never" if "NO_COLOR" in env else "auto")
    return values


def command_options(args: argparse.Namespace, env: Mapping[str, str] = os.environ) -> Options:
    """Give the options of a command that changes no resource."""
    return Options(**common_values(args, env))  # pyright: ignore[reportArgumentType] # the parser made each of its type


def operation_options(args: argparse.Namespace, env: Mapping[str, str] = os.environ) -> OperationOptions:
    """Give the options of an operation: lists become tuples, what is not given its default."""
    given = cast("dict[str, object]", vars(args))
    names = {field.name for field in fields(OperationOptions)}
    values = {**{key: value for key, value in given.items() if key in names}, **common_values(args, env)}
    values = {key: _frozen(value) for key, value in values.items() if value is not None}
    if only := _frozen(given.get("target_replace")):
        for key in ("targets", "replace"):
            values[key] = (*cast("tuple[str, ...]", values.get(key, ())), *cast("tuple[str, ...]", only))
    if env.get("PULUMI_CONTINUE_ON_ERROR", "").lower() in _TRUE:
        values["continue_on_error"] = True
    if given.get("kind") == "import":
        values["imports"] = _import_options(given)
    return OperationOptions(**values)  # pyright: ignore[reportArgumentType] # the parser made each of its type


def _import_options(given: Mapping[str, object]) -> ImportOptions:
    names = {field.name: f"import_{field.name}" for field in fields(ImportOptions)}
    values = {name: _frozen(given[dest]) for name, dest in names.items() if given.get(dest) is not None}
    return ImportOptions(**values)  # pyright: ignore[reportArgumentType] # the parser made each of its type


def _frozen(value: object) -> object:
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value
