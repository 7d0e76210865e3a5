"""A fleet: 200 machines that take 60 s each to deploy are deployed together, with few calls.

The lab works at timed pace, so the slowest machine takes 60 s whatever the program does; everything beyond is ours.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, seconds
from lab.maas.testing import RunningMaas, running_maas
from tests.support.fleet import make_fleet

MACHINES = 200
DEPLOYING = 60.0
"""Seconds."""


def run() -> Iterator[Figure]:
    """Enrol the fleet, then time its deployment and a refresh."""
    with tempfile.TemporaryDirectory() as folder, running_maas(rack=f"fleet:{MACHINES}") as maas:
        project = make_fleet(Path(folder) / "fleet", maas, deploy=False)
        enrol = seconds(lambda: project.up().ok())
        yield Figure(f"up that enrols and commissions {MACHINES} machines", enrol, "s")

        maas.pace("timed", deploying=DEPLOYING)
        maas.calls.clear()
        project.pulumi("config", "set", "-s", project.stack, "deploy", "true").ok()
        took = seconds(lambda: project.up().ok())
        yield Figure("up that deploys them / the slowest machine", took / DEPLOYING, "x", 1.2)
        yield from call_figures(maas)

        maas.pace("immediate")
        maas.calls.clear()
        refresh = seconds(lambda: project.pulumi("refresh", "-s", project.stack, "--yes", "--skip-preview").ok())
        yield Figure("refresh of all", refresh, "s")
        yield Figure("calls of the refresh", len(maas.calls), "", 5)


def call_figures(maas: RunningMaas) -> Iterator[Figure]:
    """Count calls: the lists by which all are watched, and the rest by machine."""
    polls = sum(call.method == "GET" and call.path.endswith("/machines/") for call in maas.calls)
    rest = len(maas.calls) - polls
    yield Figure("calls for each machine, the polls apart", rest / MACHINES, "", 4)
    yield Figure("polls, each one list call for all", polls, "")
