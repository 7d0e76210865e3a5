"""`metal-to-cloud:juju` as Pulumi hands it over -> `JujuSettings`, or every problem in it at once.

raw mapping -> shape (juju_models) + what its parts claim from each other (servers, the plan of OpenStack). Pure.
"""

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from components.monitoring import PASSWORD
from components.openstack_plan import PlanError, Wishes, plan
from providers.juju.facades import check_channel
from stacks.config.juju_models import JujuController, JujuSettings, ModelPart, OpenStack, WordPress
from stacks.config.problems import ConfigError, Problem, shape_problems

ROOT = "juju"


def parse_juju(raw: Mapping[str, object]) -> JujuSettings:
    """Check the whole stage.

    Raises ConfigError: one sentence for each problem, with its path (`juju:openstack.servers[1]`).
    """
    try:
        settings = JujuSettings.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(shape_problems(ROOT, JujuSettings, error)) from None
    problems = [*(_nodes(settings) or _taken_twice(settings))]
    problems = [*(problems or _planned(settings)), *_models(settings), *_tags(settings), *_sources(settings)]
    problems += [*_bases(settings), *_openstack(settings), *_controller(settings.controller)]
    if problems:
        raise ConfigError(problems)
    return settings


def nodes_of(settings: OpenStack) -> tuple[str, ...]:
    """Name the servers that are in use: the first `nodes` of them."""
    return settings.servers[: settings.nodes or len(settings.servers)]


def wishes_of(settings: OpenStack) -> Wishes:
    """Say what the plan is asked for."""
    return Wishes(
        nodes=nodes_of(settings),
        profile=settings.profile,
        computes=settings.computes,
        storages=settings.storages,
        spread=settings.spread,
        osd_devices=settings.osd_devices,
        osd_storage=settings.osd_storage,
        bridge_mapping=settings.bridge_mapping,
        config=settings.config,
        channels=settings.channels,
    )


def servers_of(settings: JujuSettings) -> list[tuple[str, str]]:
    """List every server that the stage takes into use, with the path that names it."""
    found: list[tuple[str, str]] = []
    if settings.controller.server:
        found.append((f"{ROOT}:controller.server", settings.controller.server))
    if settings.monitoring and settings.monitoring.server:
        found.append((f"{ROOT}:monitoring.server", settings.monitoring.server))
    if settings.wordpress:
        found += [(f"{ROOT}:wordpress.servers[{i}]", name) for i, name in enumerate(settings.wordpress.servers)]
    if settings.openstack:
        found += [(f"{ROOT}:openstack.servers[{i}]", name) for i, name in enumerate(nodes_of(settings.openstack))]
    return found


def _taken_twice(settings: JujuSettings) -> Iterator[Problem]:
    """Find servers that are named twice: a machine belongs to one model."""
    holders: dict[str, str] = {}
    for path, name in servers_of(settings):
        if name in holders:
            text = f"{path} is '{name}', but must be a server of its own: {holders[name]} has it already."
            yield Problem(path, text)
        holders.setdefault(name, path)


def _models(settings: JujuSettings) -> Iterator[Problem]:
    """Find models that are named twice, and the one that every controller has."""
    holders = {"controller": "Juju"}
    parts: dict[str, ModelPart] = {
        **settings.pairs,
        **({"openstack": settings.openstack} if settings.openstack else {}),
    }
    for name, part in parts.items():
        path = f"{ROOT}:{name}"
        if part.model in holders:
            text = (
                f"{path}.model is '{part.model}', but must be a model of its own: {holders[part.model]} has it already."
            )
            yield Problem(f"{path}.model", text)
        holders.setdefault(part.model, f"{path}.model")


def _tags(settings: JujuSettings) -> Iterator[Problem]:
    """Find tags beside a server, which decide nothing."""
    named = {"controller": settings.controller, "monitoring": settings.monitoring}
    for name, part in named.items():
        if part is not None and part.server and part.tags:
            path = f"{ROOT}:{name}.tags"
            text = f"{path} is {', '.join(part.tags)}, but {name}.server names the machine: one of the two must go."
            yield Problem(path, text)


def _sources(settings: JujuSettings) -> Iterator[Problem]:
    parts = {f"{name}.{key}": source for name, part in settings.pairs.items() for key, source in part.charms.items()}
    for name, source in parts.items():
        path = f"{ROOT}:{name}"
        if source.path and source.channel:
            yield Problem(
                f"{path}.channel", f"{path}.channel and path are both given, but a charm comes from one place."
            )
        if name == "monitoring.grafana" and PASSWORD in source.config:
            where = f"{path}.config.{PASSWORD}"
            yield Problem(where, f"{where} would be no secret: it must be {ROOT}:monitoring.password.")
        if source.metadata and not source.path:
            yield Problem(f"{path}.metadata", f"{path}.metadata needs a charm at a path, whose metadata it replaces.")


def _bases(settings: JujuSettings) -> Iterator[Problem]:
    """Find two charms that share a machine and run on different systems."""
    for name, part in settings.pairs.items():
        one, other = (source.base or part.base for source in part.charms.values())
        apart = isinstance(part, WordPress) and len(part.servers) == _BOTH
        if one != other and not apart:
            path = f"{ROOT}:{name}.base"
            both = f"{one} and {other}"
            yield Problem(path, f"{path}: the two charms run on {both}, but must have one base, or a server each.")


_BOTH = 2
"""Servers on which two charms have a machine each."""


def _nodes(settings: JujuSettings) -> list[Problem]:
    """Find more nodes than servers; no other word on servers makes sense then."""
    wanted = settings.openstack
    if wanted is None or not wanted.nodes or wanted.nodes <= len(wanted.servers):
        return []
    path = f"{ROOT}:openstack.nodes"
    allowed = f"a number from 1 to {len(wanted.servers)}, as many as servers are named"
    return [Problem(path, f"{path} is {wanted.nodes}, but must be {allowed}.")]


def _planned(settings: JujuSettings) -> Iterator[Problem]:
    """Let the planner judge OpenStack."""
    if settings.openstack is None:
        return
    try:
        plan(wishes_of(settings.openstack))
    except PlanError as error:
        path = f"{ROOT}:openstack.{error.key}"
        yield Problem(path, f"{path} {error}.")


def _openstack(settings: JujuSettings) -> Iterator[Problem]:
    wanted = settings.openstack
    if wanted is None:
        return
    path = f"{ROOT}:openstack"
    if not wanted.osd_devices and not wanted.osd_storage:
        where = f"{path}.osdDevices"
        yield Problem(where, f"{where} is empty, but Ceph must have at least one disk, or storage by osdStorage.")
    if wanted.vault.threshold > wanted.vault.shares:
        allowed = f"at most {wanted.vault.shares}, the number of shares"
        where = f"{path}.vault.threshold"
        yield Problem(where, f"{where} is {wanted.vault.threshold}, but must be {allowed}.")


def _controller(wanted: JujuController) -> Iterator[Problem]:
    if wanted.private_key is None and wanted.private_key_file is None:
        path = f"{ROOT}:controller.privateKeyFile"
        yield Problem(path, f"{path} is missing; it must be the file of an SSH key that logs in as {wanted.user}.")
    try:
        check_channel(wanted.channel)
    except ValueError as error:
        path = f"{ROOT}:controller.channel"
        yield Problem(path, f"{path} {error}.")
