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
ROUND = 80.0
"""Seconds of the machines' time that a round adds at most: 20 rounds are less than commissioning and deploying take."""


@pytest.mark.slow
def test_no_machine_is_lost_and_none_is_taken_twice(tmp_path: Path):
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    with running_maas(rack=f"fleet:{MACHINES}") as maas:
        project = make_fleet(tmp_path / "fleet", maas, deploy=True)
        # the machines' clock stands still but for what each round adds, so every run is met in the middle
        maas.pace("manual")
        ended = 0
        for _ in range(KILLS):
            running = project.start("up", "-s", project.stack, "--yes", "--skip-preview")
            # from before the journal is opened to after the last machine was asked for
            time.sleep(chance.uniform(0.2, 1.5))
            maas.advance(chance.uniform(0.0, ROUND))
            time.sleep(chance.uniform(0.0, 0.5))
            if running.poll() is None:
                os.kill(running.pid, signal.SIGKILL)
                ended += 1
            running.communicate()
        assert ended == KILLS, f"seed {seed}: only {ended} of {KILLS} runs were killed in the middle"

        maas.advance(3600)  # what has begun comes to its end at the pace at which it began
        maas.pace("immediate")
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
    assert "pending_operations" not in project.deployment(), seed
    deploys = Counter(call.path for call in maas.calls if call.op == "deploy" and call.method == "POST")
    # each machine is deployed once; a second request is right only where the first one's machine had not begun
    assert len(deploys) == MACHINES, seed
