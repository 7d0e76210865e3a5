"""python-libjuju 3.6, Juju's own Python client, as a judge of the lab: one model for each piece of work.

Modules that use it carry `QUIET`: it is built on the part of websockets that is on its way out, and no newer release
of it will come.
"""

import asyncio
import warnings
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import pytest

from lab.juju.testing import RunningJuju

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    # most of it has no types: not importing by name keeps the unknown ones out of here
    errors: Any = import_module("juju.errors")
    client: Any = import_module("juju.client.client")
    new_controller: Callable[[], Any] = import_module("juju.controller").Controller
    new_model: Callable[[], Any] = import_module("juju.model").Model

QUIET = pytest.mark.filterwarnings("ignore:.*websockets:DeprecationWarning", "ignore:websockets:DeprecationWarning")
SECONDS = 60
T = TypeVar("T")


def own_data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the client a data folder of its own, with the key that it puts into models."""
    (folder / "ssh").mkdir()
    (folder / "ssh" / "juju_id_rsa.pub").write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGc0 me@here\n")
    monkeypatch.setenv("JUJU_DATA", str(folder))


def run(work: Callable[[Any, Any], Awaitable[T]], juju: RunningJuju, name: str) -> T:
    """Do something in a new model `name`, then close all connections."""

    async def connected() -> T:
        controller = new_controller()
        await controller.connect(
            endpoint=juju.addresses[0], username=juju.username, password=juju.password, cacert=juju.ca_cert
        )
        try:
            model = await controller.add_model(name, cloud_name="maas-one", credential_name="maas-one")
            try:
                return await work(controller, model)
            finally:
                await model.disconnect()
        finally:
            await controller.disconnect()

    return asyncio.run(asyncio.wait_for(connected(), SECONDS))
