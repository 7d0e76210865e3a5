"""A model's status as tests of pure code want it: one application, machines beside it."""

from collections.abc import Iterable

from providers.juju.status import Application, Condition, Machine, Model, Status, Unit


def application(*units: Unit) -> Application:
    """Give the application "app", active, with these units."""
    return Application(
        name="app",
        charm="ch:amd64/jammy/app-1",
        charm_name="app",
        channel="latest/stable",
        revision=1,
        base="ubuntu@22.04",
        exposed=False,
        exposed_endpoints={},
        life="alive",
        subordinate=False,
        subordinate_to=(),
        relations={},
        units={unit.name: unit for unit in units},
        status=Condition("active"),
        bindings={},
        workload_version="",
        err="",
        int=0,
    )


def status_of(machines: Iterable[Machine], *units: Unit) -> Status:
    """Give a model with these machines, and with "app" and its units."""
    model = Model("m", "iaas", "maas-one", "", "3.6.14", "", Condition("available"))
    return Status(
        model, {machine.id: machine for machine in machines}, {"app": application(*units)}, {}, {}, (), {}, ""
    )
