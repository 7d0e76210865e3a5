"""The commands about clouds and credentials: on the client, on the controller, or on both.

add-cloud, update-cloud, remove-cloud, clouds          credentials: add-, update-, remove-credential, credentials
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

import yaml

from lab.juju.models import Json
from lab.mainhost.asked import Answer
from lab.mainhost.juju_formats import Flow, output, table
from lab.mainhost.juju_line import CommandError, JujuGrammar, Line

DESCRIPTION: Final = "Metal As A Service"


@dataclass(frozen=True, slots=True)
class Targets:
    """Where a command works: on the client's own files, on a controller ("" for none)."""

    client: bool
    controller: str
    note: str = ""


def grammar(name: str, description: str, usage: str) -> JujuGrammar:
    """Make the parser of a command that works on the client, on a controller, or on both."""
    parser = JujuGrammar(name, description, usage)
    parser.add_argument("--client", action="store_true", help="Client operation")
    parser.add_argument("-c", "--controller", default="", help="Controller to operate in")
    return parser


def targets(line: Line, verb: str, *, client: bool, controller: str) -> Targets:
    """Decide where the command works: as told, else by the person's choice where there is a controller."""
    if client or controller:
        return Targets(client, line.controller(controller) if controller else "")
    if not line.store.controllers:
        return Targets(True, "", f"{_BOTH}\n{_NONE}\n")
    name = line.controller()
    choices = f'    1. client only (--client)\n    2. controller "{name}" only (--controller {name})\n'
    question = f"{_BOTH}\nDo you want to {verb}:\n{choices}    3. both (--client --controller {name})\n"
    chosen = line.ask("where", f"{question}Enter your choice, or type Q|q to quit: ").strip().lower()
    if chosen not in {"1", "2", "3"}:
        raise CommandError(f"{verb}: nothing was chosen")
    return Targets(chosen in {"1", "3"}, name if chosen in {"2", "3"} else "")


_BOTH: Final = "This operation can be applied to both a copy on this client and to the one on a controller."
_NONE: Final = (
    "No current controller was detected and there are no registered controllers on this client: either bootstrap one "
    "or register one."
)


def add_cloud(line: Line) -> Answer:
    """Add a cloud from a file, or by questions."""
    parser = grammar("add-cloud", "Adds a cloud definition to Juju.", "<cloud name> [<cloud definition file>]")
    parser.add_argument("-f", "--file", default="", help="The path to a cloud definition file")
    parser.add_argument("--force", action="store_true", help="Force add cloud to the controller")
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("path", nargs="?", default="")
    given = parser.read(line.argv)
    path = str(given.file or given.path)
    name = str(given.name)
    if path:
        name, cloud = _cloud_of(line.read(path), name, path)
    else:
        name, cloud = _asked_cloud(line, name)
    where = targets(line, f'add cloud "{name}" to', client=given.client, controller=given.controller)
    if where.client and name in line.store.clouds:
        raise CommandError(
            f'use `update-cloud {name} --client` to override known definition: local cloud "{name}" already exists'
        )
    return _keep_cloud(line, where, name, cloud, "AddCloud", added=True)


def update_cloud(line: Line) -> Answer:
    """Replace a cloud by a file's."""
    parser = grammar("update-cloud", "Updates cloud information available to Juju.", "<cloud name>")
    parser.add_argument("-f", "--file", default="", help="The path to a cloud definition file")
    parser.add_argument("name", nargs="?", default="")
    given = parser.read(line.argv)
    if not given.name:
        raise CommandError("cloud name required", 2)
    name = str(given.name)
    cloud = cast("Json", line.store.clouds.get(name) or {})
    if given.file:
        cloud = _new_definition(line, name, str(given.file))
    elif given.client:
        words = f'To update cloud "{name}" on this client, a cloud definition file is required.\n'
        return Answer(err=words, code=1)
    where = targets(line, f'update cloud "{name}" on', client=given.client, controller=given.controller)
    return _keep_cloud(line, where, name, cloud, "UpdateCloud", added=False)


def _new_definition(line: Line, name: str, path: str) -> Json:
    """Read a cloud as it is in the file: no region is made for one without any, as add-cloud would."""
    text = line.read(path)
    try:
        _, cloud = _cloud_of(text, name, path)
    except CommandError as error:
        raise CommandError(f"could not read cloud definition from provided file: {error}") from error
    regions = cast("Json", cast("Json", definitions(text, path)["clouds"])[name]).get("regions")
    return cloud if regions else {key: value for key, value in cloud.items() if key != "regions"}


def _keep_cloud(line: Line, where: Targets, name: str, cloud: Json, method: str, *, added: bool) -> Answer:
    said = where.note
    if where.client:
        line.store.clouds[name] = cloud
        said += (
            f'Cloud "{name}" successfully added to your local client.\n' + _ask_for_credential(line, name)
            if added
            else f'Cloud "{name}" updated on this client using provided file.\n'
        )
    if where.controller:
        wire: Json = {"name": name, "cloud": _on_wire(cloud)}
        line.call(where.controller, "Cloud", method, wire if added else {"clouds": [wire]})
        done, how = ("added to", "") if added else ("updated on", " using provided file")
        said += f'Cloud "{name}" {done} controller "{where.controller}"{how}.\n'
    return Answer(err=said)


def _ask_for_credential(line: Line, name: str) -> str:
    if line.store.credentials.get(name):
        return ""
    return (
        f"You will need to add a credential for this cloud (`juju add-credential {name}`)\n"
        f"before you can use it to bootstrap a controller (`juju bootstrap {name}`) or\n"
        "to create a model (`juju add-model <your model name> " + name + "`).\n"
    )


def _on_wire(cloud: Json) -> Json:
    regions = cast("Mapping[str, object]", cloud.get("regions") or {"default": {}})
    return {**cloud, "regions": [{"name": name, "endpoint": cloud["endpoint"]} for name in regions]}


def _asked_cloud(line: Line, name: str) -> tuple[str, Json]:
    kind = line.ask("type", "Cloud Types\n  maas\n\nSelect cloud type: ").strip()
    name = name or line.ask("name", "Enter a name for your maas cloud: ").strip()
    endpoint = line.ask("endpoint", "Enter the API endpoint url: ").strip()
    return name, _checked(name, {"type": kind, "auth-types": ["oauth1"], "endpoint": endpoint})


def _cloud_of(text: str, name: str, path: str) -> tuple[str, Json]:
    """Find a cloud in a definition file; without a name, its only one."""
    clouds = definitions(text, path).get("clouds")
    listed = cast("Json", clouds) if isinstance(clouds, dict) else {}
    if not listed:
        raise CommandError("no clouds found in parsed yaml, please validate yaml keys")
    if not name and len(listed) > 1:
        more = "specify a cloud name to select one"
        raise CommandError(f'there is more than one cloud defined in file "{path}", {more}')
    if not name and len(listed) == 1:
        name = next(iter(listed))
    found = listed.get(name)
    if not isinstance(found, dict):
        raise CommandError(f'cloud "{name}" not found in file "{path}"')
    return name, _checked(name, cast("Json", found))


def definitions(text: str, path: str) -> Json:
    """Read a definition file; CommandError where it is none."""
    try:
        document: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise CommandError(f"cannot parse {path}: {str(error).splitlines()[0]}") from error
    if not isinstance(document, dict):
        raise CommandError(f"{path} holds no definitions")
    return cast("Json", document)


def _checked(name: str, cloud: Json) -> Json:
    if cloud.get("type") != "maas":
        raise CommandError(
            f'cloud "{name}" is of type "{cloud.get("type")}": the lab has no other clouds than those of type maas'
        )
    endpoint = str(cloud.get("endpoint") or "")
    if not endpoint.startswith(("http://", "https://")):
        raise CommandError(f'cloud "{name}": "{endpoint}" is no endpoint; it looks like http://172.16.0.3:5240/MAAS')
    return {
        **cloud,
        "auth-types": cloud.get("auth-types") or ["oauth1"],
        "regions": cloud.get("regions") or {"default": {}},
    }


def remove_cloud(line: Line) -> Answer:
    """Remove a cloud."""
    parser = grammar("remove-cloud", "Removes a cloud from Juju.", "<cloud name>")
    parser.add_argument("name", nargs="?", default="")
    given = parser.read(line.argv)
    if not given.name:
        raise CommandError("Usage: juju remove-cloud <cloud name>", 2)
    name = str(given.name)
    where = targets(line, f'remove cloud "{name}" from', client=given.client, controller=given.controller)
    said = where.note
    if where.client:
        known = line.store.clouds.pop(name, None)
        said += f'Removed details of cloud "{name}" from this client\n' if known else _no_cloud(name)
    if where.controller:
        first_error(line.call(where.controller, "Cloud", "RemoveClouds", {"entities": [{"tag": f"cloud-{name}"}]}))
        said += f'Removed details of cloud "{name}" from controller "{where.controller}"\n'
    return Answer(err=said)


def _no_cloud(name: str) -> str:
    return f'No cloud called "{name}" exists on this client\n'


def clouds(line: Line) -> Answer:
    """List the clouds that the client knows, and the current controller's."""
    parser = grammar("clouds", "Lists all clouds available to Juju.", "")
    parser.add_argument("--all", action="store_true", help="Show all available clouds")
    parser.add_argument("--format", default="tabular", choices=["json", "tabular", "yaml"])
    given = parser.read(line.argv)
    own = {name: _shown_cloud(line, name, cast("Json", each)) for name, each in sorted(line.store.clouds.items())}
    said = (
        ""
        if given.all
        else "Only clouds with registered credentials are shown.\nThere are more clouds, use --all to see them.\n"
    )
    if given.format != "tabular":
        return Answer(out=output(given.format, own), err=said)
    rows = [
        (
            name,
            str(len(cast("Json", each.get("regions") or {}))),
            next(iter(cast("Json", each.get("regions") or {})), ""),
            str(each["type"]),
            str(len(line.store.credential_names(name))),
            "local",
            str(each["description"]),
        )
        for name, each in own.items()
    ]
    head = ("Cloud", "Regions", "Default", "Type", "Credentials", "Source", "Description")
    listed = (
        f"\nClouds available on the client:\n{table(head, rows)}"
        if rows
        else "\nNo clouds are available on the client.\n"
    )
    first = "" if line.store.controllers else "You can bootstrap a new controller using one of these clouds...\n"
    return Answer(out=f"{first}{listed}", err=said)


def _shown_cloud(line: Line, name: str, cloud: Json) -> Json:
    count = len(line.store.credential_names(name))
    regions: Json = {region: {} for region in cast("Json", cloud.get("regions") or {})}
    return {
        "defined": "local",
        "type": cloud["type"],
        "description": cloud.get("description") or DESCRIPTION,
        "auth-types": Flow(cast("list[object]", cloud.get("auth-types") or ["oauth1"])),
        "endpoint": cloud["endpoint"],
        **({"credential-count": count} if count else {}),
        **({"regions": regions} if regions else {}),
    }


def first_error(answer: Json) -> None:
    """Raise CommandError with the first error of a bulk call."""
    for each in cast("list[Json]", answer.get("results") or []):
        if each.get("error"):
            raise CommandError(str(cast("Json", each["error"])["message"]))
