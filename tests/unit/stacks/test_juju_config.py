"""The config of the stage juju: what is refused, with its path, and what the machines of baremetal must be."""

import copy
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from stacks.config.juju_parse import nodes_of, parse_juju, servers_of
from stacks.config.problems import ConfigError
from stacks.juju_machines import check_machines

ROOT = Path(__file__).resolve().parents[3]
KIT: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.juju.yaml").read_text())["config"]["metal-to-cloud:juju"]


def changed(path: str, value: object) -> dict[str, Any]:
    """Give the committed config with another value at a dotted path; None takes the key out."""
    document = copy.deepcopy(KIT)
    *parents, last = path.split(".")
    place = document
    for name in parents:
        place = place.setdefault(name, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


def problems(raw: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        parse_juju(raw)
    return tuple(problem.text for problem in refused.value.problems)


def test_the_committed_config_is_right():
    settings = parse_juju(KIT)
    assert settings.openstack is not None
    assert nodes_of(settings.openstack) == ("server3", "server4", "server5")
    assert [name for _, name in servers_of(settings)] == ["server1", "server2", "server3", "server4", "server5"]


BAD: dict[str, tuple[str, object, str]] = {
    "an unsupported Juju": (
        *("controller.channel", "2.8/stable"),
        "juju:controller.channel is '2.8/stable', but must be a channel of Juju 2.9, 3.x and 4.x, such as 3.6/stable.",
    ),
    "nodes": ("openstack.nodes", 5, "juju:openstack.nodes is 5, but must be a number from 1 to 4"),
    "a server of another part": (
        *("openstack.nodes", 4),
        "juju:openstack.servers[3] is 'server2', but must be a server of its own: juju:monitoring.server has it",
    ),
    "same server twice in one list": (
        *("openstack.servers", ["server3", "server4", "server3"]),
        "juju:openstack.servers[2] is 'server3', but must be a server of its own: juju:openstack.servers[0] has it",
    ),
    "one model for two": (
        *("monitoring.model", "openstack"),
        "juju:openstack.model is 'openstack', but must be a model of its own: juju:monitoring.model has it already.",
    ),
    "the controller's model": (
        *("monitoring.model", "controller"),
        "juju:monitoring.model is 'controller', but must be a model of its own: Juju has it already.",
    ),
    "tags beside a server": (
        *("monitoring.tags", ["reserve"]),
        "juju:monitoring.tags is reserve, but monitoring.server names the machine: one of the two must go.",
    ),
    "no disks": (
        "openstack.osdDevices",
        [],
        "juju:openstack.osdDevices is empty, but Ceph must have at least one disk",
    ),
    "no reason": ("openstack.force", " ", "juju:openstack.force is ' ', but must be a reason in words"),
    "force without a reason": ("openstack.force", True, "juju:openstack.force is true, but must be"),
    "same server twice": (
        *("monitoring.server", "server3"),
        "juju:openstack.servers[0] is 'server3', but must be a server of its own: juju:monitoring.server has it",
    ),
    "profile": (
        "openstack.profile",
        "antelope",
        "juju:openstack.profile is 'antelope', but must be one of 2023.2, yoga",
    ),
    "application": (
        "openstack.config",
        {"keyston": {}},
        "juju:openstack.config.keyston is no application of OpenStack",
    ),
    "spread": ("openstack.spread", 9, "juju:openstack.spread is 9, but must be a number from 1 to 3"),
    "channel": ("monitoring.grafana", {"channel": "newest"}, "a channel such as latest/stable"),
    "two sources": (
        *("monitoring.grafana", {"channel": "latest/stable", "path": "charms/grafana"}),
        "juju:monitoring.grafana.channel and path are both given",
    ),
    "a password in the open": (
        *("monitoring.grafana", {"config": {"admin_password": "x"}}),
        "juju:monitoring.grafana.config.admin_password would be no secret: it must be juju:monitoring.password",
    ),
    "metadata": ("monitoring.grafana", {"metadata": {"series": ["bionic"]}}, "metadata needs a charm at a path"),
    "threshold": (
        "openstack.vault",
        {"shares": 2, "threshold": 3},
        "juju:openstack.vault.threshold is 3, but must be at",
    ),
    "no key": ("controller.privateKeyFile", None, "juju:controller.privateKeyFile is missing"),
    "unknown key": ("openstack.node", 3, "juju:openstack.node is not a known key"),
    "two bases on one machine": (
        *("monitoring.grafana", {"base": "ubuntu@22.04"}),
        "juju:monitoring.base: the two charms run on ubuntu@22.04 and ubuntu@20.04, but must have one base",
    ),
    "three servers for two charms": ("wordpress", {"servers": ["a", "b", "c"]}, "but must be a list of fewer entries"),
    "base": ("monitoring.base", "focal", "a base such as ubuntu@22.04"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_names_its_place(case: str):
    path, value, words = BAD[case]
    (told,) = problems(changed(path, value))
    assert words in told


@pytest.mark.parametrize("value", ["the-unseal-key", ["the-unseal-key", 7], [{"oops": "the-unseal-key"}]])
def test_a_secret_is_not_repeated(value: object):
    assert "the-unseal-key" not in "".join(problems(changed("openstack.vault", {"keys": value})))
    assert "the-root-token" not in "".join(problems(changed("openstack.vault", {"rootToken": ["the-root-token"]})))


MACHINES = {f"server{n}": {"deployed": False, "tags": ["compute"] if n > 2 else ["juju"]} for n in range(1, 6)}


def test_free_machines_are_handed_on():
    assert check_machines(parse_juju(KIT), MACHINES, "juju") is MACHINES


IMAGES = [{"name": "ubuntu/jammy"}, {"name": "ubuntu/focal"}]


HAS = "the stack baremetal has images of ubuntu@20.04 or ubuntu@22.04"


def test_bases_that_maas_has_images_of_are_fine():
    assert check_machines(parse_juju(KIT), MACHINES, "juju", IMAGES) is MACHINES


@pytest.mark.parametrize(
    ("path", "base", "words"),
    [
        (
            *("monitoring.base", "ubuntu@99.10"),
            f"juju:monitoring.base asks for ubuntu@99.10, but {HAS} only.",
        ),
        (
            *("controller.base", "ubuntu@24.04"),
            f"juju:controller.base asks for ubuntu@24.04, but {HAS} only; baremetal:images takes noble.",
        ),
        ("monitoring.grafana", "ubuntu@18.04", "juju:monitoring.grafana.base asks for ubuntu@18.04, but"),
    ],
)
def test_bases_that_maas_has_no_image_of(path: str, base: str, words: str):
    kit = changed(path, base)
    if path == "monitoring.grafana":
        kit = changed("monitoring.prometheus", {"base": base})
        kit["monitoring"]["grafana"] = {"base": base}
    with pytest.raises(pulumi.RunError) as refused:
        check_machines(parse_juju(kit), MACHINES, "juju", IMAGES)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("machines", "raw", "words"),
    [
        ({}, KIT, "the stack baremetal hands on no machines"),
        (
            {**MACHINES, "server4": {"deployed": True}},
            KIT,
            "juju:openstack.servers[1] is 'server4', which runs a system",
        ),
        (
            {name: each for name, each in MACHINES.items() if name != "server2"},
            KIT,
            "juju:monitoring.server is 'server2', but must be a machine of the stack baremetal",
        ),
        (
            MACHINES,
            {**KIT, "controller": {**KIT["controller"], "server": None, "tags": ["controler"]}},
            "juju:controller.tags is controler, which no machine has; tags are compute or juju",
        ),
    ],
)
def test_machines_that_cannot_be_used(machines: dict[str, Any], raw: dict[str, Any], words: str):
    with pytest.raises(pulumi.RunError, match="machines of stack juju") as refused:
        check_machines(parse_juju(raw), machines, "juju")
    assert words in str(refused.value)
