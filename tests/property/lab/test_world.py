"""Any sequence of calls, hands and hours leaves a world that MAAS could be in, and that its journal can rebuild."""

import ipaddress
from collections import Counter
from itertools import pairwise
from typing import Any, TypeAlias
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from lab.maas import faults, hands, network, pace, rack, seed
from lab.maas.models import Fault, Machine, Pace
from lab.maas.phases import PHASES
from lab.maas.service import Service
from lab.maas.status import TRANSITIONS, Status
from lab.maas.wire import Request
from lab.maas.world import Change, World
from tests.lab.maas.conftest import header_for

Command: TypeAlias = tuple[str, str, Any]
START = 1_700_000_000.0
NAMES = ("server1", "server2", "server3")
BUSY = {phase.status for phase in PHASES.values()}
OWNED = {Status.ALLOCATED, Status.DEPLOYING, Status.DEPLOYED, Status.FAILED_DEPLOYMENT}


class Journal:
    """Collects what a store would write."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def append(self, changes: list[Change]) -> None:
        self.changes += changes

    def close(self) -> None:
        pass


class Bench:
    """A service without a server, driven by (kind, ...) commands."""

    def __init__(self) -> None:
        frozen = pace.switch(Pace(), START, "manual")
        machines = [each for each in rack.load("course") if each.name in NAMES]
        secrets = seed.Secrets("seed", "password", "Amt-1")
        world, token = seed.new_world(secrets, machines, START, frozen)
        self.journal = Journal()
        self.journal.append(world.commit())
        self.service = Service(world, lambda: START, self.journal)
        self.header = header_for(f"{token.consumer_key}:{token.key}:{token.secret}")
        self.seen: dict[str, Status] = {}

    @property
    def world(self) -> World:
        return self.service.world

    def call(self, method: str, path: str, op: str | None = None, /, **data: object) -> int:
        query = [("op", op)] if op else []
        body = urlencode(data, doseq=True).encode()
        form = "application/x-www-form-urlencoded"
        request = Request(method, f"/MAAS/api/2.0/{path}", query, form, body, self.header, "http://maas")
        return self.service.handle(request).reply.status

    def machine(self, name: str) -> Machine | None:
        return next((each for each in self.world.machines if each.hostname == name), None)

    def run(self, command: Command) -> None:
        kind, name, word = command
        row = self.machine(name)
        if kind == "advance":
            self.service.advance(float(word))
        elif kind == "enrol":
            number = NAMES.index(name) + 1
            self.call(
                "POST", "machines/", hostname=name, architecture="amd64", mac_addresses=f"f4:4d:30:60:11:0{number}",
                power_type="amt", power_parameters_power_address=f"172.16.15.{number}",
                power_parameters_power_pass=word,
            )  # fmt: skip
        elif kind == "op" and row:
            assert self.call("POST", f"machines/{row.system_id}/", word, comment="x") in {200, 400, 403, 409, 503}
        elif kind == "delete" and row:
            self.call("DELETE", f"machines/{row.system_id}/")
        elif kind == "bridge" and row and row.interfaces:
            nic = row.interfaces[0].id
            self.call("POST", f"nodes/{row.system_id}/interfaces/", "create_bridge", name=word, parent=nic)
        elif kind == "unbridge" and row:
            self.call("DELETE", f"nodes/{row.system_id}/interfaces/{word}/")
        elif kind == "range":
            first, last, sort = word
            self.call("POST", "ipranges/", type=sort, start_ip=f"172.16.{first}", end_ip=f"172.16.{last}")
        elif kind == "dhcp":
            owner = next(iter(self.world.rackcontrollers)).system_id
            self.call("PUT", "vlans/5001/", dhcp_on=word, primary_rack=owner)
        elif kind == "fault":
            with self.service.transaction() as world:
                faults.add(world, Fault(0, word, times=1, text="by chance"))
        elif kind == "hand":
            try:
                with self.service.transaction() as world:
                    hands.do(world, self.service.now(), word, (name,))
            except ValueError:
                pass

    def check(self) -> None:
        world = self.world
        macs = Counter(nic.mac_address for each in world.machines for nic in each.interfaces if nic.type == "physical")
        assert all(count == 1 for count in macs.values())
        self._addresses(world)
        for each in world.machines:
            status = Status(each.status)
            assert (each.task is not None) == (status in BUSY), each
            assert each.task is None or PHASES[each.task.phase].status == status
            if status == Status.READY:
                assert not each.owner
                assert not network.addresses(each)
                assert not any(nic.acquired for nic in each.interfaces)
            if status in OWNED:
                assert each.owner, status
            ids = {nic.id for nic in each.interfaces}
            assert all(set(nic.parents) <= ids for nic in each.interfaces)
            assert each.boot_interface_id in ids | {None}
            before = self.seen.get(each.system_id)
            assert before is None or before == status or _reachable(before, status), (before, status)
            self.seen[each.system_id] = status

    def _addresses(self, world: World) -> None:
        held = Counter(link.ip_address for _, _, link in network.links(world) if link.ip_address)
        assert all(count == 1 for count in held.values())
        spans: list[tuple[int, int]] = []
        for each in world.ipranges:
            subnet = network.network_of(world.subnets.get(each.subnet_id))
            start, end = ipaddress.ip_address(each.start_ip), ipaddress.ip_address(each.end_ip)
            assert start in subnet
            assert end in subnet
            assert int(start) <= int(end)
            spans.append((int(start), int(end)))
        spans.sort()
        assert all(left[1] < right[0] for left, right in pairwise(spans))


def _reachable(start: Status, goal: Status) -> bool:
    """Whether transitions of the table lead from one status to another."""
    reached, edge = {start}, {start}
    while edge:
        edge = {after for before in edge for after in TRANSITIONS[before]} - reached
        reached |= edge
    return goal in reached


ops = st.sampled_from(
    [
        "commission", "deploy", "release", "abort", "lock", "unlock", "power_on", "power_off", "test", "mark_broken",
        "mark_fixed", "override_failed_testing", "rescue_mode", "exit_rescue_mode", "set_workload_annotations",
        "restore_networking_configuration",
    ]
)  # fmt: skip
names = st.sampled_from(NAMES)
spot = st.sampled_from(["0.1", "0.3", "0.9", "3.0", "11.1", "11.9", "14.255", "15.255", "16.1"])
commands: st.SearchStrategy[Command] = st.one_of(
    st.tuples(st.just("advance"), names, st.sampled_from([1, 10, 40, 130, 400, 800, 2000])),
    st.tuples(st.just("enrol"), names, st.sampled_from(["Amt-1", "Amt-1", "wrong"])),
    st.tuples(st.just("op"), names, ops),
    st.tuples(st.just("op"), names, ops),
    st.tuples(st.just("delete"), names, st.none()),
    st.tuples(st.just("bridge"), names, st.sampled_from(["br-ex", "br0"])),
    st.tuples(st.just("unbridge"), names, st.sampled_from(["br-ex", "br0", "enp1s0"])),
    st.tuples(st.just("range"), names, st.tuples(spot, spot, st.sampled_from(["dynamic", "reserved"]))),
    st.tuples(st.just("dhcp"), names, st.sampled_from(["true", "false"])),
    st.tuples(st.just("fault"), names, st.sampled_from(["fail", "hang", "power"])),
    st.tuples(
        st.just("hand"), names, st.sampled_from(["release", "power-on", "power-off", "discover", "break", "lock"])
    ),
)
DHCP: list[Command] = [("range", "server1", ("11.1", "14.255", "dynamic")), ("dhcp", "server1", "true")]
READY: list[Command] = [*DHCP, *(("enrol", name, "Amt-1") for name in NAMES), ("advance", "server1", 2000)]
DEPLOYED: list[Command] = [*READY, *(("op", name, "deploy") for name in NAMES), ("advance", "server1", 2000)]


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([[], DHCP, READY, READY, DEPLOYED]), st.lists(commands, max_size=40))
def test_every_sequence_keeps_the_invariants(prepared: list[Command], sequence: list[Command]) -> None:
    bench = Bench()
    for command in [*prepared, *sequence]:
        bench.run(command)
        bench.check()
    rebuilt = World()
    rebuilt.load(bench.journal.changes)
    assert {(table, key): row for table, key, row in rebuilt.dump()} == {
        (table, key): row for table, key, row in bench.world.dump()
    }


@given(st.floats(0, 1e6), st.sampled_from(["immediate", "timed", "manual"]), st.floats(0, 1e5))
def test_time_never_runs_backwards(later: float, mode: str, step: float) -> None:
    before = pace.switch(Pace(), START, "timed", 0.5)
    before = pace.forward(before, step)
    after = pace.switch(before, START + later, mode)
    assert pace.time_in(after, START + later) >= pace.time_in(before, START) - 1e-3
    assert pace.time_in(after, START + later) == pace.time_in(before, START + later)


@given(st.sampled_from(sorted(PHASES)), st.floats(0, 10))
def test_pace_scales_every_phase(phase: str, factor: float) -> None:
    assert pace.seconds_of(Pace("immediate"), phase) == 0
    assert pace.seconds_of(Pace("timed", factor), phase) == PHASES[phase].seconds * factor
    assert pace.seconds_of(Pace("timed", factor, {phase: 7.0}), phase) == 7.0
