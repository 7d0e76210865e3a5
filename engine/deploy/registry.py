"""Which provider answers for a reference: plugin processes, started when needed and configured once.

provider resource (state) ─> package, version, configuration ─> plugin process ─> Provider, by reference `<urn>::<id>`

A resource names its provider by reference. If the deployment has not met that provider yet (a destroy, a refresh, an
old resource), its state is looked up in the snapshot. Default providers are configured with today's configuration,
not with the one that the snapshot remembers, so that a rotated key doesn't lock a person out of his own resources.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from engine.deploy.errors import DeploymentError
from engine.deploy.provider import PluginProvider, Provider
from engine.deploy.stub import ProviderStub
from engine.model.state import PROVIDER_PREFIX, ResourceState
from engine.model.urn import name_of
from engine.model.values import Properties
from engine.plan.graph import provider_urn
from engine.plan.questions import Check, Checked, Diff, Diffed

BUILTIN = "pulumi"


class Plugin(Protocol):
    """A running plugin process."""

    @property
    def stub(self) -> ProviderStub:
        """The way to it."""
        ...

    async def stop(self) -> None:
        """End it."""
        ...


Launch = Callable[[str, str], Awaitable[Plugin]]
"""Starts the plugin of a package in a version ('' for any)."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the registry looks things up: a provider's state by reference, and today's configuration of a package."""

    state: Callable[[str], ResourceState | None]
    configuration: Callable[[str], Properties]


class Registry:
    """All providers of one deployment."""

    def __init__(self, launch: Launch, builtin: Provider, sources: Sources) -> None:
        self._launch = launch
        self._builtin = builtin
        self._sources = sources
        self._plugins: dict[str, asyncio.Task[Plugin]] = {}
        self._serving: dict[tuple[str, str], asyncio.Task[Plugin]] = {}
        self._asked: dict[tuple[str, str], asyncio.Task[Plugin]] = {}
        self._configurations: dict[str, Properties] = {}
        self._fresh: dict[tuple[str, str], list[asyncio.Task[Plugin]]] = {}
        self._configured: dict[str, asyncio.Task[Provider]] = {}
        self._all: list[asyncio.Task[Plugin]] = []

    def prefetch(self, package: str, version: str) -> None:
        """Start a plugin that will be needed, while there is something else to do."""
        if package != BUILTIN:
            self._fresh.setdefault((package, version), []).append(self._start(package, version))

    async def get(self, reference: str) -> Provider:
        """Give the provider of a reference, configured.

        Raises
        ------
        DeploymentError: there is no such provider, or it can't be started or configured.

        """
        task = self._configured.get(reference)
        if task is None:
            urn = provider_urn(reference)
            state = self._sources.state(reference)
            if state is None:
                raise DeploymentError(
                    f"the provider {urn} is not in the stack's state, so nothing can manage its resources"
                )
            task = self._configure(self._with_todays_configuration(state), reference)
        return await asyncio.shield(task)

    async def load(self, state: ResourceState) -> None:
        """Take a provider resource into use as it is now."""
        reference = f"{state.urn}::{state.id}"
        task = self._configured.get(reference)
        if task is None or self._configurations[reference] != configuration_of(state.inputs):
            task = self._configure(state, reference)
        await asyncio.shield(task)

    async def create(self, state: ResourceState) -> str:
        """Take a new provider resource into use and give it an id."""
        identity = str(uuid.uuid4())
        await self.load(replace(state, id=identity))
        return identity

    async def unload(self, state: ResourceState) -> None:
        """End a provider that is no longer a resource."""
        reference = f"{state.urn}::{state.id}"
        self._configured.pop(reference, None)
        task = self._plugins.pop(reference, None)
        if task is not None:
            self._serving = {key: other for key, other in self._serving.items() if other is not task}
            await (await task).stop()

    async def check(self, question: Check) -> Checked:
        """Validate a provider resource's configuration."""
        package, version = package_of(question.type), version_of(question.news)
        if package == BUILTIN:
            return Checked(question.news)
        plugin = await self._to_ask(question.urn, package, version)
        return await PluginProvider(plugin.stub, package).check_config(question)

    async def diff(self, question: Diff) -> Diffed:
        """Compare a provider resource's configurations."""
        package, version = package_of(question.type), version_of(question.news)
        if package == BUILTIN:
            return Diffed(changes=None)
        plugin = await self._to_ask(question.urn, package, version)
        return await PluginProvider(plugin.stub, package).diff_config(question)

    async def cancel(self) -> None:
        """Ask every provider to give up what it is doing."""
        for task in self._configured.values():
            if task.done() and not task.cancelled() and task.exception() is None:
                await task.result().cancel()

    async def stop(self) -> None:
        """End every plugin process."""
        for task in self._all:
            if not task.done():
                task.cancel()
        results = await asyncio.gather(*self._all, return_exceptions=True)
        await asyncio.gather(*(plugin.stop() for plugin in results if not isinstance(plugin, BaseException)))

    def _start(self, package: str, version: str) -> asyncio.Task[Plugin]:
        async def launch() -> Plugin:
            return await self._launch(package, version)

        task = asyncio.create_task(launch())
        self._all.append(task)
        return task

    async def _to_ask(self, urn: str, package: str, version: str) -> Plugin:
        """Give a process to ask about configurations: one that serves this provider, else one that it may then have."""
        key = (urn, version)
        task = self._serving.get(key) or self._asked.get(key)
        if task is None:
            task = self._asked[key] = self._take(package, version)
        return await asyncio.shield(task)

    def _take(self, package: str, version: str) -> asyncio.Task[Plugin]:
        """Give an unconfigured process; a prefetched one if there is any."""
        fresh = self._fresh.get((package, version)) or self._fresh.get((package, ""))
        return fresh.pop() if fresh else self._start(package, version)

    def _configure(self, state: ResourceState, reference: str) -> asyncio.Task[Provider]:
        """Begin to configure a process for a reference: its own, as one configured earlier may be in use still."""
        task = asyncio.create_task(self._ready(state, reference))
        self._configured[reference] = task
        self._configurations[reference] = configuration_of(state.inputs)
        return task

    async def _ready(self, state: ResourceState, reference: str) -> Provider:
        package, version = package_of(state.type), version_of(state.inputs)
        if package == BUILTIN:
            return self._builtin
        key = (state.urn, version)
        process = self._asked.pop(key, None) or self._take(package, version)
        self._plugins[reference] = self._serving[key] = process
        provider = PluginProvider((await asyncio.shield(process)).stub, package)
        await provider.configure(configuration_of(state.inputs), package, (state.urn, state.id))
        return provider

    def _with_todays_configuration(self, state: ResourceState) -> ResourceState:
        if not name_of(state.urn).startswith("default"):
            return state
        kept = {key: item for key, item in state.inputs.items() if key in {"version", "__internal"}}
        return replace(state, inputs={**self._sources.configuration(package_of(state.type)), **kept})


def package_of(provider_type: str) -> str:
    """Give the package of a provider resource's type."""
    return provider_type.removeprefix(PROVIDER_PREFIX)


def version_of(inputs: Properties) -> str:
    """Give the plugin version that a provider resource asks for, or ''."""
    version = inputs.get("version")
    return version if isinstance(version, str) and "__internal" in inputs else ""


def configuration_of(inputs: Properties) -> Properties:
    """Give the configuration in a provider resource's inputs, without the engine's own keys."""
    return {key: item for key, item in inputs.items() if key not in {"__internal", "pluginDownloadURL"}}
