"""Rack files into physical machines: `course`, `fleet:N` or a YAML file (pure but for reading that file)."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import yaml

from lab.maas.models import Host, PhysicalDisk, PhysicalMachine

RACKS = Path(__file__).parent.parent / "racks"
_FIELDS = {"name", "macs", "memory", "cpus", "disks", "amt_address", "model", "architecture"}


def load(name: str) -> list[PhysicalMachine]:
    """Read the machines of the rack that `--rack` names; ValueError says what is wrong with it."""
    if name.startswith("fleet:"):
        return fleet(name.removeprefix("fleet:"))
    path, document = _read(name)
    return parse(document, str(path))


def host(name: str) -> Host:
    """Read the rack's MAAS host: {host: {name, memory GB, cpus}}; a rack that tells none has the course's."""
    if name.startswith("fleet:"):
        return Host()
    _, document = _read(name)
    entry = _mapping(_mapping(document).get("host"))
    known = Host()
    return Host(
        str(entry.get("name", known.name)),
        int(str(entry.get("memory", known.memory // 1024))) * 1024,
        int(str(entry.get("cpus", known.cpus))),
    )


def _read(name: str) -> tuple[Path, object]:
    path = RACKS / f"{name}.yaml" if "/" not in name and not name.endswith((".yaml", ".yml")) else Path(name)
    try:
        return path, cast("object", yaml.safe_load(path.read_text()))
    except FileNotFoundError as error:
        raise ValueError(f"There is no rack '{name}': give course, fleet:N or a YAML file ({path}).") from error
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is no YAML: {error}.") from error


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def fleet(count: str) -> list[PhysicalMachine]:
    """Make N equal machines, fleet-0001 and so on, with AMT at 172.20.x.y."""
    if not count.isdigit() or not 1 <= int(count) <= 4000:
        raise ValueError(f"fleet:{count} is no rack: N is 1 to 4000.")
    return [
        _machine(
            {
                "name": f"fleet-{number:04}",
                "macs": [f"02:f1:ee:00:{number // 256:02x}:{number % 256:02x}"],
                "memory": 16 + 16 * (number % 2),
                "cpus": 2 + 2 * (number % 3),
                "disks": [120, 500],
                "amt_address": f"172.20.{number // 250}.{number % 250 + 1}",
            },
            "fleet",
        )
        for number in range(1, int(count) + 1)
    ]


def parse(document: object, where: str) -> list[PhysicalMachine]:
    """Check a rack document: {machines: [{name, macs, memory GB, cpus, disks GB, amt_address, ...}]}."""
    listed = _mapping(document).get("machines")
    if not isinstance(listed, list):
        raise ValueError(f"{where} has no list 'machines'.")  # noqa: TRY004 # a wrong file, not a wrong call
    rack = [_machine(each, where) for each in cast("list[object]", listed)]
    for what, values in (
        ("name", [each.name for each in rack]),
        ("MAC address", [mac for each in rack for mac in each.macs]),
        ("AMT address", [each.amt_address for each in rack]),
    ):
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ValueError(f"{where} gives the {what} {twice[0]} to two machines.")
    return rack


def _machine(entry: object, where: str) -> PhysicalMachine:
    fields = _mapping(entry)
    missing = sorted({"name", "macs", "memory", "cpus", "disks", "amt_address"} - set(fields))
    unknown = sorted(set(fields) - _FIELDS)
    if missing or unknown:
        raise ValueError(f"{where}: a machine lacks {missing} or has unknown {unknown}; fields are {sorted(_FIELDS)}.")
    name = str(fields["name"])
    sizes = cast("list[int]", fields["disks"])
    return PhysicalMachine(
        name,
        tuple(str(mac).lower() for mac in cast("list[str]", fields["macs"])),
        int(str(fields["memory"])) * 1024,
        int(str(fields["cpus"])),
        tuple(_disk(name, index, size) for index, size in enumerate(sizes)),
        str(fields["amt_address"]),
        str(fields.get("architecture", "amd64/generic")),
        str(fields.get("model", "NUC5i5MYHE")),
    )


def _disk(machine: str, index: int, gigabytes: int) -> PhysicalDisk:
    return PhysicalDisk(
        f"sd{chr(ord('a') + index)}",
        gigabytes * 1_000_000_000,
        f"Lab SSD {gigabytes}G",
        f"S{index}{machine.upper().replace('-', '')}",
    )
