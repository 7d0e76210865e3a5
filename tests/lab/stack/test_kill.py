"""kill -9 at random instants of an `up` of 30 machines: the next `up` goes on, and nothing is lost or taken twice."""

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from lab.maas.testing import RunningMaas, running_maas
from tests.support.fleet import make_fleet
from tests.support.project import Project

MACHINES = 30
KILLS = 20


@pytest.mark.slow
def test_no_machine_is_lost_and_none_is_taken_twice(tmp_path: Path):
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    with running_maas(rack=f"fleet:{MACHINES}") as maas:
        maas.pace("timed", factor=0.01, commissioning=2.0, testing=0.5, deploying=3.0, importing=0.5)
        project = make_fleet(tmp_path / "fleet", maas, deploy=True)
        ended = 0
        for _ in range(KILLS):
            running = project.start("up", "-s", project.stack, "--yes", "--skip-preview")
            # from before the journal is opened to after the last machine was asked for
            time.sleep(chance.uniform(0.3, 3.0))
            if running.poll() is None:
                os.kill(running.pid, signal.SIGKILL)
                ended += 1
            running.communicate()
        assert ended >= KILLS // 2, f"seed {seed}: only {ended} of {KILLS} runs were killed in the middle"

        project.up().ok()
        check(project, maas, f"seed {seed}")
        project.up("--expect-no-changes").ok()
        project.pulumi("destroy", "-s", project.stack, "--yes", "--skip-preview").ok()
        assert maas.machines() == [], f"seed {seed}"


def check(project: Project, maas: RunningMaas, seed: str) -> None:
    """Compare what the state says with what MAAS has."""
    machines = maas.machines()
    assert len(machines) == MACHINES, seed
    assert Counter(str(machine["status_name"]) for machine in machines) == {"Deployed": MACHINES}, seed
    resources = project.resources()
    kinds = Counter(str(resource["type"]).rsplit(":", 1)[-1] for resource in resources)
    assert kinds["Machine"] == MACHINES, seed
    assert kinds["Deployment"] == MACHINES, seed
    for kind in ("Machine", "Deployment"):
        ids = {resource["id"] for resource in resources if str(resource["type"]).endswith(kind)}
        assert ids == {machine["system_id"] for machine in machines}, f"{seed}: {kind}"
    state = project.state()["deployment"]
    assert isinstance(state, dict)
    assert not state.get("pending_operations"), seed
    deploys = Counter(call.path for call in maas.calls if call.op == "deploy" and call.method == "POST")
    # each machine is deployed once; a second request is right only where the first one's machine had not begun
    assert len(deploys) == MACHINES, seed
