"""How `juju` prints (pure): JSON, YAML, and tables as Juju's own tab writer lays them out."""

import json
from collections.abc import Iterable, Sequence
from typing import Final

import yaml

RIGHT: Final = frozenset({"Scale", "Rev", "Models", "Nodes", "HA", "Machines", "Cores"})
"""Columns whose cells are flush right."""


_TEXT: Final = "tag:yaml.org,2002:str"


class Flow(list[object]):
    """A list that YAML shows on one line."""


class _Go(yaml.SafeDumper):
    """YAML as Go's writer lays it out: lines as a block, double quotes."""


def _text(dumper: _Go, value: str) -> yaml.ScalarNode:
    tag: object = dumper.resolve(yaml.ScalarNode, value, (True, False))  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - its stubs say nothing
    style = "|" if "\n" in value else None if tag == _TEXT else '"'
    return dumper.represent_scalar(_TEXT, value, style=style)  # pyright: ignore[reportUnknownMemberType] - likewise


def _flow(dumper: _Go, value: Flow) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True)


_Go.add_representer(str, _text)
_Go.add_representer(Flow, _flow)


def as_yaml(document: object) -> str:
    """Write YAML as Juju's client does."""
    text: str = yaml.dump(document, Dumper=_Go, sort_keys=False, default_flow_style=False, width=10**6)
    return text.removesuffix("...\n")


def output(form: str, document: object) -> str:
    """Print a document as JSON on one line, or as YAML."""
    if form == "json":
        return f"{json.dumps(document, separators=(',', ':'))}\n"
    return as_yaml(document) if document else "{}\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align columns, two blanks between them."""
    widths = [max(len(row[index]) for row in [head, *rows]) for index in range(len(head))]

    def cell(index: int, text: str) -> str:
        return text.rjust(widths[index]) if head[index] in RIGHT else text.ljust(widths[index])

    lines = ["  ".join(cell(index, text) for index, text in enumerate(row)).rstrip() for row in [head, *rows]]
    return "".join(f"{line}\n" for line in lines)


def pairs(words: Iterable[str]) -> dict[str, str]:
    """Read "NAME=VALUE" words."""
    found: dict[str, str] = {}
    for each in words:
        name, _, value = each.partition("=")
        found[name] = value
    return found
