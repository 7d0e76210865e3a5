"""Juju: all of OpenStack at once, 500 applications in one model, and a deployment against its critical path.

A controller of the benchmark's own; ratios and counts within one run.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.figures import Figure, seconds
from components.openstack_plan import Durations, Wishes, critical_path, plan
from lab.juju import pace
from lab.juju.testing import RunningJuju, running_juju
from providers.juju.waiter import Verdict
from tests.lab.juju_client.conftest import add_model, attached
from tests.lab.juju_stack.conftest import FLEET, OPENSTACK, stage

FEW, MANY = 250, 500
WAITED = 3.0
"""Seconds for which polls are counted."""
FACTOR = 0.1
"""Of the real durations, in the timed run."""

FLAT = """
import pulumi
from providers import juju

model = juju.Model("many", name="many")
host = juju.Machine("host", model=model.uuid)
for number in range(pulumi.Config().require_int("count")):
    name = f"app{chr(97 + number // 26 % 26)}{chr(97 + number % 26)}{chr(97 + number // 676)}"
    juju.Application(
        name, model=model.uuid, name=name, charm="ubuntu", placement=[host.machine_id], wait_for={"minutes": 10}
    )
"""


def run() -> Iterator[Figure]:
    """Measure one after the other, each on a controller of its own."""
    yield from openstack_at_once()
    yield from many_applications()
    yield from many_waits()
    yield from in_time()


def openstack_at_once() -> Iterator[Figure]:
    """Deploy, ask again, refresh."""
    with tempfile.TemporaryDirectory() as folder, running_juju(fleet=FLEET) as juju:
        made = stage(Path(folder) / "openstack", OPENSTACK, juju)
        yield Figure("up of Charmed OpenStack, 91 resources", seconds(lambda: made.project.up().ok()), "s", 60)
        models = {model for _, model in juju.logins}
        yield Figure("logins / models (the controller's own among them)", len(juju.logins) / len(models), "", 1)
        _forget(juju)
        made.project.up("--expect-no-changes").ok()
        yield Figure("calls of an up without a change", len(juju.calls), "", 0)
        made.project.pulumi("refresh", "-s", "dev", "--yes", "--skip-preview").ok()
        yield Figure("calls of the refresh of all of it", len(juju.calls), "", 10)


def many_applications() -> Iterator[Figure]:
    """Time twice as many applications."""
    took: dict[int, float] = {}
    for count in (FEW, MANY):
        with tempfile.TemporaryDirectory() as folder, running_juju() as juju:
            made = stage(Path(folder) / "flat", FLAT, juju)
            made.project.configure({"count": count})
            took[count] = seconds(lambda made=made: made.project.up().ok())
    yield Figure(f"up of {MANY} applications in one model", took[MANY], "s")
    yield Figure(f"up of {MANY} / up of {FEW}", took[MANY] / took[FEW], "x", MANY / FEW)


def many_waits() -> Iterator[Figure]:
    """Count the polls that waits of one model share: those of many are those of one."""
    yield Figure(f"status polls of {MANY} waits / of one, in {WAITED:.0f} s", polls(MANY) / polls(1), "x", 1.5)


def polls(waits: int) -> int:
    """Count what so many waits ask for in the same time."""
    with running_juju() as juju, attached(juju) as session:
        link = add_model(session, "waits")
        juju.calls.clear()
        until = time.monotonic() + WAITED

        def wait(number: int) -> None:
            name = f"wait{number}"
            link.wait(name, name, lambda _: Verdict("waiting", done=time.monotonic() >= until), 1, lambda _: None)

        with ThreadPoolExecutor(waits) as threads:
            list(threads.map(wait, range(waits)))
        return juju.call_counts()[("Client", "FullStatus")]


def in_time() -> Iterator[Figure]:
    """Deploy OpenStack at a pace, and compare with the longest chain of steps."""
    deployment = plan(Wishes(nodes=["server3", "server4", "server5"]))
    path = critical_path(deployment, durations())
    with tempfile.TemporaryDirectory() as folder, running_juju(fleet=FLEET, pace="timed", factor=FACTOR) as juju:
        made = stage(Path(folder) / "timed", OPENSTACK, juju)
        took = seconds(lambda: made.project.up().ok())
    print(f"  critical path at the real pace: {path}", flush=True)
    yield Figure("up of OpenStack in time / its critical path", took / (path.seconds * FACTOR), "x", 1.2)


def durations() -> Durations:
    """Give what each step takes in this lab, in real seconds."""
    return Durations(
        machine=pace.SECONDS["machine agent"],
        container=pace.SECONDS["container agent"],
        install=pace.SECONDS["install"],
        hook=pace.SECONDS["hook"],
        ceremony=pace.SECONDS["action"] * 2,
    )


def _forget(juju: RunningJuju) -> None:
    juju.calls.clear()
    juju.logins.clear()
