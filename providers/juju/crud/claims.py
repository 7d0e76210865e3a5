"""Whose an object in a model is: an annotation names the resource that made it.

claim (`project/stack/resource name`) -> the annotation `pulumi` of the application, machine or model -> read at the
next create: ours (an earlier try left it), nobody's, or another resource's, which is left alone.
Source: juju 3.6 API, Annotations v2.
"""

from collections.abc import Iterable, Mapping, Sequence

from providers.common.raw import Raw, mapping, mappings, text
from providers.juju.errors import ForeignError
from providers.juju.link import Link
from providers.juju.plan.charm import plain

CLAIM = "pulumi"


def annotations(link: Link, tags: Iterable[str], about: str | None = None) -> Mapping[str, Mapping[str, str]]:
    """Read the annotations of all entities of one kind in one call, shared; `about`: the tag that it is read for."""
    wanted = sorted(tags)
    return link.shared(_shared(wanted[0]), lambda: _read(link, wanted), about) if wanted else {}


def annotations_of(link: Link, tag: str) -> Mapping[str, str]:
    """Read the annotations of one entity, unshared: before they are changed, or since it was just found."""
    return _read(link, [tag]).get(tag, {})


def annotate(link: Link, tag: str, pairs: Mapping[str, object], purpose: str) -> None:
    """Set annotations; an empty text takes one away."""
    if pairs:
        wanted = [{"entity": tag, "annotations": {name: plain(value) for name, value in pairs.items()}}]
        params, touches = {"annotations": wanted}, {_shared(tag): (tag, text(pairs, CLAIM))}
        link.change("Annotations", "Set", params, purpose=purpose, touches=touches, repeatable=True)


def claim_of(link: Link, tag: str) -> str:
    """Read who claims one entity, "" for nobody."""
    return annotations_of(link, tag).get(CLAIM, "")


def wanted(props: Raw) -> dict[str, object]:
    """Give the annotations that inputs, or a state, ask for, and the claim among them."""
    claim = {CLAIM: props["claim"]} if props.get("claim") else {}
    return {**mapping(props, "annotations"), **claim}


def same_stack(one: str, other: str) -> bool:
    """Say whether two claims are of one stack of one project."""
    return bool(one) and one.split("/")[:2] == other.split("/")[:2]


def unclaimed(props: Raw) -> Raw:
    """Leave the claim out, for what was somebody's before: it must be found as such by every later try."""
    return {name: value for name, value in props.items() if name != "claim"}


def bring(link: Link, tag: str, olds: Raw, news: Raw, purpose: str) -> None:
    """Change the annotations of an entity to what is asked for, where that is another than the state says.

    One that was somebody's before (`adopted` in the state) gets no claim.
    """
    asked, before = (wanted(unclaimed(props) if olds.get("adopted") else props) for props in (news, olds))
    if asked != before:
        annotate(link, tag, changes(before, asked, annotations_of(link, tag)), purpose)


def check_ours(title: str, theirs: str, claim: str) -> None:
    """Raise ForeignError for what another resource claims."""
    if theirs and theirs != claim:
        raise ForeignError(f"{title} belongs to {theirs} (its annotation {CLAIM} says so) and is left alone")


def changes(before: Iterable[str], asked: Raw, there: Mapping[str, str]) -> dict[str, object]:
    """Choose what to set: what differs, and "" for those that the state managed and nobody asks for any more."""
    wanted: dict[str, object] = {name: "" for name in before if name not in asked and name in there}
    return wanted | {name: value for name, value in asked.items() if there.get(name) != plain(value)}


def observed(asked: Raw, there: Mapping[str, str]) -> dict[str, object]:
    """Give the asked annotations as they are."""
    return {name: there[name] for name in asked if name in there}


def _shared(tag: str) -> str:
    return f"annotations of each {tag.partition('-')[0]}"


def _read(link: Link, tags: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    params = {"entities": [{"tag": tag} for tag in tags]}
    answer = link.call("Annotations", "Get", params, purpose="show annotations", repeatable=True)
    return {text(one, "entity"): _pairs(mapping(one, "annotations")) for one in mappings(answer, "results")}


def _pairs(raw: Raw) -> dict[str, str]:
    return {name: text(raw, name) for name in raw}
