"""The command `maas` on main, for what it asks of the host itself (pure): init, status, config, users and their keys.

Logging in and calling the API is done on main, over HTTP (`guest/program.py`): it needs nothing of the host.
Words are those of MAAS 3.5, as far as they are remembered; `docs/lab.md` says what was not compared.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from lab.maas import accounts, seed
from lab.maas.models import User
from lab.maas.world import World
from lab.mainhost.asked import Answer, Asked, Prompt, failed
from lab.mainhost.grammar import Grammar, Stopped

TEST_DB: Final = "maas-test-db:///"

_HELP: Final = """\
usage: maas [-h] COMMAND ...

optional arguments:
  -h, --help      show this help message and exit

drill down:
  COMMAND
    login         Log in to a remote API, and remember its description and credentials.
    logout        Log out of a remote API, purging any stored credentials.
    list          List remote APIs that have been logged-in to.
    refresh       Refresh the API descriptions of all profiles.
    init          Initialise MAAS in the specified run mode.
    config        View or change controller configuration.
    status        Status of controller services.
    createadmin   Create a MAAS administrator account.
    apikey        Used to manage a user's API keys. Shows existing keys unless --generate or --delete is passed.

https://maas.io/
"""

_READY: Final = """\
MAAS has been set up.

If you want to configure external authentication or use
MAAS with Canonical RBAC, please run

  sudo maas configauth

To create admins when not using external authentication, run

  sudo maas createadmin

To enable TLS for secured communication, please run

  sudo maas config-tls enable

"""

_SERVICES: Final = (
    "agent", "apiserver", "bind9", "dhcpd", "dhcpd6", "http", "ntp", "proxy", "rackd", "regiond", "syslog", "temporal",
    "temporal-worker",
)  # fmt: skip


def run(world: World, asked: Asked, now: float) -> Answer:
    """Do one `maas` command line; `now` in seconds since the epoch."""
    if "maas" not in world.snaps:
        return failed("maas: command not found", 127)
    if not asked.argv or asked.argv[0] in {"-h", "--help"}:
        return Answer(out=_HELP)
    name = asked.argv[0]
    command = _COMMANDS.get(name)
    if command is None:
        choices = ", ".join(f"'{each}'" for each in ("login", "logout", "list", "refresh", *_COMMANDS))
        words = f"argument COMMAND: invalid choice: '{name}' (choose from {choices})"
        return failed(f"usage: maas [-h] COMMAND ...\nmaas: error: {words}", 2)
    if not asked.root and name in _ROOT_ONLY and not {"-h", "--help"} & set(asked.argv):
        return failed(f"The '{name}' command must be run by root.")
    try:
        return command(world, asked, now)
    except Stopped as stopped:
        return stopped.answer


def _init(world: World, asked: Asked, now: float) -> Answer:
    parser = Grammar(prog="maas init", description="Initialise MAAS in the specified run mode.")
    parser.add_argument("run_mode", choices=["region+rack", "region", "rack"], metavar="{region+rack,region,rack}")
    parser.add_argument("--maas-url", help="URL that MAAS should use for communicate from the nodes to MAAS")
    parser.add_argument("--database-uri", help="URI for the MAAS Postgres database")
    parser.add_argument("--force", action="store_true", help="skip confirmation questions when initialization exists")
    parser.add_argument("--admin-username", default="", help=f"{_LATER}")
    given = parser.parse_args(asked.argv[1:])
    if given.run_mode != "region+rack":
        return failed(
            f"Run mode '{given.run_mode}': this host of the lab is both, so only region+rack can be initialised."
        )
    if given.admin_username:
        return failed(f"--admin-username: {_LATER}.")
    prompts = _init_prompts(world, given.maas_url, given.database_uri, given.force)
    if open_ones := [each for each in prompts if each.name not in asked.answers]:
        return Answer(prompts=tuple(open_ones))
    if asked.answers.get("again", "yes") != "yes":
        return Answer(code=1)
    url = str(given.maas_url or asked.answers.get("url") or world.meta.host.url)
    uri = str(given.database_uri or asked.answers.get("uri") or TEST_DB)
    wrong = _wrong_init(world, url, uri)
    if wrong:
        return failed(wrong)
    if not seed.initialised(world):
        seed.initialise(world, now, url)
    return Answer(out=_READY)


_LATER: Final = "an administrator is made by `maas createadmin` afterwards"


def _init_prompts(world: World, url: str | None, uri: str | None, force: bool) -> list[Prompt]:
    prompts: list[Prompt] = []
    if seed.initialised(world) and not force:
        prompts.append(Prompt("again", "Are you sure you want to initialize again (yes/no)? "))
    if url is None:
        prompts.append(Prompt("url", f"MAAS URL [default={world.meta.host.url}]: "))
    if uri is None:
        shape = "postgres://user:pass@host:port/dbname or maas-test-db:///"
        prompts.append(Prompt("uri", f"Database URI ({shape}) [default={TEST_DB}]: "))
    return prompts


def _wrong_init(world: World, url: str, uri: str) -> str:
    """Say what is wrong with the address or the database, "" when nothing is."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"--maas-url: '{url}' is no URL of a MAAS; it looks like {world.meta.host.url}."
    if uri != TEST_DB:
        return f"--database-uri: this host has no database at '{uri}'; the lab's MAAS keeps its data in {TEST_DB}."
    if "maas-test-db" not in world.snaps:
        return f"The 'maas-test-db' snap needs to be installed to use {TEST_DB}."
    return ""


def _status(world: World, asked: Asked, now: float) -> Answer:
    Grammar(prog="maas status").parse_args(asked.argv[1:])
    if not seed.initialised(world):
        return failed("MAAS is not configured")
    since = time.strftime("today at %H:%M UTC", time.gmtime(now))
    off = [] if any(each.dhcp_on for each in world.vlans) else ["dhcpd"]
    lines = [f"{'Service':<17}{'Startup':<10}{'Current':<10}Since"]
    for name in _SERVICES:
        up = name not in {*off, "dhcpd6", "agent"}
        state = ("enabled", "active", since) if up else ("disabled", "inactive", "-")
        lines.append(f"{name:<17}{state[0]:<10}{state[1]:<10}{state[2]}")
    return Answer(out="".join(f"{line}\n" for line in lines))


def _config(world: World, asked: Asked, _now: float) -> Answer:
    parser = Grammar(prog="maas config", description="View or change controller configuration.")
    parser.add_argument("--show", action="store_true", help="Show the current configuration (the default).")
    parser.add_argument(
        "--parsable", action="store_true", help="Output the current configuration in a parsable format."
    )
    given = parser.parse_args(asked.argv[1:])
    mode = "region+rack" if seed.initialised(world) else "none"
    url = world.meta.maas_url or world.meta.host.url
    settings = [f"maas_url={url}"] if seed.initialised(world) else []
    if given.parsable:
        return Answer(out="".join(f"{line}\n" for line in (f"mode={mode}", *settings)))
    return Answer(out="".join(f"{line}\n" for line in (f"Mode: {mode}", "Settings:", *settings)))


def _createadmin(world: World, asked: Asked, _now: float) -> Answer:
    parser = Grammar(prog="maas createadmin", description="Create a MAAS administrator account.")
    for name in ("username", "password", "email", "ssh-import"):
        parser.add_argument(f"--{name}")
    given = parser.parse_args(asked.argv[1:])
    if not seed.initialised(world):
        return failed(_NO_REGION)
    values = {"username": given.username, "password": given.password, "email": given.email}
    prompts = [prompt for prompt in _ADMIN_PROMPTS if values[prompt.name] is None]
    if prompts and given.ssh_import is None:
        prompts.append(_IMPORT)
    if open_ones := [each for each in prompts if each.name not in asked.answers]:
        return Answer(prompts=tuple(open_ones))
    username, password, email = (
        str(values[name] if values[name] is not None else asked.answers[name]) for name in values
    )
    wrong = _wrong_admin(world, username, password, email, given.ssh_import or asked.answers.get("ssh_import", ""))
    if wrong:
        return failed(f"CommandError: {wrong}")
    seed.create_admin(world, username, email, password)
    return Answer()


_NO_REGION: Final = "CommandError: MAAS is not configured: run 'maas init' first."
_ADMIN_PROMPTS: Final = (
    Prompt("username", "Username: "),
    Prompt("password", "Password: ", secret=True, again="Again: "),
    Prompt("email", "Email: "),
)
_IMPORT: Final = Prompt("ssh_import", "Import SSH keys [] (lp:user-id or gh:user-id): ")


def _wrong_admin(world: World, username: str, password: str, email: str, keys: str) -> str:
    if not username:
        return "You must provide a username with --username."
    if not password:
        return "You must provide a password with --password."
    if not email:
        return "You must provide an email with --email."
    if keys:
        return f"Unable to import SSH keys of '{keys}': Launchpad and GitHub cannot be reached."
    if username in world.users:
        return "A user with the username %s already exists." % username  # noqa: UP031 # as Django's own words are made
    if any(each.email == email for each in world.users):
        return f"A user with the email {email} already exists."
    return ""


def _apikey(world: World, asked: Asked, _now: float) -> Answer:
    parser = Grammar(prog="maas apikey", description="Used to manage a user's API keys.")
    parser.add_argument("--username", help="Specifies the username for the user.")
    parser.add_argument("--generate", action="store_true", help="Generate a new api key.")
    parser.add_argument("--delete", metavar="KEY", help="Delete the supplied api key.")
    given = parser.parse_args(asked.argv[1:])
    if not seed.initialised(world):
        return failed(_NO_REGION)
    if given.username is None:
        return failed("CommandError: You must provide a username with --username.")
    if given.generate and given.delete is not None:
        return failed("CommandError: Specify one of --generate or --delete.")
    user = world.users.find(given.username)
    if user is None:
        return failed("CommandError: User does not exist.")
    if given.delete is not None:
        return _delete_key(world, user, given.delete)
    if given.generate:
        return Answer(out=f"{accounts.api_key(accounts.new_token(world, user.username, 'MAAS consumer'))}\n")
    return Answer(out="".join(f"{each}\n" for each in _keys(world, user)))


def _keys(world: World, user: User) -> Sequence[str]:
    return [accounts.api_key(each) for each in world.tokens if each.username == user.username]


def _delete_key(world: World, user: User, key: str) -> Answer:
    if key not in _keys(world, user):
        return failed("CommandError: No matching api key found.")
    world.tokens.remove(key.split(":")[1])
    return Answer()


_ROOT_ONLY: Final = {"init", "config", "status", "createadmin", "apikey"}
_COMMANDS: Final[dict[str, Callable[[World, Asked, float], Answer]]] = {
    "init": _init,
    "config": _config,
    "status": _status,
    "createadmin": _createadmin,
    "apikey": _apikey,
}
