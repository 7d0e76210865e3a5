"""What `juju exec` answers on a unit: the hook tools that read (pure).

"leader-get admin_passwd" ─> `run(scene, command)` ─> Outcome({"return-code", "stdout", "stderr"})
"""

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, cast

import yaml

from lab.juju import vault
from lab.juju.hub.outcome import Outcome, failed
from lab.juju.hub.scene import Scene
from lab.juju.world import key

LEADER: Final = "leader"
"""The application's fact that holds its leader data."""

Tool: TypeAlias = Callable[[Scene, Sequence[str]], str]


def address(scene: Scene) -> str:
    """Give the unit's address, "" while its machine has none."""
    machine = scene.world.machines.find(key(scene.model, scene.unit.machine))
    return machine.addresses[0] if machine is not None and machine.addresses else ""


def hostname(scene: Scene) -> str:
    machine = scene.world.machines.find(key(scene.model, scene.unit.machine))
    return scene.unit.name.replace("/", "-") if machine is None else machine.hostname or machine.instance_id


def _shown(values: Mapping[str, object], words: Sequence[str]) -> str:
    """Show one value, or all of them as YAML, as hook tools do."""
    if not words or words[0] == "-":
        return yaml.safe_dump(dict(values), default_flow_style=False) if values else ""
    value = values.get(words[0])
    if isinstance(value, bool):
        return f"{value}\n"
    return "" if value is None else f"{value}\n"


def _leader_get(scene: Scene, words: Sequence[str]) -> str:
    vaults = {name: value for name in (vault.ROOT_CA, vault.ACCESS) if (value := scene.app.facts.get(name))}
    return _shown({**scene.fact(LEADER), **vaults}, words)


def _config_get(scene: Scene, words: Sequence[str]) -> str:
    values = {name: scene.option(name) for name in scene.charm.options}
    return _shown({name: value for name, value in values.items() if value is not None}, words)


def _unit_get(scene: Scene, words: Sequence[str]) -> str:
    return f"{address(scene)}\n" if words and words[0] in {"private-address", "public-address"} else ""


def _status_get(scene: Scene, _words: Sequence[str]) -> str:
    return f"{scene.unit.workload.status}\n"


def _is_leader(scene: Scene, _words: Sequence[str]) -> str:
    return f"{scene.unit.leader}\n"


def _relation_ids(scene: Scene, words: Sequence[str]) -> str:
    return "".join(f"{name}:{each.id}\n" for name in words[:1] for each in scene.related(name))


EXEC: Final[Mapping[str, Tool]] = {
    "leader-get": _leader_get,
    "config-get": _config_get,
    "unit-get": _unit_get,
    "status-get": _status_get,
    "is-leader": _is_leader,
    "relation-ids": _relation_ids,
    "hostname": lambda scene, _words: f"{hostname(scene)}\n",
    "true": lambda _scene, _words: "",
}


def run(scene: Scene, params: Mapping[str, object]) -> Outcome:
    """Run one command; a tool that is not here is not found, as a shell says it."""
    command = str(params.get("command") or "")
    try:
        words = shlex.split(command)
    except ValueError as error:
        return _ended(2, "", f"bash: -c: line 1: {error}\n")
    if not words:
        return failed("no command specified")
    tool = EXEC.get(words[0])
    if tool is None:
        return _ended(127, "", f"/bin/bash: line 1: {words[0]}: command not found\n")
    return _ended(0, tool(scene, [each for each in words[1:] if not each.startswith("--")]), "")


def _ended(code: int, stdout: str, stderr: str) -> Outcome:
    shown = {name: text for name, text in (("stdout", stdout), ("stderr", stderr)) if text}
    return Outcome("completed", cast("dict[str, object]", {"return-code": code, **shown}))
