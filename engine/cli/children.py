"""The processes of one phase, started before the engine itself is ready: the program, and the plugins it will need.

    Pulumi.yaml ─> interpreter ─> program      raw state ─> packages ─> plugins      (all import while the engine does)

Plugins are told the engine's address when they start, so a port is reserved first, and served from later. The plugin
of dynamic providers is forked from the program where it can be.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Literal

from engine.errors import EngineError
from engine.host.fork import Fork
from engine.host.interpreter import resolve_interpreter
from engine.host.locate import DYNAMIC
from engine.host.plugin import PluginProcess, plugin_environment, resolve_plugin
from engine.host.process import OnLine, Stream
from engine.host.program import ProgramProcess
from engine.model.events import Diagnostic, Event, Severity
from engine.workspace.project import Project

STOP_SECONDS = 1.0
"""How long a child may take to end by itself once its work is over or given up."""


class Children:
    """The child processes of one run of the engine."""

    def __init__(self, project: Project, stack: str) -> None:
        self._project = project
        self._stack = stack
        self._early: list[Event] = []
        self._to: Callable[[Event], None] = self._early.append
        self._plugins: dict[str, list[asyncio.Task[PluginProcess]]] = {}
        self._started: list[asyncio.Task[PluginProcess]] = []
        self._fork: Fork | None = None
        self._may_fork = False
        self.program: asyncio.Task[ProgramProcess] | None = None
        self._port = socket.socket()
        # gRPC serves with the same option, so that it may take the port over while it is held here.
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._port.bind(("127.0.0.1", 0))

    @property
    def address(self) -> str:
        """Where the engine will serve."""
        host, port = self._port.getsockname()
        return f"{host}:{port}"

    @cached_property
    def interpreter(self) -> Path:
        """The Python that runs the program and its dynamic providers."""
        project = self._project
        if project.runtime != "python":
            raise EngineError(
                f"{project.path} asks for the runtime {project.runtime!r}: this engine runs python programs,"
                " the official pulumi CLI the others"
            )
        virtualenv = project.runtime_options.get("virtualenv")
        return resolve_interpreter(project.root, virtualenv if isinstance(virtualenv, str) else None, os.environ)

    @cached_property
    def _environment(self) -> dict[str, str]:
        project = self._project
        options = {key: item for key, item in project.runtime_options.items() if isinstance(item, str)}
        return plugin_environment(
            os.environ,
            interpreter=self.interpreter,
            project=project.name,
            stack=self._stack,
            organization="organization",
            root=project.root,
            options=options,
        )

    def start_program(self) -> None:
        """Start the program's process, which waits to be told what to run.

        It starts at the caller's next await; the dynamic plugin is forked from it where `prefetch` asks before that.
        """
        interpreter = self.interpreter
        self._may_fork = True

        async def start() -> ProgramProcess:
            self._may_fork = False
            return await ProgramProcess.start(interpreter, self._project.root, on_line=self._on_output, fork=self._fork)

        self.program = asyncio.create_task(start())

    def prefetch(self, packages: Iterable[str]) -> None:
        """Start plugins that will be needed."""
        for package in packages:
            fork = self._offer_fork() if package == DYNAMIC else None
            self._plugins.setdefault(package, []).append(self._start_plugin(package, "", fork))

    def _offer_fork(self) -> Fork | None:
        """Let the program give birth to the dynamic plugin, once: both need the SDK, which takes long to import."""
        if not self._may_fork:
            return None
        self._may_fork = False
        own = {key: value for key, value in self._environment.items() if os.environ.get(key) != value}
        self._fork = Fork.offer(self.address, own)
        return self._fork

    async def plugin(self, package: str, version: str) -> PluginProcess:
        """Give a plugin's process: one that was started before, else a new one."""
        waiting = self._plugins.get(package)
        return await (waiting.pop() if waiting else self._start_plugin(package, version))

    def _start_plugin(self, package: str, version: str, fork: Fork | None = None) -> asyncio.Task[PluginProcess]:
        async def start() -> PluginProcess:
            return await PluginProcess.start(
                resolve_plugin(package, version or None, self._project.root, self.interpreter, self._environment),
                name=package,
                engine_address=self.address,
                cwd=self._project.root,
                env=self._environment,
                on_line=self._plugin_output(package),
                fork=fork,
            )

        task = asyncio.create_task(start())
        self._started.append(task)
        return task

    def emit(self, event: Event) -> None:
        """Hand an event on to whoever listens; what comes before that is kept for him."""
        self._to(event)

    def listen(self, emit: Callable[[Event], None]) -> None:
        """Hand on what the children print, from the first line on."""
        self._to = emit
        for event in self._early:
            emit(event)
        self._early.clear()

    def _on_output(self, stream: Stream, text: str) -> None:
        del stream  # programs print warnings and progress to either
        self.emit(Diagnostic(Severity.INFO, text))

    def _plugin_output(self, name: str) -> OnLine:
        def on_line(stream: Literal["stdout", "stderr"], text: str) -> None:
            severity = Severity.INFO if stream == "stderr" else Severity.DEBUG
            self.emit(Diagnostic(severity, f"{name}: {text}"))

        return on_line

    async def stop(self) -> None:
        """End all of them, whatever became of them."""
        self._port.close()
        programs = await asyncio.gather(*([self.program] if self.program else []), return_exceptions=True)
        plugins = await asyncio.gather(*self._started, return_exceptions=True)
        await asyncio.gather(
            *(program.stop(grace=STOP_SECONDS) for program in programs if not isinstance(program, BaseException)),
            *(plugin.stop(grace=STOP_SECONDS) for plugin in plugins if not isinstance(plugin, BaseException)),
        )
