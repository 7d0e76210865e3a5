"""YAML files with their comments: text -> tree that remembers its layout -> text; errors name file and line."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from engine.errors import EngineError
from engine.model.reading import shown

Map: TypeAlias = dict[str, Any]
"""A mapping that remembers its layout (ruamel.yaml's CommentedMap, whose own types say little)."""
Seq: TypeAlias = list[Any]
"""A sequence that remembers its layout."""

_AMBIGUOUS: Final = re.compile(
    r"(?i:|~|null|true|false|yes|no|y|n|on|off|[-+]?(0[xob])?[0-9][0-9a-f_,:.]*(e[-+]?[0-9]+)?"
    r"|[-+]?\.[0-9_]+(e[-+]?[0-9]+)?|[-+]?\.inf|\.nan|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|<<|=)\Z"
)
"""Texts that some YAML reader, of version 1.1 or 1.2, takes for something else than a string."""


class YamlFileError(EngineError):
    """A file that a person wrote is not what it should be."""


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def read_text(path: Path) -> str | None:
    """Read a file, None where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise YamlFileError(f"{path} cannot be read: {error}") from error


def parse_mapping(text: str, path: Path) -> Map:
    """Read a YAML mapping; an empty document is an empty one.

    Raises
    ------
    YamlFileError: the text is no YAML, or no mapping; the message names file and line.

    """
    try:
        tree = cast("object", _yaml().load(text))  # pyright: ignore[reportUnknownMemberType] # untyped in ruamel.yaml
    except MarkedYAMLError as error:
        mark = cast("Any", error)
        line = f", line {mark.problem_mark.line + 1}" if mark.problem_mark else ""
        raise YamlFileError(f"{path}{line} is not valid YAML: {mark.problem or mark.context}") from error
    except (YAMLError, ValueError) as error:
        raise YamlFileError(f"{path} is not valid YAML: {error}") from error
    if tree is None:
        return new_map()
    if not isinstance(tree, CommentedMap):
        raise YamlFileError(f"{path} should hold keys and values, it holds {shown(tree)}")
    return cast("Map", tree)


def new_map() -> Map:
    """Make an empty mapping that remembers its layout."""
    return cast("Map", CommentedMap())


def new_seq() -> Seq:
    """Make an empty sequence that remembers its layout."""
    return cast("Seq", CommentedSeq())


def insert_first(tree: Map, key: str, value: object) -> None:
    """Put a new key before all others."""
    cast("Any", tree).insert(0, key, value)


def render(tree: Map) -> str:
    """Write a tree with the layout it was read with."""
    out = io.StringIO()
    _yaml().dump(tree, out)  # pyright: ignore[reportUnknownMemberType] # untyped in ruamel.yaml
    return out.getvalue()


def scalar(value: object) -> Any:
    """Dress a string so that every YAML reader takes it for one; other values stay as they are."""
    if not isinstance(value, str):
        return value
    if "\n" in value and not re.search(r"[^\n\t\x20-\x7e\xa0-\ud7ff]|[ \t]\n|\A\s", value):
        return LiteralScalarString(value)
    return DoubleQuotedScalarString(value) if _AMBIGUOUS.match(value) else value


def line_of(tree: Map, key: str) -> str:
    """Say where a key stands, as `, line 5`; nothing where that is not known."""
    try:
        return f", line {cast('Any', tree).lc.key(key)[0] + 1}"
    except (KeyError, AttributeError, TypeError):
        return ""
