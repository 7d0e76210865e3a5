"""Deployments against the lab: taken once, waited for, repaired, given back."""

import pytest

from lab.maas.testing import RunningMaas
from providers.maas import session
from providers.maas.crud.deployments import DeploymentProvider
from providers.maas.errors import Conflict, ForeignError, MaasError, Refused, WaitFailed
from tests.lab.providers.life import Bag, Life
from tests.lab.providers.rack import deployment, dhcp, images, machine

CLAIM = "metal-to-cloud/dev/web"


@pytest.fixture
def host(maas: RunningMaas) -> Life:
    dhcp()
    images()
    return machine(maas, "server2").up()


def shown(maas: RunningMaas) -> Bag:
    return dict(next(one for one in maas.machines() if one["hostname"] == "server2"))


def by_hand(maas: RunningMaas, *what: str) -> None:
    maas.hand(*what)
    session.current().snapshots.wrote("Machines")


def operations(maas: RunningMaas, op: str) -> int:
    return sum(call.op == op for call in maas.calls)


def test_deployed_marked_and_released(maas: RunningMaas, host: Life) -> None:
    life = deployment(system_id=host.id, user_data="#cloud-config\n").up()
    assert life.id == host.id
    assert {name: life.state[name] for name in ("hostname", "status", "osystem", "distro_series", "power_state")} == {
        "hostname": "server2",
        "status": "Deployed",
        "osystem": "ubuntu",
        "distro_series": "jammy",
        "power_state": "on",
    }
    assert life.state["ip_addresses"]
    assert shown(maas)["owner_data"] == {"pulumi": CLAIM}
    life.down()
    assert shown(maas)["status_name"] == "Ready"
    life.down()


def test_what_replaces_and_what_does_not(maas: RunningMaas, host: Life) -> None:
    life = deployment(system_id=host.id).up()
    assert life.changes(distro_series="ubuntu/jammy") == []
    assert life.changes(distro_series="focal") == ["replace", "distro_series"]
    assert life.changes(user_data="#cloud-config\n") == ["replace", "user_data"]
    assert life.changes(system_id="other") == ["replace", "system_id"]
    assert life.changes(locked=True) == ["update"]
    assert life.changes(erase=True, on_failure="keep", deadline_minutes=5) == ["update"]
    result = life.provider.diff(life.id, life.state, life.check(distro_series="focal"))
    assert result.delete_before_replace is True


def test_lock_and_power_change_in_place(maas: RunningMaas, host: Life) -> None:
    life = deployment(system_id=host.id, locked=True).up()
    assert shown(maas)["locked"] is True
    life.update(power_state="off")
    assert (shown(maas)["power_state"], shown(maas)["locked"]) == ("off", True)
    life.update(locked=False, power_state="on")
    assert (shown(maas)["power_state"], shown(maas)["locked"]) == ("on", False)
    life.update(locked=True)
    life.down()
    assert shown(maas)["status_name"] == "Ready"


@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
@pytest.mark.parametrize("op", ["lock", "power_off"])
def test_a_lost_answer_to_lock_or_power(maas: RunningMaas, host: Life, op: str, kind: str) -> None:
    life = deployment(system_id=host.id).up()
    maas.fault(kind, op=op, times=1)
    wanted: Bag = {"locked": True} if op == "lock" else {"power_state": "off"}
    life.update(**wanted)


def test_released_by_hand_is_deployed_again_in_place(maas: RunningMaas, host: Life) -> None:
    life = deployment(system_id=host.id, locked=False).up()
    by_hand(maas, "release", "server2")
    assert life.refresh()["status"] == "Ready"
    assert life.changes() == ["update"]
    life.update()
    assert (life.id, shown(maas)["status_name"]) == (host.id, "Deployed")
    assert shown(maas)["owner_data"] == {"pulumi": CLAIM}


def test_powered_off_by_hand_is_powered_on(maas: RunningMaas, host: Life) -> None:
    life = deployment(system_id=host.id).up()
    by_hand(maas, "power-off", "server2")
    assert life.refresh()["power_state"] == "off"
    assert life.changes() == ["update"]
    life.update()
    assert shown(maas)["power_state"] == "on"


def test_deleted_by_hand_reads_as_gone(maas: RunningMaas, host: Life) -> None:
    life = deployment(system_id=host.id).up()
    by_hand(maas, "delete", "server2")
    assert life.refresh() == {}


def test_taken_by_somebody_else_reads_as_gone_and_is_never_taken_over(maas: RunningMaas, host: Life) -> None:
    life = deployment(system_id=host.id).up()
    by_hand(maas, "release", "server2")
    uri = {"system_id": host.id}
    touches = {"Machines": None}
    session.current().change("Machine.deploy", "x", uri, {"distro_series": "jammy"}, touches=touches)
    session.current().change("Machine.set_workload_annotations", "x", uri, {"juju-model-uuid": "42"}, touches=touches)
    assert life.refresh() == {}
    with pytest.raises(
        ForeignError, match=r"is Deploy\w+ for the user cloud, marked juju-model-uuid=42: it is left alone"
    ):
        life.up()
    life.id = host.id
    life.state = {"claim": CLAIM}
    life.down()
    assert shown(maas)["status_name"] in {"Deployed", "Deploying"}


def test_two_resources_never_share_a_machine(maas: RunningMaas, host: Life) -> None:
    deployment(system_id=host.id).up()
    with pytest.raises(ForeignError, match=r"marked metal-to-cloud/dev/web: it is left alone"):
        deployment("metal-to-cloud/dev/db", system_id=host.id).up()


def test_a_machine_without_a_mark_is_not_ours(maas: RunningMaas, host: Life) -> None:
    session.current().change("Machines.allocate", "x", data={"system_id": host.id}, touches={"Machines": None})
    with pytest.raises(ForeignError, match="is Allocated for the user cloud, without a mark of this stack"):
        deployment(system_id=host.id).up()


def test_a_failed_deployment_is_given_back_with_maas_own_reason(maas: RunningMaas, host: Life) -> None:
    maas.fault("fail", machine="server2", phase="deploying", text="curtin: no space left on sda", times=1)
    life = deployment(system_id=host.id)
    with pytest.raises(WaitFailed, match=r"failed to deploy: Failed deployment.*curtin: no space.*released again"):
        life.up()
    assert shown(maas)["status_name"] == "Ready"
    life.up()


def test_a_failed_deployment_is_kept_when_asked_and_the_next_try_goes_on(maas: RunningMaas, host: Life) -> None:
    maas.fault("fail", machine="server2", phase="deploying", text="curtin failed", times=1)
    life = deployment(system_id=host.id, on_failure="keep")
    with pytest.raises(WaitFailed, match="It is kept as it is: Failed deployment"):
        life.up()
    assert shown(maas)["status_name"] == "Failed deployment"
    life.up()
    assert life.id == host.id


@pytest.mark.parametrize("wanted", [{"system_id": True}, {"tags": [], "min_cpu_count": 2}])
def test_killed_in_the_middle_the_second_try_goes_on(maas: RunningMaas, host: Life, wanted: Bag) -> None:
    """The first process ends right after its deploy call (before the annotation); the second finds the machine."""
    machine(maas, "server3").up()
    maas.pace("manual")
    constraints: Bag = {"claim": CLAIM, **({"system_id": host.id} if "system_id" in wanted else wanted)}
    data: Bag = {"agent_name": CLAIM, "system_id": host.id}
    session.current().change("Machines.allocate", "x", data=data, touches={"Machines": None})
    allocations = operations(maas, "allocate")
    maas.pace("immediate")
    life = Life(DeploymentProvider(), dict(constraints)).up()
    assert (life.id, operations(maas, "allocate")) == (host.id, allocations)
    again = Life(DeploymentProvider(), dict(constraints)).up()
    assert (again.id, operations(maas, "allocate"), operations(maas, "deploy")) == (host.id, allocations, 1)


@pytest.mark.parametrize("op", ["allocate", "deploy", "set_workload_annotations", "release"])
@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
def test_lost_answers_never_take_a_second_machine(maas: RunningMaas, host: Life, op: str, kind: str) -> None:
    machine(maas, "server3").up()
    maas.fault(kind, op=op, times=1)
    life = deployment(min_cpu_count=2).up()
    assert [one["status_name"] for one in maas.machines()].count("Deployed") == 1
    life.down()
    assert {one["status_name"] for one in maas.machines()} == {"Ready"}


def test_constraints_choose_the_machine(maas: RunningMaas, host: Life) -> None:
    big = machine(maas, "server4").up()
    assert deployment(min_memory_mib=30000).up().id == big.id
    with pytest.raises(
        Refused, match=r"MAAS refused to allocate a machine for metal-to-cloud/dev/other: .*No available"
    ):
        deployment("metal-to-cloud/dev/other", min_memory_mib=30000).up()
    with pytest.raises(Refused, match="No such tag"):
        deployment("metal-to-cloud/dev/other", tags=["gpu"]).up()


def test_a_series_without_image_gives_the_machine_back(maas: RunningMaas, host: Life) -> None:
    with pytest.raises(MaasError, match="MAAS refused to deploy server2"):
        deployment(distro_series="noble", min_cpu_count=2).up()
    assert shown(maas)["status_name"] == "Ready"


def test_a_machine_that_is_not_ready_is_told(maas: RunningMaas) -> None:
    dhcp()
    life = machine(maas, "server2")
    life.inputs["commission"] = False
    life.up()
    with pytest.raises(MaasError, match=r"server2 \(\w+\) is New, but must be Ready"):
        deployment(system_id=life.id).up()
    with pytest.raises(MaasError, match="MAAS has no machine nobody to deploy"):
        deployment(system_id="nobody").up()


def test_user_data_never_shows_in_an_error(maas: RunningMaas, host: Life) -> None:
    maas.fault("fail", machine="server2", phase="deploying", text="failed", times=1)
    with pytest.raises(WaitFailed) as caught:
        deployment(system_id=host.id, user_data="password: sesame").up()
    assert "sesame" not in str(caught.value)


def test_a_renamed_resource_keeps_its_machine(maas: RunningMaas, host: Life) -> None:
    life = deployment(system_id=host.id).up()
    life.update(claim="metal-to-cloud/dev/renamed")
    assert shown(maas)["owner_data"] == {"pulumi": "metal-to-cloud/dev/renamed"}
    assert operations(maas, "deploy") == 1


def test_import_by_name(maas: RunningMaas, host: Life) -> None:
    deployment(system_id=host.id).up()
    fresh = deployment(system_id=host.id)
    assert fresh.imported("server2")["status"] == "Deployed"
    assert (fresh.id, fresh.changes()) == (host.id, [])


def test_faults_are_found_before_anything_runs() -> None:
    bad: Bag = {"claim": "c", "distro_series": "22 04", "power_state": "sleep", "on_failure": "pray", "tags": ["a b"]}
    failures = {failure.property for failure in DeploymentProvider().check({}, bad).failures}
    assert failures == {"distro_series", "power_state", "on_failure", "tags"}


def test_a_machine_in_rescue_mode_is_not_forgotten(maas: RunningMaas, host: Life) -> None:
    life = deployment(system_id=host.id).up()
    touches = {"Machines": None}
    session.current().change("Machine.rescue_mode", "x", {"system_id": host.id}, touches=touches)
    assert life.refresh()["status"] in {"Entering rescue mode", "Rescue mode"}
    with pytest.raises(Conflict, match="MAAS refused to release server2"):
        life.down()


def test_an_error_reaches_the_person_with_few_frames(maas: RunningMaas) -> None:
    with pytest.raises(MaasError) as caught:
        deployment(system_id="nobody").provider.create({"claim": CLAIM, "system_id": "nobody"})
    assert len(caught.traceback) <= 4
