"""Boot images: what the default source offers, and the import that makes synced resources of the selections.

`start` begins an import, `advance` moves its progress, `synced` answers whether a release can be deployed.
"""

import time
from dataclasses import dataclass, replace
from typing import Final

from lab.maas import faults, pace
from lab.maas.events import emit
from lab.maas.models import BootResource, Import, Selection
from lab.maas.world import World

DEFAULT_URL: Final = "http://images.maas.io/ephemeral-v3/stable/"
DEFAULT_KEYRING: Final = "/snap/maas/current/usr/share/keyrings/ubuntu-cloudimage-keyring.gpg"


@dataclass(frozen=True, slots=True)
class Release:
    """A release on offer: `ga` is its kernel's version, `size` the bytes of one set."""

    os: str
    title: str
    ga: str
    arches: tuple[str, ...] = ("amd64", "arm64", "armhf", "i386", "ppc64el", "s390x")
    size: int = 650_000_000


AVAILABLE: Final[dict[tuple[str, str], Release]] = {
    ("ubuntu", "bionic"): Release("ubuntu", "18.04 LTS", "18.04"),
    ("ubuntu", "focal"): Release("ubuntu", "20.04 LTS", "20.04", ("amd64", "arm64", "armhf", "ppc64el", "s390x")),
    ("ubuntu", "jammy"): Release("ubuntu", "22.04 LTS", "22.04", ("amd64", "arm64", "armhf", "ppc64el", "s390x")),
    ("ubuntu", "noble"): Release("ubuntu", "24.04 LTS", "24.04", ("amd64", "arm64", "armhf", "ppc64el", "s390x")),
    ("centos", "centos70"): Release("centos", "CentOS 7", "generic", ("amd64",)),
    ("centos", "8-stream"): Release("centos", "CentOS Stream 8", "generic", ("amd64",)),
}


def arches_of(selection: Selection) -> list[str]:
    """Give the architectures a selection asks for; "*" asks for all on offer."""
    release = AVAILABLE.get((selection.os, selection.release))
    offered = release.arches if release else ()
    return [arch for arch in offered if "*" in selection.arches or arch in selection.arches]


def resource_of(world: World, name: str, arch: str) -> BootResource | None:
    found = (each for each in world.boot_resources if each.name == name and each.architecture.split("/")[0] == arch)
    return next(found, None)


def synced(world: World, name: str, arch: str = "") -> bool:
    """Whether a complete image of "ubuntu/jammy" is there, for any architecture when `arch` is empty."""
    return any(
        each.progress >= 100
        for each in world.boot_resources
        if each.name == name and arch in {"", each.architecture.split("/")[0]}
    )


def kernel_of(world: World, name: str) -> str:
    """Name the kernel that a release is deployed with, e.g. "ga-22.04"."""
    found = (row.architecture.partition("/")[2] for row in world.boot_resources if row.name == name)
    return next((kernel for kernel in found if kernel.startswith("ga-")), "")


def new_resource(world: World, os: str, release: str, arch: str, now: float, progress: float) -> BootResource:
    offer = AVAILABLE[os, release]
    number = world.next_id("bootresource")
    kernel = f"ga-{offer.ga}" if os == "ubuntu" else offer.ga
    subarches = f"generic,hwe-{offer.ga},{kernel}" if os == "ubuntu" else "generic"
    row = BootResource(
        number,
        "Synced",
        f"{os}/{release}",
        f"{arch}/{kernel}",
        subarches,
        offer.title,
        version_at(now),
        offer.size,
        progress,
    )
    return world.boot_resources.put(number, row)


def version_at(now: float) -> str:
    """Give the version of a set, a date: images are published about every ten days."""
    return time.strftime("%Y%m%d", time.gmtime(now - now % (10 * 86_400)))


def start(world: World, now: float) -> None:
    """Begins an import of every selection (source: MAAS 3.5 API, boot-resources/?op=import)."""
    if world.meta.image_import.running:
        return
    wanted = tuple(
        f"{selection.os}/{selection.release}/{arch}" for selection in world.selections for arch in arches_of(selection)
    )
    for each in wanted:
        os, release, arch = each.split("/")
        if resource_of(world, f"{os}/{release}", arch) is None:
            new_resource(world, os, release, arch, now, 0.0)
    struck = faults.strikes_machine(world, "import", None)
    failure = (struck.text or "Unable to download the images") if struck else ""
    ends = now + pace.seconds_of(world.pace, "importing")
    world.meta = replace(world.meta, image_import=Import(True, now, ends, failure, wanted))
    emit(world, now, "REGION_IMPORT_INFO", None, "Started importing of boot images")


def stop(world: World) -> None:
    """Stop the import; what was incomplete goes."""
    _drop_incomplete(world)
    world.meta = replace(world.meta, image_import=Import())


def advance(world: World, now: float) -> None:
    current = world.meta.image_import
    if not current.running:
        return
    if current.ends <= now:
        _end(world, current)
        return
    share = (now - current.began) / (current.ends - current.began)
    for row in _of(world, current):
        if row.progress < 100:
            world.boot_resources.put(row.id, replace(row, progress=round(min(99.0, 100 * share), 1)))


def _end(world: World, current: Import) -> None:
    world.meta = replace(world.meta, image_import=Import())
    if current.failure:
        _drop_incomplete(world)
        emit(world, current.ends, "REGION_IMPORT_ERROR", None, current.failure)
        return
    for row in _of(world, current):
        world.boot_resources.put(row.id, replace(row, progress=100.0, version=version_at(current.ends)))
    for row in list(world.boot_resources):
        if row.type == "Synced" and f"{row.name}/{row.architecture.split('/')[0]}" not in current.wanted:
            world.boot_resources.remove(row.id)
    emit(world, current.ends, "REGION_IMPORT_INFO", None, "Finished importing of boot images")


def _of(world: World, current: Import) -> list[BootResource]:
    found = (resource_of(world, each.rpartition("/")[0], each.rpartition("/")[2]) for each in current.wanted)
    return [row for row in found if row]


def _drop_incomplete(world: World) -> None:
    for row in list(world.boot_resources):
        if row.progress < 100 and row.type == "Synced":
            world.boot_resources.remove(row.id)


def deployed(world: World, name: str, now: float) -> None:
    """Note when an image was last deployed."""
    for row in list(world.boot_resources):
        if row.name == name:
            world.boot_resources.put(row.id, replace(row, last_deployed=now))
