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
    """Where the registry looks things up: a provider's state by URN, and today's configuration of a package."""

    state: Callable[[str], ResourceState | None]
    configuration: Callable[[str], Properties]


class Registry:
    """All providers of one deployment."""

    def __init__(self, launch: Launch, builtin: Provider, sources: Sources) -> None:
        self._launch = launch
        self._builtin = builtin
        self._sources = sources
        self._plugins: dict[str, asyncio.Task[Plugin]] = {}
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
            state = self._sources.state(urn)
            if state is None:
                raise DeploymentError(
                    f"the provider {urn} is not in the stack's state, so nothing can manage its resources"
                )
            task = self._configure(self._with_todays_configuration(state), reference)
        return await asyncio.shield(task)

    async def load(self, state: ResourceState) -> None:
        """Take a provider resource into use as it is now."""
        reference = f"{state.urn}::{state.id}"
        if reference in self._configured:
            del self._configured[reference]
            self._plugins.pop(state.urn, None)
        await self._configure(state, reference)

    async def create(self, state: ResourceState) -> str:
        """Take a new provider resource into use and give it an id."""
        identity = str(uuid.uuid4())
        await self.load(replace(state, id=identity))
        return identity

    async def unload(self, state: ResourceState) -> None:
        """End a provider that is no longer a resource."""
        self._configured.pop(f"{state.urn}::{state.id}", None)
        task = self._plugins.pop(state.urn, None)
        if task is not None:
            await (await task).stop()

    async def check(self, question: Check) -> Checked:
        """Validate a provider resource's configuration."""
        package, version = package_of(question.type), version_of(question.news)
        if package == BUILTIN:
            return Checked(question.news)
        plugin = await self._plugin(question.urn, package, version)
        return await PluginProvider(plugin.stub, package).check_config(question)

    async def diff(self, question: Diff) -> Diffed:
        """Compare a provider resource's configurations."""
        package, version = package_of(question.type), version_of(question.news)
        if package == BUILTIN:
            return Diffed(changes=None)
        plugin = await self._plugin(question.urn, package, version)
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

    async def _plugin(self, urn: str, package: str, version: str) -> Plugin:
        """Give the process that serves a provider resource; a prefetched one if there is any."""
        task = self._plugins.get(urn)
        if task is None:
            fresh = self._fresh.get((package, version)) or self._fresh.get((package, ""))
            task = fresh.pop() if fresh else self._start(package, version)
            self._plugins[urn] = task
        return await asyncio.shield(task)

    def _configure(self, state: ResourceState, reference: str) -> asyncio.Task[Provider]:
        async def configure() -> Provider:
            package = package_of(state.type)
            if package == BUILTIN:
                return self._builtin
            plugin = await self._plugin(state.urn, package, version_of(state.inputs))
            provider = PluginProvider(plugin.stub, package)
            await provider.configure(configuration_of(state.inputs), package, (state.urn, state.id))
            return provider

        task = asyncio.create_task(configure())
        self._configured[reference] = task
        return task

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
