"""A deploy that meets what deploys meet: things that earlier steps make, failures, programs that are not there yet."""

from collections.abc import Mapping
from io import StringIO
from typing import Any, cast

from pyinfra.operations import files, python, server, systemd

from providers.common.raw import flag, text
from providers.hosts.deploys.facts import look
from tests.support.example_facts import Answer, Mark

TOOL = "/usr/local/bin/example-tool"


def deploy(data: Mapping[str, object]) -> None:
    """A tool, then what only the tool can do."""
    files.put(name="the tool is there", src=StringIO(text(data, "tool")), dest=TOOL, mode="755", _sudo=True)
    answer = look(Answer) if flag(data, "ask") else ""
    if answer != "set":
        server.shell(name="the tool has set it", commands=[f"{TOOL} set"], _sudo=True)
    files.put(name="the last file is there", src=StringIO("end\n"), dest="/etc/example-end", mode="644", _sudo=True)


def undo(data: Mapping[str, object]) -> None:
    """Take all of it off."""
    del data
    for path in (TOOL, "/etc/example-set", "/etc/example-end"):
        files.file(name=f"{path} is gone", path=path, present=False, _sudo=True)


def failing(data: Mapping[str, object]) -> None:
    """Two steps, one that fails, one that must not run."""
    files.put(name="the first file is there", src=StringIO("1\n"), dest="/etc/example-1", mode="644", _sudo=True)
    command = f"seq 100; echo trying {text(data, 'secret')}; exit {text(data, 'status')}"
    server.shell(name="the middle works", commands=[command], _sudo=True)
    files.put(name="the last file is there", src=StringIO("3\n"), dest="/etc/example-3", mode="644", _sudo=True)


def service(data: Mapping[str, object]) -> None:
    """A service that does not exist."""
    systemd.service(name="the service runs", service=text(data, "service"), running=True, _sudo=True)


def callback(data: Mapping[str, object]) -> None:
    """A step in Python that breaks."""

    def broken() -> None:
        raise RuntimeError(text(data, "words"))

    call = cast("Any", python).call  # pyinfra leaves the function's type open
    call(name="the step in Python works", function=broken)


def buggy(data: Mapping[str, object]) -> None:
    """A deploy with a fault of its own."""
    files.directory(name="the folder is there", path="/etc", mode="755", _sudo=True)
    raise KeyError(text(data, "words"))


def slow(data: Mapping[str, object]) -> None:
    """A step that takes its time, once."""
    if look(Mark) != text(data, "mark"):
        commands = [f"sleep {text(data, 'seconds')}; echo {text(data, 'mark')} > /etc/example-set"]
        server.shell(name="the slow step is done", commands=commands, _sudo=True)


def hanging(data: Mapping[str, object]) -> None:
    """A step without an end."""
    del data
    server.shell(name="the step ends in time", commands=["echo begun; sleep 4242"], _sudo=True, _timeout=1)


def secret(data: Mapping[str, object]) -> None:
    """A file that only root may see, made anew and changed."""
    password = text(data, "secret")
    there = files.put(
        name="the password is there", src=StringIO(password), dest="/etc/example-secret", mode="600", _sudo=True
    )
    server.shell(
        name="the password is used",
        commands=['[ "$P" = "$(cat /etc/example-secret)" ]'],
        _env={"P": password},
        _sudo=True,
        _if=there.did_change,
    )
