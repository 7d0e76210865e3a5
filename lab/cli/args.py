"""The command line's grammar: every command, its options and their help."""

import argparse
import os
from pathlib import Path

from lab.juju import faults as juju_faults
from lab.juju import hands as juju_hands
from lab.maas.faults import KINDS
from lab.maas.hands import HANDS
from lab.maas.phases import NAMES


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(
        prog="lab",
        description="A rack in a box: a MAAS 3.5 to develop and test against, on this machine alone.",
        epilog="Exit codes: 0 done, 1 it could not be done (one sentence on stderr), 2 wrong usage.",
    )
    root.add_argument(
        "--home",
        type=Path,
        default=Path(os.environ.get("LAB_HOME") or ".lab"),
        help="directory of state, keys and log (default: $LAB_HOME, else .lab)",
    )
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _up(commands.add_parser("up", help="start the lab in the background, if it is not up"))
    _down(commands.add_parser("down", help="end the lab; its state stays"))
    status = commands.add_parser("status", help="machines, images, DHCP, pace, faults at a glance")
    status.add_argument("--json", action="store_true", help="for programs")
    _events(commands.add_parser("events", help="MAAS's events"))
    _pace(commands.add_parser("pace", help="show or change how fast things go"))
    _fault(commands.add_parser("fault", help="let things go wrong"))
    _hand(commands.add_parser("hand", help="do what another admin would do behind the program's back"))
    _juju(commands.add_parser("juju", help="faults and hands of Juju's controller"))
    _main(commands.add_parser("main", help="run snap, maas or juju as main has them, where main is no server"))
    _key(commands.add_parser("key", help="print the API key of the user cloud"))
    _ssh(commands.add_parser("ssh", help="log in to a server, or run a command on it"))
    _hosts(commands.add_parser("hosts", help="what servers are made from: base system and package mirror"))
    _git(commands.add_parser("git", help="publish repositories to the servers"))
    return root


def _up(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rack", default="course", metavar="RACK", help="course, fleet:N or a YAML file")
    parser.add_argument("--reset", action="store_true", help="forget all state: an empty MAAS, new keys")
    parser.add_argument("--pace", choices=["immediate", "timed", "manual"], default="immediate")
    parser.add_argument("--factor", type=float, default=1.0, help="of the timed pace: 0.1 is ten times as fast")
    parser.add_argument("--bare", action="store_true", help="main runs, and MAAS is still to be installed on it")
    parser.add_argument("--no-hosts", action="store_true", help="machines that MAAS deploys do not run as servers")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--loopback", action="store_true", help="listen on 127.16.0.3:5240, no namespace, no root")
    where.add_argument("--listen", metavar="HOST:PORT", help="listen there instead, no namespace, no root")


def _down(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--purge", action="store_true", help="delete the state and the keys as well")


def _events(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("machine", nargs="?", default="", help="only of this machine")
    parser.add_argument("--level", default="INFO", help="this level and above (default: INFO)")
    parser.add_argument("--limit", type=int, default=100, help="the newest so many (default: 100)")
    parser.add_argument("--follow", action="store_true", help="go on as events come, until interrupted")


def _pace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mode", nargs="?", choices=["immediate", "timed", "manual"])
    parser.add_argument("--factor", type=float, default=1.0, help="of the timed pace: 0.1 is ten times as fast")
    parser.add_argument("--advance", type=float, metavar="SECONDS", help="put the lab's clock forward")
    for name in NAMES:
        parser.add_argument(
            f"--{name.replace('_', '-')}", dest=f"phase_{name}", type=float, metavar="SECONDS", help=argparse.SUPPRESS
        )
    parser.epilog = "Seconds of one phase: " + ", ".join(f"--{name.replace('_', '-')} S" for name in NAMES)


def _fault(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add a fault")
    add.add_argument("kind", choices=KINDS)
    add.add_argument("--machine", default="", help="hostname or system id (default: any)")
    add.add_argument("--phase", default="", help="commissioning, deploying, ... (default: any)")
    add.add_argument("--method", default="", help="GET, POST, PUT or DELETE")
    add.add_argument("--path", default="", metavar="REGEX", help="searched in the path, e.g. 'machines/$'")
    add.add_argument("--op", default="", help="an operation, e.g. deploy")
    add.add_argument("--text", default="", help="the reason, as MAAS would give it")
    add.add_argument("--status", type=int, default=0, help="of status faults: 503, 409, 504, ...")
    add.add_argument("--retry-after", type=int, default=None, metavar="SECONDS", help="send this header too")
    add.add_argument("--seconds", type=float, default=0.0, help="of slow faults")
    add.add_argument("--times", type=int, default=None, help="strike so many times (default: for ever)")
    add.add_argument("--every", type=int, default=1, help="strike at every n-th match only")
    actions.add_parser("list", help="list the faults")
    clear = actions.add_parser("clear", help="take away one fault, or all")
    clear.add_argument("id", nargs="?", type=int, default=None)


def _hand(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=list(HANDS), metavar="ACTION")
    # tags to take away begin with a dash
    parser.add_argument("target", nargs=argparse.REMAINDER, metavar="TARGET")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(["actions:", *(f"  {name} {hand.arguments}" for name, hand in HANDS.items())])


def _juju(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="part", required=True, metavar="COMMAND")
    fault = commands.add_parser("fault", help="let things go wrong for Juju").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    add = fault.add_parser("add", help="add a fault")
    add.add_argument("kind", choices=juju_faults.KINDS)
    add.add_argument("--model", default="", help="name or uuid (default: any)")
    add.add_argument("--target", default="", help="a unit, an application or a machine (default: any)")
    add.add_argument("--hook", default="", help="of hook faults: install, config-changed, ... (default: any)")
    add.add_argument("--facade", default="", help="of calls: Application, Client, ... (default: any)")
    add.add_argument("--method", default="", help="of calls: Deploy, FullStatus, ... (default: any)")
    add.add_argument("--text", default="", help="the reason, as Juju or the charm would give it")
    add.add_argument("--code", default="", help="of call faults: Juju's code, e.g. 'not found'")
    add.add_argument("--seconds", type=float, default=0.0, help="of slow faults")
    add.add_argument("--times", type=int, default=None, help="strike so many times (default: for ever)")
    add.add_argument("--every", type=int, default=1, help="strike at every n-th match only")
    fault.add_parser("list", help="list the faults")
    clear = fault.add_parser("clear", help="take away one fault, or all")
    clear.add_argument("id", nargs="?", type=int, default=None)
    hand = commands.add_parser("hand", help="do what another admin would do behind the program's back")
    hand.add_argument("action", choices=list(juju_hands.HANDS), metavar="ACTION")
    hand.add_argument("target", nargs=argparse.REMAINDER, metavar="TARGET", help="[MODEL:] and what the action takes")
    hand.formatter_class = argparse.RawDescriptionHelpFormatter
    listed = (f"  {name} {each.arguments}" for name, each in juju_hands.HANDS.items())
    hand.epilog = "\n".join(["actions:", *listed])


def _main(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("program", choices=["snap", "maas", "juju"])
    # options of the program begin with a dash
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="WORD", help="of its command line")
    parser.epilog = "Juju's client keeps its files in HOME/client, unless $JUJU_DATA names another folder."


def _key(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--amt", action="store_true", help="print the rack's AMT password instead")
    which.add_argument("--password", action="store_true", help="print cloud's password instead")


def _ssh(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="main, or a machine's hostname")
    # options of the remote command begin with a dash
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND", help="run this instead of a shell")
    parser.epilog = "Logs in with the key of cloud on main (HOME/ssh-key): as cloud on main, else as ubuntu."


def _hosts(parser: argparse.ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--rebuild", action="store_true", help="make them anew, with the archive's newest packages")
    how.add_argument("--clean", action="store_true", help="delete all of them, of older lists too")
    parser.epilog = "They lie in $M2C_CACHE, else /var/cache/metal-to-cloud, and are made from lab/packages.yaml."


def _git(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="publish a repository, or a folder as its only commit, at /git/NAME.git")
    add.add_argument("path", type=Path, metavar="PATH", help="of the repository or folder")
    add.add_argument("name", metavar="NAME", help="of the published repository; one of that name is replaced")
