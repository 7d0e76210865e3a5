"""The commands about controllers that there are: their list, one in full, their end.

destroy-controller, kill-controller ─> models gone ─> JujuSite.destroy, kill ─> the client's files forget it
"""

import hashlib
import ssl
from collections.abc import Sequence
from typing import cast

from lab.juju.errors import JujuError
from lab.juju.models import Json
from lab.mainhost.asked import Answer
from lab.mainhost.juju_formats import output, table
from lab.mainhost.juju_line import NO_CONTROLLER, CommandError, JujuGrammar, Line
from lab.mainhost.juju_store import section


def controllers(line: Line) -> Answer:
    """List the controllers that the client knows."""
    parser = JujuGrammar("controllers", "Lists all controllers.")
    parser.add_argument("--format", default="tabular", choices=["json", "tabular", "yaml"])
    parser.add_argument("--refresh", action="store_true", help="Connect to each controller for the latest details")
    given = parser.read(line.argv)
    known = {name: cast("Json", each) for name, each in line.store.controllers.items()}
    if given.format != "tabular":
        shown = {"controllers": {name: _listed(line, name, each) for name, each in known.items()}}
        return Answer(out=output(given.format, {**shown, "current-controller": line.store.current}))
    if not known:
        raise CommandError(NO_CONTROLLER)
    head = ("Controller", "Model", "User", "Access", "Cloud/Region", "Models", "Nodes", "HA", "Version")
    rows = [_row(line, name, each) for name, each in known.items()]
    said = "" if given.refresh else "Use --refresh option with this command to see the latest information.\n"
    return Answer(out=f"{table(head, rows)}", err=f"{said}\n" if said else "")


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


def _listed(line: Line, name: str, details: Json) -> Json:
    account = line.store.account(name)
    return {
        "current-model": _current_model(line, name).partition("/")[2],
        "user": account.get("user"),
        "access": account.get("last-known-access"),
        "uuid": details["uuid"],
        "api-endpoints": details["api-endpoints"],
        "ca-cert": details["ca-cert"],
        "cloud": details.get("cloud"),
        "region": details.get("region"),
        "agent-version": details.get("agent-version"),
        "model-count": len(cast("Json", line.store.models(name).get("models") or {})),
        "machine-count": details.get("machine-count"),
        "controller-machines": {"Active": 1, "Total": 1},
    }


def show_controller(line: Line) -> Answer:
    """Show controllers; the password only when asked for."""
    parser = JujuGrammar("show-controller", "Shows detailed information of a controller.", "[<controller name> ...]")
    parser.add_argument("--format", default="yaml", choices=["json", "yaml"])
    parser.add_argument("--show-password", action="store_true", help="Show password for logged in user")
    parser.add_argument("names", nargs="*")
    given = parser.read(line.argv)
    names = [line.controller(str(each)) for each in cast("list[object]", given.names)] or [line.controller()]
    return Answer(out=output(given.format, {each: _shown(line, each, bool(given.show_password)) for each in names}))


def _shown(line: Line, name: str, show_password: bool) -> Json:
    details = cast("Json", line.store.controllers[name])
    account = line.store.account(name)
    machine, models, errors = _remote(line, name)
    shown: Json = {
        "details": {
            "controller-uuid": details["uuid"],
            "api-endpoints": details["api-endpoints"],
            "cloud": details.get("cloud"),
            "region": details.get("region"),
            "agent-version": details.get("agent-version"),
            "controller-model-version": details.get("agent-version"),
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


def _remote(line: Line, name: str) -> tuple[str, Json, list[str]]:
    """Ask the controller what the client does not keep; what went wrong is shown, not raised."""
    try:
        user = line.user(name)
        listed = line.call(name, "ModelManager", "ListModelSummaries", {"user-tag": f"user-{user}", "all": True})
    except (CommandError, JujuError) as error:
        return "", {}, [str(error)]
    summaries = [cast("Json", cast("Json", each)["result"]) for each in cast("list[object]", listed["results"])]
    models = {str(each["name"]): _counted(each) for each in summaries}
    world = line.site.service.world
    row = world.machines.find(f"{world.meta.controller_model}/0")
    return row.instance_id if row else "", cast("Json", models), []


def _counted(summary: Json) -> Json:
    counts = {str(each["entity"]): each["count"] for each in cast("list[Json]", summary.get("counts") or [])}
    names = {"machine-count": "machines", "core-count": "cores", "unit-count": "units"}
    return {"model-uuid": summary["uuid"], **{shown: counts[name] for shown, name in names.items() if counts.get(name)}}


def _fingerprint(certificate: str) -> str:
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest().upper()
    return ":".join(digest[index : index + 2] for index in range(0, len(digest), 2))


# --- their end


def destroy_controller(line: Line) -> Answer:
    """Destroy a controller, with its models when told so."""
    parser = JujuGrammar("destroy-controller", "Destroys a controller.", "<controller name>")
    for option in ("no-prompt", "destroy-all-models", "force", "no-wait"):
        parser.add_argument(f"--{option}", action="store_true")
    parser.add_argument("-y", "--yes", action="store_true")
    storage = parser.add_mutually_exclusive_group()
    storage.add_argument("--destroy-storage", action="store_true")
    storage.add_argument("--release-storage", action="store_true")
    parser.add_argument("--model-timeout", default="")
    parser.add_argument("name", nargs="?", default="")
    given = parser.read(line.argv)
    if not given.name:
        raise CommandError("no controller specified")
    name = line.controller(str(given.name))
    _confirm(line, name, "destroy", sure=bool(given.no_prompt or given.yes))
    _refuse_models(line, name, bool(given.destroy_all_models))
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
    parser.add_argument("--no-prompt", action="store_true")
    parser.add_argument("-y", "--yes", action="store_true")
    parser.add_argument("-t", "--timeout", default="5m0s")
    parser.add_argument("name", nargs="?", default="")
    given = parser.read(line.argv)
    if not given.name:
        raise CommandError("no controller specified")
    name = line.controller(str(given.name))
    _confirm(line, name, "kill", sure=bool(given.no_prompt or given.yes))
    details = cast("Json", line.store.controllers[name])
    if line.site.controller and line.site.service.world.meta.uuid == details["uuid"]:
        line.site.kill()
    line.store.forget(name)
    return Answer(err="All models reclaimed, cleaning up controller machines\n")


def _confirm(line: Line, name: str, verb: str, *, sure: bool) -> None:
    if sure:
        return
    warning = f'WARNING! This command will {verb} the "{name}" controller and all its resources\n'
    typed = line.ask("confirm", f"{warning}\nTo continue, enter the name of the controller to be destroyed: ").strip()
    if typed != name:
        raise CommandError("controller destruction: aborted")


def _refuse_models(line: Line, name: str, destroy: bool) -> None:
    listed = line.call(name, "Controller", "AllModels")
    hosted = [
        str(cast("Json", each["model"])["name"])
        for each in cast("list[Json]", listed.get("user-models") or [])
        if cast("Json", each["model"])["name"] != "controller"
    ]
    if hosted and not destroy:
        listing = "".join(f"\t{each} (alive)\n" for each in hosted)
        raise CommandError(
            f'cannot destroy controller "{name}"\n\nThe controller has live models. If you want\nto destroy all '
            "models in the controller,\nrun this command again with the --destroy-all-models\noption.\n\n"
            f"Models:\n{listing}"
        )


def unregister(line: Line) -> Answer:
    """Let the client forget a controller, which runs on."""
    parser = JujuGrammar("unregister", "Unregisters a Juju controller.", "<controller name>")
    parser.add_argument("--no-prompt", action="store_true")
    parser.add_argument("-y", "--yes", action="store_true")
    parser.add_argument("name", nargs="?", default="")
    given = parser.read(line.argv)
    if not given.name:
        raise CommandError("controller name must be specified")
    name = line.controller(str(given.name))
    _confirm(line, name, "remove connection information for", sure=bool(given.no_prompt or given.yes))
    line.store.forget(name)
    return Answer()
