"""python-libjuju 3.6, Juju's own Python client, judges the lab: what it accepts of a controller, the lab must answer.

It keeps a watcher of the whole model, waits for its deltas, and raises on any error in any result.
"""

import asyncio
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from lab.juju.testing import RunningJuju, running_juju
from tests.support.libjuju import QUIET, SECONDS, errors, new_controller, new_model, own_data, run

pytestmark = QUIET


@pytest.fixture(scope="module")
def juju() -> Generator[RunningJuju]:
    with running_juju() as running:
        yield running


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_data(tmp_path, monkeypatch)


async def until(model: Any, condition: Callable[[], bool]) -> None:
    await model.block_until(condition, timeout=SECONDS, wait_period=0.01)


def workloads(app: Any) -> dict[str, str]:
    return {unit.name: unit.workload_status for unit in app.units}


def test_connects_to_a_model_by_its_uuid(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        again = new_model()
        await again.connect(
            endpoint=juju.addresses[0],
            uuid=model.uuid,
            username=juju.username,
            password=juju.password,
            cacert=juju.ca_cert,
        )
        try:
            assert again.name == "reached"
            assert (await again.get_config())["agent-version"].value == "3.6.14"
        finally:
            await again.disconnect()

    run(work, juju, "reached")


def test_a_wrong_password_is_told(juju: RunningJuju) -> None:
    async def work() -> None:
        controller = new_controller()
        with pytest.raises(errors.JujuAPIError, match="invalid entity name or password"):
            await controller.connect(
                endpoint=juju.addresses[0], username="admin", password="wrong", cacert=juju.ca_cert
            )

    asyncio.run(asyncio.wait_for(work(), SECONDS))


def test_deploys_an_application_and_sees_its_unit(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        app = await model.deploy("ubuntu", application_name="host", config={"hostname": "one"})
        await until(model, lambda: workloads(app) == {"host/0": "active"})
        (unit,) = app.units
        assert unit.agent_status == "idle"
        assert unit.public_address
        assert unit.machine.status == "running"
        assert unit.machine.dns_name == unit.public_address
        assert (await app.get_config())["hostname"]["value"] == "one"
        shown = await model.get_status()
        assert shown.applications["host"].status.status == "active"

    run(work, juju, "deployed")


def test_integrates_configures_and_grows(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        grafana = await model.deploy("grafana", base="ubuntu@20.04")
        await model.deploy("prometheus2", base="ubuntu@20.04", application_name="prometheus")
        relation = await model.integrate("grafana:grafana-source", "prometheus:grafana-source")
        assert relation.key == "grafana:grafana-source prometheus:grafana-source"
        with pytest.raises(errors.JujuError, match="not found"):
            await model.integrate("grafana:grafana-source", "nobody:grafana-source")

        await grafana.set_config({"instance_name": "lab"})
        config = await grafana.get_config()
        assert (config["instance_name"]["value"], config["instance_name"]["source"]) == ("lab", "user")
        await grafana.reset_config(["instance_name"])
        assert (await grafana.get_config())["instance_name"]["source"] == "default"

        await grafana.expose()
        await until(model, lambda: grafana.exposed)
        await grafana.unexpose()
        await until(model, lambda: not grafana.exposed)

        (added,) = await grafana.add_unit()
        await until(model, lambda: workloads(grafana) == {"grafana/0": "active", "grafana/1": "active"})
        await added.remove()
        await until(model, lambda: "grafana/1" not in model.units)
        assert set(model.units) == {"grafana/0", "prometheus/0"}

        await grafana.remove_relation("grafana-source", "prometheus:grafana-source")
        await until(model, lambda: not model.relations)

    run(work, juju, "monitoring")


def test_places_units_on_containers_and_machines(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        await model.set_config({"default-base": "ubuntu@22.04/stable"})
        machine = await model.add_machine(constraints={"mem": 4096})
        app = await model.deploy("ubuntu", to=f"lxd:{machine.id}")
        await until(model, lambda: workloads(app) == {"ubuntu/0": "active"})
        assert app.units[0].machine.id == f"{machine.id}/lxd/0"
        (second,) = await app.add_unit(to=machine.id)
        await until(model, lambda: workloads(app).get(second.name) == "active")
        assert second.machine.id == machine.id
        await app.set_constraints({"mem": 2048})
        assert (await app.get_constraints())["mem"] == 2048

    run(work, juju, "placed")


def test_runs_an_action_and_a_command(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        app = await model.deploy("grafana", base="ubuntu@20.04")
        await until(model, lambda: workloads(app) == {"grafana/0": "active"})
        action = await app.units[0].run_action("get-admin-password")
        action = await action.wait()
        assert action.status == "completed"
        assert action.results["password"]
        with pytest.raises((ValueError, errors.JujuError, Exception), match="no-such-action"):
            await app.units[0].run_action("no-such-action")

    run(work, juju, "acting")


def test_shows_a_failing_hook_and_resolves_it(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        number = juju.fault("hook", model=str(model.uuid), target="grafana", hook="install", text="NO_PUBKEY")
        app = await model.deploy("grafana", base="ubuntu@20.04")
        await until(model, lambda: workloads(app) == {"grafana/0": "error"})
        assert 'hook failed: "install"' in app.units[0].workload_status_message
        assert number
        juju.clear_faults()
        await app.units[0].resolved(retry=True)
        await until(model, lambda: workloads(app) == {"grafana/0": "active"})

    run(work, juju, "failing")


def test_offers_an_endpoint(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        await model.deploy("prometheus2", base="ubuntu@20.04")
        await model.create_offer("prometheus2:grafana-source", offer_name="source")
        offers = await model.list_offers()
        assert [each.offer_name for each in offers.results] == ["source"]

    run(work, juju, "offering")


def test_annotates_and_keeps_keys(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        app = await model.deploy("ubuntu", num_units=0)
        await app.set_annotations({"owner": "me"})
        assert await app.get_annotations() == {"owner": "me"}
        await model.set_annotations({"purpose": "test"})
        assert await model.get_annotations() == {"purpose": "test"}
        keys = await model.get_ssh_key()
        assert len(keys.results) == 1

    run(work, juju, "noted")


def test_deploys_a_local_charm(juju: RunningJuju, tmp_path: Path) -> None:
    charm = tmp_path / "tiny"
    charm.mkdir()
    (charm / "metadata.yaml").write_text("name: tiny\nsummary: small\ndescription: small\nseries: [focal]\n")
    (charm / "config.yaml").write_text("options:\n  size: {type: int, default: 3}\n")

    async def work(_controller: Any, model: Any) -> None:
        app = await model.deploy(str(charm), config={"size": 5})
        await until(model, lambda: set(workloads(app)) == {"tiny/0"})
        assert (await app.get_config())["size"]["value"] == 5
        assert (await model.get_status()).applications["tiny"].charm == "local:focal/tiny-0"

    run(work, juju, "local")


def test_removes_all_it_made(juju: RunningJuju) -> None:
    async def work(controller: Any, model: Any) -> str:
        app = await model.deploy("ubuntu", num_units=2)
        await until(model, lambda: len(app.units) == 2)
        await model.destroy_units("ubuntu/0")
        await until(model, lambda: set(model.units) == {"ubuntu/1"})
        await app.destroy()
        await until(model, lambda: not model.applications and not model.machines)
        uuid = model.info.uuid
        await model.disconnect()
        await controller.destroy_models(uuid)
        for _ in range(200):
            if "ending" not in await controller.list_models():
                return uuid
            await asyncio.sleep(0.01)
        raise AssertionError("the model is still listed")

    uuid = run(work, juju, "ending")
    with juju.service.transaction() as world:
        assert uuid not in world.models


def test_every_call_was_of_a_version_that_it_negotiated(juju: RunningJuju) -> None:
    async def work(controller: Any, _model: Any) -> dict[str, int]:
        return dict(controller.connection().facades)

    juju.calls.clear()
    facades = run(work, juju, "versions")
    assert facades["ModelManager"] == 10
    assert {call.version for call in juju.calls if call.facade == "ModelManager"} == {10}
