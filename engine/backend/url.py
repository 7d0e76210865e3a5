"""Which backend: PULUMI_BACKEND_URL, else `backend.url` of Pulumi.yaml, else the login in PULUMI_HOME.

    file://~  ·  file://~/x  ·  file://.  ·  file://./x  ·  file:///x   ─>  a folder; relative to the working directory

Source: pulumi/pulumi pkg/workspace/creds.go, pkg/backend/diy/backend.go (massageBlobPath).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from engine.errors import EngineError
from engine.files import atomic_write
from engine.workspace.home import read_json, write_json
from engine.workspace.project import Project

FILE: Final = "file://"
_NEVER: Final = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class BackendUrl:
    """A backend's URL as it was written, the folder it means, and who says so."""

    text: str
    root: Path
    source: str


def find_backend_url(env: Mapping[str, str], project: Project | None, home: Path, cwd: Path) -> BackendUrl:
    """Find the backend.

    Raises
    ------
    EngineError: nothing names one, or it is none that this engine has.

    """
    if text := env.get("PULUMI_BACKEND_URL"):
        return BackendUrl(text, resolve_url(text, cwd, env), "PULUMI_BACKEND_URL")
    if project is not None and project.backend_url:
        return BackendUrl(project.backend_url, resolve_url(project.backend_url, cwd, env), str(project.path))
    if text := current_login(home, env):
        return BackendUrl(text, resolve_url(text, cwd, env), str(credentials_path(home, env)))
    raise EngineError(
        "no backend is set: put PULUMI_BACKEND_URL or backend.url in Pulumi.yaml, or run `pulumi login file://<folder>`"
    )


def resolve_url(text: str, cwd: Path, env: Mapping[str, str]) -> Path:
    """Give the folder that a file:// URL means.

    Raises
    ------
    EngineError: it is another URL, which only the official engine can use.

    """
    scheme, colon, _ = text.partition("://")
    if not text.startswith(FILE):
        what = f"{scheme}:// backends" if colon else "it"
        raise EngineError(f"the backend is {text!r}: this engine has file:// only, use the official pulumi for {what}")
    path = text.removeprefix(FILE).split("?", 1)[0]
    if path.startswith("~"):
        home = Path(env.get("HOME") or Path.home())
        return Path(_clean(home / path[2:]))
    return Path(_clean(cwd / path))


def _clean(path: Path) -> str:
    """Resolve `.` and `..` by their text alone; a symbolic link stays what it is."""
    import os.path

    return os.path.normpath(path)


def credentials_path(home: Path, env: Mapping[str, str]) -> Path:
    """Name the file of logins."""
    return Path(env.get("PULUMI_CREDENTIALS_PATH") or home) / "credentials.json"


def current_login(home: Path, env: Mapping[str, str]) -> str:
    """Give the URL of the current login; empty where there is none."""
    current = read_json(credentials_path(home, env)).get("current")
    return current if isinstance(current, str) else ""


def log_in(home: Path, env: Mapping[str, str], url: str) -> None:
    """Make a URL the current login."""
    path = credentials_path(home, env)
    old = read_json(path)
    tokens = {**_members(old, "accessTokens"), url: ""}
    accounts = {**_members(old, "accounts"), url: {"lastValidatedAt": _NEVER}}
    atomic_write(path, write_json({**old, "current": url, "accessTokens": tokens, "accounts": accounts}))


def log_out(home: Path, env: Mapping[str, str], url: str) -> bool:
    """Forget a login; tell whether it was known. The last one takes the file with it."""
    path = credentials_path(home, env)
    old = read_json(path)
    tokens, accounts = _members(old, "accessTokens"), _members(old, "accounts")
    known = url in tokens or url in accounts or old.get("current") == url
    tokens.pop(url, None)
    accounts.pop(url, None)
    if not tokens and not accounts:
        path.unlink(missing_ok=True)
        return known
    new: dict[str, object] = {**old, "accessTokens": tokens, "accounts": accounts}
    if old.get("current") == url:
        del new["current"]
    atomic_write(path, write_json(new))
    return known


def _members(raw: Mapping[str, object], key: str) -> dict[str, object]:
    value = raw.get(key)
    return dict(cast("Mapping[str, object]", value)) if isinstance(value, dict) else {}
