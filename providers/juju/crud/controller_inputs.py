"""What a Controller is given: raw inputs -> normal form, or what is wrong with them. Pure."""

from collections.abc import Iterator, Mapping
from typing import cast

from providers.common import cleaning, fields
from providers.common.fields import Field, Schema
from providers.common.raw import Raw, mapping, text
from providers.hosts import connection
from providers.juju.crud.cleaners import reason
from providers.juju.facades import check_channel

_name = cleaning.matching(r"[a-z0-9][a-z0-9-]*", "a name of small letters, digits and dashes")
_url = cleaning.matching(r"https?://[^\s/]+(/[^\s]*)?", "a URL such as http://172.16.0.3:5240/MAAS")


def _object(value: object, cleaners: Mapping[str, cleaning.Clean]) -> dict[str, object]:
    """Clean an object that must have just these entries."""
    if not isinstance(value, Mapping):
        raise ValueError(f"must be an object with {', '.join(cleaners)}")  # noqa: TRY004 - the contract of cleaners
    given = {name: item for name, item in cast("Mapping[str, object]", value).items() if item is not None}
    odd = sorted(given.keys() ^ cleaners.keys())
    if odd:
        raise ValueError(f"has or lacks {odd[0]!r}, but must have {', '.join(cleaners)}, and nothing else")
    cleaned: dict[str, object] = {}
    for name, clean in cleaners.items():
        try:
            cleaned[name] = clean(given[name])
        except ValueError as error:
            raise ValueError(f"has a {name} that {error}") from None
    return cleaned


def _cloud(value: object) -> object:
    return _object(value, {"name": _name, "type": cleaning.one_of("maas"), "endpoint": _url})


def _key(value: object) -> object:
    given = cleaning.secret_text(value)
    if len([part for part in given.strip().split(":") if part]) == 3:
        return given.strip()
    raise ValueError("must be an API key of MAAS: three parts joined by colons (it is a secret and is not shown)")


def _credential(value: object) -> object:
    return _object(value, {"name": cleaning.matching(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a plain name"), "key": _key})


def _channel(value: object) -> object:
    return check_channel(str(_any_channel(value)))


_any_channel = cleaning.matching(r"[0-9a-z.]+/(stable|candidate|beta|edge)", "a channel such as 3.6/stable")


def _settings(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in cast("Mapping[str, object]", value).items() if item is not None}
    raise ValueError(f"is {value!r}, but must be an object of Juju's settings")


def _plain(value: object) -> object:
    """Give a whole number back: Pulumi's wire has only floats, and a port is no 17070.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _once(_old: object, _new: object) -> bool:
    """Count a change as none: it is for the making of the controller, which would have to be destroyed for it."""
    return True


def _another_cloud(old: object, new: object) -> bool:
    """Say whether it is another cloud, rather than the same one elsewhere."""
    return isinstance(old, dict) and text(cast("Raw", old), "name") != text(cast("Raw", new), "name")


SCHEMA = Schema(
    (
        Field("name", clean=_name, required=True, replaces=True),
        Field("connection", clean=connection.clean),
        Field("cloud", clean=_cloud, required=True, replaces=_another_cloud),
        Field("credential", clean=_credential, required=True),
        Field("channel", clean=_channel, default="3.6/stable"),
        Field("to", clean=cleaning.filled, same=_once),
        Field("constraints", clean=cleaning.filled, same=_once),
        Field("base", clean=cleaning.matching(r"ubuntu@\d\d\.\d\d", "a base such as ubuntu@22.04"), same=_once),
        Field("config", clean=_settings),
        Field("controller_file", clean=cleaning.filled),
        Field("keep", clean=cleaning.flag, default=False),
        Field("force", clean=reason),
        Field("claim", clean=cleaning.filled, same=_once),
        Field("drift", default=cast("list[str]", [])),
    ),
    delete_first=True,
    stables=("name",),
)

AT_BOOTSTRAP = ("to", "constraints", "base")
"""Inputs that choose the machine, and do nothing once there is one."""


def exchanged(olds: Raw, news: Raw) -> Iterator[tuple[str, str]]:
    """Find what would need another controller: its models would be lost with it, and what is in them.

    `olds` are the inputs so far, {} for a controller that is not there.
    """
    for name in fields.diff(SCHEMA, olds, news).replacing if olds else ():
        before, after = (_called(props, name) for props in (olds, news))
        why = f"can't change from {before!r} to {after!r} while the controller is there, since no model moves along"
        yield name, f"{why}: put {before!r} back, or `pulumi destroy` what is there first"


def _called(props: Raw, name: str) -> str:
    return text(mapping(props, name), "name") if isinstance(props.get(name), dict) else text(props, name)


def without_effect(olds: Raw, news: Raw) -> Iterator[str]:
    """Tell of inputs that say something else than what the controller was made with."""
    for name in AT_BOOTSTRAP:
        before, after = olds.get(name), news.get(name)
        if after is not None and not fields.has_unknown(after) and after != before:
            made = f"with `{name}` {before!r}" if before else f"without `{name}`"
            yield f"The controller {text(olds, 'name')} was made {made}: `{name}` {after!r} has no effect on it"
