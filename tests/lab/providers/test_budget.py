"""How many calls a fleet costs: the polls are shared, the refresh is a handful of lists."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.maas.service import Served
from lab.maas.testing import RunningMaas, running_maas
from providers.maas import session
from providers.maas.crud.machines import MachineProvider
from tests.lab.providers.conftest import attach
from tests.lab.providers.life import Bag, Life
from tests.lab.providers.rack import deployment, dhcp, images, inputs

FLEET = 200


@pytest.fixture
def fleet() -> Iterator[RunningMaas]:
    with running_maas(rack=f"fleet:{FLEET}") as running:
        attach(running)
        dhcp()
        images()
        yield running
        session.release()


def at_once(lives: list[Life], do: Callable[[Life], object]) -> None:
    with ThreadPoolExecutor(FLEET) as pool:
        list(pool.map(do, lives))


def create(life: Life) -> None:
    made = life.provider.create(life.check())
    life.id, life.state = made.id, dict(made.outs or {})


def is_list(call: Served) -> bool:
    return (call.method, call.op) == ("GET", "") and call.path.endswith("/machines/")


def spent(maas: RunningMaas, do: Callable[[], None]) -> tuple[int, int]:
    """Calls other than machine lists, and machine lists, that `do` made."""
    before = len(maas.calls)
    do()
    made = maas.calls[before:]
    lists = sum(is_list(call) for call in made)
    return len(made) - lists, lists


def test_a_fleet(fleet: RunningMaas) -> None:
    names = sorted(fleet.physical_macs())
    machines = [Life(MachineProvider(), inputs(fleet, name)) for name in names]
    calls, lists = spent(fleet, lambda: at_once(machines, create))
    assert calls <= FLEET + 2, "enrolling is one call a machine"
    assert lists <= 60

    deployments = [deployment(f"p/s/{one.id}", system_id=one.id) for one in machines]
    calls, lists = spent(fleet, lambda: at_once(deployments, create))
    assert calls <= 2 * FLEET + 2, "deploying is two calls a machine: deploy and mark"
    assert lists <= 60

    everything = [*machines, *deployments]
    session.current().snapshots.wrote("Machines")
    calls, lists = spent(fleet, lambda: at_once(everything, Life.refresh))
    assert (calls, lists) == (2, 1), "a refresh is one list of machines, one of power parameters, and who we are, once"
    assert [life.changes() for life in everything] == [[]] * len(everything)

    calls, lists = spent(fleet, lambda: at_once(deployments, Life.down))
    assert calls <= FLEET
    assert lists <= 60


def test_machines_by_constraints(fleet: RunningMaas) -> None:
    names = sorted(fleet.physical_macs())[:40]
    at_once([Life(MachineProvider(), inputs(fleet, name)) for name in names], create)
    wanted: Bag = {"min_cpu_count": 1}
    deployments = [deployment(f"p/s/{number}", **wanted) for number in range(40)]
    calls, lists = spent(fleet, lambda: at_once(deployments, create))
    assert calls <= 3 * 40 + 2, "allocate, deploy, mark"
    assert lists <= 40 + 60, "and at most one question by claim each"
    assert len({life.id for life in deployments}) == 40
