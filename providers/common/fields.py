"""Declared fields: one table per resource says what an input must look like, and what its change costs.

inputs -> `check` -> cleaned inputs and failures;  state + cleaned inputs -> `diff` -> what changes, what replaces.
Pure: no I/O, no Pulumi types but its marker of an unknown value.

An input that is None is not given: it is not managed, and what the other side has is left alone. The state keeps
the names of given inputs (`MANAGED`), because a refresh sees only outputs and must know which of them were asked for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

MANAGED = "managed_inputs"
"""The output that lists the names of the inputs that were given."""

Inputs = Mapping[str, object]
Clean = Callable[[object], object]
Same = Callable[[object, object], bool]
Cross = Callable[[Inputs], Iterable[tuple[str, str]]]


def equal(old: object, new: object) -> bool:
    """Compare as values; tuples and lists alike."""
    return _listed(old) == _listed(new)


def same_set(old: object, new: object) -> bool:
    """Compare as sets of scalars: the order, and a doubled entry, mean nothing."""
    return _members(old) == _members(new)


def anything(value: object) -> object:
    """Accept any value: the cleaner of a field without rules."""
    return value


@dataclass(frozen=True)
class Field:
    """One input.

    `clean` returns the normal form or raises ValueError with what is allowed. `replaces`: its change needs another
    resource, always or for those (old, new) of which the function says so. `same` decides whether state and input
    mean the same. `default` None: left out means not managed.
    """

    name: str
    clean: Clean = anything
    required: bool = False
    replaces: bool | Same = False
    same: Same = equal
    default: object = None


@dataclass(frozen=True)
class Schema:
    """The inputs of a resource; `cross` yields (property, reason) for what no field can judge alone.

    `delete_first`: a replacement deletes the old one before it makes the new one, always or for those (state, inputs)
    of which the function says so. `stables`: outputs that never change.
    """

    fields: tuple[Field, ...]
    cross: Cross | None = None
    delete_first: bool | Callable[[Inputs, Inputs], bool] = False
    stables: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def deletes_first(self, olds: Inputs, news: Inputs) -> bool:
        """Say whether the old one must be gone before the new one is made."""
        return self.delete_first if isinstance(self.delete_first, bool) else self.delete_first(olds, news)


@dataclass(frozen=True)
class Checked:
    """Inputs in normal form, and (property, reason) pairs of those that can't be accepted."""

    inputs: dict[str, object]
    failures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Difference:
    """Names of inputs whose change is wanted; `replacing` is the part of them that needs another resource."""

    changed: tuple[str, ...]
    replacing: tuple[str, ...]


def has_unknown(value: object) -> bool:
    """Is this value, or anything in it, not known before the update runs?"""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, str):
        return value == UNKNOWN
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in cast("Mapping[str, object]", value).values())
    if isinstance(value, Sequence):
        return any(has_unknown(item) for item in cast("Sequence[object]", value))
    return False


def given(schema: Schema, inputs: Inputs) -> tuple[str, ...]:
    """List the names of the declared inputs that hold a value, sorted."""
    return tuple(sorted(name for name in schema.names if inputs.get(name) is not None))


def check(schema: Schema, news: Inputs) -> Checked:
    """Clean every known input; what is unknown in preview passes as it is, and is checked when it is known."""
    inputs = dict(news)
    failures: list[tuple[str, str]] = []
    for field in schema.fields:
        try:
            inputs.update(_cleaned(field, news.get(field.name)))
        except ValueError as error:
            failures.append((field.name, str(error)))
    if schema.cross is not None and not failures:
        known = {name: value for name, value in inputs.items() if value is not None and not has_unknown(value)}
        failures.extend(schema.cross(known))
    return Checked(inputs, tuple(failures))


def diff(schema: Schema, olds: Inputs, news: Inputs) -> Difference:
    """Compare state with wanted inputs.

    Only given inputs count. One that is no longer given changes in place: it stops being managed, its value stays.
    An unknown input changes in place too: that it replaces is said only once its value says so, since an unknown
    that stems from an update in place elsewhere would otherwise announce the loss of a machine.
    """
    before = frozenset(cast("Sequence[str]", olds.get(MANAGED) or ()))
    changed: list[str] = []
    replacing: list[str] = []
    for field in schema.fields:
        new = news.get(field.name)
        if new is None:
            changed.extend([field.name] if field.name in before else [])
        elif has_unknown(new):
            changed.append(field.name)
        elif not field.same(olds.get(field.name), new):
            changed.append(field.name)
            replacing.extend([field.name] if _replaces(field, olds.get(field.name), new) else [])
    return Difference(tuple(changed), tuple(replacing))


def _cleaned(field: Field, value: object) -> dict[str, object]:
    if value is None:
        if field.required:
            raise ValueError("is required")
        return {} if field.default is None else {field.name: field.default}
    return {} if has_unknown(value) else {field.name: field.clean(value)}


def _replaces(field: Field, old: object, new: object) -> bool:
    return field.replaces if isinstance(field.replaces, bool) else field.replaces(old, new)


def _listed(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_listed(item) for item in cast("Sequence[object]", value)]
    if isinstance(value, Mapping):
        return {key: _listed(item) for key, item in cast("Mapping[str, object]", value).items()}
    return value


def _members(value: object) -> object:
    return frozenset(cast("Sequence[object]", value)) if isinstance(value, list | tuple) else value
