"""Spaces: groups of subnets that applications are bound to.

On MAAS they come from MAAS: one that Juju does not have yet is looked for anew (ReloadSpaces) before it is made.
Sources: Juju 3.6 API, Spaces.ListSpaces, CreateSpaces, RenameSpace, MoveSubnets, RemoveSpace, ReloadSpaces and
Subnets.SubnetsByCIDR.
"""

from collections.abc import Iterable

from providers.common.cleaning import cidr, each
from providers.common.fields import Field, Schema, same_set
from providers.common.raw import Raw, mappings, text, texts
from providers.juju import tags
from providers.juju.crud.base import Found, Props, model_field
from providers.juju.crud.calls import listed
from providers.juju.crud.cleaners import as_given, reason, space_name
from providers.juju.crud.rows import RowProvider
from providers.juju.errors import JujuError, NotSupported
from providers.juju.link import results
from providers.juju.session import Session

SPACES = "Spaces"
"""Name of the shared list."""

ALPHA = "alpha"
"""The space of every subnet that is in no other one."""


def space_tag(name: str) -> str:
    """Tag of a space."""
    return f"space-{name}"


class SpaceProvider(RowProvider):
    """Renamed in place; subnets that it no longer holds go back to the space alpha."""

    schema = Schema(
        (
            model_field(),
            Field("name", clean=space_name, required=True),
            Field("cidrs", clean=each(cidr), same=same_set),
            Field("force", clean=reason),
        ),
    )

    def make(self, juju: Session, props: Props) -> Found:
        if self._by_key(juju, props) is None:
            _look_in_cloud(juju, text(props, "model"))
        return super().make(juju, props)

    def rows(self, juju: Session, model: str) -> tuple[Raw, ...]:
        return juju.model(model).shared(SPACES, lambda: _spaces(juju, model))

    def ident(self, raw: Raw) -> str:
        return text(raw, "id") or text(raw, "name")

    def observe(self, juju: Session, raw: Raw, props: Props) -> Props:
        found = (text(subnet, "cidr") for subnet in mappings(raw, "subnets"))
        cidrs = as_given(found, props.get("cidrs"))
        return {"name": text(raw, "name"), "space_id": text(raw, "id"), "cidrs": cidrs}

    def add(self, juju: Session, props: Props) -> None:
        space = {"space-tag": space_tag(text(props, "name")), "cidrs": list(texts(props, "cidrs")), "public": False}
        self._change(juju, props, "CreateSpaces", {"spaces": [space]}, f"make {self.title(props)}")

    def change(self, juju: Session, raw: Raw, props: Props, names: frozenset[str]) -> None:
        old, new = text(raw, "name"), text(props, "name")
        if old != new:
            change = {"from-space-tag": space_tag(old), "to-space-tag": space_tag(new)}
            self._change(juju, props, "RenameSpace", {"changes": [change]}, f"rename the space {old} to {new}")
        if "cidrs" in names:
            has = {text(subnet, "cidr") for subnet in mappings(raw, "subnets")}
            wanted = set(texts(props, "cidrs"))
            self._move(juju, props, new, wanted - has)
            self._move(juju, props, ALPHA, has - wanted)

    def remove(self, juju: Session, raw: Raw, props: Props) -> None:
        item = {"space": {"tag": space_tag(text(raw, "name"))}, "force": bool(props.get("force"))}
        purpose = f"remove {self.title(props)}"
        answer = self._change(juju, props, "RemoveSpace", {"space-param": [item]}, purpose)
        held = [tag for name in ("bindings", "constraints") for tag in _held(answer, name)]
        held += texts(answer, "controller-settings")
        if held:
            raise JujuError(f"Juju refused to {purpose}: it is used by {', '.join(held)}; move them, or give force")

    def title(self, props: Props) -> str:
        return f"the space {text(props, 'name')}"

    def _move(self, juju: Session, props: Props, space: str, cidrs: Iterable[str]) -> None:
        wanted = sorted(cidrs)
        if not wanted:
            return
        purpose = f"move {', '.join(wanted)} to the space {space}"
        link = juju.model(text(props, "model"))
        items = link.each("Subnets", "SubnetsByCIDR", {"cidrs": wanted}, purpose=purpose, repeatable=True)
        ids = [f"subnet-{_subnet_id(item, one, purpose)}" for item, one in zip(items, wanted, strict=False)]
        item = {"space-tag": space_tag(space), "subnets": ids, "force": bool(props.get("force"))}
        self._change(juju, props, "MoveSubnets", {"args": [item]}, purpose)

    def _change(self, juju: Session, props: Props, method: str, params: Raw, purpose: str) -> Raw:
        link = juju.model(text(props, "model"))
        items = results(link.change("Spaces", method, params, purpose=purpose, touches=(SPACES,)))
        return items[0] if items else {}


def _spaces(juju: Session, model: str) -> tuple[Raw, ...]:
    return listed(juju.model(model), "Spaces", "ListSpaces", {}, "list its spaces")


def _look_in_cloud(juju: Session, model: str) -> None:
    """Have Juju look for spaces of the cloud that it does not know yet."""
    link = juju.model(model)
    try:
        link.change("Spaces", "ReloadSpaces", {}, purpose="look for new spaces of its cloud", touches=(SPACES,))
    except NotSupported:
        return  # the cloud has no spaces of its own


def _subnet_id(item: Raw | JujuError, cidr_: str, purpose: str) -> str:
    if isinstance(item, JujuError):
        raise item
    found = mappings(item, "subnets")
    if not found:
        raise JujuError(f"Juju refused to {purpose}: it knows no subnet {cidr_}")
    return text(found[0], "id")


def _held(item: Raw, name: str) -> list[str]:
    return [f"{tags.name(text(one, 'tag'))} ({name})" for one in mappings(item, name)]
