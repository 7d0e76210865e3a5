"""Model config as it is checked, inherited and set (pure).

Juju's defaults < the cloud's model defaults < the region's < the model's own;  values take their option's type
"""

from collections.abc import Mapping, Sequence
from typing import Final

from lab.juju.errors import NOT_VALID, JujuError
from lab.juju.hub.catalogue import SERIES
from lab.juju.life import settings
from lab.juju.models import Model
from lab.juju.world import World

FIXED: Final = ("name", "type", "uuid", "firewall-mode", "charmhub-url")
_MODES: Final[Mapping[str, tuple[str, ...]]] = {
    "firewall-mode": ("instance", "global", "none"),
    "provisioner-harvest-mode": ("all", "none", "unknown", "destroyed"),
    "container-networking-method": ("", "local", "provider", "fan"),
    "image-stream": ("", "released", "daily"),
}


def inherited(world: World, model: Model) -> dict[str, tuple[object, str]]:
    """Give a model's whole config: name -> (value, source); source is default, controller, region or model."""
    found = settings.effective(world, model)
    defaults = world.meta.model_defaults
    for place, source in ((model.cloud, "controller"), (f"{model.cloud}/{model.region}", "region")):
        for name, value in defaults.get(place, {}).items():
            if found.get(name, ("", ""))[1] != "model":
                found[name] = (value, source)
    return found


def coerced(values: Mapping[str, object]) -> dict[str, object]:
    """Check values of options and give them their types; JujuError "not valid" in Juju's words.

    A "default-series", as 2.9 had it, sets the default base too.
    """
    series = str(values.get("default-series") or "")
    base = {"default-base": _base_of(series) if series else ""} if "default-series" in values else {}
    return {name: _coerced(name, value) for name, value in {**base, **values}.items()}


def _base_of(series: str) -> str:
    release = next((version for version, name in SERIES.items() if name == series), None)
    if release is None:
        raise JujuError(f'unknown version for series: "{series}"', NOT_VALID)
    return f"ubuntu@{release}/stable"


def _coerced(name: str, value: object) -> object:
    default = settings.DEFAULTS.get(name)
    if isinstance(default, bool):
        return _boolean(name, value)
    if isinstance(default, int):
        return _number(name, value)
    if name in _MODES and value not in _MODES[name]:
        raise JujuError(f"{name}: expected one of {list(_MODES[name])}, got {value!r}", NOT_VALID)
    if name == "default-base" and value:
        _need_base(str(value))
    return value


def _need_base(text: str) -> None:
    system, _, channel = text.partition("@")
    if system != "ubuntu" or not channel.partition("/")[0].replace(".", "").isdecimal():
        raise JujuError(
            f"invalid default base \"{text}\": base string must contain os and channel separated by '@'", NOT_VALID
        )


def _boolean(name: str, value: object) -> bool:
    known = {"true": True, "false": False}
    found = value if isinstance(value, bool) else known.get(str(value).lower())
    if found is None:
        raise JujuError(f'{name}: expected bool, got string("{value}")', NOT_VALID)
    return found


def _number(name: str, value: object) -> int:
    if isinstance(value, bool) or not str(value).removesuffix(".0").lstrip("-").isdecimal():
        raise JujuError(f'{name}: expected number, got string("{value}")', NOT_VALID)
    return int(float(str(value)))


def changed(world: World, model: Model, values: Mapping[str, object]) -> dict[str, object]:
    """Give a model's own config with values set; JujuError for what cannot change."""
    known = inherited(world, model)
    if "agent-version" in values and values["agent-version"] != model.agent_version:
        raise JujuError("agent-version cannot be changed")
    for name in FIXED:
        if name in values and values[name] != known[name][0]:
            raise JujuError(f'cannot change {name} from "{known[name][0]}" to "{values[name]}"')
    return {**model.config, **coerced(kept(values, (*FIXED, "agent-version")))}


def without(model: Model, names: list[str]) -> dict[str, object]:
    """Give a model's own config without these options, which have their defaults again."""
    if "agent-version" in names:
        raise JujuError("agent-version cannot be removed")
    return kept(model.config, names)


def kept(values: Mapping[str, object], gone: Sequence[str]) -> dict[str, object]:
    """Give values without these; with a default series goes the default base, which it stands for."""
    dropped = {*gone, "default-base"} if "default-series" in gone else set(gone)
    return {name: value for name, value in values.items() if name not in dropped}
