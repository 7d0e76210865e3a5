"""What must hold between the parts of a kit: unique names, known references, listed images, complete power settings.

Draft -> Problems, each a sentence with its path. `addresses` holds the rules about networks. Pure.
"""

from collections.abc import Hashable, Iterable, Iterator

from stacks.config.addresses import address_of, address_problems
from stacks.config.app_checks import app_problems
from stacks.config.draft import At, Draft
from stacks.config.models import Bridge, Device, Image, Pool, Server, Tag, Zone
from stacks.config.problems import Problem, choices, nearest

_BMC = frozenset({"amt", "ipmi", "redfish"})
"""Power types of a controller inside the machine: it needs an address of its own and a password."""

_IMAGE_SETTINGS = ("default_distro_series", "commissioning_distro_series")
"""Settings whose value MAAS takes only from the releases that it has images of."""


def relation_problems(root: str, kit: Draft) -> list[Problem]:
    """Find everything that is wrong between the well-formed parts of `kit`; `root` begins the paths."""
    return [
        *_duplicates(kit),
        *_one_of_two(kit),
        *_memberships(kit),
        *_places(kit),
        *_power(kit),
        *_images(root, kit),
        *_records(kit),
        *address_problems(kit),
        *app_problems(kit),
    ]


def _duplicates(kit: Draft) -> Iterator[Problem]:
    hosts: list[At[Server] | At[Device]] = [*kit.servers, *kit.devices]
    macs = [(f"{host.path}.mac", host.value.mac) for host in hosts]
    yield from _twice(_named(hosts), "a host name belongs to one machine")
    yield from _twice(macs, "a MAC address belongs to one machine")
    yield from _twice(_bmc_addresses(kit), "a management controller's address belongs to one machine")
    for entries in (kit.zones, kit.pools, kit.tags, kit.bridges):
        yield from _twice(_named(entries), "a name is listed once")
    images = [(f"{image.path}.release", f"{image.value.os}/{image.value.release}") for image in kit.images]
    yield from _twice(images, "a release is listed once, with all its arches")


def _named(
    entries: Iterable[At[Server] | At[Device] | At[Zone] | At[Pool] | At[Tag] | At[Bridge]],
) -> Iterator[tuple[str, str]]:
    return ((f"{entry.path}.name", entry.value.name) for entry in entries)


def _bmc_addresses(kit: Draft) -> Iterator[tuple[str, str]]:
    for server in kit.servers:
        if server.value.power.address is not None and _power_type(kit, server.value) in _BMC:
            yield f"{server.path}.power.address", str(server.value.power.address)


def _twice(places: Iterable[tuple[str, Hashable]], rule: str) -> Iterator[Problem]:
    first: dict[Hashable, str] = {}
    for path, value in places:
        if value in first:
            yield Problem(path, f"{path} is '{value}', as {first[value]} is already, but {rule}.")
        else:
            first[value] = path


def _one_of_two(kit: Draft) -> Iterator[Problem]:
    for key in kit.ssh_keys:
        if (key.value.key is None) == (key.value.file is None):
            yield Problem(key.path, f"{key.path} must have either key (the text) or file (its path), and not both.")
    for entry in kit.deploy:
        _, deploy = entry.value
        if deploy.user_data is not None and deploy.user_data_file is not None:
            path = f"{entry.path}.userDataFile"
            yield Problem(path, f"{path} stands beside userData, but only one of the two is allowed.")


def _memberships(kit: Draft) -> Iterator[Problem]:
    for group in (*kit.tags, *kit.bridges):
        for index, name in enumerate(group.value.servers or ()):
            yield from _unknown(f"{group.path}.servers[{index}]", name, "server", kit.names["servers"])
        members = [(f"{group.path}.servers[{i}]", name) for i, name in enumerate(group.value.servers or ())]
        yield from _twice(members, "a server is listed once")
    for entry in kit.deploy:
        yield from _unknown(entry.path, entry.value[0], "server", kit.names["servers"])


def _places(kit: Draft) -> Iterator[Problem]:
    for server in kit.servers:
        if server.value.zone is not None:
            yield from _unknown(f"{server.path}.zone", server.value.zone, "zone", kit.names["zones"])
        if server.value.pool is not None:
            yield from _unknown(f"{server.path}.pool", server.value.pool, "pool", kit.names["pools"])


def _unknown(path: str, name: str, noun: str, known: Iterable[str] | None) -> Iterator[Problem]:
    names = sorted(known or ())
    if known is not None and name not in names:
        text = f"{path} names the {noun} '{name}', but must name a {noun} of this kit ({choices(names)})"
        yield Problem(path, f"{text}{nearest(name, names)}")


def _power_type(kit: Draft, server: Server) -> str:
    return server.power.type or (kit.power.type if kit.power else "manual")


def _power(kit: Draft) -> Iterator[Problem]:
    if kit.power is None:
        return
    for server in kit.servers:
        kind, power = _power_type(kit, server.value), server.value.power
        path = f"{server.path}.power"
        if kind in _BMC and power.address is None:
            yield Problem(f"{path}.address", f"{path}.address is missing; power type {kind} needs an IP address.")
        given = (power.password, power.password_file, kit.power.password, kit.power.password_file)
        if kind in _BMC and all(secret is None for secret in given):
            text = f"{path}.password is missing; power type {kind} needs password or passwordFile, here or for all"
            yield Problem(f"{path}.password", f"{text}.")


def _images(root: str, kit: Draft) -> Iterator[Problem]:
    for entry in kit.deploy:
        name, deploy = entry.value
        distro = deploy.distro or kit.settings.get("default_distro_series")
        path = f"{entry.path}.distro"
        if deploy.distro is not None:
            yield from _unlisted(path, deploy.distro, kit)
        if isinstance(distro, str) and (server := _server(kit, name)) is not None:
            yield from _other_arch(path, distro, server, kit)
    for key in _IMAGE_SETTINGS:
        series = kit.settings.get(key)
        if isinstance(series, str):
            yield from _unlisted(f"{root}:settings.{key}", series, kit)


def _unlisted(path: str, distro: str, kit: Draft) -> Iterator[Problem]:
    system, _, release = distro.rpartition("/")
    systems = {image.value.os for image in kit.images if image.value.release == release}
    releases = kit.names["releases"]
    listed = sorted(releases or ())
    # A listed release without a readable entry has its own problem told already.
    if releases is None or (release in listed and (not system or not systems or system in systems)):
        return
    text = f"{path} is '{distro}', but must be a release listed under images ({choices(listed)})"
    yield Problem(path, f"{text}{nearest(distro, listed)}")


def _other_arch(path: str, distro: str, server: Server, kit: Draft) -> Iterator[Problem]:
    image = _image(kit, distro)
    arch = server.architecture.partition("/")[0]
    if image is not None and arch not in image.arches:
        text = f"{path} is '{distro}', whose image is listed for {choices(image.arches)}, but {server.name} is {arch}"
        yield Problem(path, f"{text}: add {arch} to the image's arches.")


def _image(kit: Draft, distro: str) -> Image | None:
    system, _, release = distro.rpartition("/")
    for image in kit.images:
        if image.value.release == release and system in {"", image.value.os}:
            return image.value
    return None


def _server(kit: Draft, name: str) -> Server | None:
    return next((server.value for server in kit.servers if server.value.name == name), None)


def _records(kit: Draft) -> Iterator[Problem]:
    for record in kit.dns_records:
        if record.value.type == "A/AAAA" and not all(map(address_of, record.value.data.split())):
            path = f"{record.path}.data"
            yield Problem(path, f"{path} is '{record.value.data}', but must be IP addresses with spaces between them.")
