"""remote.Command against an SSH server: what travels, what is told, what each failure says."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncssh
import pytest

from plugins.command.actions import Run
from plugins.command.dialing import Clock
from plugins.command.errors import CommandError, HostGoneError
from plugins.command.masking import mask_of
from plugins.command.shapes import REMOTE_COMMAND
from plugins.command.values import Properties, Secret, Value
from tests.lab.command.server import LOCKED, LOGIN, PASSWORD, STRANGER, Host, Hours, Teller, serving


def play(host: Host, act: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        async with serving(host):
            await act()

    asyncio.run(run())


def running(inputs: Properties, teller: Teller | None = None, hours: Hours | None = None) -> Run:
    hours = hours or Hours()
    return Run(REMOTE_COMMAND, teller or Teller(), mask_of(inputs), Clock(hours.now, hours.sleep))


def create(host: Host, teller: Teller | None = None, hours: Hours | None = None, **inputs: Value) -> Properties:
    """Serve a host and create a remote.Command there."""
    found: Properties = {}

    async def act() -> None:
        given: Properties = {**host.connection(), **inputs}
        found.update(await running(given, teller, hours).create(given))

    play(host, act)
    return found


def refused(where: Host, hours: Hours | None = None, **connection: Value) -> str:
    """Serve a host, fail to connect there, and give the error's text."""
    said: list[str] = []

    async def act() -> None:
        given: Properties = {**where.connection(**connection), "create": "true"}
        with pytest.raises(CommandError) as failed:
            await running(given, hours=hours).create(given)
        said.append(str(failed.value))

    play(where, act)
    return said[0]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


# --- what comes out


def test_stdout_and_stderr_are_kept_and_told():
    teller = Teller()
    assert create(Host(), teller, create="echo out; echo err >&2") == {"stdout": "out", "stderr": "err"}
    assert sorted(teller.lines) == ["err", "out"]


@pytest.mark.parametrize(
    ("logging", "told"), [("stdout", ["out"]), ("stderr", ["err"]), ("none", []), ("stdoutAndStderr", ["err", "out"])]
)
def test_logging_chooses_what_is_told(logging: str, told: list[str]):
    teller = Teller()
    create(Host(), teller, create="echo out; echo err >&2", logging=logging)
    assert sorted(teller.lines) == told


def test_stdin_reaches_the_command():
    assert create(Host(), create="wc -c", stdin="x" * 200_000)["stdout"] == "200000"
    assert create(Host(), create="true", stdin="x" * 200_000)["stdout"] == ""


# --- environment


def test_variables_that_the_server_takes_go_by_the_channel():
    host = Host(accepts=frozenset(("LC_A",)))
    assert create(host, create='echo "$LC_A"', environment={"LC_A": "a b"})["stdout"] == "a b"
    assert host.commands == ["env", 'echo "$LC_A"']


def test_other_variables_come_by_stdin_and_stand_on_no_command_line():
    host = Host(accepts=frozenset(("LC_A",)))
    environment: Value = {"LC_A": "1", "DB_PASSWORD": Secret("it's\na $ecret")}
    found = create(host, create='echo "$LC_A $DB_PASSWORD"; cat', environment=environment, stdin="and stdin")
    assert found["stdout"] == "1 it's\na $ecret\nand stdin"
    assert "ecret" not in "".join(host.commands).replace("DB_PASSWORD", "")


def test_the_last_output_comes_back_unless_it_is_not_wanted():
    host = Host()

    async def act() -> None:
        for wanted, want in ((True, "[before]"), (False, "[]")):
            given: Properties = {**host.connection(), "create": 'echo "[$PULUMI_COMMAND_STDOUT]"'}
            given["addPreviousOutputInEnv"] = wanted
            assert (await running(given).update(given, {"stdout": "before"}))["stdout"] == want

    play(host, act)


def test_a_server_without_posix_goes_without_the_last_output_and_refuses_variables():
    host, teller = Host(posix=False), Teller()

    async def act() -> None:
        given: Properties = {**host.connection(), "create": "echo hi"}
        assert (await running(given, teller).update(given, {"stdout": "x"}))["stdout"] == "hi"
        given["environment"] = {"A": "1"}
        with pytest.raises(CommandError, match=r"environment\.A cannot be set there"):
            await running(given).create(given)

    play(host, act)
    assert "PULUMI_COMMAND_STDOUT" in teller.warnings[0]


def test_a_last_output_that_is_too_long_is_left_out():
    host, teller = Host(), Teller()

    async def act() -> None:
        given: Properties = {**host.connection(), "create": 'echo "${PULUMI_COMMAND_STDOUT-unset}"'}
        assert (await running(given, teller).update(given, {"stdout": "x" * 200_000}))["stdout"] == "unset"

    play(host, act)
    assert "longer than an environment can hold" in teller.warnings[0]


# --- which command


@pytest.mark.parametrize(
    ("commands", "created", "updated"),
    [
        ({"create": "echo c"}, "c", "c"),
        ({"create": "echo c", "update": "echo u"}, "c", "u"),
        ({"update": "echo u"}, None, "u"),
        ({"delete": "echo d"}, None, None),
    ],
)
def test_which_command_runs(commands: Properties, created: str | None, updated: str | None):
    host = Host()

    async def act() -> None:
        given = {**host.connection(), **commands}
        assert (await running(given).create(given)).get("stdout") == created
        assert (await running(given).update(given, {})).get("stdout") == updated

    play(host, act)


def test_delete_runs_with_the_last_output(tmp_path: Path):
    host = Host()

    async def act() -> None:
        state: Properties = {**host.connection(), "stdout": "id-7", "stderr": ""}
        state["delete"] = f"echo $PULUMI_COMMAND_STDOUT > {tmp_path}/deleted"
        await running(state).delete(state)

    play(host, act)
    assert (tmp_path / "deleted").read_text() == "id-7\n"


# --- failures


def test_a_command_that_fails_tells_host_code_and_last_lines_of_stderr():
    host = Host()
    with pytest.raises(CommandError) as failed:
        create(host, create="echo working; for i in $(seq 30); do echo line $i >&2; done; exit 7")
    text = str(failed.value)
    assert f"ubuntu@127.0.0.1:{host.port}: " in text
    assert "ended with exit code 7" in text
    assert text.splitlines()[-1] == "  line 30"
    assert "line 15\n" not in text
    assert "  working" not in text


def test_a_command_that_is_killed_tells_the_signal():
    with pytest.raises(CommandError, match="ended with signal KILL"):
        create(Host(), create="kill -9 $$")


def test_a_wrong_key_tells_what_was_tried():
    text = refused(Host(), privateKey=Secret(STRANGER.export_private_key().decode()))
    assert "the login was refused; tried privateKey (SHA256:" in text


def test_no_credentials_at_all_are_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    assert "neither privateKey nor password" in refused(Host(), privateKey=None)


def test_a_wrong_password_does_not_show():
    text = refused(Host(), privateKey=None, password=Secret("hunter2hunter2"))
    assert "tried password" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("key", "passphrase", "said"),
    [
        pytest.param("no key", None, "privateKey is no private key", id="bad text"),
        pytest.param(LOCKED, None, "is encrypted, and privateKeyPassword is needed", id="no passphrase"),
        pytest.param(LOCKED, "wrong", "privateKeyPassword does not open", id="wrong passphrase"),
    ],
)
def test_bad_keys_are_named_before_anybody_is_dialled(key: str, passphrase: str | None, said: str):
    host = Host()
    assert said in refused(host, port=1.0, privateKey=Secret(key), privateKeyPassword=passphrase)
    assert host.commands == []


def test_a_changed_host_key_is_final():
    hours = Hours()
    stranger = STRANGER.export_public_key().decode()
    assert "does not show the key of hostKey (SHA256:" in refused(Host(), hours, hostKey=stranger)
    assert hours.pauses == 0


def test_a_host_key_that_is_none_is_quoted():
    assert "hostKey is 'nonsense', which is no public key" in refused(Host(), hostKey="nonsense")


def test_an_agent_that_is_not_there_is_named(tmp_path: Path):
    assert "no SSH agent at agentSocketPath" in refused(Host(), agentSocketPath=f"{tmp_path}/none")


def test_nobody_at_the_address_is_told_after_ten_minutes():
    hours = Hours()
    text = refused(Host(), hours, port=float(free_port()))
    assert "connection refused" in text
    assert hours.seconds == pytest.approx(600)


def test_a_dial_limit_is_obeyed():
    hours = Hours()
    assert "(4 dials; dialErrorLimit is 3)" in refused(Host(), hours, port=float(free_port()), dialErrorLimit=3.0)
    assert hours.pauses == 3


def test_a_name_that_nobody_knows_is_told():
    assert "name" in refused(Host(), host="no-such-host.invalid", dialErrorLimit=0.0).lower()


# --- logging in


@pytest.mark.parametrize(
    "login",
    [
        pytest.param({"privateKey": None, "password": Secret(PASSWORD)}, id="password"),
        pytest.param({"privateKey": Secret(LOCKED), "privateKeyPassword": Secret("open sesame")}, id="passphrase"),
        pytest.param({"privateKey": Secret(LOGIN.export_private_key("pkcs8-pem").decode())}, id="PEM"),
    ],
)
def test_ways_to_log_in(login: Properties):
    host = Host()

    async def act() -> None:
        given: Properties = {**host.connection(**login, hostKey=host.public_key), "create": "echo in"}
        assert (await running(given).create(given))["stdout"] == "in"

    play(host, act)


@pytest.mark.parametrize("by_environment", [True, False], ids=["SSH_AUTH_SOCK", "agentSocketPath"])
def test_an_agent_logs_in(tmp_path: Path, by_environment: bool, monkeypatch: pytest.MonkeyPatch):
    host, path = Host(), str(tmp_path / "agent")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)

    async def act() -> None:
        agent = await asyncio.create_subprocess_exec(
            "ssh-agent", "-D", "-a", path, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            while not Path(path).exists():
                await asyncio.sleep(0.01)
            async with asyncssh.connect_agent(path) as keys:
                await keys.add_keys([LOGIN])
            if by_environment:
                monkeypatch.setenv("SSH_AUTH_SOCK", path)
            where = host.connection(privateKey=None, agentSocketPath=None if by_environment else path)
            given: Properties = {**where, "create": "echo in"}
            assert (await running(given).create(given))["stdout"] == "in"
        finally:
            agent.terminate()
            await agent.wait()

    play(host, act)


def test_a_server_that_boots_is_waited_for_with_a_line_for_each_dial():
    host, teller, hours = Host(drops=20), Teller(), Hours()
    assert create(host, teller, hours, create="echo up")["stdout"] == "up"
    assert hours.pauses == 20
    assert "trying for 9 min" in teller.lines[5]


def test_a_login_that_is_refused_at_first_is_tried_again():
    hours = Hours()
    assert create(Host(nologin=3), None, hours, create="echo in")["stdout"] == "in"
    assert hours.pauses == 3


# --- proxies


def through(host: Host, jump: Host, **more: Value) -> Properties:
    proxy: Properties = {"host": "127.0.0.1", "port": float(jump.port), "user": "jump", "perDialTimeout": 5.0}
    proxy |= {"privateKey": LOGIN.export_private_key().decode(), "dialErrorLimit": 1.0, **more}
    return host.connection(proxy=proxy, dialErrorLimit=1.0)


@pytest.mark.parametrize(
    ("forwards", "more", "gone", "said"),
    [
        pytest.param(True, {}, False, None, id="works"),
        pytest.param(False, {}, False, "the proxy does not forward", id="no forwarding"),
        pytest.param(True, {"privateKey": "x"}, False, "proxy jump@127.0.0.1", id="bad proxy key"),
        pytest.param(True, {"port": 1.0}, False, "connection refused", id="no proxy"),
        pytest.param(True, {}, True, "ubuntu@127.0.0.1", id="nobody behind the proxy"),
    ],
)
def test_proxies(forwards: bool, more: Properties, gone: bool, said: str | None):
    host, jump = Host(), Host(forwards=forwards)

    async def act() -> None:
        async with serving(jump):
            if gone:
                host.port = free_port()
            given: Properties = {**through(host, jump, **more), "create": "echo in"}
            if said is None:
                assert (await running(given).create(given))["stdout"] == "in"
                return
            with pytest.raises(CommandError) as failed:
                await running(given).create(given)
            assert said in str(failed.value)

    play(host, act)


# --- deletes and interruptions


@pytest.mark.parametrize("limit", [10.0, -1.0])
def test_deleting_on_a_host_that_is_gone_warns_and_succeeds(limit: float):
    teller, hours = Teller(), Hours()
    state: Properties = {
        **Host(port=free_port()).connection(dialErrorLimit=limit),
        "delete": "true",
        "stdout": "",
        "stderr": "",
    }
    asyncio.run(running(state, teller, hours).delete(state))
    assert hours.seconds == pytest.approx(30)
    assert "taken for gone, so the delete command was not run" in teller.warnings[0]


def test_deleting_fails_where_the_host_lives_and_says_no():
    host = Host()

    async def act() -> None:
        state: Properties = {**host.connection(), "delete": "exit 3", "stdout": "", "stderr": ""}
        with pytest.raises(CommandError, match="exit code 3"):
            await running(state).delete(state)
        state |= host.connection(privateKey=Secret(STRANGER.export_private_key().decode()))
        with pytest.raises(CommandError, match="login was refused") as failed:
            await running(state).delete(state)
        assert not isinstance(failed.value, HostGoneError)

    play(host, act)


def test_an_interruption_ends_the_remote_command(tmp_path: Path):
    host = Host()

    async def act() -> None:
        script = f"trap 'echo ended > {tmp_path}/ended; exit 0' TERM; echo begun > {tmp_path}/begun; sleep 60 & wait"
        given: Properties = {**host.connection(), "create": script}
        task = asyncio.create_task(running(given).create(given))
        async with asyncio.timeout(20):
            while not (tmp_path / "begun").exists():
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert (tmp_path / "ended").read_text() == "ended\n"

    play(host, act)


def test_a_connection_that_is_lost_midway_is_told():
    host = Host()

    async def act() -> None:
        given: Properties = {**host.connection(), "create": "echo working; sleep 60"}
        teller = Teller()
        task = asyncio.create_task(running(given, teller).create(given))
        async with asyncio.timeout(20):
            while "working" not in teller.lines:
                await asyncio.sleep(0.01)
            host.hang_up()
            with pytest.raises(
                CommandError, match=r"'echo working; sleep 60' was cut short: .*; its last lines:\n  working"
            ):
                await task

    play(host, act)
