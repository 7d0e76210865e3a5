"""The provider of package `pulumi`, which lives in the engine: StackReference.

Its one question is Read of `pulumi:pulumi:StackReference`: which outputs does another stack have? The answer comes
from a function that the backend supplies, so nothing here knows where stacks are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.deploy.errors import ProviderError
from engine.deploy.provider import Made
from engine.model.state import ResourceState
from engine.model.values import Properties, contains_secret
from engine.plan.diffing import diff_properties
from engine.plan.questions import Check, Checked, CheckFailure, Diff, Diffed, Read, WasRead

STACK_REFERENCE = "pulumi:pulumi:StackReference"


@dataclass(frozen=True, slots=True)
class BuiltinProvider:
    """Answers for `pulumi:pulumi:*`; `outputs_of` gives a stack's outputs, or raises with the reason."""

    outputs_of: Callable[[str], Properties]
    previews: bool = True

    async def check(self, question: Check) -> Checked:
        name = question.news.get("name")
        if question.type != STACK_REFERENCE or not isinstance(name, str):
            return Checked(question.news, (CheckFailure("name", "a stack reference names a stack"),))
        return Checked({"name": name})

    async def diff(self, question: Diff) -> Diffed:
        changed = diff_properties(question.old_inputs, question.news)
        return Diffed(changes=bool(changed), replaces=("name",) if changed else ())

    async def read(self, question: Read, timeout: float = 0) -> WasRead:
        del timeout  # a local file is read at once
        if question.type != STACK_REFERENCE:
            raise ProviderError(f"{question.type} is not a resource that can be read: only {STACK_REFERENCE} is")
        name = question.inputs.get("name")
        stack = name if isinstance(name, str) and name else question.id
        return WasRead(question.id, question.inputs, self._outputs(stack))

    def _outputs(self, stack: str) -> Properties:
        outputs = self.outputs_of(stack)
        secret = [key for key, item in outputs.items() if contains_secret(item)]
        return {"name": stack, "outputs": outputs, "secretOutputNames": list(secret)}

    async def create(self, new: ResourceState, *, preview: bool) -> Made:
        del preview  # reading is all it does
        name = new.inputs.get("name")
        return Made(str(name), self._outputs(str(name)))

    async def update(self, old: ResourceState, new: ResourceState, ignore: tuple[str, ...], *, preview: bool) -> Made:
        del ignore
        return Made(old.id, (await self.create(new, preview=preview)).outputs)

    async def delete(self, old: ResourceState) -> None:
        """Forget it: there is nothing to delete."""

    async def invoke(self, token: str, args: Properties, *, preview: bool) -> tuple[Properties, list[CheckFailure]]:
        del args, preview
        raise ProviderError(f"the function {token} is not one of this engine's; the official pulumi CLI may have it")

    async def cancel(self) -> None:
        """Nothing is under way."""

    async def stop(self) -> None:
        """Nothing to end."""
