"""What each operation is called, planned, under way, done, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.model.state import Op


@dataclass(frozen=True, slots=True)
class Words:
    """The sign and the words of one operation."""

    sign: str
    style: str
    planned: str
    running: str
    done: str


WORDS: Final = {
    Op.SAME: Words("", "", "unchanged", "checking", "unchanged"),
    Op.CREATE: Words("+", "green", "create", "creating", "created"),
    Op.UPDATE: Words("~", "yellow", "update", "updating", "updated"),
    Op.DELETE: Words("-", "red", "delete", "deleting", "deleted"),
    Op.REPLACE: Words("+-", "magenta", "replace", "replacing", "replaced"),
    Op.CREATE_REPLACEMENT: Words("++", "green", "create replacement", "creating replacement", "created replacement"),
    Op.DELETE_REPLACED: Words("--", "red", "delete original", "deleting original", "deleted original"),
    Op.READ: Words(">", "cyan", "read", "reading", "read"),
    Op.READ_REPLACEMENT: Words(">>", "cyan", "read replacement", "reading replacement", "read replacement"),
    Op.REFRESH: Words("", "cyan", "refresh", "refreshing", "refreshed"),
    Op.DISCARD: Words("<", "red", "discard", "discarding", "discarded"),
    Op.DISCARD_REPLACED: Words("<<", "red", "discard original", "discarding original", "discarded original"),
    Op.REMOVE_PENDING_REPLACE: Words("~", "yellow", "complete replace", "completing replace", "completed replace"),
    Op.IMPORT: Words("=", "green", "import", "importing", "imported"),
    Op.IMPORT_REPLACEMENT: Words("=>", "green", "import replacement", "importing replacement", "imported replacement"),
}

DRIFT: Final = {
    Op.UPDATE: Words("~", "yellow", "drifted", "refreshing", "drifted"),
    Op.DELETE: Words("-", "red", "gone", "refreshing", "gone"),
}
"""What a refresh saw in reality."""
MOVED: Final = Words("", "dim", "new outputs", "refreshing", "new outputs")
"""What it saw besides: outputs that nobody asks for, such as a status."""

REPLACING: Final = frozenset(
    {
        Op.REPLACE,
        Op.CREATE_REPLACEMENT,
        Op.DELETE_REPLACED,
        Op.READ_REPLACEMENT,
        Op.DISCARD_REPLACED,
        Op.IMPORT_REPLACEMENT,
    }
)
"""The operations that are parts of one replacement; a person counts them as one."""

SUMMARY_ORDER: Final = (
    Op.CREATE,
    Op.IMPORT,
    Op.READ,
    Op.UPDATE,
    Op.REPLACE,
    Op.CREATE_REPLACEMENT,
    Op.IMPORT_REPLACEMENT,
    Op.READ_REPLACEMENT,
    Op.DELETE,
    Op.DELETE_REPLACED,
    Op.DISCARD,
    Op.DISCARD_REPLACED,
    Op.REMOVE_PENDING_REPLACE,
    Op.REFRESH,
)

KIND_WORDS: Final = {
    "preview": ("Previewing the update", "Preview"),
    "update": ("Updating", "Update"),
    "refresh": ("Refreshing", "Refresh"),
    "destroy": ("Destroying", "Destroy"),
    "import": ("Importing", "Import"),
}
"""What a deployment's kind is called while it runs, and as a noun."""

COMMANDS: Final = {
    "update": "pulumi up",
    "refresh": "pulumi refresh",
    "destroy": "pulumi destroy",
    "import": "pulumi import",
}
