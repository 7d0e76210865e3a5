"""Applications against the lab's controller: life cycle, scaling, drift by hand, failing hooks, adoption."""

import re
from typing import cast

import pytest

from lab.juju.testing import RunningJuju
from providers.juju import session
from providers.juju.crud.applications import ApplicationProvider
from providers.juju.crud.models import ModelProvider
from providers.juju.errors import ForeignError, JujuError, WaitFailed
from tests.lab.juju_resources.conftest import Room, attach
from tests.lab.providers.life import Life

READS = {("Client", "FullStatus"), ("Application", "ApplicationsInfo"), ("Application", "GetConfig")}


def test_a_life_from_deploy_to_gone(room: Room) -> None:
    life = room.application(
        "vault", channel="1.8/stable", units=1, config={"default-ttl": "24h"}, annotations={"team": "sec"}
    ).up()
    assert life.id == f"{room.uuid}/vault"
    assert (life.state["revision"], life.state["base"]) == (236.0, "ubuntu@22.04")
    assert life.changes(config={"default-ttl": "48h"}) == ["update"]
    life.update(config={"default-ttl": "48h"}, expose=True, constraints="mem=2G", bindings={"": "alpha"})
    assert room.app("vault").exposed
    life.update(config={}, expose=False)
    assert not room.app("vault").exposed
    assert life.changes(name="other") == ["replace", "name"]
    assert life.changes(charm="ubuntu") == ["replace", "charm"]
    assert life.changes(base="20.04") == ["replace", "base"]
    assert life.changes(constraints="mem=4G", trust=True, channel="latest/edge") == ["update"]
    life.down()
    assert "vault" not in room.status().applications
    life.down()
    assert life.refresh() == {}


def test_config_is_compared_by_the_types_of_the_charm(room: Room) -> None:
    life = room.application("ceph-osd", config={"loglevel": "3", "use-syslog": "True", "osd-devices": "/dev/vdb"}).up()
    assert life.changes(config={"loglevel": 3, "use-syslog": True, "osd-devices": "/dev/vdb"}) in ([], ["update"])
    life.update(config={"loglevel": 3, "use-syslog": True})
    options = room.juju.service.world.applications.get(f"{room.uuid}/ceph-osd").config
    assert options["loglevel"] == 3
    assert "osd-devices" not in options


def test_scale_out_by_one_more_placement(room: Room) -> None:
    machines = [room.machine().up() for _ in range(3)]
    ids = [str(machine.state["machine_id"]) for machine in machines]
    life = room.application("ceph-osd", placement=ids[:2], config={"osd-devices": "/dev/vdb"}).up()
    before = room.machines_of("ceph-osd")
    assert sorted(before.values()) == ids[:2]
    assert life.changes(placement=ids) == ["update"]
    life.update(placement=ids)
    assert room.machines_of("ceph-osd") == {**before, "ceph-osd/2": ids[2]}


def test_scale_in_takes_the_units_whose_place_went(room: Room, capfd: pytest.CaptureFixture[str]) -> None:
    ids = [str(room.machine().up().state["machine_id"]) for _ in range(3)]
    life = room.application("ubuntu", placement=ids).up()
    assert life.changes(placement=[ids[0], ids[2]]) == ["update"]
    assert "removes ubuntu/1 (on machine 1, which no placement asks for)" in capfd.readouterr().err
    life.update(placement=[ids[0], ids[2]])
    assert room.machines_of("ubuntu") == {"ubuntu/0": ids[0], "ubuntu/2": ids[2]}


def test_scale_in_by_number_takes_the_newest_and_keeps_storage(room: Room) -> None:
    life = room.application("ubuntu", units=3, storage={"files": "loop,1,1G"}).up()
    leader = next(unit.name for unit in room.app("ubuntu").units.values() if unit.leader)
    kept = set(room.status().storage)
    life.update(units=1)
    assert set(room.app("ubuntu").units) == {leader}
    assert kept == {"files/0", "files/1", "files/2"}
    assert set(room.status().storage) == kept
    life.update(units=2)
    assert len(room.app("ubuntu").units) == 2


def test_units_in_containers_of_the_machines_asked_for(room: Room) -> None:
    host = str(room.machine().up().state["machine_id"])
    life = room.application("ubuntu", placement=[f"lxd:{host}", f"lxd:{host}"]).up()
    assert sorted(room.machines_of("ubuntu").values()) == [f"{host}/lxd/0", f"{host}/lxd/1"]
    life.update(placement=[f"lxd:{host}"])
    assert list(room.machines_of("ubuntu").values()) == [f"{host}/lxd/0"]


def test_a_unit_whose_place_went_is_made_anew_at_the_one_that_is_asked_for(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    hosts = [room.machine().up() for _ in range(3)]
    ids = [str(host.state["machine_id"]) for host in hosts]
    life = room.application("ubuntu", placement=ids[:2], spots=["server1", "server2"]).up()
    other = [ids[0], ids[2]]
    assert life.changes(placement=other, spots=["server1", "server3"]) == ["update"]
    steps = "adds a unit on server3; removes ubuntu/1 (its place server2 is not asked for any more)"
    assert f"info: ubuntu: {steps}\n" in capfd.readouterr().err
    life.update(placement=other, spots=["server1", "server3"])
    assert room.machines_of("ubuntu") == {"ubuntu/0": ids[0], "ubuntu/2": ids[2]}
    assert life.state["misplaced"] == []
    hosts[1].down()


def test_what_replaces_a_unit_works_before_that_one_goes(room: Room) -> None:
    ids = [str(room.machine().up().state["machine_id"]) for _ in range(2)]
    life = room.application("grafana", placement=ids[:1]).up()
    room.juju.fault("hook", model=room.uuid, target="grafana", hook="install", text="no space left")
    for _ in range(2):
        room.forget()
        with pytest.raises(WaitFailed, match=r"grafana/1: .*no space left; what it replaces stays until it works"):
            life.update(placement=ids[1:])
        assert set(room.app("grafana").units) == {"grafana/0", "grafana/1"}
    room.juju.clear_faults()
    room.forget()
    life.update()
    assert room.machines_of("grafana") == {"grafana/1": ids[1]}


def test_the_same_place_in_other_words_moves_nobody(room: Room) -> None:
    host = room.machine(placement="server3").up().state
    life = room.application("ubuntu", placement=[str(host["machine_id"])]).up()
    for words in ("server3", f"system-id={host['instance_id']}", str(host["machine_id"])):
        life.update(placement=[words])
        assert room.machines_of("ubuntu") == {"ubuntu/0": host["machine_id"]}


def test_a_unit_that_a_person_moved_stays_and_is_told(room: Room, capfd: pytest.CaptureFixture[str]) -> None:
    ids = [str(room.machine().up().state["machine_id"]) for _ in range(4)]
    life = room.application("ubuntu", placement=ids[:2]).up()
    room.hand("remove-unit", "ubuntu/1")
    room.hand("add-unit", "ubuntu", ids[2])
    life.refresh()
    life.update(annotations={"a": "b"})
    assert room.machines_of("ubuntu") == {"ubuntu/0": ids[0], "ubuntu/2": ids[2]}
    assert life.state["misplaced"] == [f"ubuntu/2, not at {ids[1]}"]
    life.update(placement=[ids[0], ids[3]])
    assert room.machines_of("ubuntu") == {"ubuntu/0": ids[0], "ubuntu/2": ids[2]}
    assert f"ubuntu/2 stays on machine {ids[2]}" in capfd.readouterr().err


def test_storage_of_a_unit_that_is_replaced_stays(room: Room) -> None:
    ids = [str(room.machine().up().state["machine_id"]) for _ in range(2)]
    life = room.application("ubuntu", placement=ids[:1], storage={"files": "loop,1,1G"}).up()
    life.update(placement=ids[1:])
    assert room.machines_of("ubuntu") == {"ubuntu/1": ids[1]}
    assert set(room.status().storage) == {"files/0", "files/1"}


def test_what_places_are_called_changes_nothing(room: Room) -> None:
    id_ = str(room.machine().up().state["machine_id"])
    life = room.application("ubuntu", placement=[id_, f"lxd:{id_}"], spots=["server1", "lxd on server1"]).up()
    assert life.changes(spots=["server9", "lxd on server9"]) == []
    assert life.changes(spots=None) == []
    assert [unit["spot"] for unit in cast("list[dict[str, str]]", life.state["unit_details"])] == [
        "server1",
        "lxd on server1",
    ]


def test_a_unit_added_by_hand_is_named_and_removed(room: Room) -> None:
    life = room.application("ubuntu", units=1).up()
    room.hand("add-unit", "ubuntu")
    assert life.refresh()["drift"] == ["ubuntu/1 is new, on machine 1"]
    assert life.state["units"] == 2.0
    assert life.changes() == ["update"]
    life.update()
    assert set(room.app("ubuntu").units) == {"ubuntu/0"}


def test_a_unit_removed_by_hand_is_named_and_added_where_it_was(room: Room) -> None:
    ids = [str(room.machine().up().state["machine_id"]) for _ in range(2)]
    room.application("vault", placement=ids).up()
    life = room.application("ubuntu", placement=[f"lxd:{one}" for one in ids]).up()
    room.hand("remove-unit", "ubuntu/0")
    inputs = life.refresh()
    assert (inputs["drift"], inputs["placement"]) == (["ubuntu/0 is gone"], [f"lxd:{ids[1]}"])
    assert life.changes() == ["update"]
    life.update()
    assert room.machines_of("ubuntu") == {"ubuntu/1": "1/lxd/0", "ubuntu/2": "0/lxd/1"}


def test_config_changed_by_hand_is_shown_and_put_back(room: Room) -> None:
    life = room.application("vault", config={"default-ttl": "24h"}).up()
    room.hand("config", "vault", "default-ttl", "1h")
    assert life.refresh()["config"] == {"default-ttl": "1h"}
    assert life.changes() == ["update"]
    life.update()
    room.hand("reset-config", "vault", "default-ttl")
    life.refresh()
    assert life.changes() == ["update"]
    life.update()
    room.hand("config", "vault", "max-ttl", "9h")
    life.refresh()
    assert life.changes() == []


def test_trust_taken_away_by_hand_is_shown_and_given_back(room: Room) -> None:
    life = room.application("vault", trust=True).up()
    assert life.refresh()["trust"] is True
    room.hand("config", "vault", "trust", "false")
    assert life.refresh()["trust"] is False
    assert life.changes() == ["update"]
    life.update()
    assert life.refresh()["trust"] is True


def test_exposed_and_unexposed_by_hand(room: Room) -> None:
    life = room.application("vault", expose=False).up()
    room.hand("expose", "vault")
    assert life.refresh()["expose"] != {}
    life.update()
    assert not room.app("vault").exposed
    life.update(expose=True)
    room.hand("unexpose", "vault")
    assert life.refresh()["expose"] == {}
    life.update()
    assert room.app("vault").exposed


def test_removed_by_hand_is_gone(room: Room) -> None:
    life = room.application("ubuntu").up()
    room.hand("remove-application", "ubuntu")
    assert life.refresh() == {}


def test_units_of_a_lost_machine_are_named(room: Room) -> None:
    life = room.application("ubuntu", units=1).up()
    room.hand("lose-machine", "0")
    assert life.refresh()["drift"] == ["ubuntu/0's agent is lost"]
    assert life.changes() == ["update"]
    room.hand("find-machine", "0")
    life.refresh()
    assert life.changes() == []


def test_a_failing_hook_is_told_in_the_units_own_words_and_the_next_up_goes_on(room: Room) -> None:
    fault = room.juju.fault("hook", model=room.uuid, target="grafana", hook="install", text='hook failed: "install"')
    life = room.application("grafana", wait_for=True)
    with pytest.raises(WaitFailed, match='grafana is in error: grafana/0: hook failed: "install"'):
        life.up()
    room.forget()
    with pytest.raises(WaitFailed, match='hook failed: "install"'):
        life.up()
    assert fault
    room.juju.clear_faults()
    room.forget()
    life.up()
    assert life.state["status"] == "active"
    assert len(room.app("grafana").units) == 1


def test_units_whose_hooks_fail_are_removed_nevertheless(room: Room) -> None:
    room.juju.fault("hook", model=room.uuid, target="grafana", hook="install", text="no space left")
    life = room.application("grafana", units=2).up()
    life.update(units=1)
    assert len(room.app("grafana").units) == 1
    life.down()
    assert room.status().applications == {}


def test_what_a_unit_reports_is_what_is_waited_for(room: Room) -> None:
    life = room.application(
        "keystone", wait_for={"workload": ["blocked"], "messages": ["Missing relations?: database"]}
    )
    life.up()
    assert life.state["status"] == "blocked"
    late = room.application("glance", wait_for={"workload": ["active"], "minutes": 1})
    room.juju.fault("hook", model=room.uuid, target="glance", hook="install", text="no space left")
    with pytest.raises(WaitFailed, match="glance is in error: glance/0"):
        late.up()


def test_what_an_earlier_try_left_is_taken(room: Room) -> None:
    claim = "demo/dev/vault"
    first = room.application("vault", claim=claim, units=1).up()
    second = room.application("vault", claim=claim, units=2, config={"default-ttl": "1h"})
    second.up()
    assert second.state["adopted"] is False
    assert second.id == first.id
    assert len(room.app("vault").units) == 2
    with pytest.raises(ForeignError, match=r"belongs to demo/dev/vault \(its annotation pulumi says so\)"):
        room.application("vault", claim="demo/prod/vault").up()


def test_somebody_elses_application(room: Room) -> None:
    room.application("vault").up()
    with pytest.raises(ForeignError, match="runs vault and not ubuntu"):
        room.application("vault", charm="ubuntu").up()
    room.application("vault", charm="vault", claim="demo/dev/vault").up()
    life = room.application("vault", charm="vault", claim="demo/dev/vault").up()
    assert life.state["adopted"] is True, "what it was before is not forgotten by a second try"
    life.update(units=1)
    life.down()
    assert "vault" in room.status().applications


def test_what_was_somebodys_before_stays_so_after_another_change(room: Room) -> None:
    room.application("vault", charm="vault").up()
    life = room.application("vault", charm="vault", claim="demo/dev/vault", annotations={"a": "1"}).up()
    life.update(annotations={"a": "2"})
    held = room.juju.service.world.annotations.get(f"{room.uuid}/application-vault").pairs
    assert held == {"a": "2"}
    again = room.application("vault", charm="vault", claim="demo/dev/vault", annotations={"a": "2"}).up()
    assert again.state["adopted"] is True


def test_somebody_elses_application_on_another_base_is_left_alone(room: Room) -> None:
    room.application("vault", base="22.04").up()
    life = room.application("vault", claim="demo/dev/vault", base="20.04")
    words = r"has an application vault already, which runs on ubuntu@22\.04 and not on ubuntu@20\.04"
    with pytest.raises(ForeignError, match=words):
        life.up()
    assert room.app("vault").base == "ubuntu@22.04"


def test_what_a_killed_create_left_in_the_stacks_own_model_is_its_own(controller: RunningJuju) -> None:
    model = Life(ModelProvider(), {"name": "own", "claim": "demo/dev/model", "minutes": 1}).up()
    room = Room(controller, "own", model.id)
    link = session.current().model(model.id)
    asked = {"Args": [{"CharmName": "vault", "ApplicationName": "vault", "num-units": 1}]}
    link.change("Application", "DeployFromRepository", asked, purpose="deploy vault")
    life = room.application("vault", claim="demo/dev/vault", units=1).up()
    assert life.state["adopted"] is False
    life.down()
    assert room.status().applications == {}
    model.down()


def test_a_deployment_whose_answer_was_lost_is_not_made_twice(room: Room) -> None:
    room.juju.fault("drop", model=room.uuid, facade="Application", method="DeployFromRepository", times=1)
    life = room.application("vault", units=1).up()
    assert len(room.app("vault").units) == 1
    assert life.state["adopted"] is False


def test_a_changed_option_is_checked_before_anything_changes(room: Room) -> None:
    life = room.application("vault", config={"default-ttl": "1h"}, units=1).up()
    room.counts()
    with pytest.raises(JujuError, match=r'has no option "default-tll": did you mean default-ttl\?'):
        life.update(config={"default-tll": "2h"}, units=2, expose=True)
    assert set(room.counts()) <= READS
    with pytest.raises(JujuError, match=re.escape("9.9")):
        life.update(config={"default-ttl": "2h"}, channel="9.9/stable")
    assert room.app("vault").channel == "1.8/stable"


def test_another_channel_is_a_refresh_in_place(room: Room) -> None:
    life = room.application("ubuntu", channel="latest/stable", units=1).up()
    assert life.changes(channel="stable") == []
    life.update(channel="latest/edge")
    assert life.state["revision"] == 27.0
    assert set(room.app("ubuntu").units) == {"ubuntu/0"}


def test_constraints_change_in_place(room: Room) -> None:
    life = room.application("vault", constraints="tags=compute mem=2G").up()
    assert life.state["constraints"] == "mem=2048M tags=compute"
    life.update(constraints={"mem": "4G"})
    app = room.juju.service.world.applications.get(f"{room.uuid}/vault")
    assert app.constraints["mem"] == 4096
    assert len(room.app("vault").units) == 1


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"charm": "volt"}, "volt"),
        ({"channel": "9.9/stable"}, "9.9"),
        ({"base": "14.04"}, "does not run on ubuntu@14.04; it runs on ubuntu@22.04"),
        ({"config": {"default-tll": 1}}, 'has no option "default-tll": did you mean default-ttl?'),
        ({"config": {"totally-unsecure-auto-unlock": "perhaps"}}, "totally-unsecure-auto-unlock must be true or false"),
        ({"bindings": {"certs": "alpha"}}, 'has no endpoint "certs"'),
        ({"storage": {"disk": "loop,1G"}}, 'has no storage "disk"'),
        ({"charm": "mysql-router", "units": 1}, "is a subordinate, whose units come and go"),
        ({"charm": "mysql-router", "placement": ["0"]}, "is a subordinate, whose units come and go"),
        ({"placement": ["77"]}, "77"),
    ],
)
def test_bad_input_is_said_before_anything_is_there(room: Room, inputs: dict[str, object], words: str) -> None:
    life = room.application("it", str(inputs.pop("charm", "vault")), **inputs)
    with pytest.raises(JujuError) as caught:
        life.up()
    assert words in str(caught.value)
    assert "it" not in room.status().applications


@pytest.mark.parametrize(
    ("inputs", "property_name", "words"),
    [
        ({"units": 1, "placement": ["0", "1"]}, "placement", "names 2 places, but units asks for 1"),
        ({"local_charm": "/tmp/x"}, "local_charm", "contradicts charm"),
        ({"constraints": "memory=1G"}, "constraints", "unknown constraint"),
        ({"placement": ["lxd:"]}, "placement", "a placement must be"),
        ({"wait_for": {"workload": ["ready"]}}, "wait_for", "must be one of active"),
        ({"config": {"a": 1}, "secret_config": {"a": 2}}, "secret_config", "has a, which config has too"),
        ({"name": "Vault"}, "name", "an application's name"),
        ({"base": "jammy"}, "base", "must be a base such as ubuntu@22.04"),
        ({"storage": {"x": "a b"}}, "storage", "must be pool, count and size"),
    ],
)
def test_what_check_refuses(inputs: dict[str, object], property_name: str, words: str) -> None:
    wanted = {"model": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "name": "vault", "charm": "vault", **inputs}
    failures = ApplicationProvider().check({}, wanted).failures
    assert [failure.property for failure in failures] == [property_name]
    assert words in failures[0].reason


def test_a_secret_option_shows_in_no_error(room: Room) -> None:
    life = room.application("keystone", secret_config={"admin-password": "Sesame!0pen", "use-syslog": "Sesame!0pen"})
    with pytest.raises(JujuError) as caught:
        life.up()
    assert "Sesame" not in str(caught.value)
    life = room.application("keystone", secret_config={"admin-password": "Sesame!0pen"}).up()
    assert life.state["secret_config"] == {"admin-password": "Sesame!0pen"}


def test_a_preview_with_no_change_makes_no_call(room: Room) -> None:
    life = room.application("vault", units=1, config={"default-ttl": "24h"}).up()
    room.counts()
    assert life.changes() == []
    assert life.changes(units=3) == ["update"]
    assert room.counts() == {}


def test_a_new_process_sees_no_change(room: Room) -> None:
    life = room.application("vault", units=1, constraints="mem=2G", expose=True, trust=True).up()
    attach(room.juju)
    life.refresh()
    assert life.changes() == []


def test_an_import_shows_what_is_there(room: Room) -> None:
    room.application("vault", units=2).up()
    found = Life(ApplicationProvider(), {"model": room.uuid, "name": "vault", "charm": "vault", "units": 2})
    assert found.imported(f"{room.uuid}/vault")["units"] == 2.0
    assert found.changes() == []


def test_a_unit_that_is_going_counts_no_more(room: Room) -> None:
    life = room.application("ubuntu", units=2).up()
    room.juju.pace("manual")
    room.hand("remove-unit", "ubuntu/0")
    assert life.refresh()["drift"] == ["ubuntu/0 is gone"]
    assert life.state["units"] == 1.0
    room.juju.pace("immediate")
    room.juju.advance(600)
    room.forget()
    life.update()
    assert set(room.app("ubuntu").units) == {"ubuntu/1", "ubuntu/2"}


def test_endpoints_are_exposed_one_by_one(room: Room) -> None:
    asked = {"certificates": {"cidrs": ["10.0.0.0/8"]}, "db": True}
    life = room.application("vault", expose=asked).up()
    assert set(room.app("vault").exposed_endpoints) == {"certificates", "db"}
    life.update(expose={"certificates": {"cidrs": ["10.0.0.0/8", "192.168.0.0/16"]}})
    exposed = room.app("vault").exposed_endpoints
    assert {name: one.cidrs for name, one in exposed.items()} == {"certificates": ("10.0.0.0/8", "192.168.0.0/16")}
    assert life.changes(expose={"certificates": {"cidrs": ["192.168.0.0/16", "10.0.0.0/8"]}}) == []
    life.update(expose=True)
    assert set(room.app("vault").exposed_endpoints) == {""}
    with pytest.raises(JujuError, match='has no endpoint "certs"'):
        life.update(expose={"certs": True})


def test_changed_storage_is_for_new_units(room: Room) -> None:
    life = room.application("ubuntu", units=1, storage={"files": "loop,1,1G"}).up()
    life.update(storage={"files": "loop,1,2G"}, units=2)
    sizes = {one.unit: one.size for one in room.status().storage.values()}
    assert sizes == {"ubuntu/0": 1024, "ubuntu/1": 2048}


def test_annotations_are_kept_as_asked(room: Room) -> None:
    asked = {"a": "1", "b": "2", "none": ""}
    life = room.application("vault", annotations=asked, claim="demo/dev/vault").up()
    link = session.current().model(room.uuid)
    by_hand = {"annotations": [{"entity": "application-vault", "annotations": {"a": "9"}}]}
    link.change("Annotations", "Set", by_hand, purpose="annotate")
    assert life.refresh()["annotations"] == {"a": "9", "b": "2"}
    life.update(annotations={"a": "1"})
    held = room.juju.service.world.annotations.get(f"{room.uuid}/application-vault").pairs
    assert held == {"a": "1", "pulumi": "demo/dev/vault"}


def test_a_unit_that_no_machine_takes_ends_the_wait(room: Room) -> None:
    with pytest.raises(WaitFailed, match=r"vault can't be placed: vault/0: machine 7 not found; remove it"):
        room.application("vault", placement=["lxd:7"]).up()


def test_no_unit_is_added_where_it_cannot_be(room: Room) -> None:
    room.machine().up()
    room.machine(base="ubuntu@20.04").up()
    life = room.application("vault", placement=["0"]).up()
    for place, words in (
        ("9", "vault can't have a unit at 9: the model has no machine 9"),
        ("1", "vault can't have a unit at 1: the machine 1 runs ubuntu@20.04, and the application ubuntu@22.04"),
    ):
        with pytest.raises(JujuError, match=re.escape(words)):
            life.update(placement=["0", place])
    assert set(room.app("vault").units) == {"vault/0"}


def test_the_base_is_that_of_the_machines_where_none_is_asked_for(room: Room) -> None:
    host = room.machine(base="ubuntu@20.04").up()
    life = room.application("ubuntu", placement=[str(host.state["machine_id"])]).up()
    assert life.state["base"] == "ubuntu@20.04"
