"""python-libjuju judges what is beside applications: users, clouds, secrets, storage, offers, bundles, actions."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.juju.testing import RunningJuju, running_juju
from tests.support.libjuju import QUIET, SECONDS, client, errors, new_controller, own_data, run

pytestmark = QUIET

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHp9eZxh3JZJFmTzF1dgHa3ta2FVQY0AmqQmyjbvrjvC you@there"
CHANNEL = "2023.2/stable"
BUNDLE = """
series: jammy
machines: {"0": {}}
applications:
  keystone: {charm: keystone, channel: 2023.2/stable, num_units: 1, to: ["0"]}
  glance: {charm: glance, channel: 2023.2/stable, num_units: 1, to: ["lxd:0"], expose: true}
relations: [["glance:identity-service", "keystone:identity-service"]]
"""


@pytest.fixture(scope="module")
def juju() -> Generator[RunningJuju]:
    with running_juju() as running:
        yield running


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_data(tmp_path, monkeypatch)


def test_users_are_added_and_given_access(juju: RunningJuju) -> None:
    async def work(controller: Any, model: Any) -> None:
        bob = await controller.add_user("bob", "first", "Bob")
        assert (bob.display_name, bob.access, bob.enabled) == ("Bob", "login", True)
        await bob.grant("superuser")
        await controller.grant_model("bob", model.uuid, "write")
        await controller.change_user_password("bob", "second")
        await controller.disable_user("bob")
        assert "bob" not in {user.username for user in await controller.get_users()}
        await controller.enable_user("bob")
        again: Any = new_controller()
        await again.connect(endpoint=juju.addresses[0], username="bob", password="second", cacert=juju.ca_cert)
        try:
            assert "users" in await again.list_models()
        finally:
            await again.disconnect()
        await controller.remove_user("bob")

    run(work, juju, "users")


def test_clouds_and_their_credentials_come_and_go(juju: RunningJuju) -> None:
    async def work(controller: Any, _model: Any) -> None:
        await controller.add_cloud("two", client.Cloud(type_="maas", auth_types=["oauth1"], endpoint="http://two/MAAS"))
        given = client.CloudCredential(auth_type="oauth1", attrs={"maas-oauth": "a:b:c"})
        await controller.add_credential(name="mine", cloud="two", owner="admin", credential=given)
        assert set((await controller.clouds()).clouds) == {"cloud-maas-one", "cloud-two"}
        await controller.remove_cloud("two")
        assert await controller.get_cloud() == "maas-one"

    run(work, juju, "clouds")


def test_secrets_are_kept_and_granted(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        uri = await model.add_secret("login", ["password=one"])
        await model.update_secret("login", ["password=two"], info="changed")
        await model.deploy("ubuntu", application_name="host")
        await model.grant_secret("login", "host")
        (told,) = await model.list_secrets(show_secrets=True)
        assert (told.uri, told.latest_revision, told.description) == (uri, 2, "changed")
        assert told.access[0].target_tag == "application-host"
        await model.revoke_secret("login", "host")
        await model.remove_secret("login")
        assert await model.list_secrets() == []

    run(work, juju, "secrets")


def test_a_model_is_configured(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        await model.set_config({"test-mode": "true"})
        assert (await model.get_config())["test-mode"].value is True
        await model.set_constraints({"mem": 4096, "tags": ["compute"]})
        told = await model.get_constraints()
        assert (told["mem"], told["tags"]) == (4096, ["compute"])
        await model.add_ssh_key("admin", KEY)
        keys = (await model.get_ssh_keys(raw_ssh=True)).results[0].result
        assert KEY in keys
        assert [space.name for space in await model.get_spaces()] == ["alpha"]

    run(work, juju, "configured")


def test_storage_is_made_for_units(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        await model.create_storage_pool("fast", "maas", "tags=ssd")
        assert "fast" in {pool["name"] for pool in await model.list_storage_pools()}
        with pytest.raises(errors.JujuError, match="already exists"):
            await model.create_storage_pool("fast", "maas")
        await model.remove_storage_pool("fast")
        assert await model.list_storage() == []

    run(work, juju, "stored")


def test_machines_and_containers_are_added(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        machine = await model.add_machine()
        container = await model.add_machine(f"lxd:{machine.id}")
        assert container.id == f"{machine.id}/lxd/0"
        await machine.destroy(force=True)
        await model.block_until(lambda: not model.machines, timeout=SECONDS, wait_period=0.01)

    run(work, juju, "machines")


def test_an_offer_is_consumed_by_another_model(juju: RunningJuju) -> None:
    async def work(controller: Any, model: Any) -> None:
        await model.deploy("keystone", channel=CHANNEL)
        await model.create_offer("keystone:identity-service", offer_name="identity")
        (told,) = (await model.list_offers()).results
        assert told.offer_url == "admin/offering.identity"
        other = await controller.add_model("consuming", cloud_name="maas-one", credential_name="maas-one")
        try:
            assert await other.consume("admin/offering.identity", controller=controller) == "identity"
            await other.deploy("glance", channel=CHANNEL)
            await other.integrate("glance:identity-service", "identity")
            with pytest.raises(errors.JujuError, match="offer has 1 relation"):
                await _remove_offer(controller, force=False)
            await _remove_offer(controller, force=True)
        finally:
            await other.disconnect()

    run(work, juju, "offering")


async def _remove_offer(controller: Any, *, force: bool) -> None:
    facade = client.ApplicationOffersFacade.from_connection(controller.connection())
    await facade.DestroyOffers(force=force, offer_urls=["admin/offering.identity"])


def test_a_bundle_is_deployed_and_exported_alike(juju: RunningJuju, tmp_path: Path) -> None:
    path = tmp_path / "bundle.yaml"
    path.write_text(BUNDLE)

    async def work(_controller: Any, model: Any) -> str:
        await model.deploy(str(path))
        return str(await model.export_bundle())

    bundle = yaml.safe_load(run(work, juju, "bundled"))
    assert set(bundle["applications"]) == {"keystone", "glance"}
    assert bundle["applications"]["glance"]["to"] == ["lxd:0"]
    assert bundle["applications"]["glance"]["expose"] is True
    assert bundle["relations"] == [["glance:identity-service", "keystone:identity-service"]]


def test_an_action_ends_with_what_it_gives(juju: RunningJuju) -> None:
    async def work(_controller: Any, model: Any) -> None:
        app = await model.deploy("vault", channel="1.8/stable")
        assert "authorize-charm" in await app.get_actions()
        action = await app.units[0].run_action("get-root-ca")
        await action.wait()
        assert action.status == "failed", "vault has no CA before its ceremony"

    run(work, juju, "acting")
