"""Runs the SDK's own server of dynamic providers with more threads, and with logs and errors that say whose they are.

usage: _dynamic_main.py PARENT_PID ENGINE_ADDRESS, with the project's root as working directory; `_birth` calls `serve`

request ─> interceptor: urn into a context variable ─> pulumi.dynamic, unmodified ─> the person's provider
                                                 pulumi.log.* ─> queue ─> engine's Log, stamped with the urn
                                                 exception ─> status text as ever, and its parts as metadata

`pulumi.dynamic` is run as `python -m` would. What changes is handed to it through two names that it looks up when it
starts: `grpc.server` (threads, interceptor, the moment of the handshake) and `pulumi.runtime.Settings` (the engine).
"""

from __future__ import annotations

import contextvars
import json
import os
import queue
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pulumi.runtime.proto.engine_pb2 import LogRequest

THREADS_VARIABLE = "PULUMI_DYNAMIC_THREADS"
"""Most requests served at a time; the SDK's own 4 would make forty machines wait for ten rounds of deployments."""

ERROR_METADATA = "m2c-error-bin"
"""Trailing metadata of a failed call: JSON with `type`, `message` and `traceback` of the provider's exception."""

_MOST_THREADS = 1024
_LONGEST_PART = 100_000
_LOG_SECONDS = 5.0
_FLUSH_SECONDS = 1.0

_urn: contextvars.ContextVar[str] = contextvars.ContextVar("urn", default="")
_logged: contextvars.ContextVar[list[bool] | None] = contextvars.ContextVar("logged", default=None)


def main() -> None:
    import _leash  # beside this file; `serve` takes the folder off the import path

    _leash.hold(int(sys.argv[1]))
    del sys.modules["_leash"]
    serve(sys.argv[2])


def serve(address: str) -> None:
    """Serve until this process is ended; the first entry of the import path becomes the working directory."""
    sys.argv = [__file__, address]
    # the engine decides what Ctrl-C means; SIGTERM ends this process as it ends any other
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    open_stdout = _divert_stdout()
    # as `python -m` has it: the project first, and not the engine's folder
    sys.path[0] = os.getcwd()  # noqa: PTH109 - a string is what belongs there
    engine = EngineLog(address)
    _give_settings_the_engine(engine)
    _widen_server(engine, open_stdout)
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)


def _divert_stdout() -> Callable[[], None]:
    """Send stdout to stderr until the returned function is called: the first line on it must be the port."""
    handshake = os.dup(1)
    os.dup2(2, 1)

    def undo() -> None:
        sys.stdout.flush()
        os.dup2(handshake, 1)
        os.close(handshake)

    return undo


class EngineLog:
    """The engine's stub as `pulumi.log` uses it; lines go out in order from one thread, and never fail a request."""

    def __init__(self, address: str) -> None:
        import grpc
        from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

        # Any: the generated stubs carry no usable types for the blocking flavour
        self._stub: Any = engine_pb2_grpc.EngineStub(cast("Any", grpc).insecure_channel(address))
        self._failure = grpc.RpcError
        self._debug = engine_pb2.DEBUG
        self._lines: queue.SimpleQueue[LogRequest | threading.Event] = queue.SimpleQueue()
        threading.Thread(target=self._send_all, name="engine-log", daemon=True).start()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stub, name)

    def Log(self, request: LogRequest) -> None:  # noqa: N802 - the protocol's name
        """Queue a line; debug lines are dropped, and a line without a resource belongs to the request's."""
        if request.severity == self._debug:
            return
        request.urn = request.urn or _urn.get()
        logged = _logged.get()
        if logged is not None:
            logged.append(True)
        self._lines.put(request)

    def flush(self) -> None:
        """Wait a moment for the queued lines, so that they reach the engine before the answer does."""
        sent = threading.Event()
        self._lines.put(sent)
        sent.wait(_FLUSH_SECONDS)

    def _send_all(self) -> None:
        while True:
            line = self._lines.get()
            if isinstance(line, threading.Event):
                line.set()
                continue
            try:
                self._stub.Log(line, timeout=_LOG_SECONDS)
            except self._failure:
                # an engine that is gone must not fail what the provider does
                print(line.message, file=sys.stderr)


def _give_settings_the_engine(engine: EngineLog) -> None:
    """Make the engine the default of new Settings: the server makes some in each thread, without one."""
    from pulumi import runtime

    class HostSettings(runtime.Settings):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{"engine": engine, **kwargs})

    runtime.Settings = HostSettings


def _widen_server(engine: EngineLog, open_stdout: Callable[[], None]) -> None:
    """Replace `grpc.server` for the one call that the dynamic server makes of it."""
    import grpc

    # Any: what is swapped here is a module's function
    module: Any = grpc
    make = module.server

    def server(pool: ThreadPoolExecutor, *args: Any, **kwargs: Any) -> Any:
        module.server = make
        pool.shutdown(wait=False)
        wide = ThreadPoolExecutor(_threads(), thread_name_prefix="request")
        kwargs["interceptors"] = (*(kwargs.get("interceptors") or ()), _interceptor(engine))
        made = make(wide, *args, **kwargs)
        start = made.start

        def start_and_open() -> None:
            start()
            # the port is written next
            open_stdout()

        made.start = start_and_open
        return made

    module.server = server


def _threads() -> int:
    text = os.environ.get(THREADS_VARIABLE, "")
    if not text:
        return _MOST_THREADS
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        sys.exit(f"{THREADS_VARIABLE} is {text!r}; it must be a number of threads, 1 or more")
    return int(text)


def _interceptor(engine: EngineLog) -> Any:
    import grpc

    library: Any = grpc

    class Interceptor(library.ServerInterceptor):
        def intercept_service(self, continuation: Callable[[Any], Any], details: Any) -> Any:
            handler = continuation(details)
            if handler is None or handler.unary_unary is None:
                return handler
            serve = handler.unary_unary

            def call(request: Any, context: Any) -> Any:
                return _serve(engine, serve, request, context)

            return library.unary_unary_rpc_method_handler(
                call,
                request_deserializer=handler.request_deserializer,
                response_serializer=handler.response_serializer,
            )

    return Interceptor()


def _serve(engine: EngineLog, serve: Callable[[Any, Any], Any], request: Any, context: Any) -> Any:
    """Serve one request with its urn in place; threads are used again, so what was set is taken back."""
    logged: list[bool] = []
    tokens = _urn.set(getattr(request, "urn", "")), _logged.set(logged)
    try:
        return serve(request, ErrorContext(context))
    except SystemExit as end:
        # gRPC would let the thread end and the engine wait for ever
        ErrorContext(context).abort(_unknown(), f"the provider called sys.exit({end.code!r})")
    finally:
        _urn.reset(tokens[0])
        _logged.reset(tokens[1])
        if logged:
            engine.flush()


def _unknown() -> Any:
    import grpc

    return cast("Any", grpc).StatusCode.UNKNOWN


class ErrorContext:
    """A request's context that adds the exception being handled to an abort."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def abort(self, code: Any, details: str) -> None:
        """Abort as the SDK asks; inside its `except` block the exception is at hand."""
        error = sys.exc_info()[1]
        if error is not None:
            self._context.set_trailing_metadata(((ERROR_METADATA, describe(error)),))
        # the status travels as metadata too, and is read only where the parts are not
        self._context.abort(code, details[-_LONGEST_PART:])


def describe(error: BaseException) -> bytes:
    """Tell an exception in parts, each of at most 100,000 characters; a traceback keeps its end."""
    parts = {
        "type": type(error).__qualname__,
        "message": str(error)[:_LONGEST_PART],
        "traceback": "".join(traceback.format_exception(type(error), error, error.__traceback__))[-_LONGEST_PART:],
    }
    return json.dumps(parts).encode()


if __name__ == "__main__":
    main()
