"""The layout of a deployment, kept in the state: a preview shows a new one as a table, and refuses to move containers.

inputs -> `check` with those of before (`plan.layout`) -> a line, a refusal, or nothing. No object of Juju, no call.
Everything of the deployment comes after it, so that a refusal comes before anything is changed.
"""

from collections.abc import Mapping
from typing import cast

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, ReadResult, UpdateResult

from providers.common.cleaning import each, filled, flag, whole
from providers.common.fields import Field, Schema, has_unknown
from providers.common.raw import Raw, mapping, text, texts
from providers.common.raw import whole as read_whole
from providers.common.state import Found, Props, StateProvider
from providers.juju.crud.cleaners import labels
from providers.juju.plan.layout import Layout, refusal, table

SAID = "critical_path"
"""What is told with a new layout, and not kept."""


def _spots(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"is {value!r}, but must give the spots of each application's units")  # noqa: TRY004 - the contract of cleaners
    return {name: labels(spots) for name, spots in cast("Raw", value).items()}


class LayoutProvider(StateProvider):
    """See `providers.juju.resources.layout.Layout`."""

    schema = Schema(
        (
            Field("nodes", clean=each(filled), required=True),
            Field("spread", clean=whole(1, 10_000), required=True),
            Field("spots", clean=_spots, required=True),
            Field("moves", clean=flag, default=False),
            Field("setting", clean=filled),
        )
    )

    def check(self, _olds: dict[str, object], news: dict[str, object]) -> CheckResult:
        """Show a new layout; refuse one that moves containers, unless that is meant."""
        result = super().check(_olds, news)
        inputs: dict[str, object] = result.inputs
        longest = inputs.pop(SAID, None)
        if result.failures or has_unknown(inputs):
            return result
        if not mapping(_olds, "spots"):
            chain = f"\nthe longest chain of steps, by what each usually takes: {longest}" if longest else ""
            pulumi.log.info(f"{table(_layout(inputs))}{chain}")
            return result
        refused = "" if inputs.get("moves") else refusal(_layout(_olds), _layout(inputs))
        return CheckResult(inputs, [CheckFailure("", refused)] if refused else [])

    def create(self, props: dict[str, object]) -> CreateResult:
        """Keep it."""
        return CreateResult("layout", self.state_of(props, {}, {}))

    def read(self, id_: str, props: dict[str, object]) -> ReadResult:
        """Give it back: only programs change it."""
        return self.read_back(Found(id_, {}), props)

    def update(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> UpdateResult:
        """Keep the new one."""
        return UpdateResult(self.state_of(_news, _olds, {}))


def _layout(props: Props) -> Layout:
    spots: Raw = mapping(props, "spots")
    return Layout(
        texts(props, "nodes"),
        read_whole(props, "spread"),
        {name: texts(spots, name) for name in sorted(spots)},
        text(props, "setting"),
    )
