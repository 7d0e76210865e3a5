"""The task app as a real process with a database of its own, and an administrator."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[3] / "apps" / "tasks"
PASSWORD = "sesame-for-the-browser"
PATIENCE = 60.0


@dataclass(frozen=True)
class Running:
    """Where the app answers, and who may log in at /admin/."""

    url: str
    user: str = "cloud"
    password: str = field(default=PASSWORD, repr=False)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    home = tmp_path_factory.mktemp("app")
    environment = {
        **os.environ,
        "SECRET_KEY": "for the browser's tests alone",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_SQLITE": str(home / "db.sqlite3"),
        "STATIC_ROOT": str(home / "static"),
        "SERVER_NAME": "server2",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    _manage(environment, "collectstatic", "--noinput")
    _manage(environment, "migrate", "--noinput")
    _manage(environment, "createsuperuser", "--noinput", "--username", "cloud", "--email", "cloud@example.org")
    port = _free_port()
    argv = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with subprocess.Popen(argv, cwd=APP, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        try:
            _wait(port)
            yield Running(f"http://127.0.0.1:{port}")
        finally:
            run.terminate()


def _manage(environment: dict[str, str], *argv: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *argv], cwd=APP, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"manage.py {argv[0]}: {done.stdout}{done.stderr}"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "the app did not answer in time"
            time.sleep(0.1)
        else:
            return
