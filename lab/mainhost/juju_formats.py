"""How `juju` prints (pure): JSON, YAML, and tables as Juju's own tab writer lays them out."""

import json
from collections.abc import Iterable, Sequence
from typing import Final

import yaml

RIGHT: Final = frozenset({"Scale", "Rev", "Models", "Nodes", "Machines", "Cores", "Units"})
"""Columns whose cells are flush right."""


def output(form: str, document: object) -> str:
    """Print a document as JSON on one line, or as YAML."""
    if form == "json":
        return f"{json.dumps(document, separators=(',', ':'))}\n"
    return yaml.safe_dump(document, sort_keys=False, default_flow_style=False) if document else "{}\n"


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
