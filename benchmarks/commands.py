"""How long small commands take, as whole processes, on the kit's stack after `up`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, median_of, run_quietly
from lab.maas.testing import running_maas
from tests.support.project import PULUMI, make_kit

LIMIT = 0.5
"""Seconds."""


def run() -> Iterator[Figure]:
    """Time `version`, `stack ls`, `stack output`."""
    with tempfile.TemporaryDirectory() as folder, running_maas() as maas:
        kit = make_kit(Path(folder) / "kit", maas.url, maas.api_key, maas.amt_password)
        kit.up().ok()
        for args in (["version"], ["stack", "ls"], ["stack", "output", "-s", "baremetal"]):
            command = [str(PULUMI), *args]
            took = median_of(lambda: run_quietly(command, kit.environment, str(kit.folder)))  # noqa: B023 called at once
            yield Figure(f"pulumi {' '.join(args)}, median of 5", took, "s", LIMIT)
