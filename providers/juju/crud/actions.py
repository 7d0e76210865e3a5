"""Actions: something that a charm does once on a unit, and again when its triggers change.

inputs -> one run to its end (`running`) -> results, split into what may be seen and what may not (`plan.outcome`).
Whatever tells runs apart replaces: in preview the results of the new run are unknown, as they are.
"""

from typing import cast

from providers.common.cleaning import each, filled, matching, whole
from providers.common.fields import Field, Schema, equal
from providers.common.progress import say
from providers.common.raw import Raw, mapping, text
from providers.common.raw import whole as read_whole
from providers.juju.crud.base import Found, JujuProvider, Props, model_field
from providers.juju.crud.cleaners import whole_numbers
from providers.juju.crud.running import Ran, Wish, run
from providers.juju.errors import JujuError
from providers.juju.plan.outcome import split
from providers.juju.session import Session

_unit = matching(
    r"[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*/(\d+|leader)", 'a unit such as "vault/0", or "vault/leader"'
)
_action = matching(r"[a-z]([a-z0-9-]*[a-z0-9])?(:[a-z0-9-]+)?", "an action's name: lower-case letters, digits and '-'")
_names = each(filled)


def hidden(value: object) -> object:
    """Accept true (all results are secret), false, or the names of those that are."""
    if isinstance(value, bool):
        return value
    if isinstance(value, list | tuple):
        return _names(cast("object", value))
    raise ValueError(f"is {value!r}, but must be true, false, or a list of the results that are secret")


def parameters(value: object) -> dict[str, object]:
    """Accept an action's parameters: any object."""
    if isinstance(value, dict):
        return cast("dict[str, object]", value)
    raise ValueError("must be an object of parameters (its values are not shown)")


def _told(name: str) -> Field:
    """Declare an object of which no entry is as good as none at all: one that is taken out is a change too."""
    return Field(name, clean=parameters, replaces=True, same=lambda old, new: equal(old or {}, new), default={})


class ActionProvider(JujuProvider):
    """A run that has ended can't change, and nothing of it is left to delete."""

    carried = ("result", "secret_result", "status", "message", "action_id", "operation_id", "ran_on")
    schema = Schema(
        (
            model_field(),
            Field("unit", clean=_unit, required=True, replaces=True),
            Field("name", clean=_action, required=True, replaces=True),
            _told("params"),
            _told("secret_params"),
            _told("triggers"),
            Field("secret_output", clean=hidden, default=False),
            Field("minutes", clean=whole(1, 1440), default=30),
        ),
    )

    def make(self, juju: Session, props: Props) -> Found:
        ran = run(juju, _wish(props), say)
        return Found(f"{text(props, 'model')}/{ran.outcome.id}", _observed(ran, props))

    def look(self, juju: Session, id_: str, props: Props) -> Found | None:
        model = id_.partition("/")[0]
        if "ran_on" not in props:
            raise JujuError("an action that ran can't be imported: declare it, and it runs")
        return Found(id_, {}) if model in juju.models(model) else None

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        everything = {**mapping(olds, "result"), **mapping(olds, "secret_result")}
        seen, kept = split(everything, _hidden(news))
        return {"result": seen, "secret_result": kept}

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        """Do nothing: what was run was run."""


def _wish(props: Props) -> Wish:
    return Wish(
        model=text(props, "model"),
        unit=text(props, "unit"),
        name=text(props, "name"),
        minutes=read_whole(props, "minutes") or 30,
        params=_sent(props, "params"),
        secret=_sent(props, "secret_params"),
        hidden=bool(_hidden(props)),
    )


def _sent(props: Props, name: str) -> Raw:
    return {key: whole_numbers(value) for key, value in mapping(props, name).items()}


def _hidden(props: Props) -> bool | list[str]:
    value = props.get("secret_output")
    return [str(name) for name in cast("list[object]", value)] if isinstance(value, list) else bool(value)


def _observed(ran: Ran, props: Props) -> Props:
    seen, kept = split(ran.outcome.output, _hidden(props))
    return {
        "result": seen,
        "secret_result": kept,
        "status": ran.outcome.status,
        "message": "" if _hidden(props) is True else ran.outcome.message,
        "action_id": ran.outcome.id,
        "operation_id": ran.operation,
        "ran_on": ran.outcome.unit,
    }
