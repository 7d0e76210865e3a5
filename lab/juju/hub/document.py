"""What a charm's own files say, read into types (pure).

metadata.yaml + config.yaml + actions.yaml (one document) ─> `parse` ─> Charm;   a .charm file ─> `parse_archive`

Shapes: Juju's metadata.yaml, config.yaml, actions.yaml, manifest.yaml and charmcraft.yaml (juju.is, charm format).
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, cast

import yaml

from lab.juju.errors import BAD_REQUEST, JujuError
from lab.juju.models import Json, Role

Scope: TypeAlias = Literal["global", "container"]

SERIES: Final[Mapping[str, str]] = {
    "18.04": "bionic",
    "20.04": "focal",
    "22.04": "jammy",
    "23.04": "lunar",
    "23.10": "mantic",
    "24.04": "noble",
    "26.04": "resolute",
}
"""Ubuntu's releases by version: what the path of a charm's URL names."""

OPTION_TYPES: Final = ("string", "int", "float", "boolean", "secret")

MAX_FILE: Final = 4 * 1024 * 1024

_VERSIONS: Final = {series: version for version, series in SERIES.items()}
_ROLES: Final[tuple[tuple[str, Role], ...]] = (("provides", "provider"), ("requires", "requirer"), ("peers", "peer"))


def _things() -> dict[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class CharmEndpoint:
    """A relation that a charm can have. `limit` 0: no limit."""

    name: str
    role: Role
    interface: str
    scope: Scope = "global"
    limit: int = 0
    optional: bool = False


JUJU_INFO: Final = CharmEndpoint("juju-info", "provider", "juju-info")
"""What every charm provides without saying so."""


@dataclass(frozen=True, slots=True)
class Option:
    """A config option; `type` is one of OPTION_TYPES, `default` None where the charm gives none."""

    type: str
    default: object = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """An action; `params` are its properties in JSON schema, by name."""

    description: str = ""
    params: Mapping[str, object] = field(default_factory=_things)
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StorageSpec:
    """`type` is block or filesystem; `count_max` -1: any number; `minimum_size` MiB."""

    type: str
    count_min: int = 1
    count_max: int = 1
    minimum_size: int = 0
    location: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """`type` is file or oci-image."""

    type: str
    filename: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """What a channel holds: one revision, for these bases ("22.04")."""

    revision: int
    bases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Charm:
    """A charm as its files describe it. `releases`: channel ("1.8/stable") -> what it holds; none for a local one.

    `behaviour` is the emulator's own: what a unit reports when, see `hub.behaviour`.
    """

    name: str
    summary: str = ""
    description: str = ""
    subordinate: bool = False
    endpoints: Mapping[str, CharmEndpoint] = field(default_factory=dict[str, CharmEndpoint])
    extra_bindings: tuple[str, ...] = ()
    options: Mapping[str, Option] = field(default_factory=dict[str, Option])
    actions: Mapping[str, ActionSpec] = field(default_factory=dict[str, ActionSpec])
    storage: Mapping[str, StorageSpec] = field(default_factory=dict[str, StorageSpec])
    resources: Mapping[str, ResourceSpec] = field(default_factory=dict[str, ResourceSpec])
    bases: tuple[str, ...] = ()
    releases: Mapping[str, Release] = field(default_factory=dict[str, Release])
    default_channel: str = ""
    behaviour: Mapping[str, object] = field(default_factory=_things)

    @property
    def relatable(self) -> Mapping[str, CharmEndpoint]:
        """Every endpoint that a relation can name: the charm's own, and juju-info."""
        return {JUJU_INFO.name: JUJU_INFO, **self.endpoints}


def section(value: object) -> Mapping[str, object]:
    """Give a mapping of a document, empty where there is none."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def texts(value: object) -> tuple[str, ...]:
    """Give a list of texts of a document, empty where there is none."""
    return tuple(str(each) for each in cast("Sequence[object]", value)) if isinstance(value, list | tuple) else ()


def parse(document: Mapping[str, object]) -> Charm:
    """Read a charm: metadata.yaml's keys, with "config" (config.yaml) and "actions" (actions.yaml) beside them.

    Raises JujuError "bad request" in Juju's words where the document is no charm.
    """
    name = str(document.get("name") or "")
    if not name:
        raise _bad("charm metadata without name")
    charm = Charm(
        name=name,
        summary=str(document.get("summary") or ""),
        description=str(document.get("description") or "").strip(),
        subordinate=bool(document.get("subordinate")),
        endpoints={one.name: one for one in _endpoints(document)},
        extra_bindings=tuple(section(document.get("extra-bindings"))),
        options={key: _option(key, value) for key, value in _options(document).items()},
        actions={key: _action(value) for key, value in section(document.get("actions")).items()},
        storage={key: _storage(key, value) for key, value in section(document.get("storage")).items()},
        resources={key: _resource(value) for key, value in section(document.get("resources")).items()},
        bases=_bases(document),
    )
    if charm.subordinate and not any(each.scope == "container" for each in charm.endpoints.values()):
        raise _bad(f'subordinate charm "{name}" lacks "requires" relation with container scope')
    return charm


def _bad(message: str) -> JujuError:
    return JujuError(message, BAD_REQUEST)


def _endpoints(document: Mapping[str, object]) -> Iterator[CharmEndpoint]:
    for key, role in _ROLES:
        for name, value in section(document.get(key)).items():
            yield _endpoint(name, role, {"interface": value} if isinstance(value, str) else section(value))


def _endpoint(name: str, role: Role, said: Mapping[str, object]) -> CharmEndpoint:
    interface = said.get("interface")
    if not isinstance(interface, str) or not interface:
        raise _bad(f"metadata: {role} {name}: interface: expected string, got {interface!r}")
    scope: Scope = "container" if said.get("scope") == "container" else "global"
    limit = said.get("limit")
    return CharmEndpoint(
        name, role, interface, scope, limit if isinstance(limit, int) else 0, said.get("optional") is True
    )


def _options(document: Mapping[str, object]) -> Mapping[str, object]:
    return section(section(document.get("config")).get("options"))


def _option(name: str, value: object) -> Option:
    said = section(value)
    kind = str(said.get("type") or "string")
    if kind not in OPTION_TYPES:
        raise _bad(f'invalid config: option "{name}" has unknown type "{kind}"')
    return Option(kind, _default(name, kind, said.get("default")), str(said.get("description") or "").strip())


def _default(name: str, kind: str, value: object) -> object:
    """Check a default against its type as Juju does: a whole number is a float too."""
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    kinds = {"string": str, "secret": str, "int": int, "float": float, "boolean": bool}
    if value is None or (isinstance(value, kinds[kind]) and (kind == "boolean") == isinstance(value, bool)):
        return value
    raise _bad(f'invalid config default: option "{name}" expected {kind}, got {value!r}')


def _action(value: object) -> ActionSpec:
    said = section(value)
    params = section(said.get("params")) or section(said.get("properties"))
    return ActionSpec(str(said.get("description") or "").strip(), params, texts(said.get("required")))


def _storage(name: str, value: object) -> StorageSpec:
    said = section(value)
    kind = str(said.get("type") or "")
    if kind not in {"block", "filesystem"}:
        raise _bad(f'metadata: storage.{name}.type: unexpected value "{kind}"')
    low, high = _range(section(said.get("multiple")).get("range", 1))
    size = mebibytes(str(said.get("minimum-size") or "0"))
    about = str(said.get("description") or "").strip()
    return StorageSpec(kind, low, high, size, str(said.get("location") or ""), about)


def _range(value: object) -> tuple[int, int]:
    """Read "0-1", "2", "0-" and "3+"."""
    text = str(value)
    if text.endswith(("-", "+")):
        return int(text[:-1]), -1
    low, dash, high = text.partition("-")
    return int(low), int(high) if dash else int(low)


def mebibytes(text: str) -> int:
    """Read a size as Juju writes it ("10G", "512M", "1024") in MiB."""
    scale = {"M": 1, "G": 1024, "T": 1024**2, "P": 1024**3}
    upper = text.strip().upper().removesuffix("IB").removesuffix("B")
    number, factor = (upper[:-1], scale[upper[-1]]) if upper[-1:] in scale else (upper, 1)
    try:
        return int(float(number) * factor)
    except ValueError:
        raise _bad(f'cannot parse size: expected a non-negative number, got "{text}"') from None


def _resource(value: object) -> ResourceSpec:
    said = section(value)
    about = str(said.get("description") or "").strip()
    return ResourceSpec(str(said.get("type") or "file"), str(said.get("filename") or ""), about)


def _bases(document: Mapping[str, object]) -> tuple[str, ...]:
    """Give what a charm runs on: its manifest's bases, charmcraft's platforms, or the series of an older charm."""
    found = [_version(each) for each in _said_bases(document)]
    return tuple(dict.fromkeys(each for each in found if each))


def _said_bases(document: Mapping[str, object]) -> Iterator[object]:
    for base in cast("Sequence[object]", document.get("bases") or ()):
        runs_on = section(base).get("run-on")
        yield from cast("Sequence[object]", runs_on) if isinstance(runs_on, list) else (base,)
    yield from texts(document.get("series"))
    yield from section(document.get("platforms"))
    base = document.get("base")
    if isinstance(base, str):
        yield base


def _version(base: object) -> str:
    """Read one base: "22.04", "jammy", "ubuntu@22.04:amd64" or {"name": "ubuntu", "channel": "22.04/stable"}."""
    said = section(base)
    text = str(said.get("channel") or "") if said else str(base).partition("@")[2] or str(base)
    text = text.partition("/")[0].partition(":")[0]
    return text if text in SERIES else _VERSIONS.get(text, "")


def parse_archive(data: bytes) -> tuple[Charm, Json]:
    """Read a .charm file (zip) into the charm and its document, which `parse` reads again.

    Raises JujuError "bad request" for what is no charm archive.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            document = _documented(archive)
    except (zipfile.BadZipFile, yaml.YAMLError, UnicodeDecodeError) as error:
        raise _bad(f"cannot read charm archive: {error}") from error
    return parse(document), document


def _documented(archive: zipfile.ZipFile) -> Json:
    unified = _member(archive, "charmcraft.yaml")
    metadata = _member(archive, "metadata.yaml")
    manifest = _member(archive, "manifest.yaml")
    document = {**unified, **metadata}
    for key, name in (("config", "config.yaml"), ("actions", "actions.yaml")):
        document[key] = _member(archive, name) or section(unified.get(key))
    if manifest.get("bases"):
        document = {key: value for key, value in document.items() if key not in {"series", "platforms", "base"}}
        document["bases"] = manifest["bases"]
    return document


def _member(archive: zipfile.ZipFile, name: str) -> Json:
    if name not in archive.namelist():
        return {}
    if archive.getinfo(name).file_size > MAX_FILE:
        raise _bad(f"cannot read charm archive: {name} is longer than {MAX_FILE} bytes")
    return dict(section(cast("object", yaml.safe_load(archive.read(name).decode()))))
