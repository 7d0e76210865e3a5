"""MAAS's settings: set the named ones, remember what was found, put it back.

wanted settings -> get_config each -> set_config where it differs -> observed settings and `previous`.
Source: MAAS 3.5 API, maas/?op=get_config, ?op=set_config. Neither lists all settings, so each name is one call.
"""

from collections.abc import Mapping
from typing import cast

from providers.common.fields import Field, Schema
from providers.common.raw import mapping
from providers.maas.crud.base import Found, MaasProvider, Props
from providers.maas.session import Session

ID = "configuration"


def _clean(value: object) -> object:
    if not isinstance(value, Mapping) or not value:
        raise ValueError("must be an object with at least one setting of MAAS, such as kernel_opts")
    settings = cast("Mapping[str, object]", value)
    for name, setting in settings.items():
        if setting is not None and not isinstance(setting, str | int | float | bool):
            raise ValueError(
                f"holds {name} = {setting!r}, but a setting must be text, a number, true or false, or null"
            )
    return dict(settings)


def _same(old: object, new: object) -> bool:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return False
    before, after = cast("Mapping[str, object]", old), cast("Mapping[str, object]", new)
    return before.keys() == after.keys() and all(alike(before[name], after[name]) for name in after)


def alike(old: object, new: object) -> bool:
    """Compare two values of a setting: unset and "" mean the same, and a number may come back as its digits."""
    return _word(old) == _word(new)


def _word(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value).strip()


class ConfigurationProvider(MaasProvider):
    """A set of settings; names may come and go in place."""

    schema = Schema((Field("settings", clean=_clean, required=True, same=_same),))

    def make(self, maas: Session, props: Props) -> Found:
        wanted = mapping(props, "settings")
        previous = _values(maas, wanted)
        return Found(ID, {"settings": _bring(maas, previous, wanted), "previous": previous})

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        names = mapping(props, "settings") or dict.fromkeys(id_.split(","))
        found = _values(maas, names)
        return Found(ID, {"settings": found, "previous": mapping(props, "previous") or found})

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        wanted, previous = mapping(news, "settings"), dict(mapping(olds, "previous"))
        dropped = {name: previous.pop(name) for name in list(previous) if name not in wanted}
        _bring(maas, mapping(olds, "settings"), dropped)
        found = _values(maas, wanted)
        previous = {**{name: value for name, value in found.items() if name not in previous}, **previous}
        return {"settings": _bring(maas, found, wanted), "previous": previous}

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        _bring(maas, mapping(props, "settings"), mapping(props, "previous"))


def _values(maas: Session, names: Mapping[str, object]) -> dict[str, object]:
    """Read settings; what is unset reads as "", since the SDK drops a null on its way to and from state."""
    return {name: "" if (value := _value(maas, name)) is None else value for name in names}


def _value(maas: Session, name: str) -> object:
    return maas.client.call("MAAS.get_config", f"show the setting {name}", data={"name": name})


def _bring(maas: Session, found: Props, wanted: Props) -> dict[str, object]:
    """Set what differs; return what is set then."""
    for name, value in wanted.items():
        if name not in found or not alike(found[name], value):
            data = {"name": name, "value": "" if value is None else _word(value)}
            maas.change("MAAS.set_config", f"set {name} to {value!r}", data=data, touches={}, repeatable=True)
    return dict(wanted)
