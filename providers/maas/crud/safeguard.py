"""A safeguard: what must not be taken down while somebody else uses the machines.

It depends on everything, so it is deleted first: machines held without this project's mark (Juju takes its machines
from the same MAAS, with the same key) -> a refusal that names them, before anything is undone.
"""

from providers.common.cleaning import each, filled
from providers.common.fields import Field, Schema, same_set
from providers.common.raw import texts
from providers.maas.crud.base import Found, MaasProvider, Props
from providers.maas.crud.waits import HELD
from providers.maas.errors import ForeignError
from providers.maas.models import Machine
from providers.maas.session import Session


class SafeguardProvider(MaasProvider):
    """See `providers.maas.resources.safeguard.Safeguard`."""

    schema = Schema((Field("system_ids", clean=each(filled), required=True, same=same_set),))

    def make(self, maas: Session, props: Props) -> Found:
        del maas, props
        return Found("safeguard", {})

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        del maas
        return Found(id_, {"system_ids": list(texts(props, "system_ids"))})

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        del maas, id_, olds, news
        return {}

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        del id_
        guarded = (maas.machine(one) for one in texts(props, "system_ids"))
        taken = [machine for machine in guarded if machine is not None and in_others_hands(machine, maas.me)]
        if taken:
            names = ", ".join(f"{one.hostname} ({one.status})" for one in taken)
            ways = "pulumi destroy -s juju, where it is Juju; or release the machines in MAAS"
            raise ForeignError(
                f"something that this stack did not deploy uses {names}. It has to go first: {ways}; nothing was undone"
            )


def in_others_hands(machine: Machine, me: str) -> bool:
    """Say whether somebody else has taken it: another user, or another tool with our key, which leaves no mark."""
    return machine.status in HELD and (machine.owner != me or not machine.claim)
