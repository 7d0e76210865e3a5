"""The commands about credentials: add-, update-, remove-credential, credentials.

A credential of a MAAS cloud is its API key: it is in the client's files and in the controller, and on no command line.
"""

import json
from typing import Final, cast

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
    update = command == "update-credential"
    if not cloud:
        raise CommandError(_USAGE[command], 1 if update else 2)
    if cloud not in line.store.clouds and not update:
        raise CommandError(f"cloud {cloud} not valid\n{_CLOUDS}")
    path = str(given.file)
    new = _credentials_of(line.read(path), cloud, path) if path else _asked_credential(line, cloud)
    new = _chosen(new, cloud, str(given.credential), path) if update and path else new
    where = targets(line, f'add a credential for cloud "{cloud}" to', client=given.client, controller=given.controller)
    kept = (
        [_keep(line, where, cloud, name, path, update=update or bool(given.force)) for name in new]
        if where.client
        else []
    )
    for name, one in new.items() if where.client else ():
        section(line.store.credentials, cloud)[name] = one
    sent = [_send(line, where.controller, cloud, name, one, update=update) for name, one in new.items()]
    sent = sent if where.controller else []
    updated = "Local client was updated successfully with provided credential information.\n"
    if update:
        return Answer(err=where.note + (updated if where.client else "") + "".join(sent))
    return Answer(out="".join(kept), err=where.note + "".join(sent))


_USAGE: Final = {
    "add-credential": "Usage: juju add-credential <cloud-name> [-f <credentials.yaml>]",
    "update-credential": "Usage: juju update-credential [options] [<cloud-name> [<credential-name>]]",
}
_CLOUDS: Final = "To view all available clouds, use 'juju clouds'.\nTo add new cloud, use 'juju add-cloud'."


def _keep(line: Line, where: Targets, cloud: str, name: str, path: str, *, update: bool) -> str:
    """Say that the client has a credential now; CommandError for one that it has and is not to replace."""
    if name in line.store.credential_names(cloud) and not update:
        raise CommandError(
            f'credential "{name}" for cloud "{cloud}" already exists locally, use '
            f"'juju update-credential {cloud} {name} -f {path}' to update this local client copy",
            out=f'No local credentials for cloud "{cloud}" changed.\n',
            err=where.note,
        )
    return f'Credential "{name}" added locally for cloud "{cloud}".\n\n'


def _send(line: Line, controller: str, cloud: str, name: str, credential: Json, *, update: bool) -> str:
    if not controller:
        return ""
    upload(line, controller, cloud, name, credential)
    return (
        f'Controller credential "{name}" for user "{line.user(controller)}" for cloud "{cloud}" on controller '
        f'"{controller}" {"updated" if update else "added"}.\n'
        f"For more information, see 'juju show-credential {cloud} {name}'.\n"
    )


def upload(line: Line, controller: str, cloud: str, name: str, credential: Json) -> None:
    """Let the controller know a credential of the logged-in user."""
    attrs = {key: value for key, value in credential.items() if key != "auth-type"}
    tag = f"cloudcred-{cloud}_{line.user(controller)}_{name}"
    wire = {"tag": tag, "credential": {"auth-type": credential["auth-type"], "attrs": attrs}}
    first_error(line.call(controller, "Cloud", "UpdateCredentialsCheckModels", {"credentials": [wire], "force": False}))


def _chosen(new: dict[str, Json], cloud: str, name: str, path: str) -> dict[str, Json]:
    """Take the credential that is named, all where none is."""
    if name and name not in new:
        what = f'credential "{name}" for cloud "{cloud}" in file {path} not found'
        raise CommandError(f"could not get credentials from file: {what}")
    return {name: new[name]} if name else new


def _asked_credential(line: Line, cloud: str) -> dict[str, Json]:
    name = line.ask("credential", "Enter credential name: ").strip()
    key = line.ask("key", 'Using auth-type "oauth1".\n\nEnter maas-oauth: ', secret=True).strip()
    return {name: _checked_credential(cloud, name, {"auth-type": "oauth1", OAUTH: key})}


def _credentials_of(text: str, cloud: str, path: str) -> dict[str, Json]:
    listed = definitions(text, path).get("credentials")
    found = cast("Json", listed).get(cloud) if isinstance(listed, dict) else None
    if not isinstance(found, dict) or not found:
        raise CommandError(f"no credentials for cloud {cloud} exist in file {path}")
    return {
        name: _checked_credential(cloud, name, cast("Json", each))
        for name, each in cast("Json", found).items()
        if isinstance(each, dict)
    }


def _checked_credential(cloud: str, name: str, credential: Json) -> Json:
    if credential.get("auth-type") != "oauth1":
        raise CommandError(
            f'credential "{name}" contains invalid auth type "{credential.get("auth-type")}", valid auth types for '
            f'cloud "{cloud}" are [oauth1]'
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
        raise CommandError("Usage: juju remove-credential <cloud-name> <credential-name>", 2)
    where = targets(line, f'remove credential "{name}" from', client=given.client, controller=given.controller)
    said = where.note
    if where.client:
        said += f'Found local cloud "{cloud}" on this client.\n' if cloud in line.store.clouds else ""
        said += _removed(line, cloud, name)
    if where.controller:
        tag = f"cloudcred-{cloud}_{line.user(where.controller)}_{name}"
        params = {"credentials": [{"tag": tag, "force": bool(given.force)}]}
        first_error(line.call(where.controller, "Cloud", "RevokeCredentialsCheckModels", cast("Json", params)))
        said += f'Credential "{name}" removed from the controller "{where.controller}".\n'
    return Answer(err=said)


def _removed(line: Line, cloud: str, name: str) -> str:
    if name not in line.store.credential_names(cloud):
        return f'No credential called "{name}" exists for cloud "{cloud}" on this client\n'
    kept = section(line.store.credentials, cloud)
    del kept[name]
    if not kept:
        del line.store.credentials[cloud]
    return f'Credential "{name}" for cloud "{cloud}" removed from this client.\n'


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
        kept = {each: _shown(line, each, secrets=bool(given.show_secrets)) for each in chosen}
        # Juju's YAML leaves out a level that its JSON has
        shown = kept if given.format == "yaml" else {each: {"cloud-credentials": one} for each, one in kept.items()}
        return Answer(out=output(given.format, {"client-credentials": shown} if shown else {}))
    noted = "secrets are not shown in tabular format\n" if given.show_secrets else ""
    none = "" if given.client else "No credentials from any controller to display.\n"
    if not chosen:
        return Answer(out=none, err=noted)
    rows = [(each, ", ".join(line.store.credential_names(each))) for each in chosen]
    return Answer(out=f"{none}\nClient Credentials:\n{table(('Cloud', 'Credentials'), rows)}", err=noted)


def _shown(line: Line, cloud: str, *, secrets: bool) -> Json:
    known = cast("Json", line.store.credentials[cloud])
    hidden = () if secrets else (OAUTH,)
    return {
        name: {key: value for key, value in json.loads(json.dumps(known[name])).items() if key not in hidden}
        for name in line.store.credential_names(cloud)
    }


def _undetected(cloud: str) -> str:
    return f'detecting credentials for "{cloud}" cloud provider: credentials not found'


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
        what = f'"{name}" credential for cloud "{cloud}" not found' if name else _undetected(cloud)
        raise CommandError(f"{what}\nSee `juju add-credential {cloud} --help` for instructions")
    return chosen, cast("Json", known[chosen])
