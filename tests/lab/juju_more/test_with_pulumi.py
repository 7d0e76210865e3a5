"""Every resource of this folder through the engine, and where its secrets are: encrypted in the state, and only there.

The runs of `pulumi` are shared by all tests: made, changed in place, spoilt by hand and repaired, replaced, destroyed.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from lab.juju.testing import running_juju
from providers.common.raw import mapping, text, texts
from providers.juju import session
from tests.lab.juju_more.conftest import Site, attach
from tests.support.project import Project, Ran, make_project

pytestmark = pytest.mark.slow

KEYS = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIfmWSbP3AwdL3vdY5rSbpFCkYXBVV5bUDmjKlhNIs1b me@main",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJk5zqpJqPqQyD9o5iLrW7nXl0yWwq5cN2H0eJ0m0aB me@main",
)
GIVEN = {
    "maas-key": "maas-consumer:maas-token:maas-secret",
    "password": "bobs-password-in-clear",
    "content": "content-of-the-secret",
}

PROGRAM = f"""
from pathlib import Path
import pulumi
from providers.juju import *

config = pulumi.Config()
act = config.require_int("act")
shop, blog = config.require("shop"), config.require("blog")


def at(*values):
    return values[min(act, len(values)) - 1]


def given(name):
    return pulumi.Output.secret(Path(name).read_text())


endpoint = at("http://10.1.0.2:5240/MAAS", "http://10.1.0.3:5240/MAAS")
rack = Cloud("cloud", name=at("rack2", "rack2", "rack3"), type="maas", auth_types=["oauth1"], endpoint=endpoint)
oauth = given("maas-key").apply(lambda key: at(key, key + ":two"))
Credential("credential", cloud=rack.name, name="key", auth_type="oauth1", attributes={{"maas-oauth": oauth}})
password = given("password").apply(lambda word: at(word, word + "-two"))
bob = User("user", name=at("bob", "bob", "rob"), password=password)
Access("access", user=bob.name, access=at("read", "write"), model=shop)
offered = at(["mysql"], ["mysql", "database"])
offer = Offer("offer", model=shop, application="mysql", endpoints=offered, name=at("db", "db", "data"))
ConsumedOffer("consumed", model=blog, offer_url=offer.url, name="remote")
login = Action(
    "action",
    model=shop,
    unit="grafana/leader",
    name="get-admin-password",
    secret_output=True,
    triggers={{"turn": at(1, 1, 2)}},
    minutes=at(30, 20),
)
content = given("content").apply(lambda word: {{"word": at(word, word + "-two")}})
Secret("secret", model=shop, name=at("word", "words"), content=content, grants=["mysql"])
SshKey("key", model=shop, key="{KEYS[0]}")
Space("space", model=shop, name="alpha")
tagged = at({{"tags": "a"}}, {{"tags": "b"}})
StoragePool("pool", model=shop, name="fast", storage_provider=at("maas", "maas", "loop"), attributes=tagged)
vault = VaultInit("vault", model=shop, minutes=at(30, 20))
pulumi.export("login", login.secret_result)
pulumi.export("keys", vault.keys)
pulumi.export("token", vault.root_token)
pulumi.export("ca", vault.root_ca)
"""

OPS: dict[str, tuple[str, str, str]] = {
    "cloud": ("update", "update", "replace"),
    "credential": ("update", "update", "replace"),
    "user": ("update", "update", "replace"),
    "access": ("update", "update", "replace"),
    "offer": ("update", "update", "replace"),
    "consumed": ("update", "create", "update"),  # the URL of an offer that changes is not known beforehand
    "action": ("update", "", "replace"),
    "secret": ("update", "update", ""),
    "key": ("", "create", ""),
    "space": ("", "", ""),
    "pool": ("update", "create", "replace"),
    "vault": ("update", "update", ""),
}
"""Resource -> what act 2, the repair of what hands did, and act 3 do to it."""


def spoil(site: Site, shop: str, blog: str) -> None:
    """Change everything behind the program's back."""
    controller, model = site.session.controller, site.session.model(shop)
    cloud = {"name": "rack2", "cloud": {"type": "maas", "auth-types": ["oauth1"], "endpoint": "http://10.9.9.9"}}
    controller.change("Cloud", "UpdateCloud", {"clouds": [cloud]}, purpose="x")
    stolen = {
        "tag": "cloudcred-rack2_admin_key",
        "credential": {"auth-type": "oauth1", "attrs": {"maas-oauth": "a:b:c"}},
    }
    controller.change("Cloud", "AddCredentials", {"credentials": [stolen]}, purpose="x")
    controller.change("UserManager", "DisableUser", {"entities": [{"tag": "user-bob"}]}, purpose="x")
    access = {"user-tag": "user-bob", "action": "grant", "access": "admin", "model-tag": f"model-{shop}"}
    controller.change("ModelManager", "ModifyModelAccess", {"changes": [access]}, purpose="x")
    offer = {
        "model-tag": f"model-{shop}",
        "offer-name": "db",
        "application-name": "mysql",
        "endpoints": {"mysql": "mysql"},
    }
    controller.change("ApplicationOffers", "Offer", {"Offers": [offer]}, purpose="x")
    gone = {"applications": [{"application-tag": "application-remote"}]}
    site.session.model(blog).change("Application", "DestroyConsumedApplications", gone, purpose="x")
    listed = model.one("Secrets", "ListSecrets", {"filter": {}}, purpose="x")
    update = {"uri": text(listed, "uri"), "existing-label": "", "content": {"data": {"word": "c3BvaWx0"}}}
    model.change("Secrets", "UpdateSecrets", {"args": [update]}, purpose="x")
    model.change("KeyManager", "AddKeys", {"user": "admin", "ssh-keys": [KEYS[1]]}, purpose="x")
    mark = "".join(str(site.session.model(shop).one("KeyManager", "ListKeys", _entities(shop), purpose="x")["result"]))
    first = mark.split("'")[1].split()[0]
    model.change("KeyManager", "DeleteKeys", {"user": "admin", "ssh-keys": [first]}, purpose="x")
    model.change("Storage", "RemovePool", {"pools": [{"name": "fast"}]}, purpose="x")
    site.juju.hand("seal", f"{shop}:", "vault/0")


def _entities(model: str) -> dict[str, object]:
    return {"entities": {"entities": [{"tag": f"model-{model}"}]}, "mode": False}


@dataclass(frozen=True)
class Acts:
    """What was announced and said, act by act; `states` are the state files as they lay on the disk."""

    plans: tuple[dict[str, set[str]], ...]
    quiet: tuple[Ran, ...]
    said: tuple[str, ...]
    states: tuple[str, ...]
    outputs: dict[str, object]


def play(project: Project, spoilt: Callable[[], None]) -> Acts:
    plans: list[dict[str, set[str]]] = []
    quiet: list[Ran] = []
    said: list[str] = []
    states: list[str] = []
    outputs: dict[str, object] = {}

    def run(*args: str) -> None:
        said.append(project.pulumi(*args, "-s", project.stack).ok().text)
        states.append(project.state_path.read_text())

    for act in (1, 2, 3):
        project.configure({"act": act})
        plans.append(project.planned())
        run("up", "--yes", "--diff")
        quiet.append(project.pulumi("preview", "-s", project.stack, "--refresh", "--expect-no-changes"))
        if act == 2:
            spoilt()
            run("preview", "--diff", "--refresh")
            plans.append(project.planned("--refresh"))
            run("up", "--yes", "--refresh")
            outputs = project.outputs()
    run("destroy", "--yes")
    return Acts(tuple(plans), tuple(quiet), tuple(said), tuple(states), outputs)


@pytest.fixture(scope="module")
def acts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acts]:
    with running_juju() as juju:
        attach(juju)
        site = Site(juju)
        shop, blog = site.model("shop"), site.model("blog")
        for charm in ("mysql", "grafana", "vault"):
            site.deploy(shop, charm)
        project = make_project(tmp_path_factory.mktemp("more") / "trial", PROGRAM)
        for name, value in GIVEN.items():
            (project.folder / name).write_text(value)
        known = {
            "addresses": list(juju.addresses),
            "ca_cert": juju.ca_cert,
            "username": "admin",
            "password": juju.password,
        }
        (project.folder / "controller.json").write_text(json.dumps(known))
        project.configure({"juju:controllerFile": "controller.json", "shop": shop, "blog": blog})
        yield play(project, lambda: spoil(site, shop, blog))
        session.release()


def check_plan(plan: dict[str, set[str]], name: str, op: str) -> None:
    found = plan.get(name, set()) - {"same", "refresh"}
    assert found == ({"delete", op} if op == "create" else {op} - {""})


@pytest.mark.parametrize("name", OPS)
def test_what_is_announced(acts: Acts, name: str) -> None:
    _, second, drift, third = acts.plans
    for plan, op in zip((second, drift, third), OPS[name], strict=True):
        check_plan(plan, name, op)


def test_a_second_look_changes_nothing(acts: Acts) -> None:
    for ran in acts.quiet:
        ran.ok()


def secrets_of(acts: Acts) -> list[str]:
    keys = texts(acts.outputs, "keys")
    assert len(keys) == 5
    password = [str(value) for value in mapping(acts.outputs, "login").values()]
    return [
        *GIVEN.values(),
        *keys,
        text(acts.outputs, "token"),
        *password,
        "lab-juju-password",
        "c3BvaWx0",
        "spoilt",
    ]


def test_no_secret_is_said_or_lies_open_in_the_state(acts: Acts) -> None:
    assert text(acts.outputs, "ca").startswith("-----BEGIN CERTIFICATE-----")
    for secret in secrets_of(acts):
        assert secret
        for place in (*acts.said, *acts.states):
            assert secret not in place
