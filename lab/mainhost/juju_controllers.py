"""The commands about controllers that there are: their list, one in full, their end.

destroy-controller, kill-controller ─> models gone ─> JujuSite.destroy, kill ─> the client's files forget it
"""

import argparse
import hashlib
import ssl
from collections.abc import Sequence
from typing import Final, cast

from lab.juju.errors import JujuError
from lab.juju.models import Json
from lab.mainhost.asked import Answer
from lab.mainhost.juju_formats import Flow, output, table
from lab.mainhost.juju_line import NO_CONTROLLER, CommandError, JujuGrammar, Line, UnreachableError
from lab.mainhost.juju_store import section


def controllers(line: Line) -> Answer:
    """List the controllers that the client knows."""
    parser = JujuGrammar("controllers", "Lists all controllers.")
    parser.add_argument("--format", default="tabular", choices=["json", "tabular", "yaml"])
    parser.add_argument("--refresh", action="store_true", help="Connect to each controller for the latest details")
    given = parser.read(line.argv)
    known = {name: cast("Json", each) for name, each in line.store.controllers.items()}
    if given.format != "tabular":
        listed = {name: _listed(line, name, each, str(given.format)) for name, each in sorted(known.items())}
        none: Json | None = None if given.format == "json" else {}
        return Answer(
            out=output(given.format, {"controllers": listed or none, "current-controller": line.store.current})
        )
    if not known:
        raise CommandError(NO_CONTROLLER)
    head = ("Controller", "Model", "User", "Access", "Cloud/Region", "Models", "Nodes", "HA", "Version")
    rows = [_row(line, name, each) for name, each in sorted(known.items())]
    said = "" if given.refresh else "Use --refresh option with this command to see the latest information.\n\n"
    return Answer(out=f"{said}{table(head, rows)}")


def _current_model(line: Line, name: str) -> str:
    return str(line.store.models(name).get("current-model") or "")


def _row(line: Line, name: str, details: Json) -> Sequence[str]:
    account = line.store.account(name)
    models = cast("Json", line.store.models(name).get("models") or {})
    return (
        f"{name}{'*' if name == line.store.current else ''}",
        _current_model(line, name).partition("/")[2] or "-",
        str(account.get("user") or "-"),
        str(account.get("last-known-access") or "-"),
        f"{details.get('cloud')}/{details.get('region')}",
        str(len(models)),
        str(details.get("machine-count") or "-"),
        "none",
        str(details.get("agent-version") or ""),
    )


def _listed(line: Line, name: str, details: Json, form: str) -> Json:
    account = line.store.account(name)
    endpoints = cast("list[object]", details["api-endpoints"])
    first: Json = {
        "current-model": _current_model(line, name).partition("/")[2],
        "user": account.get("user"),
        "access": account.get("last-known-access"),
        "recent-server": endpoints[0] if endpoints else "",
    }
    return {
        **{key: value for key, value in first.items() if value},
        _uuid_in(form): details["uuid"],
        "api-endpoints": Flow(endpoints),
        "ca-cert": details["ca-cert"],
        "cloud": details.get("cloud"),
        "region": details.get("region"),
        "agent-version": details.get("agent-version"),
        "model-count": len(cast("Json", line.store.models(name).get("models") or {})),
        "machine-count": details.get("machine-count"),
        "controller-machines": {"Active": 1, "Total": 1} if form == "json" else {"active": 1, "total": 1},
    }


def _uuid_in(form: str) -> str:
    """Name the controller's uuid as Juju does, otherwise in YAML than in JSON."""
    return "uuid" if form == "json" else "controller-uuid"


def show_controller(line: Line) -> Answer:
    """Show controllers; the password only when asked for."""
    parser = JujuGrammar("show-controller", "Shows detailed information of a controller.", "[<controller name> ...]")
    parser.add_argument("--format", default="yaml", choices=["json", "yaml"])
    parser.add_argument("--show-password", action="store_true", help="Show password for logged in user")
    parser.add_argument("names", nargs="*")
    given = parser.read(line.argv)
    names = [str(each) for each in cast("list[object]", given.names)] or [line.store.current]
    form = str(given.format)
    try:
        shown = {each: _shown(line, _known(line, each), form, bool(given.show_password)) for each in names}
    except UnreachableError as error:
        raise CommandError(f"opening API connection: {error}", out="{}\n") from error
    except CommandError as error:
        raise CommandError(str(error), out="{}\n") from error
    return Answer(out=output(form, shown))


def _known(line: Line, name: str) -> str:
    if not name:
        raise CommandError("there is no active controller")
    if name not in line.store.controllers:
        raise CommandError(f"controller {name} not found")
    return name


def _shown(line: Line, name: str, form: str, show_password: bool) -> Json:
    details = cast("Json", line.store.controllers[name])
    account = line.store.account(name)
    machine, models, errors = _remote(line, name, form)
    version = line.call(name, "Controller", "ControllerVersion")
    mongo: Json = {} if line.version.startswith("4.") else line.call(name, "Controller", "MongoVersion")
    shown: Json = {
        "details": {
            _uuid_in(form): details["uuid"],
            "api-endpoints": Flow(cast("list[object]", details["api-endpoints"])),
            "cloud": details.get("cloud"),
            "region": details.get("region"),
            "agent-version": version["version"],
            "agent-git-commit": version["git-commit"],
            "controller-model-version": details.get("agent-version"),
            **({"mongo-version": mongo["result"]} if mongo.get("result") else {}),
            "ca-fingerprint": _fingerprint(str(details["ca-cert"])),
            "ca-cert": details["ca-cert"],
        },
        **({"controller-machines": {"0": {"instance-id": machine}}} if machine else {}),
        **({"models": models} if models else {}),
        "current-model": _current_model(line, name),
        "account": {"user": account.get("user"), "access": account.get("last-known-access")},
    }
    if show_password:
        section(shown, "account")["password"] = account.get("password")
    return {**shown, "errors": errors} if errors else shown


def _remote(line: Line, name: str, form: str) -> tuple[str, Json, list[str]]:
    """Ask the controller what the client does not keep; what it refuses is shown, not raised."""
    user = line.user(name)
    try:
        listed = line.call(name, "ModelManager", "ListModelSummaries", {"user-tag": f"user-{user}", "all": True})
    except JujuError as error:
        return "", {}, [str(error)]
    summaries = [cast("Json", cast("Json", each)["result"]) for each in cast("list[object]", listed["results"])]
    models = {str(each["name"]): _counted(each, form) for each in sorted(summaries, key=_name)}
    world = line.site.service.world
    row = world.machines.find(f"{world.meta.controller_model}/0")
    return row.instance_id if row else "", cast("Json", models), []


def _name(summary: Json) -> str:
    return str(summary["name"])


def _counted(summary: Json, form: str) -> Json:
    counts = {str(each["entity"]): each["count"] for each in cast("list[Json]", summary.get("counts") or [])}
    names = {"machine-count": "machines", "core-count": "cores"}
    uuid = {"uuid" if form == "json" else "model-uuid": summary["uuid"]}
    return {**uuid, **{shown: counts[name] for shown, name in names.items() if counts.get(name)}}


def _fingerprint(certificate: str) -> str:
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest().upper()
    return ":".join(digest[index : index + 2] for index in range(0, len(digest), 2))


# --- their end


def destroy_controller(line: Line) -> Answer:
    """Destroy a controller, with its models when told so."""
    parser = JujuGrammar("destroy-controller", "Destroys a controller.", "<controller name>")
    for option in ("destroy-all-models", "force", "no-wait", "destroy-storage", "release-storage"):
        parser.add_argument(f"--{option}", action="store_true")
    parser.add_argument("--model-timeout", default="")
    given = _unasked(parser, line)
    if given.destroy_storage and given.release_storage:
        raise CommandError("--destroy-storage and --release-storage cannot both be specified", 2)
    if given.model_timeout and not given.force:
        raise CommandError("--model-timeout can only be used with --force (dangerous)", 2)
    name = _named(line, str(given.name))
    warning = f'WARNING This command will destroy the "{name}" controller and all its resources\n'
    try:
        _refuse_models(line, name, bool(given.destroy_all_models), warning)
    except UnreachableError as error:
        raise CommandError(f"cannot connect to API: {error}", err=f"ERROR {_FAILED.format(name)}") from error
    if not given.sure:
        _confirm(line, name, warning, "controller destruction")
    elif not line.version.startswith("2."):
        line.job.say(warning.rstrip())
    destroyed = True if given.destroy_storage else False if given.release_storage else None
    line.job.say("Destroying controller")
    params: Json = {"destroy-models": bool(given.destroy_all_models), "destroy-storage": destroyed}
    if given.force:
        params["force"] = True
    line.call(name, "Controller", "DestroyController", params)
    line.site.destroy(line.job.say, line.job.check)
    line.store.forget(name)
    return Answer()


def kill_controller(line: Line) -> Answer:
    """Give all machines of a controller back, whether or not it answers."""
    parser = JujuGrammar("kill-controller", "Forcibly terminate all machines and other associated resources.")
    parser.add_argument("-t", "--timeout", default="5m0s")
    given = _unasked(parser, line)
    name = _named(line, str(given.name))
    _need_api(line, name)
    if not given.sure:
        warning = f'WARNING This command will destroy the "{name}" controller and all its resources\n'
        _confirm(line, name, warning, "controller destruction")
    details = cast("Json", line.store.controllers[name])
    if line.site.controller and line.site.service.world.meta.uuid == details["uuid"]:
        line.site.kill()
    line.store.forget(name)
    return Answer(err="All models reclaimed, cleaning up controller machines\n")


_FAILED: Final = """failed to destroy controller "{}"

If the controller is unusable, then you may run

    juju kill-controller

to forcibly destroy the controller. Upon doing so, review
your cloud provider console for any resources that need
to be cleaned up.

"""


def _unasked(parser: JujuGrammar, line: Line) -> argparse.Namespace:
    """Read a command that asks first, and a controller's name; Juju 2 has more words for not being asked."""
    words = ("-y", "--yes", "--no-prompt") if line.version.startswith("2.") else ("--no-prompt",)
    parser.add_argument(*words, action="store_true", dest="sure", help="Do not ask for confirmation")
    parser.add_argument("name", nargs="?", default="")
    return parser.read(line.argv)


def _named(line: Line, name: str) -> str:
    if not name:
        raise CommandError("no controller specified", 2)
    return line.controller(name)


def _need_api(line: Line, name: str) -> None:
    """End a kill as Juju 3 and 4 do: they ask the controller for its model's settings, whether or not it answers."""
    try:
        line.call(name, "Controller", "ControllerVersion")
    except UnreachableError as error:
        said = f"Unable to open API: {error}\n"
        if line.version.startswith("2."):
            line.job.say(f"{said}\nUnable to connect to the API server, destroying through provider")
        else:
            raise CommandError(f"cannot connect to model config API: {error}", err=f"{said}\n") from error


def _confirm(line: Line, name: str, warning: str, what: str) -> None:
    question = f"{warning}\nTo continue, enter the name of the controller to be unregistered: "
    if line.ask("confirm", question).strip().lower() != name:
        raise CommandError(f"{what}: aborted")


def _refuse_models(line: Line, name: str, destroy: bool, warning: str) -> None:
    listed = line.call(name, "Controller", "AllModels")
    hosted = [
        f"{str(cast('Json', each['model'])['owner-tag']).removeprefix('user-')}/{cast('Json', each['model'])['name']}"
        for each in cast("list[Json]", listed.get("user-models") or [])
        if cast("Json", each["model"])["name"] != "controller"
    ]
    if hosted and not destroy:
        listing = "".join(f"\t{each} (alive)\n" for each in hosted)
        raise CommandError(
            f'cannot destroy controller "{name}"\n\nThe controller has live models. If you want\nto destroy all '
            "models in the controller,\nrun this command again with the --destroy-all-models\noption.\n\n"
            f"Models:\n{listing}",
            err=warning,
        )


def unregister(line: Line) -> Answer:
    """Let the client forget a controller, which runs on."""
    parser = JujuGrammar("unregister", "Unregisters a Juju controller.", "<controller name>")
    given = _unasked(parser, line)
    if not given.name:
        raise CommandError("controller name must be specified", 2)
    name = line.controller(str(given.name))
    if not given.sure:
        warning = (
            f'This command will remove connection information for controller "{name}".\n'
            "The controller will not be destroyed but you must register it again\nif you want to access it.\n"
        )
        _confirm(line, name, warning, "unregistering controller")
    line.store.forget(name)
    return Answer()
