"""Pulumi.yaml: found upwards from a folder, read into a frozen Project; errors name file, line and what is allowed.

Source: pulumi/pulumi sdk/go/common/workspace/project.go and project.json.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn, cast

from engine.workspace.configvalues import Tree, plain_tree
from engine.workspace.yamlfile import Map, YamlFileError, line_of, parse_mapping, read_text

FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
TYPES: Final = ("string", "integer", "boolean", "object", "array")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}\Z")


class ProjectError(YamlFileError):
    """There is no project here, or its file is wrong."""


@dataclass(frozen=True, slots=True)
class ItemsType:
    """What an array holds: `type`, and for arrays of arrays `items`."""

    type: str
    items: ItemsType | None = None

    def __str__(self) -> str:
        return f"array<{self.items}>" if self.items else self.type


@dataclass(frozen=True, slots=True)
class ConfigDeclaration:
    """What the project says of one config key: its type, and what holds where a stack says nothing."""

    type: str = ""
    items: ItemsType | None = None
    default: Tree = None
    has_default: bool = False
    secret: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A project file. `runtime_options` are the runtime's own, e.g. `virtualenv`; `config` goes by full key."""

    name: str
    path: Path
    runtime: str
    runtime_options: Mapping[str, object] = field(default_factory=dict[str, object])
    main: str = ""
    description: str = ""
    config: Mapping[str, ConfigDeclaration] = field(default_factory=dict[str, ConfigDeclaration])
    backend_url: str = ""
    stack_config_dir: str = ""
    refresh_always: bool = False
    """`options.refresh: always`: every preview, update and destroy refreshes first."""

    @property
    def root(self) -> Path:
        """The folder of the project file."""
        return self.path.parent

    @property
    def program_dir(self) -> Path:
        """Where the program is: the root, or what `main` names."""
        return (self.root / self.main).resolve() if self.main else self.root

    def stack_file(self, stack: str) -> Path:
        """Name the config file of a stack (its short name)."""
        return self.root / self.stack_config_dir / f"Pulumi.{stack}{self.path.suffix}"


def find_project(start: Path) -> Path:
    """Find the project file in a folder or above it.

    Raises
    ------
    ProjectError: there is none up to the root.

    """
    start = start.absolute()
    for folder in (start, *start.parents):
        for name in FILES:
            if (folder / name).is_file():
                return folder / name
    raise ProjectError(f"no Pulumi.yaml in {start} or above it: run this inside a project, or name one with --cwd")


def load_project(path: Path) -> Project:
    """Read a project file.

    Raises
    ------
    ProjectError: a part is missing or malformed; the message names file, line and what is allowed.

    """
    text = read_text(path)
    if text is None:
        raise ProjectError(f"there is no {path}")
    return _Reader(path, parse_mapping(text, path)).project()


class _Reader:
    """Reads one file: every member is checked where it is taken."""

    def __init__(self, path: Path, tree: Map) -> None:
        self.path = path
        self.tree = tree

    def fail(self, key: str, problem: str) -> NoReturn:
        raise ProjectError(f"{self.path}{line_of(self.tree, key)}: {key} {problem}")

    def text(self, key: str) -> str:
        value: object = self.tree.get(key)
        if value is None:
            return ""
        if isinstance(value, dict | list | bool):
            self.fail(key, "should be a text")
        return str(value)

    def mapping(self, key: str) -> Mapping[str, object]:
        value: object = self.tree.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fail(key, "should hold keys and values")
        return cast("Mapping[str, object]", value)

    def project(self) -> Project:
        name = self.text("name")
        if not name:
            raise ProjectError(f"{self.path} has no name: a project needs one")
        if not _NAME.match(name):
            self.fail("name", f"is {name!r}: letters, digits, '-', '_' and '.' are allowed, 100 at most")
        runtime, options = self.runtime()
        config_dir = self.text("config") if isinstance(self.tree.get("config"), str) else ""
        return Project(
            name=name,
            path=self.path,
            runtime=runtime,
            runtime_options=options,
            main=self.text("main"),
            description=self.text("description"),
            config={} if config_dir else self.declarations(name),
            backend_url=_text_of(self.mapping("backend").get("url")),
            stack_config_dir=self.text("stackConfigDir") or config_dir,
            refresh_always=_text_of(self.mapping("options").get("refresh")) == "always",
        )

    def runtime(self) -> tuple[str, Mapping[str, object]]:
        raw: object = self.tree.get("runtime")
        if isinstance(raw, str) and raw:
            return str(raw), {}
        empty: Mapping[str, object] = {}
        members = self.mapping("runtime") if isinstance(raw, dict) else empty
        name, options = members.get("name"), plain_tree(members.get("options") or {})
        if not isinstance(name, str) or not name:
            self.fail("runtime", "should be a name such as python, or name and options")
        if not isinstance(options, dict):
            self.fail("runtime", "has options that are no keys and values")
        return str(name), options

    def declarations(self, project: str) -> dict[str, ConfigDeclaration]:
        raw = self.mapping("config")
        return {key if ":" in key else f"{project}:{key}": self.declaration(project, key, raw[key]) for key in raw}

    def declaration(self, project: str, key: str, raw: object) -> ConfigDeclaration:
        own = ":" not in key or key.startswith(f"{project}:")
        if not isinstance(raw, dict):
            return ConfigDeclaration(default=plain_tree(raw), has_default=raw is not None)
        members = cast("Mapping[str, object]", raw)
        default, value = members.get("default"), members.get("value")
        if default is not None and value is not None:
            self.fail("config", f"{key} has both a default and a value: one is allowed")
        if not own and (value is None or members.get("type") is not None):
            self.fail("config", f"{key} belongs to another namespace: it needs a value, and has no type or default")
        chosen = value if default is None else default
        declaration = ConfigDeclaration(
            self.declared_type(key, members.get("type")),
            self.items(key, members.get("items")),
            plain_tree(chosen),
            chosen is not None,
            members.get("secret") is True,
            _text_of(members.get("description")),
        )
        self.check_declaration(key, declaration)
        return declaration

    def check_declaration(self, key: str, declared: ConfigDeclaration) -> None:
        if declared.type == "array" and declared.items is None:
            self.fail("config", f"{key} is an array and should say of what, with items.type")
        if declared.type and declared.has_default and not matches_type(declared.type, declared.items, declared.default):
            self.fail("config", f"{key} has the default {declared.default!r}, which is no {declared.type}")

    def declared_type(self, key: str, raw: object) -> str:
        if raw is None:
            return ""
        if raw not in TYPES:
            self.fail("config", f"{key} has the type {raw!r}: {', '.join(TYPES)} are allowed")
        return str(raw)

    def items(self, key: str, raw: object) -> ItemsType | None:
        if not isinstance(raw, dict):
            return None
        members = cast("Mapping[str, object]", raw)
        return ItemsType(self.declared_type(key, members.get("type")), self.items(key, members.get("items")))


def _text_of(value: object) -> str:
    return str(value) if isinstance(value, str) else ""


def matches_type(type_: str, items: ItemsType | None, value: Tree) -> bool:
    """Tell whether a config value fits a declared type; texts that read as integers or booleans do."""
    match type_:
        case "string":
            return isinstance(value, str)
        case "integer":
            whole = isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
            return whole or (isinstance(value, str) and re.fullmatch(r"[-+]?[0-9]+", value) is not None)
        case "boolean":
            return isinstance(value, bool) or value in {"true", "false"}
        case "object":
            return isinstance(value, dict)
        case _:
            if not isinstance(value, list) or items is None:
                return False
            return all(matches_type(items.type, items.items, item) for item in value)
