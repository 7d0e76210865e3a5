"""Whether the machines that the stage juju names are there and free, and MAAS has what they are to run.

config + baremetal's outputs ─> refusal, or none.

Known while planning: the outputs of another stack are, before anything of this one runs. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any  # a stack's outputs are of any kind

from pulumi import RunError

from components.openstack_charms import PROFILES
from providers.juju.status import SERIES
from stacks.config.juju_models import JujuSettings
from stacks.config.juju_parse import ROOT, servers_of
from stacks.config.problems import choices, nearest


def check_machines(
    settings: JujuSettings, machines: Mapping[str, Any] | None, stack: str, images: Sequence[Any] | None = None
) -> Mapping[str, Any]:
    """Give the machines back, when all that are named are there, none runs a system of its own, and MAAS has theirs.

    `images`: what the stack baremetal keeps in MAAS, `{name: "ubuntu/jammy", ...}` each; None: not known. Raises
    RunError: one sentence for each that is not.
    """
    problems = [*_problems(settings, machines), *_bases(settings, images)]
    if problems or machines is None:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise RunError("\n".join([f"The machines of stack {stack} have {count}:", *(f"  {each}" for each in problems)]))
    return machines


def _problems(settings: JujuSettings, machines: Mapping[str, Any] | None) -> Iterator[str]:
    source = settings.baremetal
    if not machines:
        yield f"the stack {source} hands on no machines; pulumi up -s {source} comes first."
        return
    for path, name in servers_of(settings):
        found = machines.get(name)
        if found is None:
            yield (
                f"{path} is '{name}', but must be a machine of the stack {source} ({choices(sorted(machines))})"
                + nearest(name, sorted(machines))
            )
        elif found.get("deployed"):
            free = f"take it out of baremetal:deploy and of the app's roles, then pulumi up -s {source}"
            yield f"{path} is '{name}', which runs a system of the stack {source}; {free}."
    yield from _tags(settings, machines)


def _tags(settings: JujuSettings, machines: Mapping[str, Any]) -> Iterator[str]:
    """Find tags that no machine has: MAAS would have none to give."""
    parts = [(f"{ROOT}:controller.tags", settings.controller.tags if not settings.controller.server else ())]
    if settings.monitoring and not settings.monitoring.server:
        parts.append((f"{ROOT}:monitoring.tags", settings.monitoring.tags))
    for path, tags in parts:
        fitting = [name for name, found in machines.items() if set(tags) <= set(found.get("tags") or ())]
        if not fitting:
            known = sorted({tag for found in machines.values() for tag in found.get("tags") or ()})
            yield f"{path} is {', '.join(tags)}, which no machine has; tags are {choices(known)}."


def _bases(settings: JujuSettings, images: Sequence[Any] | None) -> Iterator[str]:
    """Find bases that MAAS has no image of: a machine would be taken, and then not be deployed."""
    if not images:
        return
    names = {str(each.get("name")) for each in images}
    there = sorted(f"ubuntu@{version}" for series, version in SERIES.items() if f"ubuntu/{series}" in names)
    for path, base in _wanted_bases(settings):
        if base not in there:
            has = f"the stack {settings.baremetal} has images of {choices(there)} only"
            yield f"{path} asks for {base}, but {has}{_add(base)}."


def _add(base: str) -> str:
    """Say how to get an image, where there is one."""
    series = {version: name for name, version in SERIES.items()}.get(base.partition("@")[2])
    return f"; baremetal:images takes {series}" if series else ""


def _wanted_bases(settings: JujuSettings) -> Iterator[tuple[str, str]]:
    yield f"{ROOT}:controller.base", settings.controller.base
    for name, part in settings.pairs.items():
        if any(source.base is None for source in part.charms.values()):
            yield f"{ROOT}:{name}.base", part.base
        for charm, source in part.charms.items():
            if source.base:
                yield f"{ROOT}:{name}.{charm}.base", source.base
    if settings.openstack:
        yield f"{ROOT}:openstack.profile", PROFILES[settings.openstack.profile].base
