"""A controller's world without a server: facades are called as the server calls them, one at a time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, cast

import pytest

from lab.juju import models as m
from lab.juju import seed
from lab.juju.errors import JujuError
from lab.juju.facades import FACADES
from lab.juju.hub import catalogue
from lab.juju.life import applications, models, relations
from lab.juju.life.advance import advance
from lab.juju.life.applications import Deploy, Placement
from lab.juju.life.index import Index
from lab.juju.models import Json
from lab.juju.pace import immediate
from lab.juju.provision import RUNNING, Seen
from lab.juju.rpc import Call, Fields
from lab.juju.watch import FACT, Watchers
from lab.juju.world import World

START: Final = 1_700_000_000.0
KEY: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHp9eZxh3JZJFmTzF1dgHa3ta2FVQY0AmqQmyjbvrjvC me@here"

_BY_NAME: Final = {facade.name: facade for facade in FACADES}


class Desk:
    """One controller with a hosted model "m" of user admin, and users bob (login) and eve (login)."""

    def __init__(self) -> None:
        cloud = m.Cloud("maas-one", endpoint="http://maas/MAAS", regions=(("default", ""),))
        credential = m.Credential("maas-one", "admin", "default", "oauth1", {"maas-oauth": "a:b:c"})
        self.world: World = seed.new_world(
            "lab",
            "seed",
            START,
            cloud=cloud,
            credential=credential,
            admin_password="password",
            addresses=("10.0.0.9",),
            machine=Seen(RUNNING, "abc", ("10.0.0.9",), "juju"),
        )
        for name in ("bob", "eve"):
            self.world.users.put(name, m.User(name, seed.digest(name, "salt")))
        self.now = START
        self.watchers = Watchers()
        self.model = models.create(
            self.world, START, "m", "admin", "maas-one", credential="maas-one_admin_default"
        ).uuid

    @property
    def tag(self) -> str:
        return f"model-{self.model}"

    def call(
        self,
        name: str,
        params: Mapping[str, object] | None = None,
        *,
        user: str = "admin",
        model: str | None = None,
        version: int = 0,
    ) -> Json:
        """Call "Facade.Method" in its highest version, on the hosted model or, where it has none, the controller."""
        facade_name, _, method = name.partition(".")
        facade = _BY_NAME[facade_name]
        login = (self.model if "model" in facade.logins else "") if model is None else model
        at = Call(self.world, self.now, user, login, version or max(facade.versions), facts={FACT: self.watchers})
        return facade.methods[method](at, Fields(params or {}))

    def one(self, name: str, params: Mapping[str, object] | None = None, *, user: str = "admin") -> Json:
        """Call a method of one item; its result, or its error raised."""
        answer = self.call(name, params, user=user)
        results = answer.get("results") or answer.get("models") or answer.get("machines") or answer.get("actions")
        found = cast("list[Json]", results)
        assert len(found) == 1
        if error := found[0].get("error"):
            said = cast("Json", error)
            raise JujuError(str(said["message"]), str(said["code"]))
        return found[0]

    def refused(
        self, name: str, params: Mapping[str, object] | None = None, *, words: str, code: str = "", user: str = "admin"
    ) -> None:
        """Expect an error, of the whole call or of its one item."""
        with pytest.raises(JujuError) as caught:
            self.one(name, params, user=user)
        assert words in caught.value.message
        assert caught.value.code == code

    def allow(self, user: str, level: str) -> None:
        """Give a user access to the hosted model."""
        row = self.world.models.get(self.model)
        self.world.models.put(self.model, replace(row, access={**row.access, user: level}))

    def deploy(self, charm: str, units: int = 1, *places: str, name: str = "", **more: object) -> None:
        """Deploy from the lab's catalogue; places are "0", "lxd:0", "lxd:"."""
        found = catalogue.resolve(charm)
        placed = tuple(_place(each) for each in places)
        wanted = Deploy(name or charm, found, None if found.charm.subordinate else units, placed)
        applications.deploy(self.world, self.now, self.model, replace(wanted, **more))

    def relate(self, *ends: str) -> m.Relation:
        return relations.add(self.world, self.now, self.model, ends)

    def settle(self) -> None:
        """Let all happen that does not wait for MAAS."""
        advance(self.world, self.now, immediate, Index(self.world))


def _place(text: str) -> Placement:
    scope, colon, directive = text.partition(":")
    return Placement(scope, directive) if colon else Placement("#", text)
