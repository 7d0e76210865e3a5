"""The course as a person does it: a lab with real servers, the committed stack `baremetal`, the `pulumi` command.

One rack can be up on a machine, because its addresses are the course's own: tests that use it are marked
`course_network`, or hold it for a whole module with `course_network()`.
"""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from tests.support.project import ROOT, Project, venv
from tests.support.visitor import Visitor

_LOCK = Path("/run/lock/m2c-tests")
_PATIENCE = 1800.0
"""Seconds to wait for other tests to give the network back."""


@contextmanager
def course_network() -> Generator[None]:
    """Hold the course's addresses against all other tests of this machine, in whatever process they run."""
    deadline = time.monotonic() + _PATIENCE
    with _LOCK.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                assert time.monotonic() < deadline, "other tests did not give the course's network back"
                time.sleep(0.2)
        yield


@dataclass(frozen=True)
class Course:
    """The stack in a folder of its own, and the home of the lab that it describes."""

    project: Project
    home: Path

    def lab(self, *words: str, timeout: float = 600) -> str:
        """Run a command of the lab; its output."""
        command = [sys.executable, "-m", "lab", "--home", str(self.home), *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
        assert done.returncode == 0, f"lab {' '.join(words)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def ssh(self, server: str, command: str) -> str:
        """Run a shell command on a server."""
        return self.lab("ssh", server, command)

    def set(self, path: str, value: object) -> None:
        """Edit one entry of the kit: `app.roles.database`."""
        file = self.project.folder / f"Pulumi.{self.project.stack}.yaml"
        document: dict[str, Any] = yaml.safe_load(file.read_text())
        *way, last = path.split(".")
        place = document["config"]["metal-to-cloud:baremetal"]
        for step in way:
            place = place[step]
        place[last] = value
        file.write_text(yaml.safe_dump(document, sort_keys=False))

    def app(self) -> dict[str, Any]:
        """Give the stack's output `app`."""
        return cast("dict[str, Any]", self.project.outputs()["app"])

    def visitor(self) -> Visitor:
        return Visitor(str(self.app()["url"]))

    def machines(self) -> dict[str, dict[str, Any]]:
        """Give the lab's machines by host name, as `lab status` tells them."""
        status = json.loads(self.lab("status", "--json"))
        return {str(machine["hostname"]): machine for machine in status["machines"]}


def make_course(folder: Path, home: Path) -> Course:
    """Make the committed stack in a folder, beside a lab at `home`."""
    (folder / ".state").mkdir(parents=True)
    (folder / ".lab").symlink_to(home)
    text = (ROOT / "Pulumi.yaml").read_text()
    (folder / "Pulumi.yaml").write_text(text.replace("virtualenv: .venv", f"virtualenv: {venv()}"))
    for stack in ("baremetal", "juju", "dev"):
        document = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
        document.pop("encryptionsalt", None)
        (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    for part in ("__main__.py", "providers", "components", "stacks", "apps"):
        (folder / part).symlink_to(ROOT / part)
    project = Project(folder, "baremetal")
    project.pulumi("stack", "init", "baremetal").ok()
    return Course(project, home)
