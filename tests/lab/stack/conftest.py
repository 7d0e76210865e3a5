"""The course's kit on a lab of its own, run by the real `pulumi` command."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.maas.testing import RunningMaas, running_maas
from tests.support.project import Project, make_kit


@dataclass(frozen=True)
class Kit:
    """The stack `baremetal` in a folder, and the MAAS that it describes."""

    project: Project
    maas: RunningMaas

    def hostnames(self, status: str) -> set[str]:
        """Name the machines in a status, as MAAS shows them."""
        return {str(machine["hostname"]) for machine in self.maas.machines() if machine["status_name"] == status}


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    with running_maas() as maas:
        yield Kit(make_kit(tmp_path / "kit", maas.url, maas.api_key, maas.amt_password), maas)
