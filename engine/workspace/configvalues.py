"""Config values: trees of plain YAML whose secrets are `{secure: ciphertext}`, and the strings that programs get. Pure.

A program sees one string per key: a text as it is, numbers and booleans as JSON, nothing as empty, lists and objects
as JSON text. Source: pulumi/pulumi sdk/go/common/resource/config (key.go, value.go, object.go).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final, TypeAlias, Union, cast

from engine.errors import EngineError
from engine.model.valuecodec import secret_text
from engine.plan.paths import Path as PropertyPath
from engine.plan.paths import parse_path

Tree: TypeAlias = Union[bool, int, float, str, "list[Tree]", "dict[str, Tree]", None]

SECURE: Final = "secure"
HIDDEN: Final = "[secret]"


class ConfigError(EngineError):
    """A config key or value is not what it should be."""


def plain_tree(raw: object) -> Tree:
    """Take a YAML tree to plain Python values; dates become their text, keys become texts."""
    match raw:
        case None | bool():
            return raw
        case int():
            return int(raw)
        case float():
            return float(raw)
        case str():
            return str(raw)
        case list():
            return [plain_tree(item) for item in cast("list[object]", raw)]
        case dict():
            return {str(key): plain_tree(item) for key, item in cast("dict[object, object]", raw).items()}
        case dt.date():
            return str(raw)
        case _:
            raise ConfigError(f"{raw!r} is no config value: texts, numbers, booleans, lists and objects are allowed")


def full_key(key: str, project: str) -> str:
    """Give a key as `namespace:name`; the namespace of a bare one is the project's.

    Raises
    ------
    ConfigError: the key is empty or has too many parts.

    """
    parts = key.split(":")
    if len(parts) == 3 and parts[1] == "config":
        parts = [parts[0], parts[2]]
    if len(parts) == 1:
        parts = [project, key]
    if len(parts) != 2 or not all(parts):
        raise ConfigError(f"{key!r} is no config key: a key is <name> or <namespace>:<name>")
    return ":".join(parts)


def split_path(key: str, project: str) -> tuple[str, PropertyPath]:
    """Take `namespace:name.a[0]` apart: the full key, and the path below it.

    Raises
    ------
    ConfigError: the key or the path is malformed.

    """
    namespace, colon, path = key.partition(":")
    if colon and not namespace:
        raise ConfigError(f"{key!r} is no config path: its namespace is empty")
    if not colon or "." in namespace or "[" in namespace:
        namespace, path = project, key
    try:
        first, *rest = parse_path(path)
    except ValueError as error:
        raise ConfigError(f"{key!r} is no config path: {error}") from error
    if not isinstance(first, str) or not first:
        raise ConfigError(f"{key!r} is no config path: it should begin with a name")
    return f"{namespace}:{first}", tuple(rest)


def ciphertext_of(tree: Tree) -> str | None:
    """Give the ciphertext of a secret, None for anything else."""
    if isinstance(tree, dict) and len(tree) == 1:
        text = tree.get(SECURE)
        return text if isinstance(text, str) else None
    return None


def has_secret(tree: Tree) -> bool:
    """Tell whether a secret stands anywhere in the tree."""
    if ciphertext_of(tree) is not None:
        return True
    items = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return any(has_secret(item) for item in items)


def open_tree(tree: Tree, decrypt: Callable[[str], str]) -> Tree:
    """Put its plaintext in the place of every secret."""
    ciphertext = ciphertext_of(tree)
    if ciphertext is not None:
        return decrypt(ciphertext)
    if isinstance(tree, list):
        return [open_tree(item, decrypt) for item in tree]
    if isinstance(tree, dict):
        return {key: open_tree(item, decrypt) for key, item in tree.items()}
    return tree


def map_secrets(tree: Tree, change: Callable[[str], str]) -> Tree:
    """Change every ciphertext in a tree, and nothing else."""
    ciphertext = ciphertext_of(tree)
    if ciphertext is not None:
        return {SECURE: change(ciphertext)}
    if isinstance(tree, list):
        return [map_secrets(item, change) for item in tree]
    if isinstance(tree, dict):
        return {key: map_secrets(item, change) for key, item in tree.items()}
    return tree


def hidden(_ciphertext: str) -> str:
    """Stand in for a plaintext that is not to be shown."""
    return HIDDEN


def program_text(tree: Tree) -> str:
    """Give the string that a program gets for an opened tree."""
    if tree is None:
        return ""
    return tree if isinstance(tree, str) else secret_text(_integral(tree))


def _integral(tree: Tree) -> Tree:
    """Write whole numbers without a decimal point, as JSON from Go has them."""
    if isinstance(tree, float):
        return int(tree) if tree.is_integer() and abs(tree) < 1e21 else tree
    if isinstance(tree, list):
        return [_integral(item) for item in tree]
    if isinstance(tree, dict):
        return {key: _integral(item) for key, item in tree.items()}
    return tree


def coerce(text: str) -> Tree:
    """Read a value for a place inside an object: true, false and whole numbers are taken for what they look like."""
    if text in {"true", "false"}:
        return text == "true"
    digits = text[1:] if text[:1] in {"-", "+"} else text
    number = digits.isascii() and digits.isdecimal() and (len(text) == 1 or text[0] != "0")
    return int(text) if number and -(2**63) <= int(text) < 2**64 else text


def get_path(tree: Tree, path: PropertyPath) -> tuple[Tree, bool]:
    """Find a value below a tree; the second result tells whether it is there."""
    for step in path:
        if isinstance(tree, list):
            items: dict[str | int, Tree] = dict(enumerate(tree))
        else:
            items = {**tree} if isinstance(tree, dict) and ciphertext_of(tree) is None else {}
        if step not in items:
            return None, False
        tree = items[step]
    return tree, True
