"""What a preview says of an application's inputs before anything is done: by its charm, Charmhub, and local files."""

from pathlib import Path

import pytest
import yaml
from pulumi.runtime.rpc import UNKNOWN

from lab.juju.testing import RunningJuju
from providers.juju import session
from providers.juju.endpoint import Endpoint
from tests.lab.juju_resources.conftest import Room, attach
from tests.lab.providers.life import Bag, Life, wired
from tests.support.project import make_project

PROBES = {("Application", "GetCharmURLOrigin"), ("Charms", "CharmInfo"), ("Charms", "ResolveCharms")}


def told(life: Life, **changes: object) -> list[tuple[str, str]]:
    """Check changed inputs beside those before, as an engine does in preview."""
    olds = wired({name: life.state[name] for name in life.check() if name in life.state}) if life.state else {}
    result = life.provider.check(olds, wired({**life.inputs, **changes, "__provider": "p"}))
    return [(failure.property, failure.reason) for failure in result.failures]


def test_a_changed_option_is_judged_by_the_charm_that_is_there(room: Room) -> None:
    life = room.application("keystone", config={"debug": True}, units=1).up()
    room.counts()
    assert told(life, config={"debg": True}) == [
        ("config", 'does not fit: the charm keystone has no option "debg": did you mean debug?')
    ]
    assert set(room.counts()) <= PROBES
    wrong = told(life, config={"debug": "perhaps"}, secret_config={"worker-multiplier": "Sesame"})
    assert [name for name, _ in wrong] == ["config", "secret_config"]
    assert "wrong value 'perhaps': debug must be true or false" in str(wrong[0][1])
    assert "Sesame" not in str(wrong)
    assert told(life, bindings={"pubic": "alpha"})[0][1].endswith('has no endpoint "pubic": did you mean public?')
    assert told(life, config={"debug": False}) == []
    assert told(life, config={"debug": UNKNOWN, "debg": True})[0][0] == "config"
    assert told(life, config=UNKNOWN) == []
    life.update(config={"debug": False})


def test_a_channel_that_charmhub_has_not_is_said(room: Room) -> None:
    life = room.application("keystone", channel="2023.2/stable", units=1).up()
    room.counts()
    [(name, reason)] = told(life, channel="nosuch/stable")
    assert name == "channel"
    assert reason.startswith("can't be nosuch/stable: Juju refused to resolve the charm keystone: ")
    assert 'channel "nosuch/stable"' in reason
    assert set(room.counts()) == {("Application", "GetCharmURLOrigin"), ("Charms", "ResolveCharms")}
    [(name, reason)] = told(life, channel=None, revision=999_999)
    assert name == "revision"
    assert reason.startswith("can't be 999999: ")
    assert told(life, channel="2024.1/stable", config={"only-in-that-channel": 1}) == []


def test_what_does_not_change_or_is_not_there_asks_nothing(room: Room) -> None:
    life = room.application("keystone", config={"debug": True}, units=1).up()
    room.counts()
    assert told(life) == []
    assert told(life, units=2, minutes=3, constraints="mem=4G") == []
    assert told(life, name="other", config={"debg": True}) == []
    assert told(life, model=UNKNOWN, config={"debg": True}) == []
    assert told(room.application("keystone", config={"debg": True})) == []
    assert room.counts() == {}
    room.hand("remove-application", "keystone")
    assert told(life, config={"debg": True}) == []


def test_a_controller_that_is_away_is_no_reason(room: Room) -> None:
    life = room.application("keystone", config={"debug": True}, units=1).up()
    session.release()
    here = room.juju
    session.adopt(Endpoint(("127.0.0.1:1",), here.ca_cert, here.username, here.password))
    assert told(life, config={"debg": True}) == []
    attach(here)
    assert told(life, config={"debg": True}) != []


PROGRAM = """
import pulumi
from providers.juju.resources.applications import Application
from providers.juju.resources.models import Model
model = Model("model", name="previewed", cloud="maas-one")
secret = pulumi.Output.secret({"admin-password": "Sesame!0pen"})
Application("k", model=model.uuid, name="keystone", charm="keystone", config={"debug": True}, secret_config=secret)
Application("v", model=model.uuid, name="vault", charm="vault", channel="1.8/stable")
"""


def test_a_preview_says_it_to_a_person(tmp_path: Path, controller: RunningJuju) -> None:
    project = make_project(tmp_path, PROGRAM)
    addresses = ",".join(controller.addresses)
    login = {"juju:caCertificate": controller.ca_cert, "juju:username": controller.username}
    project.configure({"juju:controllerAddresses": addresses, **login})
    project.pulumi("config", "set", "-s", project.stack, "--secret", "juju:password", controller.password).ok()
    project.pulumi("up", "-s", project.stack, "--yes", "--skip-preview").ok()
    controller.calls.clear()
    project.pulumi("preview", "-s", project.stack).ok()
    assert controller.call_counts() == {}
    changed = PROGRAM.replace('"debug"', '"debg"').replace("1.8/stable", "nosuch/stable")
    (project.folder / "__main__.py").write_text(changed)
    shown = project.pulumi("preview", "-s", project.stack)
    assert shown.code != 0
    assert 'the charm keystone has no option "debg": did you mean debug?' in shown.text
    assert "channel: can't be nosuch/stable: Juju refused to resolve the charm vault" in shown.text
    assert "Sesame" not in shown.text
    assert controller.call_counts().total() == 4
    (project.folder / "__main__.py").write_text(PROGRAM)
    project.pulumi("destroy", "-s", project.stack, "--yes", "--skip-preview").ok()


METADATA: Bag = {
    "name": "blog",
    "summary": "A blog",
    "description": "An old charm",
    "series": ["bionic"],
    "requires": {"db": "mysql", "cache": {"interface": "memcache", "limit": 1}},
    "storage": {"uploads": {"type": "filesystem"}},
}
OPTIONS: Bag = {"options": {"tuning": {"type": "string", "default": "single"}, "port": {"type": "int"}}}


@pytest.fixture
def charm(tmp_path: Path) -> Path:
    folder = tmp_path / "blog"
    folder.mkdir()
    (folder / "metadata.yaml").write_text(yaml.safe_dump(METADATA))
    (folder / "config.yaml").write_text(yaml.safe_dump(OPTIONS))
    return folder


@pytest.mark.parametrize(
    ("inputs", "name", "words"),
    [
        ({"config": {"tunning": "x"}}, "config", 'the charm blog has no option "tunning": did you mean tuning?'),
        ({"config": {"port": "eighty"}}, "config", "port must be a whole number"),
        ({"secret_config": {"potr": "Sesame"}}, "secret_config", 'has no option "potr": did you mean port?'),
        ({"storage": {"upload": "1G"}}, "storage", "did you mean uploads?"),
        ({"bindings": {"dbx": "alpha"}}, "bindings", 'has no endpoint "dbx": did you mean db?'),
        ({"base": "22.04"}, "base", "does not run on ubuntu@22.04; it runs on ubuntu@18.04"),
        ({"metadata_overrides": {"series": None}}, "base", "does not say what it runs on: give base"),
        ({"metadata_overrides": {"subordinate": True}, "units": 1}, "units", "is a subordinate"),
        ({"metadata_overrides": {"requires": 3}}, "local_charm", "can't be used: requires is int"),
        ({"local_charm": "/nowhere"}, "local_charm", "/nowhere is neither a directory nor a file"),
    ],
)
def test_a_charm_of_this_machine_is_read_by_a_preview(charm: Path, inputs: Bag, name: str, words: str) -> None:
    life = Room(None, "none", "0" * 8 + "-0000-4000-8000-" + "0" * 12).local("blog", str(charm))  # type: ignore[arg-type] # nobody is asked
    assert told(life) == []
    fits: Bag = {"config": {"port": 80, "tuning": UNKNOWN}, "base": "18.04", "bindings": {"cache": "alpha"}}
    assert told(life, **fits) == []
    [(field, reason)] = told(life, **inputs)
    assert field == name
    assert words in reason
    assert "Sesame" not in reason


def test_a_local_charm_with_unknown_parts_is_judged_by_the_rest(charm: Path) -> None:
    life = Room(None, "none", UNKNOWN).local("blog", str(charm), base=UNKNOWN)  # type: ignore[arg-type] # nobody is asked
    assert told(life, metadata_overrides={"series": UNKNOWN}, config={"tunning": 1}) == []
    assert [name for name, _ in told(life, config={"tunning": UNKNOWN, "potr": 1})] == ["config"]
