"""Exactly one leader among the units of an application (pure)."""

from collections.abc import Sequence
from dataclasses import replace

from lab.juju import models as m
from lab.juju.life.rows import number_of


def elected(units: Sequence[m.Unit]) -> m.Unit | None:
    """Give the unit that takes over where none leads: the first living one, or None."""
    if not units or any(each.leader for each in units):
        return None
    chosen = min(units, key=lambda each: (each.life != "alive", number_of(each.name)))
    return replace(chosen, leader=True)
