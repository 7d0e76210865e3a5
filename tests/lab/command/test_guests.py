"""remote.Command and CopyToRemote against OpenSSH on a server of the lab's rack: boots, environments, signals, ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lab.hosts.testing import Guest, Hosts
from plugins.command.actions import Run
from plugins.command.dialing import Clock
from plugins.command.masking import mask_of
from plugins.command.shapes import COPY_TO_REMOTE, REMOTE_COMMAND
from plugins.command.values import Archive, Properties, Secret, Value
from tests.lab.command.server import Hours, Teller
from tests.support import guests

pytestmark = pytest.mark.slow
rack = guests.rack


@pytest.fixture
def guest(rack: Hosts) -> Guest:
    return guests.guest(rack, "command1")


def connection(guest: Guest, **more: Value) -> Properties:
    key = Secret(guest.key_file.read_text())
    given: Properties = {"host": guest.address, "port": 22.0, "user": guest.user, "privateKey": key, **more}
    return {"connection": Secret(given)}


def running(inputs: Properties, teller: Teller | None = None) -> Run:
    return Run(REMOTE_COMMAND, teller or Teller(), mask_of(inputs))


def create(guest: Guest, teller: Teller | None = None, **inputs: Value) -> Properties:
    given: Properties = {**connection(guest), **inputs}
    return asyncio.run(running(given, teller).create(given))


def test_a_command_runs_as_the_user(guest: Guest):
    found = create(guest, create="id -un; hostname; cat; echo told >&2", stdin="and read")
    assert found == {"stdout": f"{guest.user}\n{guest.name}\nand read", "stderr": "told"}


def test_variables_reach_the_command_whether_openssh_takes_them_or_not(guest: Guest):
    # AcceptEnv of Debian and Ubuntu: LANG and LC_*
    environment: Value = {"LC_NAME": "by the channel", "DB_PASSWORD": Secret("it's by\nstdin")}
    found = create(guest, create='echo "$LC_NAME, $DB_PASSWORD"; ps -ef', environment=environment)
    first, _, listed = str(found["stdout"]).partition("UID")
    assert first == "by the channel, it's by\nstdin\n"
    assert "it's by" not in listed


def test_the_host_key_is_checked(guest: Guest):
    known = guest.run("cat /etc/ssh/ssh_host_ed25519_key.pub").strip()
    given: Properties = {**connection(guest, hostKey=known), "create": "echo in"}
    assert asyncio.run(running(given).create(given))["stdout"] == "in"


def test_an_interruption_ends_the_command_on_the_server(guest: Guest):
    async def act() -> None:
        teller = Teller()
        given: Properties = {**connection(guest), "create": "echo begun; exec sleep 4242"}
        task = asyncio.create_task(running(given, teller).create(given))
        async with asyncio.timeout(30):
            while "begun" not in teller.lines:
                await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(act())
    assert guest.run("pgrep -f '[s]leep 4242'", check=False) == ""


def test_a_folder_is_copied(guest: Guest, tmp_path: Path):
    (tmp_path / "site" / "css").mkdir(parents=True)
    (tmp_path / "site" / "index.html").write_text("<p>")
    (tmp_path / "site" / "css" / "a.css").write_bytes(b"\0" * 300_000)
    given: Properties = {**connection(guest), "source": Archive("aa", path=str(tmp_path / "site"))}
    given["remotePath"] = "/tmp/www"
    assert asyncio.run(Run(COPY_TO_REMOTE, Teller(), mask_of(given)).create(given)) == {}
    assert guest.run("cd /tmp/www && find . -type f -printf '%P %s\\n' | sort").split("\n")[:2] == [
        "site/css/a.css 300000",
        "site/index.html 3",
    ]


def test_a_server_that_boots_is_waited_for(guest: Guest):
    guest.kill()
    teller = Teller()

    async def act() -> Properties:
        given: Properties = {**connection(guest, perDialTimeout=2.0), "create": "echo up"}
        task = asyncio.create_task(running(given, teller).create(given))
        async with asyncio.timeout(120):
            while not teller.lines:
                await asyncio.sleep(0.05)
            await asyncio.to_thread(guest.start, wait=False)
            return await task

    assert asyncio.run(act())["stdout"] == "up"
    assert "trying for 9 min" in teller.lines[0]


def test_deleting_on_a_server_that_is_gone_succeeds_with_a_warning(guest: Guest):
    guest.kill()
    hours, teller = Hours(), Teller()
    state: Properties = {**connection(guest, perDialTimeout=1.0), "delete": "true", "stdout": "", "stderr": ""}
    run = Run(REMOTE_COMMAND, teller, mask_of(state), Clock(hours.now, hours.sleep))
    asyncio.run(run.delete(state))
    assert "taken for gone" in teller.warnings[0]
