"""The pure pieces alone: forms, tables of statuses, racks, faults, routes, the store."""

from pathlib import Path

import pytest

from lab.cli import text
from lab.daemon import netns
from lab.maas import faults, network, rack, seed
from lab.maas.errors import BadRequestError, FormError, NotFoundError
from lab.maas.models import Fault, Host, IpRange, Meta, Pace, Setting
from lab.maas.phases import PHASES
from lab.maas.status import BY_FILTER_NAME, NAMES, TRANSITIONS, Status
from lab.maas.store import FileStore
from lab.maas.urls import Resource, Router, crud
from lab.maas.wire import Data, Request, form_of
from lab.maas.world import World


@pytest.fixture
def world() -> World:
    made, _ = seed.new_world(seed.Secrets("s", "p", "a"), rack.load("course"), 0.0, Pace())
    made.commit()
    return made


def test_statuses_have_maas_names() -> None:
    assert [NAMES[Status(number)] for number in (0, 2, 11, 13, 14, 18, 20)] == [
        "New", "Failed commissioning", "Failed deployment", "Releasing failed", "Disk erasing",
        "Failed to enter rescue mode", "Failed to exit rescue mode",
    ]  # fmt: skip
    assert BY_FILTER_NAME["failed_deployment"] == Status.FAILED_DEPLOYMENT
    assert set(TRANSITIONS) == set(Status)


def test_phases_lead_where_the_table_allows() -> None:
    assert all(phase.failed in TRANSITIONS[phase.status] for phase in PHASES.values())
    assert all(list(phase.steps) == sorted(phase.steps, key=lambda step: step.at) for phase in PHASES.values())


def test_forms_in_every_encoding() -> None:
    encoded = Request("POST", "/", [("op", "x")], "application/x-www-form-urlencoded", b"a=1&a=2&b=%20c%20&d=")
    pairs, op = form_of(encoded)
    data = Data(pairs)
    assert data.all("a") == ["1", "2"]
    assert (data.get("b"), data.get("d"), data.get("e")) == ("c", "", None)
    assert op == data.text("op") == "x"
    with pytest.raises(BadRequestError, match="No provided e!"):
        data.mandatory("e")
    with pytest.raises(FormError):
        data.integer("b")


@pytest.mark.parametrize(
    ("query", "body", "op"),
    [([("op", "")], b"a=1", None), ([("op", "")], b"op=x", "x"), ([("op", "x")], b"op=y", "x"), ([], b"op=", "")],
)
def test_an_empty_op_in_the_query_is_none(query: list[tuple[str, str]], body: bytes, op: str | None) -> None:
    assert form_of(Request("POST", "/", query, "application/x-www-form-urlencoded", body))[1] == op


def test_router_takes_a_cidr_and_no_path_without_its_slash() -> None:
    action = crud("read", lambda _call: None)
    router = Router([Resource("Subnet", "subnets/{id}/", (action,), {"id": r"[^/]+(?:/\d{1,3})?"})])
    found, holes, op = router.find("/MAAS/api/2.0/subnets/10.0.0.0/8/op-statistics")
    assert (found.name, holes, op) == ("Subnet", {"id": "10.0.0.0/8"}, "statistics")
    for path in ("/MAAS/api/2.0/subnets/1", "/api/2.0/subnets/1/", "/MAAS/api/2.0/subnets/"):
        with pytest.raises(NotFoundError):
            router.find(path)


def test_rollback_restores_rows_and_their_order() -> None:
    world = World()
    world.meta = Meta("seed", "amt")
    for name in ("a", "b"):
        world.settings.put(name, Setting(name, 1))
    world.commit()
    world.settings.remove("a")
    world.settings.put("c", Setting("c", 2))
    world.next_id("x")
    world.rollback()
    assert [each.name for each in world.settings] == ["a", "b"]
    assert world.meta.next_id == {}
    assert world.commit() == []


def test_racks(tmp_path: Path) -> None:
    assert [each.memory // 1024 for each in rack.load("course")] == [12, 16, 32, 32, 32]
    assert rack.host("course") == rack.host("fleet:1") == Host("main", 10 * 1024, 2)
    fleet = rack.load("fleet:300")
    assert len({each.macs[0] for each in fleet} | {each.amt_address for each in fleet}) == 600
    assert fleet[0].name == "fleet-0001"
    for wrong in ("fleet:0", "fleet:x", "nowhere", str(tmp_path / "none.yaml")):
        with pytest.raises(ValueError, match="rack"):
            rack.load(wrong)
    file = tmp_path / "r.yaml"
    file.write_text('machines: [{name: a, macs: ["00:00:00:00:00:01"]}]')
    with pytest.raises(ValueError, match="lacks"):
        rack.load(str(file))
    entry = '{name: %s, macs: ["00:00:00:00:00:01"], memory: 1, cpus: 1, disks: [1], amt_address: 10.0.0.1}'
    file.write_text(f"machines: [{entry % 'a'}, {entry % 'b'}]")
    with pytest.raises(ValueError, match="to two machines"):
        rack.load(str(file))


def test_free_addresses_skip_ranges_and_what_is_taken(world: World) -> None:
    subnet = next(iter(world.subnets))
    assert network.next_free(world, subnet) == "172.16.0.1"
    world.ipranges.put(1, IpRange(1, "reserved", "172.16.0.1", "172.16.0.2", subnet.id, "cloud"))
    world.ipranges.put(2, IpRange(2, "dynamic", "172.16.0.4", "172.16.1.255", subnet.id, "cloud"))
    assert network.next_free(world, subnet) == "172.16.2.0"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(0, "flood"), "There is no fault 'flood'"),
        (Fault(0, "fail", phase="x"), "There is no phase 'x'"),
        (Fault(0, "status", status=200), "400 to 599"),
        (Fault(0, "slow", every=0), "at every first or later match"),
        (Fault(0, "slow", path="("), "no regular expression"),
    ],
)
def test_faults_are_checked(world: World, fault: Fault, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        faults.add(world, fault)


def test_faults_count(world: World) -> None:
    faults.add(world, Fault(0, "status", status=503, method="get", path=r"machines/$", every=3, times=2))
    struck = [bool(faults.strikes_call(world, "GET", "/MAAS/api/2.0/machines/", "")) for _ in range(10)]
    assert struck == [False, False, True, False, False, True, False, False, False, False]
    assert not faults.strikes_call(world, "POST", "/MAAS/api/2.0/machines/", "")


def test_a_route_into_the_racks_network_is_found() -> None:
    free: list[dict[str, object]] = [{"dst": "default", "dev": "eth0"}, {"dst": "192.0.2.0/24", "dev": "eth0"}]
    assert netns.overlap(free) is None
    assert netns.overlap([*free, {"dst": "172.16.0.0/20", "dev": "m2c0"}]) is None
    assert netns.overlap([*free, {"dst": "172.16.0.0/12", "dev": "docker0"}]) == "172.16.0.0/12 dev docker0"
    assert netns.overlap([{"dst": "172.16.3.4", "dev": "tun0"}]) == "172.16.3.4 dev tun0"


def test_the_store_survives_a_torn_line_and_an_old_journal(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    assert store.read() == []
    store.snapshot([("t", "a", 1)])
    store.append([("t", "b", 2)])
    with (tmp_path / "state.journal").open("ab") as file:
        file.write(b'[["t","c"')
    assert FileStore(tmp_path).read() == [["t", "a", 1], ["t", "b", 2]]
    store.close()
    again = FileStore(tmp_path)
    again.read()
    old = (tmp_path / "state.journal").read_bytes()
    again.snapshot([("t", "b", 3)])
    again.close()
    # as if the crash came after the snapshot and before its journal
    (tmp_path / "state.journal").write_bytes(old)
    assert FileStore(tmp_path).read() == [["t", "b", 3]]


def test_the_journal_is_folded_when_it_has_grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.maas.store._LEAST", 200)
    store = FileStore(tmp_path)
    store.snapshot([])
    store.on_growth(lambda: [("t", "whole", "x" * 10)])
    for number in range(50):
        store.append([("t", str(number), "y" * 20)])
    assert (tmp_path / "state.journal").stat().st_size < 400
    assert FileStore(tmp_path).read()[0] == ["t", "whole", "x" * 10]
    store.close()


def test_colour_is_for_terminals_only() -> None:
    rows = [("a", "Deploying"), ("bb", "Failed deployment")]
    plain = text.table(("N", "S"), rows, text.Paint(False), {1: "red"})
    assert plain.splitlines() == ["N   S", "a   Deploying", "bb  Failed deployment"]
    assert "\x1b[31m" in text.table(("N", "S"), rows, text.Paint(True), {1: "red"})
