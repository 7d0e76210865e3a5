"""The worker's loop: a line in, a greenlet, lines out.

standard input -> `wire.request` -> `Jobs.do` in a greenlet -> `wire.Reply` lines -> the standard output that the
process began with; what libraries print goes to standard error. Secrets are masked here, in whatever leaves.
"""

import logging
import os
import signal
import traceback
from collections.abc import Callable, Mapping

import gevent
from gevent.fileobject import FileObject
from gevent.lock import RLock

from providers.common.raw import mapping, texts
from providers.hosts import errors, wire
from providers.hosts.connection import parse
from providers.hosts.errors import HostError
from providers.hosts.masking import masker
from providers.hosts.worker.job import Job
from providers.hosts.worker.jobs import Jobs


class Outlet:
    """The way back to the parent: whole lines only, whoever writes."""

    def __init__(self, fd: int) -> None:
        self._file = FileObject(fd, "wb", bufsize=0)
        self._lock = RLock()

    def put(self, reply: wire.Reply) -> None:
        """Send one reply."""
        rest = memoryview(wire.encode(reply))
        with self._lock:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)
    outlet = Outlet(os.dup(1))
    os.dup2(2, 1)
    jobs = Jobs()
    for line in FileObject(0, "rb"):
        gevent.spawn(handle, jobs, outlet, wire.request(line))
    # The parent is gone, or done: nobody is there to hear how what still runs ends.
    os._exit(0)


def handle(jobs: Jobs, outlet: Outlet, request: wire.Request) -> None:
    """Do one request and send its replies, the last of which ends it whatever happens."""
    mask: errors.Mask = str
    try:
        connection = parse(mapping(request.body, "connection"))
        mask = masker((*texts(request.body, "secrets"), *connection.secrets))
        job = Job(request.do, connection, request.body, _teller(outlet, request.id, mask))
        result = jobs.do(job)
        names = [mask(name) for name in texts(result, "names")]
        outlet.put(wire.Reply(request.id, wire.DONE, {**result, "names": names}))
    except HostError as error:
        outlet.put(wire.Reply(request.id, wire.FAILED, _masked(errors.to_raw(error), mask)))
    except Exception as error:  # noqa: BLE001 - a fault in one deploy is that call's failure, not every server's
        broke = HostError(f"{_what(request)} broke: {_where(error)}")
        outlet.put(wire.Reply(request.id, wire.FAILED, _masked(errors.to_raw(broke), mask)))


def _teller(outlet: Outlet, number: int, mask: errors.Mask) -> Callable[[str], None]:
    return lambda line: outlet.put(wire.Reply(number, wire.SAY, {"line": mask(line)}))


def _masked(raw: Mapping[str, str], mask: errors.Mask) -> dict[str, object]:
    return {name: value if name == "kind" else mask(value) for name, value in raw.items()}


def _what(request: wire.Request) -> str:
    """Name server and step without trusting either: what is told is that something was wrong with them."""
    server = mapping(request.body, "connection").get("name")
    deploy, step = request.body.get("deploy"), request.body.get("step")
    return f"{server}: {request.do} of {deploy}" if deploy else f'{server}: "{step}"'


def _where(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({frame.filename}, line {frame.lineno})"
