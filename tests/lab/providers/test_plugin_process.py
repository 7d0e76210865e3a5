"""The real plugin process, `python -m pulumi.dynamic`: more blocking creates at once than it starts threads."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import grpc
import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.dynamic import dynamic
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from lab.maas.testing import RunningMaas
from providers.maas.crud.machines import MachineProvider
from tests.lab.providers.life import Bag
from tests.lab.providers.rack import dhcp, inputs

ROOT = Path(__file__).parents[3]
COUNT = 5
"""More than the four threads that the process starts with."""


@pytest.fixture
def plugin(maas: RunningMaas) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """Start the process as an engine does: project root as working directory, port on standard output."""
    environment = {**os.environ, "PULUMI_PROJECT": "e2e"}
    command = [sys.executable, "-m", "pulumi.dynamic", "127.0.0.1:1"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                stub = provider_pb2_grpc.ResourceProviderStub(channel)
                config = wire({"maas:apiUrl": maas.url, "maas:apiKey": maas.api_key})
                stub.Configure(provider_pb2.ConfigureRequest(args=config))  # pyright: ignore[reportUnknownMemberType] - grpc's stubs
                yield stub
        finally:
            process.kill()


def wire(bag: Bag) -> Struct:
    return ParseDict(bag, Struct())


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for another process, bounded."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.mark.slow
def test_more_creates_wait_than_the_process_has_threads_at_first(
    maas: RunningMaas, plugin: provider_pb2_grpc.ResourceProviderStub
) -> None:
    dhcp()
    maas.pace("manual")
    pickled = dynamic.serialize_provider(MachineProvider())  # pyright: ignore[reportUnknownMemberType] - untyped in the SDK
    names = sorted(name for name in maas.physical_macs() if name.startswith("server"))[:COUNT]

    def create(name: str) -> Bag:
        news = wire({**MachineProvider().check({}, inputs(maas, name)).inputs, "__provider": pickled})
        request = provider_pb2.CreateRequest(properties=news)
        answer = cast("provider_pb2.CreateResponse", plugin.Create(request, timeout=60))  # pyright: ignore[reportUnknownMemberType] - grpc's stubs
        return MessageToDict(answer.properties)

    def commissioning() -> bool:
        return [one["status_name"] for one in maas.machines()].count("Commissioning") == COUNT

    with ThreadPoolExecutor(COUNT) as pool:
        made = [pool.submit(create, name) for name in names]
        until(commissioning, "all machines commission at the same time")
        maas.advance(3600)
        states = [future.result() for future in made]
    assert {state["status"] for state in states} == {"Ready"}
    assert sorted(str(state["hostname"]) for state in states) == names
