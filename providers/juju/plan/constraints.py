"""Constraints: "tags=compute mem=8G cores=4", or an object of the same, in one normal form.

a person's text or object -> `parse` -> Juju's own object (`Value` of its API: MiB, lists) -> `written` -> the text as
Juju writes it, names sorted. Two constraints mean the same if their texts are equal. Pure.
Source: juju 3.6 core/constraints; an empty value ("mem=") means: nothing, whatever the model asks for.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, cast

from providers.juju.names import nearest

Value: TypeAlias = dict[str, object]
"""Constraints as Juju's API has them: {"mem": MiB, "cores": n, "tags": [...], ...}."""

ARCHES: Final = ("amd64", "arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x")
_CONTAINERS: Final = ("lxd", "kvm", "none")
_UNITS: Final = {"": 1, "M": 1, "G": 1024, "T": 1024**2, "P": 1024**3}
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)([MGTP]?)")
_WORD: Final = re.compile(r"\^?[A-Za-z0-9][A-Za-z0-9_.+-]*")
_ALIASES: Final = {"cpu-cores": "cores"}


def _size(name: str, value: str) -> object:
    found = _SIZE.fullmatch(value.upper().removesuffix("IB").removesuffix("B")) if value else None
    if found is None:
        if value == "":
            return 0
        raise ValueError(f"has {name}={value}, but {name} must be a size such as 8G or 512M")
    return math.ceil(float(found[1]) * _UNITS[found[2]])


def _number(name: str, value: str) -> object:
    if value.isdecimal() or value == "":
        return int(value or 0)
    raise ValueError(f"has {name}={value}, but {name} must be a whole number")


def _words(name: str, value: str) -> object:
    words = [word.strip() for word in value.split(",")] if value else []
    wrong = next((word for word in words if not _WORD.fullmatch(word)), None)
    if wrong is not None:
        raise ValueError(f"has {name}={value}, but {name} must be names with commas between, such as a,b or ^c")
    return sorted(set(words))


def _text(name: str, value: str) -> object:
    del name
    return value


def _one_of(*allowed: str) -> Callable[[str, str], object]:
    def read(name: str, value: str) -> object:
        if value in allowed or value == "":
            return value
        raise ValueError(f"has {name}={value}, but {name} must be one of {', '.join(allowed)}")

    return read


def _truth(name: str, value: str) -> object:
    if value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise ValueError(f"has {name}={value}, but {name} must be true or false")


_READERS: Final[Mapping[str, Callable[[str, str], object]]] = {
    "allocate-public-ip": _truth,
    "arch": _one_of(*ARCHES),
    "container": _one_of(*_CONTAINERS),
    "cores": _number,
    "cpu-power": _number,
    "image-id": _text,
    "instance-role": _text,
    "instance-type": _text,
    "mem": _size,
    "root-disk": _size,
    "root-disk-source": _text,
    "spaces": _words,
    "tags": _words,
    "virt-type": _text,
    "zones": _words,
}


def parse(value: object) -> Value:
    """Read a text or an object; ValueError completes "<field> ..."."""
    pairs = _pairs_of_text(value) if isinstance(value, str) else _pairs_of_object(value)
    parsed: Value = {}
    for name, text in pairs:
        name = _ALIASES.get(name, name)
        if name not in _READERS:
            raise ValueError(f'has an unknown constraint "{name}": {nearest(name, _READERS)}')
        if name in parsed:
            raise ValueError(f"has {name} twice")
        parsed[name] = _READERS[name](name, text)
    return parsed


def written(value: Mapping[str, object]) -> str:
    """Write constraints in Juju's way: `arch=amd64 mem=8192M tags=a,b`; absent and null ones are left out."""
    return " ".join(f"{name}={_shown(name, value[name])}" for name in sorted(_READERS) if value.get(name) is not None)


def clean(value: object) -> str:
    """Bring a text or an object to the normal text: the cleaner of a field."""
    return written(parse(value))


def observed(there: Mapping[str, object], asked: str) -> str:
    """Write what is there, without the architecture that Juju adds itself where none was asked for."""
    shown = dict(there)
    if "arch" not in parse(asked):
        shown.pop("arch", None)
    return written(shown)


def to_send(asked: str, there: Mapping[str, object] | None = None) -> Value:
    """Choose what to set: what is asked for, with the architecture that is there where none was asked for."""
    wanted = parse(asked)
    arch = (there or {}).get("arch")
    return {"arch": arch, **wanted} if arch and "arch" not in wanted else wanted


def _pairs_of_text(value: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for word in value.split():
        name, equals, text = word.partition("=")
        if not (name and equals):
            raise ValueError(f'has "{word}", but each constraint must be name=value, such as mem=8G')
        pairs.append((name, text))
    return pairs


def _pairs_of_object(value: object) -> list[tuple[str, str]]:
    if not isinstance(value, Mapping):
        raise ValueError(f'is {value!r}, but must be a text such as "mem=8G tags=compute" or an object of the same')  # noqa: TRY004 - the contract of cleaners
    named = cast("Mapping[str, object]", value)
    return [(name.replace("_", "-"), _plain(name, item)) for name, item in named.items() if item is not None]


def _plain(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if value % 1 else str(int(value))
    if isinstance(value, list | tuple):
        return ",".join(str(item) for item in cast("Sequence[object]", value))
    if isinstance(value, str):
        return value
    raise ValueError(f"has {name} = {value!r}, but a constraint must be a text, a number, a list or true or false")


def _shown(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        number = int(value)
        return "" if number == 0 else f"{number}M" if name in {"mem", "root-disk"} else str(number)
    if isinstance(value, list | tuple):
        return ",".join(sorted(str(item) for item in cast("Sequence[object]", value)))
    return str(value)
