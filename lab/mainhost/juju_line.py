"""One `juju` command line and what it works with: words typed, the client's files, answers, the lab's controller.

Line.ask / Line.read ─> NeedsError: the program on main answers, and the command line runs anew
Line.call ─> the controller's facades, as the logged-in user
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn, cast

from lab.juju.models import Json
from lab.juju.site import JujuSite
from lab.mainhost.asked import Answer, Prompt
from lab.mainhost.grammar import Grammar, Stopped
from lab.mainhost.jobs import Job
from lab.mainhost.juju_store import Store

NO_CONTROLLER: Final = (
    "No controllers registered.\n\n"
    'Please either create a new controller using "juju bootstrap" or connect to\n'
    'another controller that you have been given access to using "juju register".\n'
)
NO_CURRENT: Final = 'No selected controller.\n\nPlease use "juju switch" to select a controller.'


class CommandError(Exception):
    """The command cannot be done, in Juju's words; main prints "ERROR ...".

    `code` is 2 where the words typed are at fault; `out` and `err` were printed before.
    """

    def __init__(self, words: str, code: int = 1, *, out: str = "", err: str = "") -> None:
        super().__init__(words)
        self.answer = Answer(out, f"{err}ERROR {words}\n", code)


class UnreachableError(CommandError):
    """The controller does not answer."""


class NeedsError(Exception):
    """The command needs answers first."""

    def __init__(self, *prompts: Prompt) -> None:
        super().__init__(", ".join(each.name for each in prompts))
        self.prompts = prompts


class JujuGrammar(Grammar):
    """A parser whose errors are those of Juju's own (gnuflag)."""

    def __init__(self, name: str, description: str, usage: str = "") -> None:
        super().__init__(
            prog=f"juju {name}", description=description, usage=f"juju {name} [options] {usage}", allow_abbrev=False
        )

    def error(self, message: str) -> NoReturn:
        raise Stopped(Answer(err=f"ERROR {message}\n", code=2))

    def read(self, argv: Sequence[str]) -> argparse.Namespace:
        """Parse options and words; words that are left over are refused."""
        given, rest = self.parse_known_intermixed_args(list(argv))
        options = [each for each in rest if each.startswith("-")]
        if options:
            self.error(f"option provided but not defined: {options[0]}")
        if rest:
            self.error(f"unrecognized args: [{' '.join(json.dumps(each) for each in rest)}]")
        return given


@dataclass
class Line:
    """A command line without the program's name and the command's; `version` is the installed client's."""

    argv: Sequence[str]
    store: Store
    site: JujuSite
    job: Job
    version: str
    now: float
    answers: Mapping[str, str] = field(default_factory=dict[str, str])

    def ask(self, name: str, text: str, *, secret: bool = False) -> str:
        """Give the person's answer to a question."""
        if name not in self.answers:
            raise NeedsError(Prompt(name, text, secret=secret))
        return self.answers[name]

    def read(self, path: str) -> str:
        """Give what a file on main holds."""
        name = f"file:{path}"
        if name not in self.answers:
            raise NeedsError(Prompt(name, path, file=True))
        return self.answers[name]

    def controller(self, name: str = "") -> str:
        """Name the controller that the command is about; CommandError when there is none."""
        chosen = name or self.store.current
        if not chosen:
            raise CommandError(NO_CONTROLLER if not self.store.controllers else NO_CURRENT)
        if chosen not in self.store.controllers:
            raise CommandError(f"controller {chosen} not found")
        return chosen

    def user(self, controller: str) -> str:
        """Name the user who is logged in; CommandError when nobody is, or the password is wrong."""
        account = self.store.account(controller)
        if not account.get("user"):
            raise CommandError(f'not logged in to controller "{controller}"; please use "juju login -c {controller}"')
        return str(account["user"])

    def call(self, controller: str, facade: str, method: str, params: Json | None = None, model: str = "") -> Json:
        """Call the controller as its client does; CommandError when it does not answer, JujuError when it refuses."""
        uuid = str(cast("Json", self.store.controllers[controller])["uuid"])
        user = self.user(controller)
        password = str(self.store.account(controller).get("password") or "")
        if not self.site.answers(uuid):
            (address, *_) = cast("list[str]", cast("Json", self.store.controllers[controller])["api-endpoints"])
            raise UnreachableError(f"unable to connect to API: dial tcp {address}: connect: no route to host")
        return self.site.call(user, password, facade, method, params or {}, model)
