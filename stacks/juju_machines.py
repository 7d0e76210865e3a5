"""Whether the machines that the stage juju names are there, and free: config + baremetal's output -> refusal, or none.

Known while planning: the outputs of another stack are, before anything of this one runs. Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Any  # a stack's outputs are of any kind

from pulumi import RunError

from stacks.config.juju_models import JujuSettings
from stacks.config.juju_parse import ROOT, servers_of
from stacks.config.problems import choices, nearest


def check_machines(settings: JujuSettings, machines: Mapping[str, Any] | None, stack: str) -> Mapping[str, Any]:
    """Give the machines back, when all that are named are there and none runs a system of its own.

    Raises RunError: one sentence for each that is not.
    """
    problems = [*_problems(settings, machines)]
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
            yield f"{path} is '{name}', but must be a machine of the stack {source} ({choices(machines)})" + nearest(
                name, machines
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
