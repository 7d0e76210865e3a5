"""One tag on one machine: update_nodes with one name, so that other members stay.

Source: MAAS 3.5 API, tags/{name}/?op=update_nodes; membership is read from the shared machine list.
"""

from providers.common.cleaning import filled
from providers.common.fields import Field, Schema
from providers.common.raw import text
from providers.maas.crud.base import Found, MaasProvider, Props
from providers.maas.crud.site import tag_name
from providers.maas.errors import MaasError, NotFound
from providers.maas.session import Session


class TagMembershipProvider(MaasProvider):
    """Both inputs name it, so both replace."""

    schema = Schema(
        (
            Field("tag", clean=tag_name, required=True, replaces=True),
            Field("system_id", clean=filled, required=True, replaces=True),
        ),
    )

    def make(self, maas: Session, props: Props) -> Found:
        tag, system_id = text(props, "tag"), text(props, "system_id")
        if maas.machine(system_id) is None:
            raise MaasError(f"MAAS has no machine {system_id} to put the tag {tag} on")
        self._update(maas, tag, system_id, "add")
        return Found(f"{tag}/{system_id}", {})

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        tag, _, name = id_.partition("/")
        machines = maas.machines(name)
        machine = machines.get(name) or next((one for one in machines.values() if one.hostname == name), None)
        if machine is None or tag not in machine.tags:
            return None
        return Found(f"{tag}/{machine.system_id}", {"tag": tag, "system_id": machine.system_id})

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        self._update(maas, text(news, "tag"), text(news, "system_id"), "add")
        return {}

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        try:
            self._update(maas, text(props, "tag"), text(props, "system_id"), "remove")
        except NotFound:
            return  # the tag itself is gone, and its memberships with it

    def _update(self, maas: Session, tag: str, system_id: str, verb: str) -> None:
        purpose = f"{verb} the tag {tag} {'to' if verb == 'add' else 'from'} machine {system_id}"
        touches = {"Machines": system_id}
        maas.change("Tag.update_nodes", purpose, {"name": tag}, {verb: system_id}, touches=touches, repeatable=True)
