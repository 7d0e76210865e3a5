"""The commands: each asks the daemon or starts and ends it, prints, and gives the exit code."""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from lab.cli import args, hosts, text
from lab.daemon import control, netns, process
from lab.daemon.control import ControlError
from lab.daemon.netns import NetworkError
from lab.daemon.process import Address, LabError, Start
from lab.hosts import needs
from lab.hosts.cache import CacheError
from lab.juju.hub import catalogue
from lab.maas import rack
from lab.maas.home import Home
from lab.maas.models import Json

PORT = 5240
LOOPBACK = "127.16.0.3"
_FOLLOW = 0.5


def main(arguments: Sequence[str]) -> int:
    """Run one command."""
    given = args.parser().parse_args(arguments)
    home = Home(cast("Path", given.home).absolute())
    paint = text.Paint(sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    try:
        if given.command in {"up", "down"}:
            with process.alone(home):
                return _COMMANDS[given.command](home, given, paint)
        return _COMMANDS[given.command](home, given, paint)
    except (LabError, ControlError, NetworkError, CacheError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # whoever read has seen enough; nothing is left to say to anybody at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _up(home: Home, given: argparse.Namespace, paint: text.Paint) -> int:
    rack.load(given.rack)
    catalogue.bring(home.charms)
    if given.reset:
        process.stop(home)
        process.purge(home)
    if process.running(home) is not None:
        print(f"The lab is {paint('green', 'up')} already, at {process.address_of(home).url}.")
        return _tell(home)
    had_state = (home / "state.json").exists()
    address = _address(given)
    with_hosts = _with_hosts(given, address)
    process.start(home, address, Start(given.rack, given.pace, given.factor, with_hosts, given.bare))
    if with_hosts:
        hosts.wait_for_main()
    where = f"namespace {netns.NAMESPACE}" if address.namespace else "this machine's loopback"
    if given.bare:
        print(f"main is {paint('green', 'up')}, without MAAS: `lab ssh main`, then `sudo snap install maas`.")
    else:
        print(f"MAAS is {paint('green', 'up')} at {address.url} ({where}).")
    print("It goes on with the state it had." if had_state else f"It is empty; its rack is {given.rack}.")
    return _tell(home)


def _with_hosts(given: argparse.Namespace, address: Address) -> bool:
    """Decide whether machines run as servers; what they are made from is made before."""
    lacking = [] if given.no_hosts or not address.namespace else needs.missing()
    wanted = address.namespace and not given.no_hosts and not lacking
    if given.bare and not wanted:
        raise LabError(f"--bare needs main as a server, and so {', '.join(lacking) or 'root and no --no-hosts'}.")
    if lacking:
        print(f"Machines will not run as servers: {', '.join(lacking)} missing.")
    if wanted:
        netns.check_free()
        hosts.make()
    return wanted


def _tell(home: Home) -> int:
    print(f"API key of cloud: {home.key}\nAMT password of the rack: {home.amt_password}\nSSH key: {home.ssh_key}.pub")
    print(f"Log: {home.log}")
    return 0


def _address(given: argparse.Namespace) -> Address:
    if given.listen:
        host, _, port = str(given.listen).rpartition(":")
        if not host or not port.isdigit():
            raise LabError(f"--listen takes HOST:PORT, not '{given.listen}'.")
        return Address(host, int(port), namespace=False)
    if given.loopback or os.geteuid() != 0:
        if not given.loopback:
            print(f"Not root, so without a namespace and without servers: MAAS listens on {LOOPBACK}:{PORT}.")
        return Address(LOOPBACK, PORT, namespace=False)
    return Address(netns.MAAS_ADDRESS, PORT, namespace=True)


def _down(home: Home, given: argparse.Namespace, _paint: text.Paint) -> int:
    print("The lab is down." if process.stop(home) else "The lab was not up.")
    if given.purge:
        process.purge(home)
        print("Its state and keys are deleted.")
    return 0


def _status(home: Home, given: argparse.Namespace, paint: text.Paint) -> int:
    if process.running(home) is None:
        print(json.dumps({"up": False}) if given.json else f"The lab at {home.path} is down.")
        return 1
    shown = cast("Json", control.ask(home.socket, "status"))
    url = process.address_of(home).url
    servers = hosts.running() if process.has_hosts(home) else []
    shown = {"up": True, "url": url, **shown, "servers": servers, "juju": control.ask(home.socket, "juju-status")}
    print(json.dumps(shown, indent=2) if given.json else text.status(shown, url, paint))
    return 0


def _events(home: Home, given: argparse.Namespace, paint: text.Paint) -> int:
    after, limit = 0, given.limit
    while True:
        listed = cast(
            "list[Json]",
            control.ask(home.socket, "events", machine=given.machine, level=given.level, limit=limit, after=after),
        )
        for each in listed:
            print(text.event(each, paint), flush=True)
        if not given.follow:
            return 0
        after, limit = (int(str(listed[-1]["id"])) if listed else after), 1000
        time.sleep(_FOLLOW)


def _pace(home: Home, given: argparse.Namespace, _paint: text.Paint) -> int:
    options = cast("dict[str, float | None]", vars(given))
    phases = {name.removeprefix("phase_"): value for name, value in options.items() if name.startswith("phase_")}
    chosen = {name: value for name, value in phases.items() if value is not None}
    if chosen and not given.mode:
        raise LabError("Seconds of a phase go with a pace: `lab pace timed --deploying 60`.")
    shown = control.ask(home.socket, "pace", mode=given.mode, factor=given.factor, phases=chosen, advance=given.advance)
    print(json.dumps(shown))
    return 0


def _fault(home: Home, given: argparse.Namespace, _paint: text.Paint) -> int:
    if given.action == "list":
        print(text.faults(cast("list[Json]", control.ask(home.socket, "fault-list"))))
        return 0
    if given.action == "clear":
        print(f"{control.ask(home.socket, 'fault-clear', id=given.id)} taken away.")
        return 0
    fields = {name: value for name, value in vars(given).items() if name not in {"home", "command", "action"}}
    print(text.faults([cast("Json", control.ask(home.socket, "fault-add", **fields))]))
    return 0


def _hand(home: Home, given: argparse.Namespace, _paint: text.Paint) -> int:
    print(f"By hand: {control.ask(home.socket, 'hand', action=given.action, target=given.target)}.")
    return 0


def _juju(home: Home, given: argparse.Namespace, _paint: text.Paint) -> int:
    if given.part == "hand":
        print(f"By hand: {control.ask(home.socket, 'juju-hand', action=given.action, target=given.target)}.")
        return 0
    if given.action == "list":
        print(text.faults(cast("list[Json]", control.ask(home.socket, "juju-fault-list"))))
        return 0
    if given.action == "clear":
        print(f"{control.ask(home.socket, 'juju-fault-clear', id=given.id)} taken away.")
        return 0
    fields = {name: value for name, value in vars(given).items() if name not in {"home", "command", "part", "action"}}
    print(text.faults([cast("Json", control.ask(home.socket, "juju-fault-add", **fields))]))
    return 0


def _key(home: Home, given: argparse.Namespace, _paint: text.Paint) -> int:
    path = home.amt_password if given.amt else home.password if given.password else home.key
    if not path.exists():
        raise LabError(f"There is no {path}: start the lab first, with `lab up`.")
    print(path.read_text().strip())
    return 0


def _ssh(home: Home, given: argparse.Namespace, _paint: text.Paint) -> int:
    return hosts.login(home, given)


def _main(home: Home, given: argparse.Namespace, _paint: text.Paint) -> int:
    return hosts.main(home, given)


def _hosts(home: Home, given: argparse.Namespace, _paint: text.Paint) -> int:
    return hosts.hosts(home, given)


def _git(home: Home, given: argparse.Namespace, _paint: text.Paint) -> int:
    return hosts.git(home, given)


_COMMANDS = {
    "up": _up,
    "down": _down,
    "status": _status,
    "events": _events,
    "pace": _pace,
    "fault": _fault,
    "hand": _hand,
    "juju": _juju,
    "main": _main,
    "key": _key,
    "ssh": _ssh,
    "hosts": _hosts,
    "git": _git,
}
