"""The charms that the lab's Charmhub has, and how a reference becomes one of them (pure, but for reading data files).

hub/charms/NAME.yaml ─> `read` ─> {revision: Charm} ─> resolve("vault", "1.8/stable", None, "22.04") ─> Resolved(url, …)
FOLDER/NAME.yaml ─> `bring`: charms of a teacher's or a test's own, for this process
world.charms ─> `of_application` ─> Charm of the row's revision   (a local one from its document)

A data file is a charm's document as `document.parse` reads it, and besides: `options` by type with their defaults, and
`option-descriptions` (more in hub/options.yaml, for all charms), `releases` (channel -> [revision, bases]),
`default-channel`, whose files the document is, `differences` (track or channel -> what its files have otherwise, see
`hub.differences`), and `behaviour` (`hub.script`). Names, types and defaults are the real charms', of each release.
"""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

import yaml

from lab.juju.errors import BAD_REQUEST, NOT_FOUND, JujuError
from lab.juju.hub.differences import merged, of_channel
from lab.juju.hub.document import (
    JUJU_INFO,
    SERIES,
    ActionSpec,
    Charm,
    CharmEndpoint,
    Option,
    Release,
    ResourceSpec,
    StorageSpec,
    parse,
    parse_archive,
    section,
    texts,
)
from lab.juju.hub.kept import Kept
from lab.juju.models import Application
from lab.juju.models import Charm as CharmRow
from lab.juju.world import World

__all__ = [
    "ARCH",
    "JUJU_INFO",
    "SERIES",
    "ActionSpec",
    "CatalogueError",
    "Charm",
    "CharmEndpoint",
    "Option",
    "Release",
    "Resolved",
    "ResourceSpec",
    "StorageSpec",
    "bring",
    "brought",
    "catalogue",
    "local",
    "of_application",
    "of_row",
    "parse",
    "parse_archive",
    "resolve",
    "revisions",
]

RISKS: Final = ("stable", "candidate", "beta", "edge")
DEFAULT_BASE: Final = "22.04"
ARCH: Final = "amd64"

_CHARMS: Final = Path(__file__).parent / "charms"
_SHARED: Final = Path(__file__).parent / "options.yaml"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A charm picked for deployment. `channel` is the one that was asked for, in full ("1.8/stable")."""

    charm: Charm
    name: str
    revision: int
    channel: str
    base: str
    url: str
    source: Literal["charm-hub", "local"] = "charm-hub"


class CatalogueError(ValueError):
    """A data file that somebody brought is none; says which and why."""


_Library: TypeAlias = Mapping[str, Mapping[int, Charm]]
"""Charms by name, their revisions by number."""

_brought: list[_Library] = []
"""What Charmhub has since each folder was brought: the lab's own, and what came with it."""


def bring(folder: Path) -> tuple[str, ...]:
    """Add the charms of a folder's data files (*.yaml) to this process's Charmhub; gives their names.

    A charm takes the place of the one of its name. Raises CatalogueError; then nothing is added.
    """
    found = _of_folder(folder)
    _brought.append({**_library(), **found})
    return tuple(found)


@contextmanager
def brought(folder: Path | None) -> Generator[None]:
    """Bring a folder's charms for as long as the context lasts; None brings nothing."""
    before = len(_brought)
    if folder is not None:
        bring(folder)
    try:
        yield
    finally:
        del _brought[before:]


def catalogue() -> Mapping[str, Charm]:
    """Give every charm of the lab's Charmhub by name, as its default channel holds it."""
    return {name: _default(held) for name, held in _library().items()}


def revisions(name: str) -> Mapping[int, Charm]:
    """Give a charm's revisions, each with its own files; JujuError "not found" for a name that Charmhub has not."""
    held = _library().get(name)
    if held is None:
        raise JujuError(f"resolving error: No charm or bundle with name '{name}'.", NOT_FOUND)
    return held


def _library() -> _Library:
    return _brought[-1] if _brought else _own()


@cache
def _own() -> _Library:
    return _of_folder(_CHARMS)


def _of_folder(folder: Path) -> _Library:
    found = (_of_file(path) for path in sorted(folder.glob("*.yaml")))
    return {_default(held).name: held for held in found}


def _of_file(path: Path) -> Mapping[int, Charm]:
    try:
        held = read(path.read_text(encoding="utf-8"))
        _default(held)
    except (OSError, yaml.YAMLError, JujuError, LookupError, ValueError, TypeError, StopIteration) as error:
        raise CatalogueError(f"{path} is no charm's data file: {_why(error)}") from error
    return held


def _why(error: Exception) -> str:
    if isinstance(error, JujuError):
        return error.message
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error) or "it names no releases"


def _default(held: Mapping[int, Charm]) -> Charm:
    one = next(iter(held.values()))
    return held[one.releases[one.default_channel].revision]


def read(text: str) -> Mapping[int, Charm]:
    """Read one data file of the catalogue: the charm's revisions."""
    said = section(cast("object", yaml.safe_load(text)))
    releases = {channel: _release(value) for channel, value in section(said.get("releases")).items()}
    return {each.revision: _revision(said, releases, channel) for channel, each in releases.items()}


def _revision(said: Mapping[str, object], releases: Mapping[str, Release], channel: str) -> Charm:
    document = of_release(said, channel)
    about = {**_shared(), **section(document.get("option-descriptions"))}
    by_name = section(document.get("options"))
    options = {name: {**section(each), "description": about.get(name)} for name, each in by_name.items()}
    return replace(
        parse({**document, "config": {"options": options}}),
        bases=releases[channel].bases,
        releases=releases,
        default_channel=str(said["default-channel"]),
        behaviour=section(said.get("behaviour")),
    )


def of_release(said: Mapping[str, object], channel: str) -> Mapping[str, object]:
    """Give the document of what a channel holds; its `options` by name: {"type", "default"}."""
    return merged(plain(said), plain(of_channel(section(said.get("differences")), channel)))


def plain(said: Mapping[str, object]) -> Mapping[str, object]:
    """Give a document, or a difference, with its options by name instead of by type."""
    options = {
        name: {"type": kind, "default": default}
        for kind, group in section(said.get("options")).items()
        for name, default in section(group).items()
    }
    return {**said, "options": options} if options else said


def _release(value: object) -> Release:
    revision, bases = cast("Sequence[object]", value)
    return Release(int(str(revision)), texts(bases))


@cache
def _shared() -> Mapping[str, object]:
    return section(cast("object", yaml.safe_load(_SHARED.read_text(encoding="utf-8"))))


def local(charm: Charm) -> Charm:
    """Give a charm that a person brought the behaviour of its namesake: the same charm, pulled or built."""
    known = catalogue().get(charm.name)
    return charm if known is None else replace(charm, behaviour=known.behaviour)


def _of_document(document: Mapping[str, object]) -> Charm:
    return local(parse(document))


_documented: Final = Kept(_of_document)


def of_row(row: CharmRow) -> Charm:
    """Give the charm of a model's charm row: a local one by its document, another by its name and revision."""
    if row.source == "local":
        return _documented(row.document)
    # a world that was saved may know a revision that the data files no longer have
    return revisions(row.name).get(row.revision) or catalogue()[row.name]


def of_application(world: World, model: str, app: Application) -> Charm:
    """Give an application's charm; JujuError "not found" when the model has no such charm."""
    row = world.charms.find(f"{model}|{app.charm}")
    if row is None:
        raise JujuError(f'charm "{app.charm}" not found', NOT_FOUND)
    return of_row(row)


_REFERENCE: Final = re.compile(
    r"(?:ch:)?(?:[a-z0-9]+/)?(?:[a-z]+/)?(?P<name>[a-z][a-z0-9]*(?:-[a-z0-9]*[a-z][a-z0-9]*)*)"
)


def resolve(reference: str, channel: str = "", revision: int | None = None, base: str = "") -> Resolved:
    """Pick a charm's revision: "vault", "ch:vault" or "ch:amd64/jammy/vault-220"; channel "1.8/stable", "stable", "".

    Raises JujuError in Juju's words (juju core/charm/repository): no such charm, channel, base or revision. A risk
    that holds nothing follows the next more stable one, as Charmhub's channels do. `base`: "22.04", or "" for any.
    """
    name, told = _named(reference)
    held = revisions(name)
    charm = _default(held)
    wanted = _channel(charm, channel)
    release = _released(charm, wanted, base)
    number = told if revision is None or revision < 0 else revision
    if number is not None:
        release = _of_revision(charm, number)
    where = _base(release, base)
    url = f"ch:{ARCH}/{SERIES[where]}/{name}-{release.revision}"
    return Resolved(held[release.revision], name, release.revision, wanted, where, url)


def _of_revision(charm: Charm, revision: int) -> Release:
    found = next((each for each in charm.releases.values() if each.revision == revision), None)
    if found is None:
        raise JujuError("selecting releases: no releases available", NOT_FOUND)
    return found


def name_of(reference: str) -> str:
    """Give the charm's name in a reference."""
    return _named(reference)[0]


def _named(reference: str) -> tuple[str, int | None]:
    """Split "ch:amd64/jammy/vault-220" into name and revision; a name's last part never is a number."""
    stem, dash, tail = reference.rpartition("-")
    if dash and tail.isdigit():
        reference, revision = stem, int(tail)
    else:
        revision = None
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise JujuError(f'parsing charm or bundle URL: name "{reference}" not valid', BAD_REQUEST)
    return found["name"], revision


def _channel(charm: Charm, channel: str) -> str:
    """Complete a channel: no track is the charm's default one, no risk is stable; "" is the default channel."""
    if not channel:
        return charm.default_channel
    track, slash, risk = channel.rpartition("/")
    if not slash and channel not in RISKS:
        track, risk = channel, "stable"
    if risk not in RISKS:
        raise JujuError(f'channel "{channel}" not valid', BAD_REQUEST)
    return f"{track or charm.default_channel.rpartition('/')[0]}/{risk}"


def _released(charm: Charm, channel: str, base: str) -> Release:
    track, _, risk = channel.rpartition("/")
    for each in reversed(RISKS[: RISKS.index(risk) + 1]):
        if (found := charm.releases.get(f"{track}/{each}")) is not None:
            return found
    shown = f"{ARCH}/ubuntu/{base.partition('/')[0]}/stable" if base else ARCH
    available = "".join(
        f'\n  channel "{name}": available bases are: {", ".join(f"ubuntu@{one}" for one in release.bases)}'
        for name, release in charm.releases.items()
    )
    raise JujuError(
        f'selecting releases: charm or bundle not found for channel "{channel}", base "{shown}"\n'
        f"available releases are:{available}",
        NOT_FOUND,
    )


def _base(release: Release, base: str) -> str:
    version = base.partition("/")[0]
    if not version:
        return DEFAULT_BASE if DEFAULT_BASE in release.bases else release.bases[0]
    if version in release.bases:
        return version
    supported = ", ".join(f"ubuntu@{each}" for each in release.bases)
    raise JujuError(f'base "ubuntu@{version}/stable" is not supported, supported bases are: {supported}', BAD_REQUEST)
