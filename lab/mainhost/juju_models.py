"""The commands about models and who is logged in: models, switch, status, whoami, login, logout, show-model.

The client's files say which controller and model are current; the controller tells the rest.
"""

import re
from typing import Final, cast

from lab.juju import versions
from lab.juju.errors import ALREADY_EXISTS, JujuError
from lab.juju.models import Json
from lab.mainhost import juju_status
from lab.mainhost.asked import Answer
from lab.mainhost.juju_formats import output, pairs, table
from lab.mainhost.juju_line import CommandError, JujuGrammar, Line
from lab.mainhost.juju_store import section

_NO_MODEL: Final = 'juju: no model name was passed. See "juju {0} --help".\n\nDid you mean:\n\tjuju {0} <model name>'


_MODEL: Final = re.compile(r"[a-z0-9]+[a-z0-9-]*")


class NoModelError(CommandError):
    """The controller has no such model."""


def _summaries(line: Line, controller: str) -> list[Json]:
    params: Json = {"user-tag": f"user-{line.user(controller)}", "all": True}
    listed = cast("list[Json]", line.call(controller, "ModelManager", "ListModelSummaries", params)["results"])
    return [cast("Json", each["result"]) for each in listed if each.get("result")]


def _owner(summary: Json) -> str:
    return str(summary.get("owner-tag") or "user-admin").removeprefix("user-")


def _remember(line: Line, controller: str, summaries: list[Json]) -> None:
    """Keep what the controller told of its models, as Juju's client does."""
    known = {f"{_owner(each)}/{each['name']}": {"uuid": each["uuid"], "type": "iaas"} for each in summaries}
    models = line.store.models(controller)
    models["models"] = known
    if models.get("current-model") not in known:
        models.pop("current-model", None)


def models(line: Line) -> Answer:
    """List the models of a controller."""
    parser = JujuGrammar("models", "Lists models a user can access on a controller.")
    parser.add_argument("-c", "--controller", default="")
    parser.add_argument("--format", default="tabular", choices=["json", "tabular", "yaml"])
    parser.add_argument("--all", action="store_true")
    given = parser.read(line.argv)
    name = line.controller(str(given.controller))
    summaries = _summaries(line, name)
    _remember(line, name, summaries)
    current = str(line.store.models(name).get("current-model") or "").partition("/")[2]
    if given.format != "tabular":
        shown: Json = {"models": [_shown(each, name) for each in summaries]}
        return Answer(out=output(given.format, {**shown, "current-model": current} if current else shown))
    head = ("Model", "Cloud/Region", "Type", "Status", "Machines", "Cores", "Units", "Access", "Last connection")
    rows = [
        (
            f"{each['name']}{'*' if each['name'] == current else ''}",
            f"{str(each['cloud-tag']).removeprefix('cloud-')}/{each['cloud-region']}",
            str(each.get("provider-type") or "maas"),
            str(cast("Json", each["status"])["status"]),
            str(_count(each, "machines")),
            str(_count(each, "cores")),
            str(_count(each, "units")),
            str(each.get("user-access") or "admin"),
            _connected(each),
        )
        for each in summaries
    ]
    return Answer(out=f"Controller: {name}\n\n{table(head, rows)}")


def _count(summary: Json, entity: str) -> int:
    counts = cast("list[Json]", summary.get("counts") or [])
    return next((cast("int", each["count"]) for each in counts if each["entity"] == entity), 0)


def _shown(summary: Json, controller: str) -> Json:
    status = cast("Json", summary["status"])
    credential = str(summary.get("cloud-credential-tag") or "").removeprefix("cloudcred-").split("_", 2)
    named = len(credential) == 3
    return {
        "name": f"{_owner(summary)}/{summary['name']}",
        "short-name": summary["name"],
        "model-uuid": summary["uuid"],
        "model-type": summary.get("type") or "iaas",
        "controller-uuid": summary.get("controller-uuid"),
        "controller-name": controller,
        "is-controller": bool(summary.get("is-controller")),
        "owner": _owner(summary),
        "cloud": str(summary["cloud-tag"]).removeprefix("cloud-"),
        "region": summary.get("cloud-region"),
        **({"credential": dict(zip(("name", "owner", "cloud"), reversed(credential), strict=True))} if named else {}),
        "type": summary.get("provider-type") or "maas",
        "life": summary["life"],
        "status": {"current": status["status"], "since": "just now"},
        "access": summary.get("user-access") or "admin",
        "last-connection": _connected(summary),
        "sla": "unsupported",
        "agent-version": summary.get("agent-version"),
    }


def _connected(summary: Json) -> str:
    return "just now" if summary.get("user-last-connection") else "never connected"


def _model(line: Line, wanted: str) -> tuple[str, Json]:
    """Find the model "[CONTROLLER:]MODEL", the current one without a name; its controller and summary."""
    controller, _, model = wanted.rpartition(":")
    name = line.controller(controller)
    current = str(line.store.models(name).get("current-model") or "")
    model = model or current.partition("/")[2]
    if not model:
        raise CommandError(
            'No selected model.\n\nOnly the controller model exists. Use "juju add-model" to create an initial model.'
        )
    summaries = _summaries(line, name)
    _remember(line, name, summaries)
    for each in summaries:
        if model in {each["name"], f"{_owner(each)}/{each['name']}", each["uuid"]}:
            return name, each
    raise NoModelError(f"model {name}:{_qualified(model)} not found")


def _qualified(model: str) -> str:
    return model if "/" in model else f"admin/{model}"


def status(line: Line) -> Answer:
    """Tell how a model is."""
    parser = JujuGrammar(
        "status", "Report the status of the model, its machines, applications and units.", "[<selector> [...]]"
    )
    parser.add_argument("-m", "--model", default="")
    parser.add_argument("--format", default="tabular", choices=["json", "tabular", "yaml"])
    for option in ("relations", "integrations", "storage", "utc", "color", "no-color"):
        parser.add_argument(f"--{option}", action="store_true")
    parser.add_argument("patterns", nargs="*")
    given = parser.read(line.argv)
    controller, summary = _model(line, str(given.model))
    as_table = given.format == "tabular"
    params: Json = {"patterns": list(given.patterns), "include-storage": bool(given.storage) or not as_table}
    full = line.call(controller, "Client", "FullStatus", params, str(summary["uuid"]))
    document, two = juju_status.formatted(full, controller), versions.major(line.version) == 2
    if not as_table:
        return Answer(out=output(given.format, juju_status.of_two(document) if two else document))
    empty = (
        ""
        if document["machines"] or document["applications"]
        else "Nothing matched specified filter.\n"
        if given.patterns
        else f'\nModel "{_owner(summary)}/{summary["name"]}" is empty.\n'
    )
    relations = bool(given.relations or given.integrations)
    return Answer(out=juju_status.tabular(document, relations=relations, two=two), err=empty)


def switch(line: Line) -> Answer:
    """Choose the current controller and model, or name them."""
    parser = JujuGrammar("switch", "Selects or identifies the current controller and model.")
    parser.add_argument("target", nargs="?", default="")
    target = str(parser.read(line.argv).target)
    if not target:
        if not line.store.current:
            raise CommandError(_NO_MODEL.format("switch"))
        return Answer(out=f"{_where(line, line.store.current)}\n")
    before = _where(line, line.store.current) if line.store.current else ""
    if ":" not in target and target in line.store.controllers:
        line.store.current = target
    else:
        controller, summary = _target(line, target)
        line.store.current = controller
        line.store.models(controller)["current-model"] = f"{_owner(summary)}/{summary['name']}"
    after = _where(line, line.store.current)
    return Answer(err=f"{after} (no change)\n" if after == before else f"{before or '(no current)'} -> {after}\n")


def _target(line: Line, target: str) -> tuple[str, Json]:
    controller = target.partition(":")[0] if ":" in target else ""
    try:
        if controller in line.store.controllers or (not controller and line.store.current):
            return _model(line, target.removesuffix(":"))
    except NoModelError:
        pass
    raise CommandError(f'"{target}" is not the name of a model or controller')


def _where(line: Line, controller: str) -> str:
    current = str(line.store.models(controller).get("current-model") or "")
    return f"{controller}:{current}" if current else controller


def whoami(line: Line) -> Answer:
    """Name the current controller, model and user."""
    parser = JujuGrammar("whoami", "Print current login details.")
    parser.add_argument("--format", default="tabular", choices=["json", "tabular", "yaml"])
    given = parser.read(line.argv)
    if not line.store.current:
        return Answer(err="There is no current controller.\nRun juju controllers to see available controllers.\n")
    name = line.controller()
    if not line.store.account(name):
        no_login = f'You are not logged in to controller "{name}" and model "{_current(line, name)}".\n'
        return Answer(err=f"{no_login}Run juju login if you want to login.\n")
    shown: Json = {"controller": name, "model": _current(line, name), "user": line.user(name)}
    if given.format != "tabular":
        return Answer(out=output(given.format, shown))
    return Answer(out="".join(f"{f'{key.capitalize()}:':<13}{value}\n" for key, value in shown.items()))


def _current(line: Line, controller: str) -> str:
    model = str(line.store.models(controller).get("current-model") or "")
    return model.partition("/")[2] or "<no-current-model>"


def login(line: Line) -> Answer:
    """Log in to a controller that the client knows."""
    parser = JujuGrammar("login", "Logs a Juju user in to a controller.", "[controller host name or alias]")
    parser.add_argument("-c", "--controller", default="")
    parser.add_argument("-u", "--user", default="")
    parser.add_argument("--no-prompt", action="store_true")
    given = parser.read(line.argv)
    if not given.controller and not line.store.current:
        raise CommandError("no current controller")
    name = line.controller(str(given.controller))
    known = str(line.store.account(name).get("user") or "")
    if known and given.user in {"", known}:
        line.call(name, "Controller", "ControllerVersion")
        return Answer()
    if known:
        raise CommandError(
            f'cannot log into controller "{name}": already logged in as {known}.\n\n'
            'Run "juju logout" first before attempting to log in as a different user.'
        )
    user = str(given.user) or line.ask("user", "Enter username: ").strip()
    password = line.ask("password", f"please enter password for {user} on {name}: ", secret=True)
    line.store.log_in(name, user, password)
    line.call(name, "ModelManager", "ListModelSummaries", {"user-tag": f"user-{user}", "all": True})
    return Answer(err=f'Welcome, {user}. You are now logged into "{name}".\n')


def logout(line: Line) -> Answer:
    """Forget who is logged in."""
    parser = JujuGrammar("logout", "Logs a Juju user out of a controller.")
    parser.add_argument("-c", "--controller", default="")
    parser.add_argument("--force", action="store_true")
    given = parser.read(line.argv)
    name = line.controller(str(given.controller))
    if line.store.account(name).get("password") and not given.force:
        raise CommandError(_LOSS)
    line.store.log_out(name)
    return Answer(err="Logged out. You are no longer logged into any controllers.\n")


_LOSS: Final = """preventing account loss

It appears that you have not changed the password for
your account. If this is the case, change the password
first before logging out, so that you can log in again
afterwards. To change your password, run the command
"juju change-user-password".

If you are sure you want to log out, and it is safe to
clear the credentials from the client, then you can run
this command again with the "--force" option.
"""


def add_model(line: Line) -> Answer:
    """Make a model and switch to it."""
    parser = JujuGrammar("add-model", "Adds a workload model.", "<model name> [cloud|region|(cloud/region)]")
    parser.add_argument("-c", "--controller", default="")
    parser.add_argument("--config", action="append", default=[])
    parser.add_argument("--credential", default="")
    parser.add_argument("--no-switch", action="store_true")
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("cloud", nargs="?", default="")
    given = parser.read(line.argv)
    if not given.name:
        raise CommandError(_NO_MODEL.format("add-model"), 2)
    name = str(given.name)
    if not _MODEL.fullmatch(name):
        what = "model names may only contain lowercase letters, digits and hyphens"
        raise CommandError(f'"{name}" is not a valid name: {what}', 2)
    controller = line.controller(str(given.controller))
    user = line.user(controller)
    config = pairs(cast("list[str]", given.config))
    cloud, _, region = str(given.cloud).partition("/")
    params: Json = {"name": name, "owner-tag": f"user-{user}", "config": config}
    if cloud:
        params |= {"cloud-tag": f"cloud-{cloud}"}
    if region:
        params |= {"region": region}
    if given.credential:
        params |= {"credential": f"cloudcred-{cloud}_{user}_{given.credential}"}
    try:
        made = line.call(controller, "ModelManager", "CreateModel", params)
    except JujuError as error:
        raise CommandError(f"{error} ({error.code})" if error.code == ALREADY_EXISTS else str(error)) from error
    known = line.store.models(controller)
    section(known, "models")[f"{user}/{name}"] = {"uuid": made["uuid"], "type": "iaas"}
    if not given.no_switch:
        known["current-model"] = f"{user}/{name}"
    place = f"{str(made.get('cloud-tag') or '').removeprefix('cloud-')}/{made.get('cloud-region')}"
    credential = str(made.get("cloud-credential-tag") or "").rpartition("_")[2]
    by = f" with credential '{credential}'" if credential else ""
    return Answer(err=f"Added '{name}' model on {place}{by} for user '{user}'\n")
