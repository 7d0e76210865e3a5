"""The plugin as a process, under a small engine that remembers its log: the wire, masks, interruptions."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from plugins.command.shapes import FUNCTIONS, RESOURCES
from plugins.command.values import UNKNOWN, Properties, Secret
from plugins.command.wire import read_properties, write_properties

ROOT = Path(__file__).parents[3]
URN = "urn:pulumi:dev::p::command:local:Command::it"


class Engine(engine_pb2_grpc.EngineServicer):
    """An engine's log; `said` is set with every line."""

    def __init__(self) -> None:
        self.logged: list[engine_pb2.LogRequest] = []
        self.said = threading.Event()

    def Log(self, request: engine_pb2.LogRequest, context: object) -> empty_pb2.Empty:  # noqa: N802 - the protocol's name
        self.logged.append(request)
        self.said.set()
        return empty_pb2.Empty()


@dataclass
class Plugin:
    stub: Any
    engine: Engine
    process: subprocess.Popen[str]

    def create(self, inputs: Properties, *, preview: bool = False, urn: str = URN) -> Any:
        request = provider_pb2.CreateRequest(urn=urn, properties=struct(inputs), preview=preview)
        return self.stub.Create(request, timeout=60)


def struct(properties: Properties) -> struct_pb2.Struct:
    return write_properties(properties, struct_pb2.Struct())


@pytest.fixture
def plugin() -> Generator[Plugin]:
    engine = Engine()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    command = [sys.executable, "-m", "plugins.command", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
        yield Plugin(provider_pb2_grpc.ResourceProviderStub(channel), engine, process)
    process.terminate()
    process.wait(20)
    process.stdout.close()
    server.stop(None).wait()


def test_it_tells_its_version_schema_and_what_it_accepts(plugin: Plugin):
    assert plugin.stub.GetPluginInfo(empty_pb2.Empty()).version == "1.2.1"
    schema = json.loads(plugin.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)
    assert set(schema["resources"]) == {f"command:{token}" for token in RESOURCES}
    assert set(schema["functions"]) == {f"command:{token}" for token in FUNCTIONS}
    configured = plugin.stub.Configure(provider_pb2.ConfigureRequest())
    assert (configured.acceptSecrets, configured.supportsPreview) == (True, True)
    checked = plugin.stub.CheckConfig(provider_pb2.CheckRequest(news=struct({"version": "1.2.1"})))
    assert read_properties(checked.inputs) == {"version": "1.2.1", "__pulumi-go-provider-version": "1.2.0"}
    with pytest.raises(grpc.RpcError) as failed:
        plugin.stub.GetMapping(provider_pb2.GetMappingRequest(key="terraform"))
    assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_lines_reach_the_engines_log_with_the_urn(plugin: Plugin):
    answer = plugin.create({"create": "echo one; echo two"})
    assert answer.id.startswith("it")
    assert len(answer.id) == len("it") + 8
    assert read_properties(answer.properties) == {"create": "echo one; echo two", "stdout": "one\ntwo", "stderr": ""}
    told = [(line.message, line.urn, line.ephemeral) for line in plugin.engine.logged]
    assert told == [("one", URN, True), ("two", URN, True)]


def test_secrets_are_cut_out_of_logs_and_errors_and_kept_in_the_state(plugin: Plugin):
    inputs: Properties = {"create": 'echo "key $KEY"; exit 1', "environment": {"KEY": Secret("hunter2hunter2")}}
    with pytest.raises(grpc.RpcError) as failed:
        plugin.create(inputs)
    assert "key [secret]" in str(failed.value)
    assert "hunter2" not in str(failed.value)
    assert [line.message for line in plugin.engine.logged] == ["key [secret]"]
    inputs["create"] = Secret("echo 'hunter3' " + "x" * 100 + "; exit 1")
    with pytest.raises(grpc.RpcError) as failed:
        plugin.create(inputs)
    assert "'[secret]' ended with exit code 1" in str(failed.value)
    inputs["create"] = Secret("echo hi")
    assert read_properties(plugin.create(inputs).properties) == {**inputs, "stdout": "hi", "stderr": ""}


def test_a_preview_runs_nothing_and_knows_no_output(plugin: Plugin, tmp_path: Path):
    inputs: Properties = {"create": f"touch {tmp_path}/ran", "environment": {"A": UNKNOWN}}
    answer = plugin.create(inputs, preview=True)
    assert answer.id == ""
    assert read_properties(answer.properties) == {**inputs, "stdout": UNKNOWN, "stderr": UNKNOWN}
    request = provider_pb2.UpdateRequest(urn=URN, id="x", olds=struct({"stdout": "a"}), news=struct(inputs))
    request.preview = True
    assert read_properties(plugin.stub.Update(request).properties)["stdout"] == UNKNOWN
    assert list(tmp_path.iterdir()) == []


def test_the_function_runs_a_command(plugin: Plugin):
    request = provider_pb2.InvokeRequest(tok="command:local:run", args=struct({"command": "echo hi"}))
    answer = plugin.stub.Invoke(request)
    assert read_properties(getattr(answer, "return")) == {"command": "echo hi", "stdout": "hi", "stderr": ""}
    failed = plugin.stub.Invoke(provider_pb2.InvokeRequest(tok="command:local:run", args=struct({})))
    assert [item.property for item in failed.failures] == ["command"]


def test_reading_gives_back_what_the_state_says(plugin: Plugin):
    request = provider_pb2.ReadRequest(id="x", urn=URN, properties=struct({"stdout": "a"}), inputs=struct({}))
    answer = plugin.stub.Read(request)
    assert (answer.id, read_properties(answer.properties)) == ("x", {"stdout": "a"})


def test_deleting_runs_the_delete_command(plugin: Plugin, tmp_path: Path):
    state: Properties = {"delete": f"echo $PULUMI_COMMAND_STDOUT > {tmp_path}/gone", "stdout": "7", "stderr": ""}
    plugin.stub.Delete(provider_pb2.DeleteRequest(id="x", urn=URN, properties=struct(state)))
    assert (tmp_path / "gone").read_text() == "7\n"


def test_checking_fills_in_hashes(plugin: Plugin, tmp_path: Path):
    urn = URN.replace("local:Command", "remote:CopyToRemote")
    given: Properties = {"connection": {"host": "h"}, "remotePath": "/r"}
    source = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "path": f"{tmp_path}/f"}
    request = provider_pb2.CheckRequest(urn=urn, news=struct({**given, "source": {**source}}))
    [failure] = plugin.stub.Check(request).failures
    assert failure.property == "source"
    assert "cannot be read: No such file" in failure.reason
    (tmp_path / "f").write_text("A\n")
    fields = plugin.stub.Check(request).inputs.fields["source"].struct_value.fields
    assert fields["hash"].string_value == "06f961b802bc46ee168555f066d28f4f0e9afdf3f88174c1ee6f9de004fc30a0"


def test_unknown_types_are_named_with_those_that_are_known(plugin: Plugin):
    with pytest.raises(grpc.RpcError, match="no resource type command:local:Bogus; there are command:local:Command"):
        plugin.create({}, urn=URN.replace("Command", "Bogus"))


@pytest.mark.parametrize("how", ["Cancel", "SIGINT", "SIGTERM"])
def test_an_interruption_ends_what_runs(plugin: Plugin, how: str, tmp_path: Path):
    script = f"trap 'touch {tmp_path}/ended; exit' TERM; echo begun; sleep 60 & wait"
    request = provider_pb2.CreateRequest(urn=URN, properties=struct({"create": script}))
    call = plugin.stub.Create.future(request, timeout=60)
    assert plugin.engine.said.wait(20)
    if how == "Cancel":
        plugin.stub.Cancel(empty_pb2.Empty(), timeout=20)
    else:
        plugin.process.send_signal(signal.Signals[how])
    error = call.exception(20)
    assert error is not None
    assert "interrupted: what was running has been ended" in str(error)
    assert (tmp_path / "ended").exists()
    if how == "Cancel":
        # an engine that is ending asks for nothing more; what it asks for all the same does not start
        with pytest.raises(grpc.RpcError, match="interrupted"):
            plugin.create({"create": f"touch {tmp_path}/more"})
        assert not (tmp_path / "more").exists()
    else:
        assert plugin.process.wait(20) == 0


def test_an_engine_that_attaches_later_gets_the_log(plugin: Plugin):
    server = grpc.server(futures.ThreadPoolExecutor(2))
    second = Engine()
    engine_pb2_grpc.add_EngineServicer_to_server(second, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    plugin.stub.Attach(plugin_pb2.PluginAttach(address=f"127.0.0.1:{port}"))
    plugin.create({"create": "echo hi"})
    server.stop(None).wait()
    assert [line.message for line in second.logged] == ["hi"]
    assert plugin.engine.logged == []
