"""The command `juju` on main: a table of commands, and how each line of it is carried out.

    Asked (words, the client's files) ─> Line ─> command ─> Answer, with the files that changed
                                                    └ JujuError, SourceError ... ─> "ERROR ..." and exit code 1

Words are those of the juju 3.6.11 client; `docs/lab.md` says what was not compared.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lab.juju.errors import JujuError
from lab.juju.provision import SourceError
from lab.juju.site import JujuSite
from lab.mainhost import juju_bootstrap, juju_clouds, juju_controllers, juju_credentials, juju_models
from lab.mainhost.asked import Answer, Asked, failed
from lab.mainhost.grammar import Stopped
from lab.mainhost.jobs import InterruptedJobError, Job
from lab.mainhost.juju_formats import output
from lab.mainhost.juju_line import CommandError, JujuGrammar, Line, NeedsError
from lab.mainhost.juju_store import Store, StoreError


def run(asked: Asked, site: JujuSite, job: Job, version: str, now: float) -> Answer:
    """Do one `juju` command line of a client of `version`; blocks as long as it takes."""
    if not asked.argv or asked.argv[0] in {"help", "--help", "-h"}:
        return Answer(out=_HELP)
    name = _ALIASES.get(asked.argv[0], asked.argv[0])
    command = COMMANDS.get(name)
    if command is None:
        return failed(f'ERROR juju: "{name}" is not a juju command. See "juju --help".')
    try:
        store = Store(asked.files)
        line = Line(asked.argv[1:], store, site, job, version, now, asked.answers)
        return replace(command(line), files=store.changed())
    except Stopped as stopped:
        return stopped.answer
    except NeedsError as needed:
        return Answer(prompts=needed.prompts)
    except InterruptedJobError:
        return failed(_STOPPED if name == "bootstrap" else "ERROR interrupted")
    except SourceError as error:
        return failed(f"ERROR failed to bootstrap model: {error}" if name == "bootstrap" else f"ERROR {error}")
    except CommandError as error:
        return error.answer
    except (StoreError, JujuError, ValueError) as error:
        return failed(f"ERROR {error}")


_STOPPED: Final = (
    "\nCtrl-C pressed, attempting to stop bootstrap and clean up resources\nERROR failed to bootstrap model: cancelled"
)


def _version(line: Line) -> Answer:
    parser = JujuGrammar("version", "Print the Juju CLI client version.")
    parser.add_argument("--all", action="store_true", help="Prints all version information")
    parser.add_argument("--format", default="smart", choices=["json", "smart", "yaml"])
    given = parser.read(line.argv)
    version = f"{line.version}-ubuntu-amd64"
    shown: object = {"version": version, "grade": "stable"} if given.all else version
    if given.format == "smart" and not given.all:
        return Answer(out=f"{version}\n")
    return Answer(out=output("json" if given.format == "json" else "yaml", shown))


COMMANDS: Final[dict[str, Callable[[Line], Answer]]] = {
    "add-cloud": juju_clouds.add_cloud,
    "add-credential": juju_credentials.add_credential,
    "add-model": juju_models.add_model,
    "bootstrap": juju_bootstrap.bootstrap,
    "clouds": juju_clouds.clouds,
    "controllers": juju_controllers.controllers,
    "credentials": juju_credentials.credentials,
    "destroy-controller": juju_controllers.destroy_controller,
    "kill-controller": juju_controllers.kill_controller,
    "login": juju_models.login,
    "logout": juju_models.logout,
    "models": juju_models.models,
    "remove-cloud": juju_clouds.remove_cloud,
    "remove-credential": juju_credentials.remove_credential,
    "show-controller": juju_controllers.show_controller,
    "status": juju_models.status,
    "switch": juju_models.switch,
    "unregister": juju_controllers.unregister,
    "update-cloud": juju_clouds.update_cloud,
    "update-credential": juju_credentials.update_credential,
    "version": _version,
    "whoami": juju_models.whoami,
}
_ALIASES: Final = {
    "list-clouds": "clouds",
    "list-controllers": "controllers",
    "list-credentials": "credentials",
    "list-models": "models",
    "show-status": "status",
    "--version": "version",
}

_HELP: Final = (
    "Juju provides easy, intelligent application orchestration on top of Kubernetes,\ncloud infrastructure providers "
    "and OpenStack.\n\nUsage: juju <command> [<options>...]\n\nThis host of the lab has: "
    f"{', '.join(COMMANDS)}.\n"
)
