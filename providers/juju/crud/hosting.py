"""The machines that placements name: Juju deploys from Charmhub to none that its cloud has not given yet.

placements + the model's status -> who is still to come -> one wait for all of them, which ends early where the cloud
gives none. Later units are refused before Juju is asked, which would leave a unit without a machine behind.
Source: juju 3.6 apiserver/facades/client/application: deployrepository.go ("machine ... not started"), deploy.go.
"""

from collections.abc import Iterable
from functools import partial

from providers.common.progress import say
from providers.common.raw import maybe_whole, text
from providers.juju.crud.application_seen import slots
from providers.juju.crud.base import Props
from providers.juju.errors import JujuError
from providers.juju.link import Link
from providers.juju.plan import placement
from providers.juju.plan.lost import provisioned
from providers.juju.plan.waiting import failed_on
from providers.juju.status import Application, Status
from providers.juju.waiter import Verdict


def wait_for(link: Link, props: Props, status: Status) -> None:
    """Wait until every machine that a unit is to be on is given; `status`: as it was seen before.

    A machine that the model does not have is left for Juju to refuse. Raises WaitFailed.
    """
    places = (placement.parse(slot) for slot in slots(props))
    ids = tuple(dict.fromkeys(where.machine for where in places if where.kind == "machine"))
    if all(id_ in status.machines and provisioned(status.machines[id_]) for id_ in ids):
        return
    name = text(props, "name")
    link.wait(name, name, partial(given, ids), maybe_whole(props, "minutes") or 30, say)


def given(ids: tuple[str, ...], status: Status) -> Verdict:
    """Judge whether these machines, as far as they are in the model, have their instances."""
    there = [status.machines[id_] for id_ in ids if id_ in status.machines]
    late = [machine for machine in there if not provisioned(machine)]
    failed = failed_on(late)
    if failed:
        said = "; ".join(f"machine {machine.id}: {machine.instance.line}" for machine in failed)
        return Verdict(said, failed=f"can't be deployed to what could not be had: {said}")
    line = ", ".join(f"machine {machine.id} {machine.instance.line}".rstrip() for machine in late)
    return Verdict(f"waiting for {line}" if line else "placed", done=not late)


def check(link: Link, application: Application, places: Iterable[str]) -> None:
    """Raise JujuError for a place that can't have a unit of an application that is there."""
    for slot in filter(None, places):
        where = placement.parse(slot)
        # asked about the machine: it may have been added since others read the status
        reason = _misfit(application, where, link.status(where.machine)) if where.machine else ""
        if reason:
            raise JujuError(f"{application.name} can't have a unit at {slot}: {reason}")


def _misfit(application: Application, where: placement.Placement, status: Status) -> str:
    machine = status.machines.get(where.machine)
    if machine is None:
        return f"the model has no machine {where.machine}"
    if machine.life != "alive":
        return f"the machine {machine.id} is being removed"
    if where.kind == "machine" and machine.base and machine.base != application.base:
        return f"the machine {machine.id} runs {machine.base}, and the application {application.base}"
    return ""
