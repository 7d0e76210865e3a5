"""pyinfra's way to a server, on our connection.

pyinfra's commands -> `Connector` -> `Link.run` -> status and output lines in pyinfra's types.
"""

import shlex
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.connectors import util
from pyinfra.connectors.base import BaseConnector
from pyinfra.connectors.util import CommandOutput, OutputLine

from providers.hosts.worker.command import READER, limited_shell
from providers.hosts.worker.files import PUT
from providers.hosts.worker.link import Link
from providers.hosts.worker.output import Ran

LONGEST = 1800.0
"""Seconds that one command of an operation may take, unless the operation says otherwise (`_timeout`)."""
_REFUSED = ("_get_pty", "_sudo_password", "_su_password", "_use_su_login")
_OURS = ("_timeout", "_stdin", "_success_exit_codes", "_temp_dir", "_env", "_chdir")


class Connector(BaseConnector):
    """Runs commands and moves files; one per job. `link` is set right after pyinfra made it."""

    handles_execution = True
    link: Link
    last: Ran | None = None
    """What ran last and did not succeed, for the error message."""

    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, object], list[str]]]:
        """Part of pyinfra's interface: a name is one server."""
        yield name, {}, []

    def run_shell_command(
        self, command: StringCommand | str, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        """Run a command as pyinfra's arguments say (_sudo, _sudo_user, _env, _chdir, _stdin, ...)."""
        del print_output, print_input
        ran = self._run(_script(command, arguments), _stdin(arguments.get("_stdin")), arguments)
        allowed = cast("Iterable[int]", arguments.get("_success_exit_codes") or (0,))
        return self._judged(ran, allowed), CommandOutput([OutputLine(stream, line) for stream, line in ran.lines])

    def put_file(
        self,
        filename_or_io: Any,
        remote_filename: str,
        remote_temp_filename: str | None = None,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Any,
    ) -> bool:
        """Put a file in place in one instant; owner and permissions stay, a new one is for its owner only."""
        del remote_temp_filename, print_output, print_input
        script = PUT.format(path=shlex.quote(str(remote_filename)), mode="''")
        with _opened(filename_or_io) as content:
            return self._judged(self._run(script, content, arguments))

    def get_file(
        self,
        remote_filename: str,
        filename_or_io: Any,
        remote_temp_filename: str | None = None,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Any,
    ) -> bool:
        """Read a file from the server."""
        del remote_temp_filename, print_output, print_input
        sink = BytesIO()
        if not self._judged(self._run(f"cat -- {shlex.quote(str(remote_filename))}", b"", arguments, sink)):
            return False
        if isinstance(filename_or_io, str):
            Path(filename_or_io).write_bytes(sink.getvalue())
        else:
            filename_or_io.write(sink.getvalue())
        return True

    def _run(
        self, script: str, stdin: bytes | BinaryIO, arguments: dict[str, Any], sink: BinaryIO | None = None
    ) -> Ran:
        limit = float(arguments.get("_timeout") or LONGEST)
        return self.link.run(_shell(arguments, limit), f"cd /\n{script}", stdin, limit, sink)

    def _judged(self, ran: Ran, allowed: Iterable[int] = (0,)) -> bool:
        good = ran.status is not None and ran.status in set(allowed)
        self.last = None if good else ran
        return good


def _shell(arguments: dict[str, Any], limit: float) -> str:
    refused = [name for name in _REFUSED if arguments.get(name)]
    if refused:
        raise PyinfraError(f"{refused[0]} is given, but operations run without a terminal and without passwords")
    auth = {name: value for name, value in arguments.items() if name not in _OURS and name not in _REFUSED}
    shell = limited_shell(limit, auth.pop("_shell_executable", None) or "sh")
    return _unix(StringCommand(READER), _shell_executable=shell, **auth)


def _script(command: StringCommand | str, arguments: dict[str, Any]) -> str:
    bits = command if isinstance(command, StringCommand) else StringCommand(command)
    return _unix(bits, _env=arguments.get("_env"), _chdir=arguments.get("_chdir"), _shell_executable=None)


def _unix(command: StringCommand, **arguments: Any) -> str:
    make = cast("Any", util).make_unix_command  # its parameters carry no types
    return cast("StringCommand", make(command, **arguments)).get_raw_value()


def _stdin(value: object) -> bytes:
    """Join pyinfra's kinds of input: a text, or lines without their ends."""
    if not value:
        return b""
    if isinstance(value, str):
        return value.encode() if value.endswith("\n") else f"{value}\n".encode()
    return "".join(f"{line}\n" for line in cast("Iterable[str]", value)).encode()


def _opened(filename_or_io: Any) -> BinaryIO:
    """Open what pyinfra calls a file: a path, or an open file of text or bytes."""
    if isinstance(filename_or_io, str):
        return Path(filename_or_io).open("rb")
    filename_or_io.seek(0)
    content: str | bytes = filename_or_io.read()
    return BytesIO(content.encode() if isinstance(content, str) else content)
