"""The part of a dynamic provider that a table decides: check and diff.

Pulumi's property bags -> `fields.check` / `fields.diff` -> Pulumi's CheckResult / DiffResult. Subclasses add the
effects. No instance attribute, ever: the object is pickled into each resource's state, by reference to its class.
"""

from collections.abc import Callable
from typing import ClassVar, TypeVar

from pulumi.dynamic import CheckFailure, CheckResult, DiffResult, ResourceProvider

from providers.common import fields

T = TypeVar("T")


def without_frames(kind: type[Exception], effect: Callable[[], T]) -> T:
    """Run; an error of this kind loses its frames, since the SDK shows the person a whole traceback."""
    try:
        return effect()
    except kind as error:
        failure = error
    raise failure.with_traceback(None)


class DeclaredProvider(ResourceProvider):
    """A provider whose inputs are declared in `schema`."""

    schema: ClassVar[fields.Schema]
    serialize_as_secret_always: bool = False  # the pickle names a class and holds nothing else

    def check(self, _olds: dict[str, object], news: dict[str, object]) -> CheckResult:
        """Bring the inputs to normal form, or say what is wrong; unknown values pass."""
        checked = fields.check(self.schema, news)
        return CheckResult(checked.inputs, [CheckFailure(name, reason) for name, reason in checked.failures])

    def diff(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> DiffResult:
        """Say what `update` would change and what only a replacement can; from state and inputs alone, no I/O."""
        difference = fields.diff(self.schema, _olds, _news)
        return DiffResult(
            changes=bool(difference.changed),
            replaces=list(difference.replacing),
            stables=list(self.schema.stables),
            delete_before_replace=bool(difference.replacing) and self.schema.deletes_first(_olds, _news),
        )
