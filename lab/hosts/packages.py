"""lab/packages.yaml: which packages the servers have, and which the rack's mirror holds.

base    Debian packages of the base system
debs    Debian packages of the mirror, which fetches their dependencies too
wheels  Python requirements of the mirror: requirement specifiers, or paths of requirement files in the checkout
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import yaml

FILE: Final = Path(__file__).parent.parent / "packages.yaml"
CHECKOUT: Final = FILE.parent.parent


@dataclass(frozen=True, slots=True)
class Packages:
    """The lists, as the file has them."""

    base: tuple[str, ...]
    debs: tuple[str, ...]
    wheels: tuple[str, ...]


def load(path: Path = FILE) -> Packages:
    """Read the lists; ValueError says which one is none."""
    read = cast("dict[str, object]", yaml.safe_load(path.read_text()))
    return Packages(*(_names(path, key, read.get(key)) for key in ("base", "debs", "wheels")))


def _names(path: Path, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in cast("list[object]", value)):
        raise ValueError(f"{path}: {key} is a list of names, not {value!r}.")
    return tuple(cast("list[str]", value))


def requirements(wheels: tuple[str, ...], checkout: Path = CHECKOUT) -> list[str]:
    """Give the requirements of all entries, one specifier each, without comments."""
    lines = [
        line
        for each in wheels
        for line in ((checkout / each).read_text().splitlines() if each.endswith(".txt") else [each])
    ]
    return [line for line in (each.split(" #", 1)[0].strip() for each in lines) if line and not line.startswith("#")]
