"""The commands about credentials: add-, update-, remove-credential, credentials.

A credential of a MAAS cloud is its API key: it is in the client's files and in the controller, and on no command line.
"""

import json
from typing import cast

from lab.juju.models import Json
from lab.juju.site import OAUTH
from lab.mainhost.asked import Answer
from lab.mainhost.juju_clouds import Targets, definitions, first_error, grammar, targets
from lab.mainhost.juju_formats import output, table
from lab.mainhost.juju_line import CommandError, Line
from lab.mainhost.juju_store import section


def add_credential(line: Line) -> Answer:
    """Add credentials from a file, or one by questions."""
    return _add_credential(line, "add-credential", "Adds a credential for a cloud to a local client and uploads it.")


def update_credential(line: Line) -> Answer:
    """Replace credentials by a file's."""
    return _add_credential(line, "update-credential", "Updates a controller credential for a cloud.")


def _add_credential(line: Line, command: str, description: str) -> Answer:
    parser = grammar(command, description, "<cloud name>")
    parser.add_argument("-f", "--file", default="", help="The YAML file containing credentials for this command")
    parser.add_argument("--force", action="store_true", help="Force add/update, even if a credential exists")
    parser.add_argument("--region", default="")
    parser.add_argument("cloud", nargs="?", default="")
    parser.add_argument("credential", nargs="?", default="")
    given = parser.read(line.argv)
    cloud = str(given.cloud)
    if not cloud:
        raise CommandError(f"Usage: juju {command} <cloud-name> [-f <credentials.yaml>]")
    if cloud not in line.store.clouds:
        raise CommandError(f'cloud "{cloud}" not valid')
    new = _credentials_of(line.read(str(given.file)), cloud, str(given.file)) if given.file else _asked_credential(line)
    where = targets(line, f'add a credential for cloud "{cloud}" to', client=given.client, controller=given.controller)
    update = command == "update-credential" or given.force
    return Answer(
        err=where.note + "".join(_keep(line, where, cloud, name, one, update=update) for name, one in new.items())
    )


def _keep(line: Line, where: Targets, cloud: str, name: str, credential: Json, *, update: bool) -> str:
    said = ""
    known = name in line.store.credential_names(cloud)
    if where.client and known and not update:
        raise CommandError(
            f'local credential "{name}" for cloud "{cloud}" already exists; use update-credential {cloud} {name} '
            "--client, or --force"
        )
    if where.client:
        section(line.store.credentials, cloud)[name] = credential
        said += (
            "Local client was updated successfully with provided credential information.\n"
            if known
            else f'Credential "{name}" added locally for cloud "{cloud}".\n\n'
        )
    if where.controller:
        upload(line, where.controller, cloud, name, credential)
        said += f'Credential "{name}" uploaded to controller "{where.controller}" for cloud "{cloud}".\n'
    return said


def upload(line: Line, controller: str, cloud: str, name: str, credential: Json) -> None:
    """Let the controller know a credential of the logged-in user."""
    attrs = {key: value for key, value in credential.items() if key != "auth-type"}
    tag = f"cloudcred-{cloud}_{line.user(controller)}_{name}"
    wire = {"tag": tag, "credential": {"auth-type": credential["auth-type"], "attrs": attrs}}
    first_error(line.call(controller, "Cloud", "UpdateCredentialsCheckModels", {"credentials": [wire], "force": False}))


def _asked_credential(line: Line) -> dict[str, Json]:
    name = line.ask("credential", "Enter credential name: ").strip()
    key = line.ask("key", 'Using auth-type "oauth1".\n\nEnter maas-oauth: ', secret=True).strip()
    return {name: _checked_credential(name, {"auth-type": "oauth1", OAUTH: key})}


def _credentials_of(text: str, cloud: str, path: str) -> dict[str, Json]:
    listed = definitions(text, path).get("credentials")
    found = cast("Json", listed).get(cloud) if isinstance(listed, dict) else None
    if not isinstance(found, dict) or not found:
        raise CommandError(f"no credentials for cloud {cloud} exist in file {path}")
    return {
        name: _checked_credential(name, cast("Json", each))
        for name, each in cast("Json", found).items()
        if isinstance(each, dict)
    }


def _checked_credential(name: str, credential: Json) -> Json:
    if credential.get("auth-type") != "oauth1":
        raise CommandError(
            f'credential "{name}": auth type "{credential.get("auth-type")}" not supported; it is oauth1'
        )
    if not credential.get(OAUTH):
        raise CommandError(f'credential "{name}": missing attribute {OAUTH}')
    return credential


def remove_credential(line: Line) -> Answer:
    """Remove a credential."""
    parser = grammar("remove-credential", "Removes Juju credentials for a cloud.", "<cloud name> <credential name>")
    parser.add_argument("--force", action="store_true")
    parser.add_argument("cloud", nargs="?", default="")
    parser.add_argument("credential", nargs="?", default="")
    given = parser.read(line.argv)
    cloud, name = str(given.cloud), str(given.credential)
    if not name:
        raise CommandError("Usage: juju remove-credential <cloud-name> <credential-name>")
    where = targets(line, f'remove credential "{name}" from', client=given.client, controller=given.controller)
    said = where.note
    if where.client:
        if name not in line.store.credential_names(cloud):
            raise CommandError(f'No credential called "{name}" exists for cloud "{cloud}" on this client')
        del section(line.store.credentials, cloud)[name]
        said += f'Credential "{name}" for cloud "{cloud}" removed from this client.\n'
    if where.controller:
        tag = f"cloudcred-{cloud}_{line.user(where.controller)}_{name}"
        params = {"credentials": [{"tag": tag, "force": bool(given.force)}]}
        first_error(line.call(where.controller, "Cloud", "RevokeCredentialsCheckModels", cast("Json", params)))
        said += f'Credential "{name}" removed from the controller "{where.controller}".\n'
    return Answer(err=said)


def credentials(line: Line) -> Answer:
    """List credentials; their secrets only when asked for, and never in a table."""
    parser = grammar("credentials", "Lists Juju credentials for a cloud.", "[<cloud name>]")
    parser.add_argument("--show-secrets", action="store_true", help="Show secrets")
    parser.add_argument("--format", default="tabular", choices=["json", "tabular", "yaml"])
    parser.add_argument("cloud", nargs="?", default="")
    given = parser.read(line.argv)
    chosen = [
        each for each in line.store.credentials if given.cloud in {"", each} and line.store.credential_names(each)
    ]
    if given.format != "tabular":
        shown = {each: {"cloud-credentials": _shown(line, each, secrets=bool(given.show_secrets))} for each in chosen}
        return Answer(out=output(given.format, {"client-credentials": shown} if shown else {}))
    if not chosen:
        return Answer(err="No credentials from this client or from a controller to display.\n")
    rows = [(each, ", ".join(line.store.credential_names(each))) for each in chosen]
    return Answer(out=f"\nClient Credentials:\n{table(('Cloud', 'Credentials'), rows)}")


def _shown(line: Line, cloud: str, *, secrets: bool) -> Json:
    known = cast("Json", line.store.credentials[cloud])
    hidden = () if secrets else (OAUTH,)
    return {
        name: {key: value for key, value in json.loads(json.dumps(known[name])).items() if key not in hidden}
        for name in line.store.credential_names(cloud)
    }


def credential_of(line: Line, cloud: str, name: str) -> tuple[str, Json]:
    """Give the credential to bootstrap with: the named one, else the default, else the only one."""
    known = cast("Json", line.store.credentials.get(cloud) or {})
    names = line.store.credential_names(cloud)
    chosen = name or str(known.get("default-credential") or "") or (names[0] if len(names) == 1 else "")
    if not chosen and names:
        raise CommandError(
            "more than one credential is available\nspecify a credential using the --credential argument"
        )
    if chosen not in names:
        what = f'credential "{name}" for cloud "{cloud}" not found' if name else "credentials not found"
        raise CommandError(f'detecting credentials for "{cloud}" cloud provider: {what}')
    return chosen, cast("Json", known[chosen])
