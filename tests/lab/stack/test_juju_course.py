"""Labs 2 and 3 of the course on real servers: a controller on the rack, Grafana with Prometheus, OpenStack's charms.

One story, told in order: each test begins where the one before it ended.
"""

import json
from collections.abc import Generator
from typing import Any

import jubilant
import pytest
import yaml

from tests.support.course import Course, course_network, make_course
from tests.support.guests import skip_without_root
from tests.support.project import Project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Generator[Course]:
    skip_without_root()
    folder = tmp_path_factory.mktemp("juju-course")
    home = folder / "lab"
    home.mkdir()
    made = make_course(folder / "kit", home)
    with course_network():
        made.lab("up", "--reset", timeout=900)
        made.lab("pace", "timed", "--factor", "0.005")
        try:
            yield made
        finally:
            made.lab("down")


@pytest.fixture(scope="module")
def juju(course: Course) -> Project:
    """Give the stack juju, beside a stack baremetal that enrols the servers and runs nothing on them."""
    kit = course.project.folder / "Pulumi.baremetal.yaml"
    document: dict[str, Any] = yaml.safe_load(kit.read_text())
    baremetal = document["config"]["metal-to-cloud:baremetal"]
    for part in ("controller", "app", "deploy"):
        del baremetal[part]
    document["config"]["maas:apiKeyFile"] = ".lab/maas-api-key"
    kit.write_text(yaml.safe_dump(document, sort_keys=False))
    project = Project(course.project.folder, "juju")
    project.pulumi("stack", "init", "juju").ok()
    return project


def status(course: Course, model: str) -> jubilant.Status:
    """Read a model's status as the `juju` command on main shows it."""
    shown = json.loads(course.ssh("main", f"juju status -m {model} --format json"))
    return jubilant.Status._from_dict(shown)  # what its own `Juju.status` calls


def test_without_baremetal_it_says_what_comes_first(juju: Project) -> None:
    refused = juju.pulumi("preview", "-s", "juju")
    assert refused.code != 0
    assert "baremetal" in refused.text
    assert "Traceback" not in refused.text


def test_a_controller_and_what_the_course_deploys_with_it(course: Course, juju: Project) -> None:
    course.project.up().ok()
    juju.pulumi("up", "-s", "juju", "--yes", "--skip-preview", timeout=900).ok()
    assert jubilant.all_active(status(course, "monitoring"))
    openstack = status(course, "openstack")
    assert jubilant.all_active(openstack)
    assert len(openstack.apps) == 26
    assert {name for name, one in course.machines().items() if one["status"] == "Deployed"} == {
        f"server{number}" for number in range(1, 6)
    }
    outputs = juju.outputs()
    assert outputs["openstack_admin_password"]


def test_the_second_run_changes_nothing(juju: Project) -> None:
    juju.up("--expect-no-changes").ok()
    juju.pulumi("preview", "-s", "juju", "--refresh", "--diff", "--expect-no-changes").ok()


def test_what_somebody_does_by_hand_is_seen_and_repaired(course: Course, juju: Project) -> None:
    course.lab("juju", "hand", "config", "openstack:", "neutron-api", "enable-ml2-dns", "false")
    course.lab("juju", "hand", "remove-relation", "openstack:", "cinder:amqp", "rabbitmq-server:amqp")
    seen = juju.pulumi("preview", "-s", "juju", "--refresh", "--diff").ok().text
    assert "enable-ml2-dns" in seen
    assert "openstack-cinder-amqp-rabbitmq-server" in seen
    juju.up("--refresh").ok()
    juju.pulumi("preview", "-s", "juju", "--refresh", "--diff", "--expect-no-changes").ok()
    assert jubilant.all_active(status(course, "openstack"))


def test_a_vault_that_restarted_is_unsealed(course: Course, juju: Project) -> None:
    course.lab("juju", "hand", "seal", "openstack:", "vault/0")
    assert "vault/0" in juju.pulumi("preview", "-s", "juju", "--refresh", "--diff").ok().text
    juju.up("--refresh").ok()
    assert jubilant.all_active(status(course, "openstack"))


def test_the_servers_are_not_taken_away_under_it(course: Course) -> None:
    refused = course.project.pulumi("destroy", "-s", "baremetal", "--yes", "--skip-preview")
    assert refused.code != 0
    assert "server1 (Deployed)" in refused.text
    assert "pulumi destroy -s juju" in refused.text


def test_no_secret_is_left_in_files(course: Course, juju: Project) -> None:
    outputs = juju.outputs()
    logins = ("controller_password", "openstack_admin_password", "grafana_admin_password", "vault_root_token")
    secrets = [str(outputs[name]) for name in logins]
    secrets += [str(each) for each in outputs["vault_keys"]]  # pyright: ignore[reportGeneralTypeIssues,reportUnknownVariableType,reportUnknownArgumentType] # a list of texts
    secrets.append((course.home / "maas-api-key").read_text().strip())
    for path in (course.project.folder / ".state").rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            assert not [secret for secret in secrets if secret in text], f"a secret is in {path}"


def test_one_number_scales_out_and_in(course: Course, juju: Project) -> None:
    kit = juju.folder / "Pulumi.juju.yaml"
    document: dict[str, Any] = yaml.safe_load(kit.read_text())
    wanted = document["config"]["metal-to-cloud:juju"]

    def told(nodes: int) -> None:
        wanted["openstack"]["nodes"] = nodes
        kit.write_text(yaml.safe_dump(document, sort_keys=False))

    told(4)
    taken = juju.pulumi("preview", "-s", "juju")
    assert taken.code != 0
    assert "juju:openstack.servers[3] is 'server2', but must be a server of its own" in taken.text
    del wanted["monitoring"]  # a server belongs to one model
    told(3)
    juju.up().ok()
    assert course.machines()["server2"]["status"] == "Ready"
    told(4)
    planned = juju.pulumi("preview", "-s", "juju", "--diff").ok().text
    assert "juju:Machine (openstack-server2) create" in planned
    for name in ("ceph-osd", "nova-compute"):
        assert f"{name}: adds a unit on server2" in planned
    juju.up().ok()
    grown = status(course, "openstack")
    assert [len(grown.apps[name].units) for name in ("nova-compute", "ceph-osd")] == [4, 4]
    assert jubilant.all_active(grown)
    before = {name: set(one.units) for name, one in grown.apps.items()}
    told(3)
    planned = juju.pulumi("preview", "-s", "juju").ok().text
    assert "nova-compute: removes nova-compute/3" in planned
    assert "ceph-osd: removes ceph-osd/3" in planned
    juju.up().ok()
    after = status(course, "openstack")
    assert {
        name: before[name] - set(one.units) for name, one in after.apps.items() if before[name] != set(one.units)
    } == {
        "nova-compute": {"nova-compute/3"},
        "ceph-osd": {"ceph-osd/3"},
    }
    assert jubilant.all_active(after)
    assert course.machines()["server2"]["status"] == "Ready"


def test_all_of_it_goes_again(course: Course, juju: Project) -> None:
    juju.pulumi("destroy", "-s", "juju", "--yes", "--skip-preview", timeout=600).ok()
    assert {one["status"] for one in course.machines().values()} == {"Ready"}
    assert "ERROR" in course.ssh("main", "juju status 2>&1 || true")
    course.project.pulumi("destroy", "-s", "baremetal", "--yes", "--skip-preview").ok()
