"""What the world asks of a driver, against a model of machines that only do as they are told."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from lab.maas import driver, hardware, pace
from lab.maas.events import CATALOGUE
from lab.maas.models import Install, Sight
from lab.maas.status import Status
from tests.property.lab.test_world import DEPLOYED, NAMES, READY, Bench, Command, commands


class Model:
    """Machines as a driver runs them: which are on, what is on their disks, which are full."""

    hosted = True

    def __init__(self) -> None:
        self.on: set[str] = set()
        self.disks: dict[str, Install] = {}
        self.full: dict[str, str] = {}
        self.answered: set[str] = set()
        self.installed: list[str] = []

    def install(self, system: Install, ssh_delay: float) -> None:
        assert ssh_delay == 0
        self.destroy(system.machine)
        self.installed.append(system.machine)
        self.on.add(system.machine)
        self.disks[system.machine] = system

    def boot(self, system: Install, ssh_delay: float) -> None:
        assert ssh_delay == 0
        self.on.add(system.machine)
        assert self.disks.setdefault(system.machine, system) == system

    def power_off(self, machine: str) -> None:
        self.on.discard(machine)

    def destroy(self, machine: str) -> None:
        self.on.discard(machine)
        self.answered.discard(machine)
        self.disks.pop(machine, None)

    def fill_disk(self, machine: str, path: str) -> None:
        self.full[machine] = path


class HostedBench(Bench):
    """The bench of the world's own property test, with a model of hosts beneath and what they do by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.service.host(self.model)

    def run(self, command: Command) -> None:
        kind, name, word = command
        if kind == "saw":
            self._saw(name, word)
        else:
            super().run(command)

    def _saw(self, name: str, sight: Sight) -> None:
        if name not in self.model.on:
            return
        if sight == "up":
            self.model.answered.add(name)
        if sight == "off":
            self.model.on.discard(name)
        self.service.saw(name, sight)

    def check(self) -> None:
        super().check()
        for physical in self.world.rack:
            assert physical.on or physical.name not in self.model.on
            assert not physical.dead or not physical.on
            assert self.model.full.get(physical.name, "") == physical.full_disk
        for name in self.model.on:
            assert self.world.installs.get(name) == self.model.disks[name]
        for machine in self.world.machines:
            physical = hardware.physical_of(self.world, machine)
            if physical is None or machine.status != Status.DEPLOYED:
                continue
            assert (physical.name in self.model.on) == physical.on
            assert physical.name in self.model.answered
            assert self.model.disks[physical.name].hostname == machine.hostname

    def restart(self) -> None:
        """End the driver's process and begin a new one: disks are kept, nothing runs."""
        self.model.on.clear()
        self.service.host(self.model)


names = st.sampled_from(NAMES)
sights = st.tuples(st.just("saw"), names, st.sampled_from(["up", "up", "up", "lost", "off"]))
faults = st.tuples(st.just("fault"), names, st.just("no-boot"))
hands = st.tuples(st.just("hand"), names, st.sampled_from(["kill", "revive", "fill-disk", "free-disk", "power-on"]))
happenings: st.SearchStrategy[Command] = st.one_of(commands, commands, sights, sights, faults, hands)
DEPLOYING: list[Command] = [*READY, *(("op", name, "deploy") for name in NAMES), ("advance", "server1", 700)]
RUNNING: list[Command] = [*DEPLOYING, *(("saw", name, "up") for name in NAMES), ("advance", "server1", 20)]


@settings(deadline=None, max_examples=100)
@given(st.sampled_from([READY, DEPLOYING, RUNNING, RUNNING]), st.lists(happenings, max_size=40))
def test_hosts_do_what_the_world_says(prepared: list[Command], sequence: list[Command]) -> None:
    bench = HostedBench()
    for command in [*prepared, *sequence]:
        bench.run(command)
        bench.check()
    bench.restart()
    bench.check()


def _bench(*steps: Command) -> HostedBench:
    bench = HostedBench()
    for step in steps:
        bench.run(step)
        bench.check()
    return bench


def _deploying() -> HostedBench:
    return _bench(*READY, ("op", "server1", "deploy"))


def _status(bench: HostedBench) -> tuple[str, str]:
    row = bench.machine("server1")
    assert row
    return Status(row.status).name, row.error_description


def test_the_host_boots_when_the_installer_reboots() -> None:
    bench = _deploying()
    bench.service.advance(720 * 0.75)
    assert bench.model.on == set()
    bench.service.advance(720 * 0.02)
    assert bench.model.on == {"server1"}


def test_deployed_waits_for_the_host_and_not_longer() -> None:
    bench = _deploying()
    bench.service.advance(800)
    assert _status(bench) == ("DEPLOYING", "")
    bench.run(("saw", "server1", "up"))
    assert _status(bench) == ("DEPLOYED", "")


def test_a_host_that_is_up_early_waits_for_the_pace() -> None:
    bench = _deploying()
    bench.service.advance(700)
    bench.run(("saw", "server1", "up"))
    assert _status(bench) == ("DEPLOYING", "")
    bench.service.advance(20)
    assert _status(bench) == ("DEPLOYED", "")


TIMED_OUT = "Node operation 'Deploying' timed out after 30 minutes."


def test_a_host_that_never_answers_ends_by_the_time_out() -> None:
    bench = _deploying()
    bench.service.advance(700)
    bench.run(("saw", "server1", "lost"))
    bench.service.advance(1099)
    assert _status(bench) == ("DEPLOYING", "")
    bench.service.advance(1)
    assert _status(bench) == ("FAILED_DEPLOYMENT", TIMED_OUT)
    assert bench.model.on == set()


def test_a_host_that_still_boots_is_waited_for_beyond_the_time_out() -> None:
    bench = _deploying()
    bench.service.advance(5000)
    assert _status(bench) == ("DEPLOYING", "")
    bench.run(("saw", "server1", "lost"))
    assert _status(bench) == ("FAILED_DEPLOYMENT", TIMED_OUT)


def test_a_host_switched_off_while_it_boots_ends_by_the_time_out() -> None:
    bench = _deploying()
    bench.service.advance(700)
    bench.run(("op", "server1", "power_off"))
    bench.service.advance(1099)
    assert _status(bench) == ("DEPLOYING", "")
    bench.service.advance(1)
    assert _status(bench) == ("FAILED_DEPLOYMENT", TIMED_OUT)


def test_immediate_pace_starts_at_once_and_waits() -> None:
    bench = _bench(*READY)
    bench.service.set_pace("immediate")
    bench.run(("op", "server1", "deploy"))
    assert bench.model.on == {"server1"}
    bench.service.advance(10_000)
    assert _status(bench)[0] == "DEPLOYING"
    bench.run(("saw", "server1", "up"))
    assert _status(bench)[0] == "DEPLOYED"


def test_no_boot_never_starts_a_host() -> None:
    bench = _bench(*READY, ("fault", "server1", "no-boot"), ("op", "server1", "deploy"))
    bench.service.advance(1800)
    assert _status(bench) == ("FAILED_DEPLOYMENT", TIMED_OUT)
    assert bench.model.on == set()


def test_a_released_host_is_destroyed_and_a_deleted_one_runs_on() -> None:
    bench = _bench(*RUNNING, ("op", "server1", "release"), ("delete", "server2", None))
    assert bench.model.on == {"server2", "server3"}
    assert set(bench.model.disks) == {"server2", "server3"}


def test_a_deleted_host_runs_until_its_power_goes() -> None:
    bench = _bench(*RUNNING, ("delete", "server1", None))
    assert "server1" in bench.model.on
    bench.run(("hand", "server1", "kill"))
    assert "server1" not in bench.model.on


def test_a_deleted_host_that_is_deployed_again_gets_a_fresh_disk() -> None:
    bench = _bench(*RUNNING, ("delete", "server1", None), ("enrol", "server1", "Amt-1"))
    assert "server1" not in bench.model.on
    bench.service.advance(2000)
    bench.run(("op", "server1", "deploy"))
    bench.service.advance(700)
    assert bench.model.installed.count("server1") == 2
    bench.run(("op", "server1", "power_off"))
    bench.service.advance(10)
    bench.run(("op", "server1", "power_on"))
    bench.service.advance(10)
    assert "server1" in bench.model.on
    assert bench.model.installed.count("server1") == 2


def test_a_dead_host_cannot_be_released_until_it_is_mended() -> None:
    bench = _bench(*RUNNING, ("hand", "server1", "kill"))
    assert bench.model.on == {"server2", "server3"}
    bench.run(("op", "server1", "release"))
    assert _status(bench)[0] == "RELEASING"
    bench.service.advance(300)
    assert _status(bench) == ("FAILED_RELEASING", "Node operation 'Releasing' timed out after 5 minutes.")
    said = [each.description for each in bench.world.events if each.type == CATALOGUE["NODE_POWER_OFF_FAILED"][0]]
    assert [words.split(":")[0] for words in said] == ["Power off for the node failed"]
    assert "Connection timed out" in said[0]
    bench.run(("hand", "server1", "revive"))
    bench.run(("op", "server1", "release"))
    bench.service.advance(30)
    assert _status(bench) == ("READY", "")
    assert "server1" not in bench.model.disks


def test_a_host_that_dies_while_it_installs_ends_by_the_time_out() -> None:
    bench = _deploying()
    bench.service.advance(600)
    bench.run(("hand", "server1", "kill"))
    bench.service.advance(1200)
    assert _status(bench) == ("FAILED_DEPLOYMENT", TIMED_OUT)


def test_a_server_whose_bmc_does_not_obey_runs_on_while_it_is_released() -> None:
    bench = _bench(*RUNNING)
    row = bench.machine("server1")
    assert row
    bench.call("PUT", f"machines/{row.system_id}/", power_parameters_power_pass="wrong")
    bench.run(("op", "server1", "release"))
    assert "server1" in bench.model.on


def test_a_new_driver_takes_over_a_deployment_under_way() -> None:
    bench = _deploying()
    bench.service.advance(600)
    bench.run(("saw", "server1", "up"))
    bench.world.meta = replace(bench.world.meta, pace=pace.forward(bench.world.pace, 120))
    bench.restart()
    assert bench.model.on == {"server1"}
    bench.service.advance(0)
    assert _status(bench) == ("DEPLOYING", "")
    bench.run(("saw", "server1", "up"))
    assert _status(bench) == ("DEPLOYED", "")


def test_time_that_passed_without_a_driver_deploys_nothing() -> None:
    bench = _deploying()
    bench.world.meta = replace(bench.world.meta, pace=pace.forward(bench.world.pace, 800))
    bench.restart()
    bench.service.advance(0)
    assert _status(bench) == ("DEPLOYING", "")
    assert bench.model.on == {"server1"}


def test_a_memory_driver_is_asked_nothing() -> None:
    bench = Bench()
    for step in DEPLOYED:
        bench.run(step)
    assert driver.tell(bench.world) == []
    assert all(Status(each.status) == Status.DEPLOYED for each in bench.world.machines)
