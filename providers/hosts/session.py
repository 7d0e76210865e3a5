"""The servers of one run, as resources use them.

`current()` -> Hosts (one worker process per provider process, started at first need) -> `on(connection)` -> Server ->
plan / apply / run / send / fetch, each one call to the worker. Blocking; safe for many threads.
"""

import atexit
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from providers.common import progress
from providers.common.raw import text, texts
from providers.hosts.connection import Connection
from providers.hosts.errors import LoginError, UnreachableError
from providers.hosts.process import Worker

RUN_TIMEOUT = 600.0
"""Seconds that a command may take."""


class Server:
    """One server. What a call sends and shows stays free of `secrets`, the connection's own among them."""

    def __init__(self, worker: Worker, connection: Connection) -> None:
        self.connection = connection
        self.name = connection.name
        self._worker = worker
        self._host_key = ""

    @property
    def host_key(self) -> str:
        """The host key that the server showed, "type base64"; connects when nothing did so before."""
        if not self._host_key:
            self._call("connect", {}, "connect")
        return self._host_key

    def plan(self, deploy: str, data: Mapping[str, object], *, secrets: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Name the operations of the deploy that would change something; changes nothing."""
        body = {"deploy": deploy, "data": dict(data)}
        return texts(self._call("plan", body, f"look at {deploy}", secrets), "names")

    def apply(self, deploy: str, data: Mapping[str, object], *, secrets: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Run the deploy and name the operations that changed something.

        Stops at the first operation that fails: StepFailedError. The same again goes on from there.
        """
        body = {"deploy": deploy, "data": dict(data)}
        return texts(self._call("apply", body, f"apply {deploy}", secrets), "names")

    def run(
        self,
        step: str,
        command: str,
        *,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        as_user: str = "root",
        secrets: tuple[str, ...] = (),
        timeout: float = RUN_TIMEOUT,
    ) -> str:
        """Run a command with the server's `sh` in / and return what it wrote to standard output.

        Neither command, env nor stdin is on a command line, here or there. StepFailedError for a status other than 0
        and after `timeout` seconds, when the command is ended on the server too.
        """
        body = {
            "step": step,
            "command": command,
            "stdin": stdin,
            "env": dict(env or {}),
            "as_user": as_user,
            "timeout": timeout,
        }
        return text(self._call("run", body, step, secrets), "stdout")

    def send(self, step: str, local: Path, remote: str, mode: str = "0644") -> None:
        """Put a local file on the server, as root, with these permissions, in one instant."""
        self._call("send", {"step": step, "local": str(local.resolve()), "remote": remote, "mode": mode}, step)

    def fetch(self, step: str, remote: str, local: Path) -> None:
        """Get a file from the server, read as root; the local file is for its owner only."""
        self._call("fetch", {"step": step, "local": str(local.resolve()), "remote": remote}, step)

    def reachable(self, patience: float = 10) -> bool:
        """Say whether SSH answers within so many seconds; a wrong host key or a refused login raises."""
        try:
            hasty = Server(self._worker, self.connection.waiting(patience))
            self._host_key = hasty.host_key
        except UnreachableError:
            return False
        return True

    def _call(
        self, do: str, body: Mapping[str, object], purpose: str, secrets: tuple[str, ...] = ()
    ) -> Mapping[str, object]:
        connection = _with_keys(self.connection)
        hidden = (*secrets, *connection.secrets)
        sent = {**body, "connection": connection.raw(), "secrets": list(secrets)}
        result = self._worker.call(do, sent, progress.say, f"do this on {self.name}: {purpose}", hidden)
        self._host_key = text(result, "host_key")
        return result


def _with_keys(connection: Connection) -> Connection:
    """Read the key file: the worker takes keys as text, so that there is one way to read them."""
    proxy = _with_keys(connection.proxy) if connection.proxy else None
    if not connection.private_key_file or connection.private_key:
        return replace(connection, proxy=proxy)
    path = Path(connection.private_key_file).expanduser()
    try:
        return replace(connection, proxy=proxy, private_key=path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text file"
        raise LoginError(
            f"{connection.name}: private_key_file is {connection.private_key_file!r}, which can't be read: {reason}"
        ) from None


class Hosts:
    """All servers that this process speaks to."""

    def __init__(self, worker: Worker | None = None) -> None:
        self.worker = worker or Worker()

    def on(self, connection: Connection) -> Server:
        """Choose a server; nothing happens before something is asked of it."""
        return Server(self.worker, connection)

    def close(self) -> None:
        """End the worker, and with it all connections."""
        self.worker.close()


_lock = threading.Lock()
_current: Hosts | None = None


def current() -> Hosts:
    """Return the process's servers."""
    global _current  # noqa: PLW0603 - one worker per process is the point: pickled providers have no attributes
    with _lock:
        if _current is None:
            _current = Hosts()
            atexit.register(release)
        return _current


def started() -> bool:
    """Say whether a worker runs, or ran, in this process."""
    return _current is not None and _current.worker.pid is not None


def release() -> None:
    """End the process's worker, if one runs."""
    global _current  # noqa: PLW0603 - see current
    with _lock:
        if _current is not None:
            _current.close()
            _current = None
