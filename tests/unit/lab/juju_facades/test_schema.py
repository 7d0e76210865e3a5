"""python-libjuju as a judge: every answer has only fields that Juju's own schema has, of the kinds that it names."""

import asyncio
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final, cast

import pytest

from lab.juju.models import Json
from tests.unit.lab.juju_facades.desk import KEY, Desk

MODEL: Final = "MODEL"
"""Stands for the tag of the hosted model in what is asked."""

ENTITY: Final[Json] = {"entities": [{"tag": MODEL}]}
APP: Final[Json] = {"entities": [{"tag": "application-vault"}]}
OFFER: Final[Json] = {"model-tag": MODEL, "offer-name": "o", "application-name": "vault", "endpoints": {"s": "secrets"}}

CALLS: Final[tuple[tuple[str, int, Json], ...]] = (
    ("ModelManager.CreateModel", 10, {"name": "n", "owner-tag": "user-admin", "cloud-tag": "cloud-maas-one"}),
    ("ModelManager.ModelInfo", 10, ENTITY),
    ("ModelManager.ModelStatus", 9, ENTITY),
    ("ModelManager.ListModels", 10, {"tag": "user-admin"}),
    ("ModelManager.ListModelSummaries", 10, {"user-tag": "user-admin", "all": True}),
    ("ModelManager.ModelDefaultsForClouds", 10, {"entities": [{"tag": "cloud-maas-one"}]}),
    ("ModelConfig.ModelGet", 3, {}),
    ("ModelConfig.GetModelConstraints", 3, {}),
    ("ModelConfig.Sequences", 3, {}),
    ("Cloud.Clouds", 7, {}),
    ("Cloud.Cloud", 7, {"entities": [{"tag": "cloud-maas-one"}]}),
    ("Cloud.UserCredentials", 7, {"user-clouds": [{"user-tag": "user-admin", "cloud-tag": "cloud-maas-one"}]}),
    ("Cloud.CredentialContents", 7, {"include-secrets": True}),
    ("Controller.AllModels", 12, {}),
    ("Controller.ControllerConfig", 12, {}),
    ("Controller.ControllerVersion", 12, {}),
    ("Controller.ModelStatus", 11, ENTITY),
    ("Controller.CloudSpec", 12, ENTITY),
    ("Controller.ControllerAPIInfoForModels", 12, ENTITY),
    ("Controller.HostedModelConfigs", 12, {}),
    ("Controller.GetControllerAccess", 12, {"entities": [{"tag": "user-bob"}]}),
    ("UserManager.UserInfo", 3, {}),
    ("UserManager.ModelUserInfo", 3, ENTITY),
    ("UserManager.AddUser", 3, {"users": [{"username": "ann"}]}),
    ("KeyManager.ListKeys", 1, {"entities": {"entities": [{"tag": "admin"}]}, "mode": True}),
    ("MachineManager.AddMachines", 10, {"params": [{"jobs": ["JobHostUnits"]}, {"parent-id": "9"}]}),
    ("MachineManager.DestroyMachineWithParams", 10, {"machine-tags": ["machine-0"], "force": True}),
    ("Action.ApplicationsCharmsActions", 7, APP),
    ("Action.EnqueueOperation", 7, {"actions": [{"receiver": "vault/leader", "name": "get-root-ca"}]}),
    ("Action.Run", 7, {"commands": "ls", "units": ["vault/0"], "timeout": 1}),
    ("Action.Actions", 7, {"entities": [{"tag": "action-2"}]}),
    ("Action.Operations", 7, {"entities": [{"tag": "operation-1"}]}),
    ("Action.ListOperations", 7, {}),
    ("ApplicationOffers.Offer", 5, {"Offers": [OFFER]}),
    ("ApplicationOffers.ApplicationOffers", 5, {"offer-urls": ["admin/m.offer"]}),
    ("ApplicationOffers.FindApplicationOffers", 5, {"Filters": [{"offer-name": ""}]}),
    ("ApplicationOffers.GetConsumeDetails", 5, {"offer-urls": {"offer-urls": ["admin/m.offer"]}}),
    ("ApplicationOffers.RemoteApplicationInfo", 5, {"offer-urls": ["admin/m.offer"]}),
    ("Secrets.CreateSecrets", 2, {"args": [{"label": "x", "content": {"data": {"key": "eA=="}}}]}),
    ("Secrets.ListSecrets", 2, {"show-secrets": True}),
    ("SecretBackends.ListSecretBackends", 1, {"reveal": True}),
    ("Spaces.ListSpaces", 6, {}),
    ("Spaces.ShowSpace", 6, {"entities": [{"tag": "space-alpha"}]}),
    ("Subnets.AllZones", 5, {}),
    ("Subnets.ListSubnets", 5, {}),
    ("Storage.ListPools", 6, {"filters": [None]}),
    ("Storage.ListStorageDetails", 6, {"filters": [None]}),
    ("Storage.ListVolumes", 6, {"filters": [None]}),
    ("Storage.ListFilesystems", 6, {"filters": [None]}),
    ("Bundle.ExportBundle", 6, {}),
    ("Bundle.GetChangesMapArgs", 6, {"yaml": "applications: {a: {charm: ubuntu, num_units: 1}}"}),
    ("Block.List", 2, {}),
    ("HighAvailability.EnableHA", 2, {"specs": [{"num-controllers": 3}]}),
    ("ModelUpgrader.UpgradeModel", 1, {"model-tag": MODEL, "target-version": "0.0.0"}),
)


@pytest.fixture
def desk() -> Desk:
    """A model with some of everything."""
    desk = Desk()
    desk.deploy("vault")
    desk.deploy("ceph-osd")
    given = {"unit": "unit-ceph-osd-0", "name": "osd-devices", "storage": {"pool": "maas", "size": 1024, "count": 1}}
    desk.one("Storage.AddToUnit", {"storages": [given]})
    desk.one("KeyManager.AddKeys", {"ssh-keys": [KEY], "user": "admin"})
    desk.one("Action.EnqueueOperation", {"actions": [{"receiver": "unit-vault-0", "name": "get-root-ca"}]})
    desk.one("ApplicationOffers.Offer", {"Offers": [{**OFFER, "model-tag": desk.tag, "offer-name": "offer"}]})
    desk.one("Secrets.CreateSecrets", {"args": [{"label": "s", "content": {"data": {"key": "eA=="}}}]})
    desk.call("Block.SwitchBlockOn", {"type": "BlockDestroy", "message": "no"})
    return desk


def filled(value: object, tag: str) -> object:
    if isinstance(value, dict):
        return {name: filled(each, tag) for name, each in cast("Json", value).items()}
    if isinstance(value, list):
        return [filled(each, tag) for each in cast("list[object]", value)]
    return tag if value == MODEL else value


class Answering:
    """Stands where libjuju has its connection: gives one answer, decoded by libjuju's own types."""

    def __init__(self, answer: Json) -> None:
        self.answer = answer

    async def rpc(self, msg: object, encoder: object = None) -> Json:
        del msg, encoder
        return {"request-id": 1, "response": self.answer}


def decoded(name: str, version: int, answer: Json) -> Any:
    """Read an answer as libjuju does."""
    facade_name, _, method = name.partition(".")
    # libjuju's own corrections of its generated types (versions are texts) come with the client module
    import_module("juju.client.client")
    # it has the types of ApplicationOffers 5 in its version 4, as 3.1 had
    module = import_module(f"juju.client._client{4 if facade_name == 'ApplicationOffers' else version}")
    facade = getattr(module, f"{facade_name}Facade")()
    facade.connection = Answering(answer)
    return asyncio.run(_ask(facade, method))


async def _ask(facade: Any, method: str) -> Any:
    return await getattr(facade, method)()


def strangers(value: object, where: str = "") -> Iterator[str]:
    """Name the fields in what libjuju decoded that its schema does not know."""
    if isinstance(value, list | tuple):
        for at, each in enumerate(cast("list[object]", value)):
            yield from strangers(each, f"{where}[{at}]")
    elif isinstance(value, dict):
        for name, each in cast("Json", value).items():
            yield from strangers(each, f"{where}[{name}]")
    elif hasattr(value, "unknown_fields"):
        fields = cast("Json", vars(value))
        yield from (f"{where}.{name}" for name in cast("Json", fields["unknown_fields"]))
        for name, each in fields.items():
            if name != "unknown_fields":
                yield from strangers(each, f"{where}.{name}")


@pytest.mark.parametrize(("name", "version", "params"), CALLS, ids=[name for name, _, _ in CALLS])
def test_an_answer_has_the_fields_of_juju_s_schema(desk: Desk, name: str, version: int, params: Json):
    answer = desk.call(name, cast("Json", filled(params, desk.tag)), version=version)
    found = decoded(name, version, answer)
    # a macaroon is closed to libjuju, which hands it on
    assert [each for each in strangers(found) if ".macaroon." not in each] == []
    assert found is not None
