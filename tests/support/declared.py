"""What a piece of a program declares, against the SDK's own mock monitor: who is whose child, who waits for whom.

The mock monitor opens an event loop in each of its threads and closes none, so modules that use this ignore what is
said of them: `pytestmark = declared.QUIET`; `run` collects them at once.
"""

import asyncio
import gc
import logging
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
from google.protobuf import json_format
from pulumi.runtime import mocks, set_all_config
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS, reset_options
from pulumi.runtime.stack import run_pulumi_func

QUIET = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


class World(mocks.Mocks):
    """Outputs as providers would give them: what was asked for, and what `outputs` adds to a kind of resource."""

    def __init__(self, outputs: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._outputs = outputs or {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        kind = args.typ.rpartition("/")[2]
        return args.name, {**cast("dict[str, Any]", args.inputs), **self._outputs.get(kind, {})}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError(args.token)


class Recorder(mocks.MockMonitor):
    """Remembers each registration by resource name."""

    def __init__(self, world: mocks.Mocks) -> None:
        super().__init__(world)
        self.asked: dict[str, resource_pb2.RegisterResourceRequest] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name of the RPC
        self.asked[request.name] = request
        return cast("Any", super()).RegisterResource(request)

    def given(self, name: str) -> dict[str, Any]:
        """Give the inputs that a resource was registered with."""
        return json_format.MessageToDict(self.asked[name].object)

    def after(self, name: str) -> set[str]:
        """Name what a resource waits for directly."""
        return {urn.rpartition("::")[2] for urn in self.asked[name].dependencies}

    def waits_for(self, name: str) -> set[str]:
        """Name all that a resource waits for, directly or not."""
        known: set[str] = set()
        new = {name}
        while new:
            known |= new
            new = {each for one in new for each in self.after(one)} - known
        return known - {name}

    def kinds(self) -> dict[str, str]:
        return {name: request.type.rpartition(":")[2] for name, request in self.asked.items()}


def run(declare: Callable[[], None], world: mocks.Mocks, config: Mapping[str, str] | None = None) -> Recorder:
    """Declare in a stack `baremetal` of metal-to-cloud."""
    recorder = Recorder(world)

    async def program() -> None:
        # Outputs belong to the loop that runs when they are made, so the mocks are set up inside it.
        runtime = cast("Any", SETTINGS)
        runtime.rpc_manager.clear()
        runtime.outputs.clear()
        mocks.set_mocks(world, "metal-to-cloud", "baremetal", logger=logging.getLogger("told"), monitor=recorder)
        set_all_config(dict(config or {}), [])

        async def declared() -> None:
            declare()

        await run_pulumi_func(declared)

    try:
        asyncio.run(program())
    finally:
        reset_options()
        gc.collect()
    return recorder
