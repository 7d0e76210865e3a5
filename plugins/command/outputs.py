"""What a resource's state is: its inputs, and what is computed beside them. Pure.

preview ─> inputs + unknowns;  after a run ─> inputs + what the run gave;  nothing to run ─> inputs + what was there
"""

from __future__ import annotations

from plugins.command.shapes import Resource
from plugins.command.values import UNKNOWN, Properties, Value


def previewed(resource: Resource, inputs: Properties, old: Properties | None = None) -> Properties:
    """Give the state that a preview shows.

    Every computed output is unknown, for any changed input runs a command anew; an asset list or an archive is unknown
    where one was there before, and absent (which the SDK takes for unknown) where none was.
    """
    unknown: Properties = {
        name: UNKNOWN for name in resource.computed if name in resource.always or name in (old or {})
    }
    return {**inputs, **unknown}


def settled(resource: Resource, inputs: Properties, old: Properties, found: Properties) -> Properties:
    """Give the state after a run: what was found, else what was there, else empty texts."""
    empty: dict[str, Value] = dict.fromkeys(resource.always, "")
    kept = {name: old[name] for name in resource.computed if name in old}
    return {**inputs, **empty, **kept, **found}
