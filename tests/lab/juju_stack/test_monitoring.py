"""Grafana and Prometheus as one component; the course's failing hook, told with the unit's own message."""

from pathlib import Path

from tests.lab.juju_stack.conftest import Stage

PASSWORD = "Kept-Secret-5"
NO_PUBKEY = "NO_PUBKEY 9E439B102CF3C0C6"


def test_its_life(monitoring: Stage):
    monitoring.project.up().ok()
    assert monitoring.statuses() == {"active"}
    (machine,) = [each for each in monitoring.juju.service.world.machines if each.model != _controller(monitoring)]
    assert machine.hostname == "server2"
    assert str(monitoring.project.outputs()["grafana_url"]).endswith(":3000/")
    with monitoring.juju.service.transaction() as world:
        (grafana,) = [each for each in world.applications if each.name == "grafana"]
    assert grafana.config["admin_password"] == PASSWORD
    assert not [path for path in monitoring.project.folder.rglob("*") if _holds(path, PASSWORD)]
    monitoring.project.up("--expect-no-changes").ok()
    monitoring.project.pulumi("destroy", "-s", "dev", "--yes", "--skip-preview").ok()
    assert [each.name for each in monitoring.juju.service.world.models] == ["controller"]


def test_another_server_is_foreseen_and_the_first_one_is_free_again(monitoring: Stage):
    monitoring.project.up().ok()
    monitoring.project.configure({"server": "server3"})
    seen = monitoring.project.pulumi("preview", "-s", "dev").ok()
    for name in ("grafana", "prometheus2"):
        gone = "its place server2 is not asked for any more; no unit stays that has its data"
        assert f"{name}: adds a unit on server3; removes {name}/0 ({gone})\n" in seen.text
    monitoring.project.up().ok()
    assert monitoring.statuses() == {"active"}
    (machine,) = [each for each in monitoring.juju.service.world.machines if each.model != _controller(monitoring)]
    assert machine.hostname == "server3"
    monitoring.project.pulumi("preview", "-s", "dev", "--refresh", "--expect-no-changes").ok()


def _holds(path: Path, secret: str) -> bool:
    return path.is_file() and path.name != "__main__.py" and secret.encode() in path.read_bytes()


def _controller(stage: Stage) -> str:
    return stage.juju.service.world.meta.controller_model


def test_a_failing_hook_is_told_and_the_next_up_goes_on(monitoring: Stage):
    monitoring.juju.fault("hook", target="grafana", hook="install", text=NO_PUBKEY)
    failed = monitoring.project.up()
    assert failed.code != 0
    assert "grafana/0" in failed.text
    assert 'hook failed: "install"' in failed.text
    assert NO_PUBKEY in failed.text
    assert "Traceback" not in failed.text

    again = monitoring.project.up()
    assert again.code != 0, "the key is still missing"

    monitoring.juju.clear_faults()
    monitoring.project.up().ok()
    assert monitoring.statuses() == {"active"}
    monitoring.project.up("--expect-no-changes").ok()
