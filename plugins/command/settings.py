"""Opened properties into frozen settings: what a run needs, typed. Pure; the properties have passed Check.

{name: Value} ─> Command (what to run, with what around it) · Connection (where) · Copy (what goes where)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from plugins.command.shapes import DEFAULT_ERROR_LIMIT
from plugins.command.values import Archive, Asset, Properties, Value, opened

PREVIOUS_STDOUT: Final = "PULUMI_COMMAND_STDOUT"
PREVIOUS_STDERR: Final = "PULUMI_COMMAND_STDERR"
SHELL: Final = ("/bin/sh", "-c")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a command: standard input, environment, the last run's output, which streams are logged."""

    stdin: str
    environment: Mapping[str, str]
    previous: Mapping[str, str]
    logged: frozenset[str]


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """Where and with what a local command runs; `folder` is "" for the plugin's own, `None` globs ask for nothing."""

    interpreter: tuple[str, ...]
    folder: str
    asset_globs: tuple[str, ...] | None
    archive_globs: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One SSH server and how to log in.

    `error_limit` is None where the program leaves it to the plugin, -1 for no limit;
    `dial_seconds` bounds one TCP connect, None for no bound.
    """

    host: str
    port: int
    user: str
    password: str | None
    private_key: str | None
    private_key_password: str | None
    agent_socket: str | None
    host_key: str | None
    error_limit: int | None
    dial_seconds: float | None

    def __str__(self) -> str:
        """Name it for people: user@host:port."""
        return f"{self.user}@{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Connection:
    """A server, and the bastion host before it, if any."""

    server: Endpoint
    proxy: Endpoint | None


@dataclass(frozen=True, slots=True)
class Copy:
    """A source on this machine and a path on the server."""

    source: Asset | Archive
    remote_path: str


def surroundings(properties: Properties, old: Properties) -> Surroundings:
    """Read stdin, environment and logging of a command; `old` is the state before, {} at a create."""
    found = _open(properties)
    wanted = found.get("addPreviousOutputInEnv") is not False
    before = {PREVIOUS_STDOUT: _text(old.get("stdout")), PREVIOUS_STDERR: _text(old.get("stderr"))}
    return Surroundings(
        stdin=_text(found.get("stdin")),
        environment=_texts(found.get("environment")),
        previous={name: item for name, item in before.items() if item} if wanted else {},
        logged=_logged(_text(found.get("logging"))),
    )


def _logged(setting: str) -> frozenset[str]:
    return {"stdout": frozenset(("stdout",)), "stderr": frozenset(("stderr",)), "none": frozenset[str]()}.get(
        setting, frozenset(("stdout", "stderr"))
    )


def local_settings(properties: Properties) -> LocalSettings:
    """Read what only a local command has."""
    found = _open(properties)
    return LocalSettings(
        interpreter=_list(found.get("interpreter")) or SHELL,
        folder=_text(found.get("dir")),
        asset_globs=_list(found["assetPaths"]) if "assetPaths" in found else None,
        archive_globs=_list(found["archivePaths"]) if "archivePaths" in found else None,
    )


def connection(properties: Properties) -> Connection:
    """Read `connection`."""
    raw = _object(opened(properties.get("connection")))
    proxy = raw.get("proxy")
    return Connection(_endpoint(raw), _endpoint(_object(proxy)) if isinstance(proxy, dict) else None)


def _endpoint(raw: Properties) -> Endpoint:
    limit = int(_number(raw.get("dialErrorLimit"), DEFAULT_ERROR_LIMIT))
    return Endpoint(
        host=_text(raw.get("host")),
        port=int(_number(raw.get("port"), 22)),
        user=_text(raw.get("user")) or "root",
        password=_optional(raw.get("password")),
        private_key=_optional(raw.get("privateKey")),
        private_key_password=_optional(raw.get("privateKeyPassword")),
        agent_socket=_optional(raw.get("agentSocketPath")),
        host_key=_optional(raw.get("hostKey")),
        error_limit=None if limit == DEFAULT_ERROR_LIMIT else limit,
        dial_seconds=_number(raw.get("perDialTimeout"), 15) or None,
    )


def copy_to_remote(properties: Properties) -> Copy:
    """Read a CopyToRemote's source and destination."""
    found = _open(properties)
    return Copy(cast("Asset | Archive", found["source"]), _text(found.get("remotePath")))


def copy_file(properties: Properties) -> Copy:
    """Read a CopyFile as the copy of an asset."""
    found = _open(properties)
    return Copy(Asset(path=_text(found.get("localPath"))), _text(found.get("remotePath")))


def text_of(properties: Properties, name: str) -> str | None:
    """Give an opened text property, None where it is unset."""
    return _optional(opened(properties.get(name)))


def _open(properties: Properties) -> Properties:
    return {name: opened(item) for name, item in properties.items()}


def _object(value: Value) -> Properties:
    return value if isinstance(value, dict) else {}


def _optional(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def _text(value: Value) -> str:
    value = opened(value)
    return value if isinstance(value, str) else ""


def _number(value: Value, otherwise: float) -> float:
    return value if isinstance(value, float | int) else otherwise


def _list(value: Value) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _texts(value: Value) -> dict[str, str]:
    return {key: item for key, item in _object(value).items() if isinstance(item, str)}
