"""What the worker can be asked to do.

Job (what, where, with what) -> the server's queue and connection -> one of `plan`, `apply`, `run`, `send`, `fetch`,
`connect` -> a result with the server's host key.
"""

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, Literal

from providers.common.raw import Raw, decimal, mapping, text
from providers.hosts.errors import HostError, StepFailedError, UnreachableError
from providers.hosts.worker.command import LostError, shell_of
from providers.hosts.worker.files import PUT
from providers.hosts.worker.job import Job
from providers.hosts.worker.link import Link
from providers.hosts.worker.links import Links
from providers.hosts.worker.output import Ran

Result = dict[str, object]
_TRIES = 3
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
TRANSFER_TIMEOUT = 3600.0
"""Seconds that a file may take."""
_LOST = "The connection was lost while it ran ({}); whether it is done is not known."


class Jobs:
    """The jobs by name, on the worker's connections."""

    def __init__(self, links: Links | None = None) -> None:
        self._links = links or Links()
        self._effects: Mapping[str, Callable[[Job, Link], Result]] = {
            "connect": lambda _job, _link: {},
            "plan": self._plan,
            "apply": self._apply,
            "run": _run,
            "send": _send,
            "fetch": _fetch,
        }

    def do(self, job: Job) -> Result:
        """Do one job. Raises HostError."""
        with self._links.use(job.connection, job.say) as link:
            return {"host_key": link.host_key, **self._effects[job.do](job, link)}

    def _plan(self, job: Job, link: Link) -> Result:
        return self._deploy(job, link, effective=False)

    def _apply(self, job: Job, link: Link) -> Result:
        return self._deploy(job, link, effective=True)

    def _deploy(self, job: Job, link: Link, *, effective: bool) -> Result:
        """Run a deploy; over a broken connection once more from its start, since all that is done stays done."""
        from providers.hosts.worker.operations import perform  # pyinfra: 0.4 s that `run` need not wait for

        reason = ""
        for _ in range(_TRIES):
            try:
                return {"names": list(perform(job, link, effective=effective)), "host_key": link.host_key}
            except LostError as error:
                reason = str(error)
                job.say(f"{job.connection.name}: the connection was lost ({reason}), connecting again")
            link = self._links.again(job.connection, job.say)
        raise UnreachableError(f"{job.connection.name}: the connection was lost {_TRIES} times, at last: {reason}")


def _run(job: Job, link: Link) -> Result:
    limit = decimal(job.body, "timeout")
    shell = shell_of(text(job.body, "as_user"), job.connection.user, limit)
    script = f"cd /\n{_exports(mapping(job.body, 'env'))}{text(job.body, 'command')}"
    ran = _ran(job, lambda: link.run(shell, script, text(job.body, "stdin").encode(), limit))
    return {"stdout": _success(job, ran).stdout.decode(errors="replace")}


def _exports(env: Raw) -> str:
    wrong = [name for name in env if not _VARIABLE.fullmatch(name)]
    if wrong:
        raise HostError(f"env has {wrong[0]!r}, but the name of a variable is letters, digits and '_', no digit first")
    return "".join(f"export {name}={shlex.quote(text(env, name))}\n" for name in env)


def _send(job: Job, link: Link) -> Result:
    shell = shell_of("root", job.connection.user, TRANSFER_TIMEOUT)
    script = PUT.format(path=shlex.quote(text(job.body, "remote")), mode=shlex.quote(text(job.body, "mode")))
    with _opened(job, "rb", Path(text(job.body, "local"))) as content:
        _success(job, _ran(job, lambda: link.run(shell, script, content, TRANSFER_TIMEOUT)))
    return {}


def _fetch(job: Job, link: Link) -> Result:
    shell = shell_of("root", job.connection.user, TRANSFER_TIMEOUT)
    script = f"cat -- {shlex.quote(text(job.body, 'remote'))}"
    local = Path(text(job.body, "local"))
    partial = local.with_name(f".{local.name}.part")
    try:
        with _opened(job, "wb", partial) as sink:
            partial.chmod(0o600)
            _success(job, _ran(job, lambda: link.run(shell, script, b"", TRANSFER_TIMEOUT, sink)))
        partial.replace(local)
    finally:
        partial.unlink(missing_ok=True)
    return {}


def _opened(job: Job, mode: Literal["rb", "wb"], local: Path) -> BinaryIO:
    try:
        return local.open(mode)
    except OSError as error:
        verb = "read" if mode == "rb" else "written"
        raise HostError(f"{job.connection.name}: {local} can't be {verb} here: {error.strerror}") from None


def _ran(job: Job, effect: Callable[[], Ran]) -> Ran:
    try:
        return effect()
    except LostError as error:
        raise StepFailedError(job.connection.name, job.step, _LOST.format(error)) from None


def _success(job: Job, ran: Ran) -> Ran:
    if ran.status == 0:
        return ran
    raise StepFailedError(job.connection.name, job.step, ran.told)
