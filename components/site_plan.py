"""How a MaasSite is laid out: which settings wait for images, which imports go together, what resources are called.

A name must survive edits of what it stands for, or Pulumi makes the new thing before it deletes the old one, which
MAAS refuses where the two overlap. So the first dynamic range of a subnet is called just that, and can move. Pure.
"""

import hashlib
from collections.abc import Mapping, Sequence

from components.site_args import ImageArgs, RangeArgs, Setting, SubnetArgs

IMAGE_SETTINGS = frozenset({"commissioning_distro_series", "default_distro_series", "default_min_hwe_kernel"})
"""Settings that MAAS takes only once the images they name are synced."""


def split_settings(settings: Mapping[str, Setting]) -> tuple[dict[str, Setting], dict[str, Setting]]:
    """Split settings into those to make before the images are imported and those to make after."""
    before = {name: value for name, value in settings.items() if name not in IMAGE_SETTINGS}
    return before, {name: value for name, value in settings.items() if name in IMAGE_SETTINGS}


def import_groups(images: Sequence[ImageArgs]) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """Group releases that one import waits for: `{(os, arches): [release, ...]}`, arches sorted."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for image in images:
        groups.setdefault((image.os, tuple(sorted(image.arches))), []).append(image.release)
    return groups


def import_name(site: str, system: str, arches: Sequence[str]) -> str:
    """Name the import of one group: `maas-images-ubuntu-amd64`."""
    return "-".join((site, "images", system, *arches))


def ssh_key_name(site: str, key: str) -> str:
    """Name a public key by its own text, so that order and comment don't matter: `maas-key-1f0c9a2b`."""
    kind, base64 = key.split()[:2]
    return f"{site}-key-{hashlib.sha256(f'{kind} {base64}'.encode()).hexdigest()[:8]}"


def subnet_name(site: str, cidr: str) -> str:
    """Name a subnet by its network: `maas-172.16.0.0-20`."""
    return f"{site}-{cidr.replace('/', '-')}"


def range_names(site: str, subnet: SubnetArgs) -> list[tuple[str, RangeArgs]]:
    """Pair each range with its name: `…-dynamic` for the first dynamic one, else `…-reserved-172.16.7.0`."""
    first = next((entry for entry in subnet.ranges if entry.type == "dynamic"), None)
    base = subnet_name(site, subnet.cidr)
    return [
        (f"{base}-dynamic" if entry is first else f"{base}-{entry.type}-{entry.start}", entry)
        for entry in subnet.ranges
    ]


def record_name(site: str, name: str, kind: str, twin: int) -> str:
    """Name a DNS record: `maas-dns-db.maas-CNAME`; `twin` counts records of the same name and type before it."""
    base = f"{site}-dns-{name}-{kind.replace('/', '-')}"
    return f"{base}-{twin + 1}" if twin else base
