"""Boot images: the selections, and the wait until they are mirrored.

`BootSelection`: source + os + release -> adopted or created selection.
`BootImages`: wanted images - complete images -> start the import -> poll until none is missing -> versions.
Source: MAAS 3.5 API, boot-sources/{id}/selections/, boot-resources/ and ?op=import, ?op=is_importing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from providers.common.cleaning import each, filled, matching, whole
from providers.common.fields import Field, Schema, same_set
from providers.common.progress import say
from providers.common.raw import Raw, as_mapping, decimal, flag, mapping, text, texts
from providers.common.raw import whole as read_whole
from providers.common.waiter import elapsed, interval
from providers.maas.crud.base import Found, MaasProvider, Props, changed, sure
from providers.maas.errors import MaasError, WaitFailed
from providers.maas.session import Session, Touches

release_name = matching(r"[a-z][a-z0-9.-]*", "a release's code name such as jammy (22.04) or focal (20.04)")
os_name = matching(r"[a-z][a-z0-9-]*", "an operating system's name such as ubuntu")
arch_name = matching(r"\*|[a-z0-9]+", "an architecture such as amd64 or arm64")

SELECTION: Touches = {"BootSourceSelections": None}
GRACE = 3
"""Looks at an ended import before a missing image counts as failed: MAAS ends the import before it lists the last."""


class BootSelectionProvider(MaasProvider):
    """A selection; os, release and source name it."""

    schema = Schema(
        (
            Field("os", clean=os_name, default="ubuntu", replaces=True),
            Field("release", clean=release_name, required=True, replaces=True),
            Field("arches", clean=each(arch_name, least=1), default=["amd64"], same=same_set),
            Field("subarches", clean=each(filled, least=1), default=["*"], same=same_set),
            Field("labels", clean=each(filled, least=1), default=["*"], same=same_set),
            Field("source_url", clean=filled, replaces=True),
        ),
        delete_first=True,
        stables=("source_id",),
    )

    def make(self, maas: Session, props: Props) -> Found:
        source = _source(maas, text(props, "source_url"))
        found = _selection(maas, source, props)
        if found is not None:
            before = {name: list(texts(found, name)) for name in ("arches", "subarches", "labels")}
            now = self._bring(maas, source, found, props)
            return Found(_id(source, now), {**_observe(source, now), "adopted": True, "previous": before})
        made = sure(lambda: _create(maas, source, props), lambda: _selection(maas, source, props))
        return Found(_id(source, made), {**_observe(source, made), "adopted": False})

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        for source in maas.listing("BootSources.read"):
            for raw in _selections(maas, source):
                if id_ in {_id(source, raw), f"{text(raw, 'os')}/{text(raw, 'release')}"}:
                    return Found(_id(source, raw), _observe(source, raw))
        return None

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        source, raw = self._by_id(maas, id_)
        if source is None or raw is None:
            raise MaasError(f"MAAS no longer has {_title(olds)}: after a refresh, up makes it again")
        return _observe(source, self._bring(maas, source, raw, news))

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        source, raw = self._by_id(maas, id_)
        if source is None or raw is None:
            return
        if props.get("adopted"):
            self._bring(maas, source, raw, mapping(props, "previous"))
            return
        uri = {"boot_source_id": text(source, "id"), "id": text(raw, "id")}
        maas.remove("BootSourceSelection.delete", f"delete {_title(props)}", uri, touches=SELECTION)

    def _by_id(self, maas: Session, id_: str) -> tuple[Raw | None, Raw | None]:
        for source in maas.listing("BootSources.read"):
            if text(source, "id") == id_.partition("/")[0]:
                return source, next((raw for raw in _selections(maas, source) if _id(source, raw) == id_), None)
        return None, None

    def _bring(self, maas: Session, source: Raw, raw: Raw, props: Props) -> Raw:
        names = changed(self.schema, _observe(source, raw), props) & {"arches", "subarches", "labels"}
        if not names:
            return raw
        # MAAS checks the selection as a whole, so the rest goes along unchanged.
        data = {name: props[name] if name in names else raw[name] for name in ("arches", "subarches", "labels")}
        data = {**data, "os": text(raw, "os"), "release": text(raw, "release")}
        uri = {"boot_source_id": text(source, "id"), "id": text(raw, "id")}
        purpose = f"change {_title(raw)}"
        return as_mapping(maas.change("BootSourceSelection.update", purpose, uri, data, touches=SELECTION), purpose)


def _source(maas: Session, url: str) -> Raw:
    sources = maas.listing("BootSources.read")
    found = [source for source in sources if url in {"", text(source, "url")}]
    if len(found) != 1:
        there = ", ".join(text(source, "url") for source in sources) or "none"
        raise MaasError(f"source_url must name one boot source of MAAS, which has {there}")
    return found[0]


def _selections(maas: Session, source: Raw) -> tuple[Raw, ...]:
    return maas.listing("BootSourceSelections.read", {"boot_source_id": text(source, "id")})


def _selection(maas: Session, source: Raw, props: Props) -> Raw | None:
    wanted = (text(props, "os"), text(props, "release"))
    return next((raw for raw in _selections(maas, source) if (text(raw, "os"), text(raw, "release")) == wanted), None)


def _create(maas: Session, source: Raw, props: Props) -> Raw:
    data = {name: props.get(name) for name in ("os", "release", "arches", "subarches", "labels")}
    uri = {"boot_source_id": text(source, "id")}
    purpose = f"create {_title(props)}"
    return as_mapping(maas.change("BootSourceSelections.create", purpose, uri, data, touches=SELECTION), purpose)


def _id(source: Raw, raw: Raw) -> str:
    return f"{text(source, 'id')}/{text(raw, 'id')}"


def _title(props: Props) -> str:
    return f"the selection of {text(props, 'os')}/{text(props, 'release')}"


def _observe(source: Raw, raw: Raw) -> Props:
    lists = {name: list(texts(raw, name)) for name in ("arches", "subarches", "labels")}
    names = {name: text(raw, name) for name in ("os", "release")}
    return {**names, **lists, "source_url": text(source, "url"), "source_id": read_whole(source, "id")}


@dataclass(frozen=True)
class Image:
    """One image as MAAS has it; `progress` is a percentage, `version` "" until there is one."""

    name: str
    arch: str
    version: str
    label: str
    complete: bool
    progress: float


class BootImagesProvider(MaasProvider):
    """Mirrored images; another list of them changes in place, and nothing is ever deleted."""

    schema = Schema(
        (
            Field("os", clean=os_name, default="ubuntu"),
            Field("releases", clean=each(release_name, least=1), required=True, same=same_set),
            Field("arches", clean=each(arch_name, least=1), default=["amd64"], same=same_set),
            Field("deadline_minutes", clean=whole(1, 24 * 60), default=120),
        ),
    )

    def make(self, maas: Session, props: Props) -> Found:
        images = _mirror(maas, props)
        return Found(f"{text(props, 'os')} images", {"images": _shown(images)})

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        there = [image for image in _images(maas, props) if image.complete]
        names = {image.name for image in there}
        os = text(props, "os") or id_.partition(" ")[0]
        asked = texts(props, "releases") or sorted(name.partition("/")[2] for name in names)
        # A release counts as mirrored when all its wanted architectures are.
        arches = texts(props, "arches") or tuple(sorted({image.arch for image in there}))
        have = {(image.name, image.arch) for image in there}
        releases = [name for name in asked if all((f"{os}/{name}", arch) in have for arch in arches)]
        return Found(f"{os} images", {"os": os, "releases": releases, "arches": list(arches), "images": _shown(there)})

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        return {"images": _shown(_mirror(maas, news))}

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        """Leave the images: what is selected decides what MAAS keeps."""


def _wanted(props: Props) -> list[tuple[str, str]]:
    os = text(props, "os")
    return [(f"{os}/{release}", arch) for release in texts(props, "releases") for arch in texts(props, "arches")]


def _images(maas: Session, props: Props) -> list[Image]:
    """Read the wanted images (all, when none is named): one list call, and one call for each of them."""
    wanted = set(_wanted(props))
    rows = maas.client.many("BootResources.read", "list its boot images", data={"type": "synced"})
    first: dict[tuple[str, str], str] = {}
    for row in rows:
        key = (text(row, "name"), text(row, "architecture").partition("/")[0])
        if not wanted or key in wanted:
            first.setdefault(key, text(row, "id"))
    return [_image(maas, key, number) for key, number in first.items()]


def _image(maas: Session, key: tuple[str, str], number: str) -> Image:
    raw = maas.client.one("BootResource.read", f"show the boot image {key[0]}", {"id": number})
    sets = mapping(raw, "sets")
    if not sets:
        return Image(*key, "", "", complete=False, progress=0.0)
    version = max(sets)
    newest = mapping(sets, version)
    done = [name for name in sets if flag(mapping(sets, name), "complete")]
    shown = max(done, default=version)
    return Image(*key, shown, text(mapping(sets, shown), "label"), bool(done), _percent(newest, bool(done)))


def _percent(image_set: Raw, done: bool) -> float:
    return 100.0 if done else decimal(image_set, "progress")


def _missing(props: Props, images: Iterable[Image]) -> list[str]:
    there = {(image.name, image.arch) for image in images if image.complete}
    return [f"{name} for {arch}" for name, arch in _wanted(props) if (name, arch) not in there]


def _mirror(maas: Session, props: Props) -> list[Image]:
    """Bring all wanted images here; raises WaitFailed naming those that did not come."""
    images = _images(maas, props)
    if not _missing(props, images):
        return images
    maas.client.call("BootResources.import", "import boot images", repeatable=True)
    started, ended = maas.now(), 0
    while True:
        images = _images(maas, props)
        missing = _missing(props, images)
        age = maas.now() - started
        if not missing:
            return images
        importing = maas.client.call("BootResources.is_importing", "say whether it imports images") is True
        ended = 0 if importing else ended + 1
        if ended > GRACE or age > read_whole(props, "deadline_minutes") * 60:
            why = "MAAS ended the import without them" if ended > GRACE else f"not there after {elapsed(age)}"
            raise WaitFailed(f"boot images are missing: {', '.join(missing)}; {why}: {_told(maas)}")
        say(f"images: {_progress(images, len(missing))} ({elapsed(age)})")
        maas.pause(interval(age, 0.0))


def _told(maas: Session) -> str:
    """Quote MAAS's own reason, where it gives one."""
    problems = maas.import_problems()
    return f"MAAS's last events: {' | '.join(problems)}" if problems else "is each release selected?"


def _progress(images: Iterable[Image], missing: int) -> str:
    coming = ", ".join(f"{image.name} {image.progress:.0f}%" for image in images if not image.complete)
    return f"{missing} missing, {coming or 'waiting for MAAS to begin'}"


def _shown(images: Iterable[Image]) -> list[dict[str, object]]:
    return [
        {"name": image.name, "architecture": image.arch, "version": image.version, "label": image.label}
        for image in sorted(images, key=lambda image: (image.name, image.arch))
    ]
