"""Config of applications and models: what is asked for against what is there.

asked and there, each {name: scalar} -> `observed` (what state keeps) and `changes` (what to set, and what to put back
to its default). Pure. What means the same ("4" and 4) is no change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from providers.common.fields import has_unknown
from providers.juju.plan.charm import plain

Config: TypeAlias = Mapping[str, object]
Means: TypeAlias = Callable[[str, object, object], bool]
"""(option, one value, another one) -> do they mean the same?"""


@dataclass(frozen=True)
class Changes:
    """`set`: options with the values they get; `unset`: options that go back to their default."""

    set: Config = field(default_factory=dict[str, object])
    unset: tuple[str, ...] = ()


def clean(value: object) -> dict[str, object]:
    """Accept an object of texts, numbers and truth values; null: not given. ValueError completes "<field> ..."."""
    if not isinstance(value, Mapping):
        raise ValueError(f"is {value!r}, but must be an object of options")  # noqa: TRY004 - the contract of cleaners
    options = cast("Mapping[str, object]", value)
    wrong = next((name for name, item in options.items() if not _scalar(item)), None)
    if wrong is not None:
        raise ValueError(f"has {wrong}, whose value must be a text, a number or true or false")
    return {name: _whole(item) for name, item in options.items() if item is not None}


def clean_secret(value: object) -> dict[str, object]:
    """Accept what `clean` does, in words that never quote what may be a secret."""
    if not isinstance(value, Mapping):
        raise ValueError("must be an object of options (what it is, is not shown)")  # noqa: TRY004 - the contract of cleaners
    return clean(cast("Config", value))


def same(old: object, new: object) -> bool:
    """Compare two configs by what their values mean as text."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return old == new
    before, after = cast("Config", old), cast("Config", new)
    return before.keys() == after.keys() and all(_alike(before[name], after[name]) for name in before)


def observed(asked: Config, there: Mapping[str, object], means: Means) -> dict[str, object]:
    """Give the asked options as they are there, in the asked form where that means the same; none that are absent."""
    seen = {name: there[name] for name in asked if there.get(name) is not None}
    return {name: asked[name] if means(name, asked[name], value) else value for name, value in seen.items()}


def changes(before: Config, asked: Config, there: Mapping[str, object], means: Means) -> Changes:
    """Compare: `before` is what the state managed, whose options go back to their default when no longer asked for."""
    wanted = {name: value for name, value in asked.items() if not means(name, value, there.get(name))}
    return Changes(wanted, tuple(sorted(name for name in before if name not in asked)))


def _alike(one: object, other: object) -> bool:
    if has_unknown(one) or has_unknown(other):
        return False
    return plain(one) == plain(other)


def _scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def _whole(value: object) -> object:
    """Pulumi has only floats: 4.0 is the whole number 4."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
