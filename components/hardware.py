"""Does a machine have what it should? Expected and found hardware -> sentences about what is missing. Pure."""

from dataclasses import dataclass

MIB_PER_GIB = 1024


@dataclass(frozen=True, slots=True)
class Hardware:
    """Memory in GiB and counts of CPUs, disks and network cards; None where nothing is expected."""

    memory_gib: int | None = None
    cpus: int | None = None
    disks: int | None = None
    nics: int | None = None


def found(memory_mib: int, cpus: int, disks: int, nics: int) -> Hardware:
    """Build the hardware that MAAS reports; firmware keeps some MiB for itself, so memory is rounded to whole GiB."""
    return Hardware(memory_gib=round(memory_mib / MIB_PER_GIB), cpus=cpus, disks=disks, nics=nics)


def shortfalls(least: Hardware, has: Hardware) -> list[str]:
    """Say for each kind of hardware of which there is less than expected: `16 GiB of memory, found 8`."""
    pairs = (
        ("GiB of memory", least.memory_gib, has.memory_gib),
        ("CPUs", least.cpus, has.cpus),
        ("disks", least.disks, has.disks),
        ("network cards", least.nics, has.nics),
    )
    return [
        f"{want} {noun}, found {have or 0}" for noun, want, have in pairs if want is not None and (have or 0) < want
    ]
