"""Machines: what their source gives, refuses and takes away, and how they end."""

import pytest

from lab.juju.errors import JujuError
from lab.juju.life import machines
from lab.juju.provision import FAILED, GONE, RUNNING, MemorySource, Seen
from tests.unit.lab.juju_life.bench import Bench, placement, real
from tests.unit.lab.juju_life.charms import APP


def told(bench: Bench, name: str, seen: Seen) -> None:
    bench.do(lambda world, now: machines.told(world, now, bench.model, name, seen))


def test_a_machine_is_given_and_gets_its_agent():
    bench = Bench(real)
    assert bench.add_machine(constraints={"mem": 8192, "arch": "arm64"}) == "0"
    row = bench.machine("0")
    assert (row.phase, row.instance.status, row.agent.status) == ("agent", "running", "pending")
    assert (row.arch, row.hardware["mem"]) == ("arm64", 8192)
    bench.wait(60)
    assert (bench.machine("0").phase, bench.machine("0").agent.status) == ("started", "started")


def test_a_container_takes_longer_and_waits_for_its_host():
    bench = Bench(real)
    assert bench.add_machine(placement=placement("lxd:")) == "0/lxd/0"
    bench.wait(59)
    assert bench.machine("0/lxd/0").phase == "pending"
    bench.wait(1)
    assert bench.machine("0/lxd/0").phase == "agent"
    bench.wait(90)
    assert bench.machine("0/lxd/0").phase == "started"
    assert bench.add_machine(parent="0", container_type="lxd") == "0/lxd/1"


def test_what_the_source_has_not_is_said_in_its_words_and_can_be_retried():
    source = MemorySource(fleet={"server1": ("compute",)})
    bench = Bench(source=source)
    bench.add_machine(constraints={"tags": ["gpu"]})
    row = bench.machine("0")
    assert (row.phase, row.instance.status) == ("failed", "provisioning error")
    assert "No available machine matches constraints" in row.instance.message
    source.fleet = {"server1": ("compute", "gpu")}
    bench.do(lambda world, now: machines.retry(world, now, bench.model, "0"))
    assert bench.machine("0").phase == "started"
    with pytest.raises(JujuError, match="machine 0 is not in an error state"):
        bench.do(lambda world, now: machines.retry(world, now, bench.model, "0"))


def test_a_slow_source_is_followed():
    bench = Bench(real, source=MemorySource(instant=False))
    bench.add_machine()
    assert bench.machine("0").phase == "pending"
    told(bench, "0", Seen("Deploying", "abc", message="Rebooting", hostname="server1"))
    row = bench.machine("0")
    assert (row.phase, row.instance_id, row.instance.message) == ("provisioning", "abc", "Deploying: Rebooting")
    told(bench, "0", Seen(FAILED, "abc", error="Installation failed"))
    assert (bench.machine("0").phase, bench.machine("0").instance.message) == ("failed", "Installation failed")
    told(bench, "0", Seen(RUNNING, "abc", ("10.0.0.4",), "server1", {"mem": 8192}, "zone1", "on"))
    row = bench.machine("0")
    assert (row.phase, row.addresses) == ("agent", ("10.0.0.4",))
    assert row.hardware == {"mem": 8192, "availability-zone": "zone1"}


def test_a_machine_that_is_switched_off_or_given_away_is_down():
    bench = Bench()
    bench.local(APP)
    seen = bench.source.look(["mem001"], bench.model)["mem001"]
    bench.source.change("mem001", power="off")
    bench.provisioner.round()
    assert bench.machine("0").agent.status == "down"
    assert bench.unit("app/0").agent.status == "lost"
    bench.source.change("mem001", power="on")
    bench.provisioner.round()
    assert (bench.machine("0").agent.status, bench.unit("app/0").workload.status) == ("started", "active")
    told(bench, "0", Seen(GONE, "mem001"))
    assert (bench.machine("0").instance.status, bench.unit("app/0").agent.status) == ("unknown", "lost")
    told(bench, "0", seen)
    assert bench.machine("0").agent.status == "down"


def test_a_machine_with_units_or_containers_needs_force():
    bench = Bench()
    bench.local(APP)
    bench.add_machine(placement=placement("lxd:0"))
    with pytest.raises(JujuError, match='machine 0 is hosting containers "0/lxd/0"') as caught:
        bench.remove_machine("0")
    assert caught.value.code == "machine is hosting containers"
    bench.remove_machine("0/lxd/0")
    with pytest.raises(JujuError, match='machine 0 has unit "app/0" assigned') as caught:
        bench.remove_machine("0")
    assert caught.value.code == "machine has assigned units"
    bench.add_machine(placement=placement("lxd:0"))
    bench.remove_machine("0", force=True)
    assert not bench.machines()
    assert not bench.units()
    assert bench.app("app").status.status == "unknown"
    assert not bench.source.look(["mem001"], bench.model)["mem001"].running


def test_a_dry_run_tells_what_goes_along():
    bench = Bench()
    bench.local(APP)
    bench.add_machine(placement=placement("lxd:0"))
    (end,) = bench.do(lambda world, now: machines.destroy(world, now, bench.model, ["0"], force=True, dry_run=True))
    assert (end.machine, end.units, [each.machine for each in end.containers]) == ("0", ("app/0",), ["0/lxd/0"])
    assert bench.machine("0").life == "alive"


def test_a_machine_that_is_kept_is_not_given_back():
    bench = Bench()
    bench.add_machine()
    bench.do(lambda world, now: machines.destroy(world, now, bench.model, ["0"], keep=True))
    assert not bench.machines()
    assert bench.source.look(["mem001"], bench.model)["mem001"].running


def test_a_machine_goes_with_its_last_unit_but_not_under_containers():
    bench = Bench()
    bench.local(APP, units=2)
    bench.local({**APP, "name": "other"})
    bench.add_units("other", 1, "0")
    bench.remove_units("app/0")
    assert "0" in bench.machines()
    bench.add_machine(placement=placement("lxd:0"))
    bench.remove_units("other/1")
    assert "0" in bench.machines()
    bench.remove_units("app/1")
    assert "1" not in bench.machines()


def test_the_controllers_own_machine_stays():
    bench = Bench()
    bench.model = bench.world.meta.controller_model
    with pytest.raises(JujuError, match="only controller"):
        bench.remove_machine("0", force=True)


def test_a_machine_that_was_never_given_is_just_gone():
    bench = Bench(source=MemorySource(instant=False))
    bench.add_machine()
    bench.remove_machine("0")
    assert not bench.machines()
    told(bench, "0", Seen(RUNNING, "late"))
    assert not bench.machines()


def test_numbers_of_machines_are_never_given_twice():
    bench = Bench()
    bench.add_machine()
    bench.remove_machine("0")
    assert bench.add_machine() == "1"
    assert bench.add_machine(placement=placement("lxd:1")) == "1/lxd/0"
    bench.remove_machine("1/lxd/0")
    assert bench.add_machine(placement=placement("lxd:1")) == "1/lxd/1"
