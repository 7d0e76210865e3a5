"""Which charm is meant, and what it says of itself: known before anything is deployed or changed.

name, channel, revision, base (or a charm of this machine) -> Charmhub's answer through the controller -> the charm is
made known to the model (no unit notices) -> Chosen, with its facts. What can't be resolved is said in Juju's words.
Source: juju 3.6 API, Charms v4 to v7: ResolveCharms, AddCharm, CharmInfo.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from providers.common.raw import Raw, mapping, mappings, maybe_whole, text, texts
from providers.juju.crud.base import Props
from providers.juju.crud.local_charm import base_for, pack, upload
from providers.juju.crud.models import default_base
from providers.juju.errors import JujuError, from_item
from providers.juju.link import Link
from providers.juju.plan import charm, constraints
from providers.juju.plan.charm import CharmFacts
from providers.juju.session import Session
from providers.juju.status import SERIES
from providers.juju.status_wire import base as base_of

RISKS = ("stable", "candidate", "beta", "edge")
DEFAULT_ARCH = "amd64"


@dataclass(frozen=True)
class Chosen:
    """A charm that the model knows. `origin`: Juju's CharmOrigin of it; `base`: "ubuntu@22.04"; `local`: uploaded."""

    url: str
    origin: Raw
    base: str
    channel: str
    facts: CharmFacts
    local: bool = False


def channel(value: str) -> str:
    """Bring a channel to its full form: "stable" is latest/stable, "2023.2" is 2023.2/stable; "" stays."""
    parts = [part for part in value.split("/") if part]
    if not parts:
        return ""
    if parts[0] in RISKS:
        parts.insert(0, "latest")
    return "/".join(parts if len(parts) > 1 else [*parts, "stable"])


def same_channel(old: object, new: object) -> bool:
    """Compare two channels by their full form."""
    return channel(str(old or "")) == channel(str(new or ""))


def choose(juju: Session, link: Link, props: Props) -> Chosen:
    """Resolve the charm that the inputs name, and make it known to the model."""
    if props.get("local_charm") is not None:
        return _local(juju, link, props)
    name = text(props, "charm")
    if not name:
        raise JujuError(f"The application {text(props, 'name')} names no charm: give charm, or local_charm")
    asked = _asked(link, props)
    key = f"charm {name} {sorted((key, str(value)) for key, value in asked.items())}"
    return link.shared(key, lambda: _of_store(link, name, asked))


def facts(link: Link, url: str) -> CharmFacts:
    """Read what a charm of the model says of itself, shared by all who ask (Charms.CharmInfo)."""

    def read() -> CharmFacts:
        answer = link.call("Charms", "CharmInfo", {"url": url}, purpose=f"describe the charm {url}", repeatable=True)
        return charm.parse(answer)

    return link.shared(f"charm {url}", read)


def resolve(link: Link, props: Props) -> None:
    """Raise JujuError where Charmhub has no such charm as the inputs ask for; changes nothing, not even the model."""
    _resolved(link, text(props, "charm"), _asked(link, props))


def _of_store(link: Link, name: str, asked: Raw) -> Chosen:
    found, base = _resolved(link, name, asked)
    url, origin = _added(link, text(found, "url"), {**mapping(found, "charm-origin"), **wire_base(base)})
    return Chosen(url, origin, base, channel_of(origin), facts(link, url))


def _resolved(link: Link, name: str, asked: Raw) -> tuple[Raw, str]:
    """Give Charmhub's answer, and the base to run on."""
    purpose = f"resolve the charm {name}"
    params = {"resolve": [{"reference": f"ch:{name}", "charm-origin": asked}]}
    found = link.one("Charms", "ResolveCharms", params, purpose=purpose, repeatable=True)
    return found, _base(name, asked, mapping(found, "charm-origin"), found)


def _asked(link: Link, props: Props) -> dict[str, object]:
    """Give the origin that the inputs ask for, on the model's default base where they name none, as Juju does it."""
    return _origin({**props, "base": text(props, "base") or default_base(link)})


def _origin(props: Props) -> dict[str, object]:
    """Give Juju's CharmOrigin as far as the inputs say it."""
    track, risk, branch = (*channel(text(props, "channel")).split("/"), "", "", "")[:3]
    arch = constraints.parse(text(props, "constraints")).get("arch") or DEFAULT_ARCH
    asked: dict[str, object] = {"source": "charm-hub", "type": "charm", "id": "", "architecture": arch}
    asked |= {"track": track, "risk": risk} if risk else {}
    asked |= {"branch": branch} if branch else {}
    revision = maybe_whole(props, "revision")
    asked |= {} if revision is None else {"revision": revision}
    return {**asked, **wire_base(text(props, "base"))}


def wire_base(base: str) -> dict[str, object]:
    """Give a base as Juju's origins have it; 2.9 knows it by its series."""
    name, _, number = base.partition("@")
    if not number:
        return {}
    series = next((series for series, release in SERIES.items() if release == number), "")
    return {"base": {"name": name, "channel": f"{number}/stable"}, "os": name, "series": series}


def _base(name: str, asked: Raw, origin: Raw, found: Raw) -> str:
    listed = [base_of({"base": one}) for one in mappings(found, "supported-bases")]
    listed = listed or [base_of({"series": one}) for one in texts(found, "supported-series")]
    wanted = base_of(asked)
    if wanted and listed and wanted not in listed:
        raise JujuError(f"The charm {name} does not run on {wanted}; it runs on {', '.join(listed)}")
    return wanted or base_of(origin) or next(iter(listed), "")


def _added(link: Link, url: str, origin: Raw) -> tuple[str, Raw]:
    purpose = f"add the charm {url} to the model"
    params = {"url": url, "charm-origin": origin, "force": False, "series": text(origin, "series")}
    answer = link.change("Charms", "AddCharm", params, purpose=purpose, touches=(), repeatable=True)
    error = from_item(purpose, answer)
    if error is not None:
        raise error
    return url, {**origin, **mapping(answer, "charm-origin")}


def channel_of(origin: Raw) -> str:
    """Read the channel of Juju's CharmOrigin."""
    return channel("/".join(filter(None, (text(origin, name) for name in ("track", "risk", "branch")))))


def _local(juju: Session, link: Link, props: Props) -> Chosen:
    packed = pack(text(props, "local_charm"), mapping(props, "metadata_overrides"))
    base = base_for(text(props, "local_charm"), packed.bases, text(props, "base") or default_base(link))
    url = upload(juju.endpoint, juju.version, link.uuid, packed, base)
    arch = constraints.parse(text(props, "constraints")).get("arch") or DEFAULT_ARCH
    origin: Mapping[str, object] = {
        "source": "local",
        "type": "charm",
        "id": "",
        "architecture": arch,
        **wire_base(base),
    }
    return Chosen(url, origin, base, "", facts(link, url), local=True)
