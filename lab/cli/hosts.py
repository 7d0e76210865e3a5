"""The commands about servers: log in, make and delete what they are made from, publish repositories to them."""

import argparse
import os
import re
import socket
import sys
import time
from pathlib import Path
from typing import cast

from lab.daemon import control, process
from lab.daemon.process import LabError
from lab.hosts import base, cache, cgroups, mirror, needs, packages, served, ssh
from lab.hosts.guest import SSH
from lab.hosts.net import COURSE, MAIN
from lab.hosts.spec import USER
from lab.maas.home import Home
from lab.maas.models import Json
from lab.mainhost.spec import PROGRAM

MAIN_USER = "cloud"
_BOOT = 60.0
_PAUSE = 0.03


def make(*, rebuild: bool = False) -> None:
    """Make base and mirror where they are not there, and say so; LabError names what this machine lacks."""
    lacking = needs.missing()
    if lacking:
        raise LabError(f"Servers need {', '.join(lacking)}.")
    if rebuild:
        cache.forget([base.name(packages.load().base)])
    made = base.get(print)
    if rebuild:
        cache.forget(mirror.names(made.name))
    mirror.get(made, print)


def running() -> list[str]:
    """Name the servers of the course's network that run, as their cgroups tell."""
    trees = cgroups.here()
    return cgroups.names(trees, COURSE.prefix) if trees else []


def wait_for_main() -> None:
    """Wait until main answers SSH, so that whoever is told that the lab is up can log in."""
    deadline = time.monotonic() + _BOOT
    while time.monotonic() < deadline:
        try:
            socket.create_connection((COURSE.main, SSH), 1).close()
        except OSError:
            time.sleep(_PAUSE)
        else:
            return
    raise LabError(f"main did not answer SSH within {_BOOT:.0f} s; see hosts/main/console.log in the lab's home.")


def hosts(_home: Home, given: argparse.Namespace) -> int:
    """Make, make anew or delete what servers are made from, and list it."""
    if given.clean:
        cache.forget([each.name for each in cache.held()])
        print(f"{cache.root()} holds nothing any more.")
        return 0
    make(rebuild=given.rebuild)
    for each in cache.held():
        print(each)
    return 0


def login(home: Home, given: argparse.Namespace) -> int:
    """Become ssh, to main or to a machine that MAAS knows."""
    user, address = (MAIN_USER, COURSE.main) if given.name == MAIN else (USER, _address(home, given.name))
    words = cast("list[str]", given.words)
    command = ssh.command(home.ssh_key, user, address, words[1:] if words[:1] == ["--"] else words)
    os.execvp(command[0], command)  # noqa: S606 # a person's terminal belongs to ssh from here on


def main(home: Home, given: argparse.Namespace) -> int:
    """Become a program of main's, on this machine, talking to the lab at `home`."""
    if process.running(home) is None:
        raise LabError(f"The lab at {home.path} is down.")
    # the folder's descriptor, since a Unix socket's path has 107 bytes at most
    folder = os.open(home / "main" / "socket", os.O_PATH | os.O_DIRECTORY)
    os.set_inheritable(folder, True)
    where = {"LAB_MAIN_SOCKET": f"/proc/self/fd/{folder}/main.sock", "JUJU_DATA": str(home / "client")}
    command = [sys.executable, str(PROGRAM), str(given.program), *cast("list[str]", given.words)]
    os.execve(command[0], command, {**where, **os.environ})  # noqa: S606 # a person's terminal belongs to it from here on


def _address(home: Home, name: str) -> str:
    if process.running(home) is None:
        raise LabError(f"The lab at {home.path} is down.")
    machines = cast("list[Json]", cast("Json", control.ask(home.socket, "status"))["machines"])
    known = {str(each["hostname"]): cast("list[str]", each["addresses"]) for each in machines}
    if name not in known:
        raise LabError(f"There is no machine {name}; there are {', '.join([MAIN, *sorted(known)])}.")
    if not known[name]:
        raise LabError(f"{name} has no address: it is not deployed.")
    return known[name][0]


def git(home: Home, given: argparse.Namespace) -> int:
    """Publish a repository; its URL for servers."""
    name = str(given.name)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise LabError(f"A repository's name has letters, digits, '.', '_' and '-', not {name!r}.")
    bare = served.publish(cast("Path", given.path).absolute(), name, home / served.GIT)
    print(f"{COURSE.mirror}/git/{bare.name}")
    return 0
