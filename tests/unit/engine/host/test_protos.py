"""The protobuf modules load without the SDK, and the SDK loads after them, before them and beside them."""

from __future__ import annotations

import subprocess
import sys

import pytest

ALONE = (
    "import sys, engine.host.protos\nassert 'pulumi' not in sys.modules\nassert 'pulumi.runtime' not in sys.modules\n"
)

SDK_LATER = """
import sys
from engine.host import protos
import pulumi, pulumi.dynamic, pulumi.runtime.proto
assert pulumi.runtime.proto.engine_pb2 is protos.engine_pb2
assert pulumi.runtime.proto.DiffResponse is protos.provider_pb2.DiffResponse
from pulumi.runtime.proto import resource_pb2_grpc
assert resource_pb2_grpc is protos.resource_pb2_grpc
assert pulumi.ComponentResource
assert not [finder for finder in sys.meta_path if type(finder).__module__ == "engine.host.protos"]
"""

SDK_FIRST = """
import pulumi
from engine.host import protos
assert pulumi.runtime.proto.engine_pb2 is protos.engine_pb2
"""

ONE_MODULE_LATER = """
from engine.host import protos
from pulumi.runtime.settings import Settings
from pulumi.runtime.proto.engine_pb2 import LogRequest
assert LogRequest is protos.engine_pb2.LogRequest
"""


SPAWNING = """
import sys
from engine.host import plugin, program
assert "grpc" not in sys.modules
assert "pulumi" not in sys.modules
"""


@pytest.mark.parametrize("code", [SPAWNING, ALONE, SDK_LATER, SDK_FIRST, ONE_MODULE_LATER])
def test_import_order(code: str) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
