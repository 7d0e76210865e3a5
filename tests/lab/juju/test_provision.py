"""Machines for Juju from MAAS: asked for as Juju asks, given back, taken by others; containers and their addresses."""

import urllib.request
from collections.abc import Callable, Generator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.juju.maas_source import MaasLogin, MaasSource, constraints
from lab.juju.models import Machine, Meta, Model
from lab.juju.provision import GONE, MemorySource, Order, Seen, SourceError
from lab.juju.provisioner import plan
from lab.juju.rack import JujuRack, running_juju_rack
from lab.juju.world import World, key
from lab.maas.testing import RunningMaas, running_maas
from tests.lab.maas.conftest import Raw
from tests.lab.rack.conftest import until

BOOTSTRAP = "bootstrap maas-one main --bootstrap-base ubuntu@22.04 --to server1"


# --- the source alone


@pytest.fixture
def maas() -> Generator[RunningMaas]:
    with running_maas() as running:
        yield running


@pytest.fixture
def source(maas: RunningMaas) -> MaasSource:
    return MaasSource(lambda: MaasLogin(maas.url, maas.api_key))


def test_a_machine_is_taken_deployed_and_given_back(maas: RunningMaas, source: MaasSource) -> None:
    Raw(maas).ready("server1", "server2")
    taken = source.request(Order("model-1", "0", "server2", {"mem": 1024}, owner_data={"juju-model-uuid": "model-1"}))
    seen = source.look([taken], "model-1")[taken]
    row = maas.machine("server2")
    assert (row.agent_name, row.owner, row.distro_series) == ("model-1", "cloud", "jammy")
    assert row.owner_data == {"juju-model-uuid": "model-1"}
    assert (seen.running, seen.hostname, seen.hardware["mem"], seen.zone) == (True, "server2", 16384, "default")
    assert source.look([taken], "model-2")[taken].gone
    source.release(taken)
    assert source.look([taken], "model-1")[taken].gone
    assert maas.machine("server2").owner == ""
    source.release("nobody")


REFUSED = {
    "no machine left": (Order("m", "0", "server9"), """\
failed to acquire node: No available machine matches constraints: [('agent_name', ['m']), ('arch', ['amd64']), \
('name', ['server9'])] (resolved to "arch=amd64 name=server9")"""),
    "tag that nobody has": (
        Order("m", "0", constraints={"tags": ["gpu"]}),
        'failed to acquire node: unexpected: ServerError: 400 Bad Request ({"tags": ["No such tag(s): \'gpu\'."]})',
    ),
    "placement": (Order("m", "0", "rack=3"), "unknown placement directive: rack=3"),
    "image": (Order("m", "0", base="24.04"), """\
unexpected: ServerError: 400 Bad Request ({"distro_series": ["'noble' is not a valid distro_series.  It should be one \
of: '', 'ubuntu/jammy'."]})"""),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_maas_refuses_is_said_in_its_words(maas: RunningMaas, source: MaasSource, case: str) -> None:
    Raw(maas).ready("server1")
    order, words = REFUSED[case]
    with pytest.raises(SourceError) as refused:
        source.request(order)
    assert str(refused.value) == words
    assert maas.machine("server1").owner == "", "a machine that could not be deployed is given back"


def test_tags_choose_and_exclude(maas: RunningMaas, source: MaasSource) -> None:
    raw = Raw(maas)
    ids = raw.ready("server1", "server2", "server3")
    for name, system_id in (("compute", ids[2]), ("reserve", ids[0])):
        raw.post("tags/", name=name)
        raw.post(f"tags/{name}/", "update_nodes", add=system_id)
    assert source.request(Order("m", "0", constraints={"tags": ["compute"]})) == ids[2]
    assert source.request(Order("m", "1", constraints={"tags": ["^reserve"]})) == ids[1]
    with pytest.raises(SourceError, match=r"No available machine matches"):
        source.request(Order("m", "2", constraints={"tags": ["^reserve"]}))


def test_a_failed_deployment_is_seen_with_its_reason(maas: RunningMaas, source: MaasSource) -> None:
    Raw(maas).ready("server1")
    maas.fault("fail", phase="deploying", text="Installation failed: no space")
    taken = source.request(Order("m", "0"))
    seen = source.look([taken], "m")[taken]
    assert (seen.status, seen.failed) == ("Failed deployment", True)
    assert "no space" in seen.error


def test_containers_get_addresses_of_the_subnet(maas: RunningMaas, source: MaasSource) -> None:
    raw = Raw(maas)
    raw.ready("server1")
    taken = source.request(Order("m", "0"))
    address = source.container_address(taken, "juju-abc-0-lxd-0")
    assert source.container_address(taken, "juju-abc-0-lxd-0") == address
    assert source.container_address(taken, "juju-abc-0-lxd-1") != address
    (device, _) = raw.get("devices/").json
    assert (device["hostname"], device["parent"], device["ip_addresses"]) == ("juju-abc-0-lxd-0", taken, [address])
    assert address not in source.look([taken], "m")[taken].addresses
    source.free_container(taken, "juju-abc-0-lxd-0")
    assert [each["hostname"] for each in raw.get("devices/").json] == ["juju-abc-0-lxd-1"]


@pytest.mark.parametrize(
    ("login", "words"),
    [
        (MaasLogin("http://127.0.0.1:1/MAAS", "a:b:c"), r"dial tcp 127\.0\.0\.1:1: connect: connection refused"),
        (MaasLogin("http://127.0.0.1:1/MAAS", "a:b"), "malformed MAAS API key"),
        (MaasLogin("file:///etc", "a:b:c"), "'file:///etc' is no URL of a MAAS"),
    ],
)
def test_a_wrong_login_is_said(login: MaasLogin, words: str) -> None:
    with pytest.raises(SourceError, match=words) as refused:
        MaasSource(lambda: login).check()
    assert login.key not in str(refused.value)


def test_a_wrong_key_is_said_in_maas_words(maas: RunningMaas) -> None:
    with pytest.raises(
        SourceError,
        match=r"creating MAAS environ: ServerError: 401 Unauthorized \(Auth",
    ):
        MaasSource(lambda: MaasLogin(maas.url, "a:b:c")).check()


PLACEMENTS = {
    "": {},
    "server1": {"name": "server1"},
    "zone=a": {"zone": "a"},
    "system-id=abc": {"system_id": "abc"},
}


@given(
    st.lists(st.sampled_from(["juju", "compute", "^reserve"]), unique=True),
    st.sampled_from(sorted(PLACEMENTS)),
    st.sampled_from([None, 512, 4096]),
)
def test_only_what_is_wanted_is_asked(tags: list[str], placement: str, memory: int | None) -> None:
    wanted: dict[str, object] = {"tags": tags, "mem": memory, "cores": None}
    asked = dict(constraints(Order("m", "0", placement, wanted)))
    chosen = ",".join(sorted(each for each in tags if not each.startswith("^")))
    expected = {"agent_name": "m", "arch": "amd64", "mem": str(memory or ""), "tags": chosen}
    expected |= {"not_tags": "reserve" if "^reserve" in tags else "", **PLACEMENTS[placement]}
    assert asked == {name: value for name, value in expected.items() if value}


# --- machines in memory


def test_memory_gives_each_machine_once_and_an_address_of_its_own() -> None:
    source = MemorySource(fleet={"a": ("x",), "b": ()})
    first, second = source.request(Order("m", "0")), source.request(Order("m", "1"))
    seen = source.look([first, second], "m")
    assert {each.hostname for each in seen.values()} == {"a", "b"}
    assert len({each.addresses for each in seen.values()}) == len(seen)
    with pytest.raises(SourceError, match=r"No available machine matches constraints"):
        source.request(Order("m", "2"))
    source.release(first)
    assert source.look([first], "m")[first].status == GONE
    with pytest.raises(SourceError, match=r"\('tags', \['y'\]\)"):
        source.request(Order("m", "3", constraints={"tags": ["y"]}))
    assert source.look([source.request(Order("m", "4", constraints={"tags": ["x"]}))], "m")


# --- what a world needs


def _world(*machines: Machine) -> World:
    world = World()
    world.meta_table.put("meta", Meta("c", "main", "s"))
    world.models.put("m", Model("m", "work", "admin", "maas-one", "default", ""))
    for each in machines:
        world.machines.put(key("m", each.id), each)
    return world


def test_a_plan_asks_each_machine_for_what_it_is_at() -> None:
    found = plan(
        _world(
            Machine("m", "0", phase="started", instance_id="a"),
            Machine("m", "0/lxd/0", phase="pending"),
            Machine("m", "1", phase="pending", placement="server3"),
            Machine("m", "1/lxd/0", phase="pending"),
            Machine("m", "2", phase="stopping", life="dying", instance_id="c"),
            Machine("m", "3", phase="failed"),
            Machine("m", "4", phase="pending", life="dying"),
        )
    )
    assert [(each.machine, each.placement) for each in found.orders] == [("1", "server3")]
    assert [(each.machine, each.instance_id, each.parent) for each in found.containers] == [
        ("0/lxd/0", "juju-m-0-lxd-0", "a")
    ]
    assert [each.instance_id for each in found.releases] == ["c"]
    assert [each.instance_id for each in found.looks] == ["a"]
    assert found.waiting
    assert not plan(_world(Machine("m", "0", phase="started", instance_id="a"))).waiting


# --- a controller and its machines


@pytest.fixture
def rack() -> Generator[JujuRack]:
    with running_juju_rack() as running:
        Raw(running.maas).ready("server1", "server2", "server3")
        running.add_cloud()
        running.juju(BOOTSTRAP)
        running.juju("add-model work")
        yield running


@pytest.fixture
def call(rack: JujuRack) -> Callable[..., Any]:
    """Call a method of the model's, as admin."""
    shown: Any = rack.document("show-controller --show-password")
    password = str(shown["main"]["account"]["password"])
    model = next(each.uuid for each in rack.site.service.world.models if each.name == "work")

    def do(facade: str, method: str, **params: object) -> Any:
        return rack.site.call("admin", password, facade, method, params, model)

    return do


def _deploy(call: Callable[..., Any], charm: str, *placement: tuple[str, str], **more: object) -> None:
    asked = {
        "CharmName": charm,
        "ApplicationName": charm,
        "base": {"name": "ubuntu", "channel": "22.04"},
        "num-units": max(len(placement), 1),
        "Placement": [{"scope": scope, "directive": directive} for scope, directive in placement],
        **more,
    }
    (done,) = call("Application", "DeployFromRepository", Args=[asked])["Results"]
    assert not done["Errors"], done


def _machines(rack: JujuRack) -> dict[str, Machine]:
    world = rack.site.service.world
    model = next(each.uuid for each in world.models if each.name == "work")
    return {each.id: each for each in world.machines.of(model)}


def _units(rack: JujuRack) -> dict[str, str]:
    return {each.name: each.phase for each in rack.site.service.world.units}


def test_both_worlds_agree(rack: JujuRack, call: Callable[..., Any]) -> None:
    _deploy(call, "ubuntu")
    until(lambda: _units(rack) == {"ubuntu/0": "started"})
    (machine,) = _machines(rack).values()
    row = rack.maas.machine(machine.hostname)
    assert (row.system_id, row.agent_name, row.owner) == (machine.instance_id, machine.model, "cloud")
    (told,) = Raw(rack.maas).get(f"machines/{row.system_id}/").json["ip_addresses"]
    assert machine.addresses[0].split(".")[2:] == told.split(".")[2:]
    assert machine.hardware["cores"] == 2
    call("Application", "DestroyApplication", applications=[{"application-tag": "application-ubuntu"}])
    until(lambda: not _machines(rack))
    until(lambda: rack.maas.machine(machine.hostname).owner == "")


def test_placement_by_hostname_and_in_containers(rack: JujuRack, call: Callable[..., Any]) -> None:
    world = rack.site.service.world
    model = next(each.uuid for each in world.models if each.name == "work")
    _deploy(call, "ceph-osd", (model, "server3"))
    _deploy(call, "vault", ("lxd", "0"))
    until(lambda: _units(rack).get("vault/0") == "started")
    machines = _machines(rack)
    assert machines["0"].hostname == "server3"
    inside = machines["0/lxd/0"]
    assert (inside.parent, inside.instance_id) == ("0", f"juju-{model[-6:]}-0-lxd-0")
    assert inside.addresses != machines["0"].addresses
    status = urllib.request.urlopen(f"http://{inside.addresses[0]}:8200/v1/sys/seal-status", timeout=10)
    with status:
        assert status.status == 200
    (device,) = Raw(rack.maas).get("devices/").json
    assert device["parent"] == machines["0"].instance_id
    call("Application", "DestroyApplication", applications=[{"application-tag": "application-vault"}])
    until(lambda: "0/lxd/0" not in _machines(rack))
    until(lambda: Raw(rack.maas).get("devices/").json == [])


def test_no_machine_left_is_said_on_the_machine(rack: JujuRack, call: Callable[..., Any]) -> None:
    _deploy(call, "ubuntu", **{"num-units": 3})
    until(lambda: sorted(_units(rack).values()) == ["started", "started", "waiting"])
    (waiting,) = [each for each in _machines(rack).values() if not each.instance_id]
    assert waiting.instance.status == "provisioning error"
    assert "No available machine matches constraints" in waiting.instance.message
    calls = len(rack.maas.calls)
    rack.controller.provisioner.settle()
    assert "allocate" not in {each.op for each in rack.maas.calls[calls:]}, "it is not asked again and again"


def test_a_machine_that_is_lacking_is_asked_for_again(rack: JujuRack, call: Callable[..., Any]) -> None:
    raw = Raw(rack.maas)
    held = [raw.post("machines/", "allocate").json["system_id"] for _ in range(2)]
    rack.maas.pace("timed", 0.05, deploying=0.1, releasing=0.1)
    wanted = {"params": [{"jobs": ["JobHostUnits"], "base": {"name": "ubuntu", "channel": "22.04/stable"}}]}
    call("MachineManager", "AddMachines", **wanted)
    until(lambda: "retrying in 10s (10 more attempts)" in rack.juju("status"))
    raw.post(f"machines/{held[0]}/", "release")
    until(lambda: _machines(rack)["0"].instance_id == held[0])
    call("MachineManager", "AddMachines", **wanted)
    until(lambda: _machines(rack)["1"].phase == "failed")
    assert _machines(rack)["1"].instance.message.startswith("failed to acquire node: No available machine")


def test_a_machine_released_by_hand_is_seen(rack: JujuRack, call: Callable[..., Any]) -> None:
    _deploy(call, "ubuntu")
    until(lambda: _units(rack) == {"ubuntu/0": "started"})
    (machine,) = _machines(rack).values()
    rack.maas.hand("release", machine.hostname)
    until(lambda: _machines(rack)["0"].instance.status == "unknown")
    assert "lost" in rack.juju("status")
    taken = MaasSource(lambda: MaasLogin(rack.maas.url, rack.maas.api_key)).request(
        Order("other", "0", machine.hostname)
    )
    rack.juju("kill-controller main --no-prompt")
    assert rack.maas.machine(machine.hostname).agent_name == "other", "what is another's by now is not given back"
    assert rack.maas.machine(machine.hostname).system_id == taken


def test_machines_that_only_run_are_seldom_looked_at(rack: JujuRack, call: Callable[..., Any]) -> None:
    _deploy(call, "ubuntu")
    until(lambda: _units(rack) == {"ubuntu/0": "started"})
    rack.maas.calls.clear()
    for number in range(50):
        call("Annotations", "Set", annotations=[{"entity": "application-ubuntu", "annotations": {"n": str(number)}}])
    assert len(rack.maas.calls) < 10


def _seen(status: str) -> Sequence[bool]:
    one = Seen(status, "a")
    return one.running, one.failed, one.gone


def test_what_a_status_means() -> None:
    assert _seen("Deployed") == (True, False, False)
    assert _seen("Failed deployment") == (False, True, False)
    assert _seen("Deploying") == (False, False, False)
    assert _seen("") == (False, False, True)
