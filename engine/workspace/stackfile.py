"""Pulumi.<stack>.yaml: a stack's config and its salt; edited in place, with comments, order and unknown keys kept.

    text ─> StackFile (tree that remembers its layout) ── get · set · remove · salt ──> text, written in one piece

Source: pulumi/pulumi sdk/go/common/workspace/project.go (ProjectStack), resource/config/map.go and object.go.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from engine.files import atomic_write
from engine.plan.paths import Path as PropertyPath
from engine.plan.paths import format_path
from engine.workspace.configvalues import SECURE, ConfigError, Tree, coerce, full_key, get_path, plain_tree, split_path
from engine.workspace.yamlfile import (
    Map,
    Seq,
    YamlFileError,
    insert_first,
    line_of,
    new_map,
    new_seq,
    parse_mapping,
    read_text,
    render,
    scalar,
)


class StackFile:
    """One stack's config file; nothing is written before `save`."""

    def __init__(self, path: Path, project: str) -> None:
        """Read the file; one that is not there is an empty one.

        Raises
        ------
        YamlFileError: it is no YAML mapping, or its config is none; the message names file and line.

        """
        self.path = path
        self.project = project
        self._text = read_text(path) or ""
        self._tree = parse_mapping(self._text, path)
        self._check()

    def _check(self) -> None:
        for key in ("encryptionsalt", "secretsprovider", "encryptedkey"):
            if not isinstance(self._tree.get(key, ""), str):
                raise YamlFileError(f"{self.path}{line_of(self._tree, key)}: {key} should be a text")
        config: object = self._tree.get("config")
        if config is not None and not isinstance(config, dict):
            raise YamlFileError(f"{self.path}{line_of(self._tree, 'config')}: config should hold keys and values")
        members = cast("Map", config or {})
        for key, value in members.items():
            try:
                full_key(str(key), self.project)
                plain_tree(value)
            except ConfigError as error:
                raise YamlFileError(f"{self.path}{line_of(members, key)}: {error}") from error

    @property
    def salt(self) -> str:
        """The passphrase provider's salt; empty where there is none."""
        return str(self._tree.get("encryptionsalt") or "")

    @property
    def secrets_provider(self) -> str:
        """The URL of another secrets provider; empty for the passphrase."""
        return str(self._tree.get("secretsprovider") or "")

    @property
    def config(self) -> dict[str, Tree]:
        """The config by full key, secrets as `{secure: ciphertext}`."""
        config = cast("dict[object, object]", self._tree.get("config") or {})
        return {full_key(str(key), self.project): plain_tree(item) for key, item in config.items()}

    def set_salt(self, salt: str) -> None:
        """Put the salt, first in the file if it is new; another provider's settings go."""
        for key in ("secretsprovider", "encryptedkey"):
            self._tree.pop(key, None)
        if "encryptionsalt" in self._tree:
            self._tree["encryptionsalt"] = salt
        else:
            insert_first(self._tree, "encryptionsalt", salt)

    def get(self, key: str, *, path: bool = False) -> tuple[Tree, bool]:
        """Find a value, with `path` inside an object; the second result tells whether it is there."""
        full, rest = split_path(key, self.project) if path else (full_key(key, self.project), ())
        config = self.config
        return get_path(config[full], rest) if full in config else (None, False)

    def set(self, key: str, value: Tree, *, path: bool = False) -> None:
        """Put a value; with `path` inside an object, whose missing parts are made.

        Raises
        ------
        ConfigError: the key is malformed, or a part of its path is no list or object.

        """
        full, rest = split_path(key, self.project) if path else (full_key(key, self.project), ())
        config = self._config_map()
        name = self._name_in(config, full)
        if rest and not isinstance(config.get(name), dict | list):
            config[name] = _container(rest[0])
        _put(config, (name, *rest), _dress(value), key)

    def set_text(self, key: str, text: str, *, path: bool = False) -> None:
        """Put a value as it was typed: inside an object, what looks like a number or a boolean is one."""
        inside = path and split_path(key, self.project)[1]
        self.set(key, coerce(text) if inside else text, path=path)

    def remove(self, key: str, *, path: bool = False) -> bool:
        """Take a value out; tell whether it was there."""
        full, rest = split_path(key, self.project) if path else (full_key(key, self.project), ())
        if not self.get(key, path=path)[1]:
            return False
        config = self._config_map()
        parent: Any = config
        *way, last = (self._name_in(config, full), *rest)
        for step in way:
            parent = parent[step]
        if _leaves_secret(parent, last):
            raise ConfigError(f"{key!r} cannot be removed: what is left would look like a secret")
        del parent[last]
        return True

    def save(self) -> None:
        """Write the file, in one piece, if it changed."""
        text = render(self._tree) if self._tree else ""
        if not self._tree_held_before():
            text = self._text + text if not self._text or self._text.endswith("\n") else f"{self._text}\n{text}"
        if text != self._text:
            atomic_write(self.path, text.encode(), 0o644)
            self._text = text

    def _tree_held_before(self) -> bool:
        """Tell whether the file held more than comments: what holds only comments has no tree to keep them."""
        return bool(parse_mapping(self._text, self.path))

    def _config_map(self) -> Map:
        if self._tree.get("config") is None:
            self._tree["config"] = new_map()
        return cast("Map", self._tree["config"])

    def _name_in(self, config: Map, full: str) -> str:
        """Give the key as the file writes it."""
        written = (str(key) for key in config)
        return next((key for key in written if full_key(key, self.project) == full), full)


def _leaves_secret(parent: object, last: str | int) -> bool:
    """Tell whether an object would look like a secret once a key is taken out."""
    members = cast("Map", parent) if isinstance(parent, dict) else {}
    return set(members) == {last, SECURE} and last != SECURE and isinstance(members[SECURE], str)


def _container(step: str | int) -> Map | Seq:
    return new_seq() if isinstance(step, int) else new_map()


def _dress(value: Tree) -> Any:
    if isinstance(value, dict):
        mapping = new_map()
        mapping.update({scalar(key): _dress(item) for key, item in value.items()})
        return mapping
    if isinstance(value, list):
        sequence = new_seq()
        sequence.extend(_dress(item) for item in value)
        return sequence
    return scalar(value)


def _put(parent: Map | Seq, way: PropertyPath, value: Any, key: str) -> None:
    """Put a value at the end of a path below `parent`, making what is missing."""
    for at, step in enumerate(way[:-1]):
        _check_step(parent, step, key, way[:at])
        if _child(parent, step) is None:
            _assign(parent, step, _container(way[at + 1]))
        parent = _child(parent, step)
    last = way[-1]
    _check_step(parent, last, key, way[:-1])
    if len(way) > 1 and not parent and last == SECURE and isinstance(value, str):
        raise ConfigError(f"{key!r} cannot be set: an object with the one key 'secure' stands for a secret")
    _assign(parent, last, value)


def _child(parent: Map | Seq, step: str | int) -> Any:
    if isinstance(parent, dict):
        return parent.get(str(step))
    return parent[step] if isinstance(step, int) and step < len(parent) else None


def _assign(parent: Map | Seq, step: str | int, value: Any) -> None:
    if isinstance(parent, dict):
        parent[str(step)] = value
    elif step == len(parent):
        parent.append(value)
    elif isinstance(step, int):
        parent[step] = value


def _place(before: PropertyPath) -> str:
    """Name a part of a value as the person wrote it, without the namespace."""
    return format_path(tuple(str(step).rpartition(":")[2] if not at else step for at, step in enumerate(before)))


def _check_step(parent: object, step: str | int, key: str, before: PropertyPath) -> None:
    problem = f"{_place(before)} is neither a list nor an object"
    if isinstance(parent, list):
        length = len(cast("Seq", parent))
        if isinstance(step, int) and step <= length:
            return
        problem = f"{_place(before)} is a list of {length}, the indices 0 to {length} are allowed"
    elif isinstance(parent, dict):
        if isinstance(step, str) and (set(cast("Map", parent)) != {SECURE} or step == SECURE):
            return
        problem = f"{_place(before)} is " + ("a secret" if isinstance(step, str) else "an object, whose keys are names")
    raise ConfigError(f"{key!r} cannot be set: {problem}")
