"""scripts/open against servers: the tunnel through main, and a sentence for each reason why there is none."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lab.balancer.conftest import PORT, Kit

OPEN = Path(__file__).resolve().parents[3] / "scripts" / "open"
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Run scripts/open with a `pulumi` that gives these outputs."""

    def started(outputs: object, *argv: str, status: int = 0) -> subprocess.Popen[str]:
        pulumi = tmp_path / "pulumi"
        (tmp_path / "outputs").write_text(json.dumps(outputs))
        shown = (
            f"cat {tmp_path}/outputs" if status == 0 else f"echo 'error: no stack named baremetal' >&2; exit {status}"
        )
        pulumi.write_text(f"#!/bin/sh\n{shown}\n")
        pulumi.chmod(0o755)
        return subprocess.Popen(
            [sys.executable, str(OPEN), *argv],
            env={**os.environ, "PULUMI": str(pulumi)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return started


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def app(kit: Kit, **ssh: object) -> dict[str, Any]:
    """Give the outputs of a stack whose balancer is the first member, reached through the second."""
    first, main = kit.members
    way = {"host": main.address, "user": main.user, "key_file": str(main.key_file), **ssh}
    address = {"address": first.address, "port": PORT}
    return {"app": {"url": f"http://{first.address}/", "balancer": address, "ssh": way}}


def told(opened: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = opened.communicate(timeout=60)
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    return opened.returncode, err.strip()


def test_the_app_is_there_until_ctrl_c(kit: Kit, start: Start) -> None:
    port = free_port()
    opened = start(app(kit), str(port))
    assert opened.stdout is not None
    lines = [opened.stdout.readline() for _ in range(4)]
    assert lines[0] == f"The app:      http://127.0.0.1:{port}/\n"
    assert "admin_password --show-secrets" in lines[2]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
        assert answer.read() == kit.members[0].name.encode()
    opened.send_signal(signal.SIGINT)
    _, err = opened.communicate(timeout=20)
    assert (opened.returncode, err) == (0, "")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)


def test_main_must_show_the_key_that_is_known(kit: Kit, start: Start) -> None:
    main = kit.members[1]
    host_key = " ".join(main.run("cat /etc/ssh/ssh_host_ed25519_key.pub").split()[:2])
    port = free_port()
    opened = start(app(kit, host_key=host_key), str(port))
    assert opened.stdout is not None
    assert str(port) in opened.stdout.readline()
    opened.send_signal(signal.SIGINT)
    opened.communicate(timeout=20)
    assert opened.returncode == 0
    other = kit.members[0].run("cat /etc/ssh/ssh_host_ed25519_key.pub").split()
    code, said = told(start(app(kit, host_key=" ".join(other[:2])), str(port)))
    assert (code, said) == (1, "The tunnel has ended: Host key verification failed.")


def test_a_taken_port_is_told(kit: Kit, start: Start) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = int(listener.getsockname()[1])
        code, said = told(start(app(kit), str(port)))
    assert (code, said) == (1, f"Port {port} of this machine is in use: choose another one, scripts/open PORT.")


def test_no_app_no_stack_no_main_and_a_refused_login_are_told(kit: Kit, start: Start, tmp_path: Path) -> None:
    port = str(free_port())
    assert told(start({}, port)) == (
        1,
        "The stack baremetal has no app that could be opened: `pulumi up -s baremetal` makes it.",
    )
    code, said = told(start({}, port, status=1))
    assert (code, said) == (
        1,
        "The outputs of the stack baremetal can't be read: error: no stack named baremetal",
    )
    code, said = told(start(app(kit, host="127.0.0.1", port=free_port()), port))
    assert code == 1
    assert "127.0.0.1 does not answer" in said
    assert "make lab-up" in said
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    code, said = told(start(app(kit, key_file=str(tmp_path / "key")), port))
    assert code == 1
    assert "Permission denied" in said


def test_what_is_no_port_is_told(start: Start) -> None:
    assert told(start({}, "0")) == (2, "usage: scripts/open [PORT]")
