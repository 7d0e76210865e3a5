"""`pulumi login`, `logout`, `whoami` and `cancel`: which backend is used, and its locks."""

from __future__ import annotations

import argparse
import getpass
import socket

from engine.backend.diy import FileBackend
from engine.backend.url import FILE, BackendUrl, current_login, log_in, log_out, resolve_url
from engine.cli.context import open_project
from engine.cli.options import Options
from engine.cli.prompt import confirm_name
from engine.cli.text import json_text, say
from engine.errors import EngineError

LOCAL = f"{FILE}~"


def _url_of(args: argparse.Namespace) -> str:
    local = LOCAL if getattr(args, "local", False) else ""
    given = [url for url in (args.url_argument, getattr(args, "cloud_url", ""), local) if url]
    if len(given) > 1:
        raise EngineError(f"{' and '.join(given)}: one URL is allowed")
    return given[0] if given else ""


def login(args: argparse.Namespace, options: Options) -> None:
    """Make a folder the backend of all projects that name none."""
    workspace = open_project(options)
    url = _url_of(args) or workspace.url.text
    FileBackend.open(BackendUrl(url, resolve_url(url, workspace.cwd, workspace.env), "the command line"), workspace.env)
    log_in(workspace.home, workspace.env, url)
    print(f"Logged in to {socket.gethostname()} as {getpass.getuser()} ({url})")
    if workspace.url.text != url:
        say("warning", f"{workspace.url.source} names {workspace.url.text}, which wins over this login", options)


def logout(args: argparse.Namespace, options: Options) -> None:
    """Forget one login, or all."""
    workspace = open_project(options)
    if getattr(args, "all", False):
        while url := current_login(workspace.home, workspace.env):
            log_out(workspace.home, workspace.env, url)
        print("Logged out of everything")
        return
    url = _url_of(args) or current_login(workspace.home, workspace.env)
    if not url or not log_out(workspace.home, workspace.env, url):
        raise EngineError(f"there is no login to {url}" if url else "there is no login")
    print(f"Logged out of {url}")


def whoami(args: argparse.Namespace, options: Options) -> None:
    """Show the user, and where state is kept."""
    workspace = open_project(options)
    user, url = getpass.getuser(), workspace.url.text
    if options.json or getattr(args, "output", "") == "json":
        print(json_text({"user": user, "url": url}))
    elif getattr(args, "details", False):
        print(f"User: {user}\nOrganizations: \nBackend URL: {url} ({workspace.url.source}: {workspace.url.root})")
    else:
        print(user)


def cancel(args: argparse.Namespace, options: Options) -> None:
    """Remove a stack's locks, once the person has seen whose they are."""
    workspace = open_project(options)
    ref = workspace.existing(args.name_argument or options.stack)
    backend = workspace.backend
    for holder in backend.holders(ref):
        say("info", f"locked by {holder.describe()}", options)
    if not options.yes:
        if not workspace.interactive:
            raise EngineError("cancelling needs --yes where nobody can be asked")
        confirm_name(
            f"This removes the locks of stack {ref.name!r}; an update that still runs may then collide.", ref.name
        )
    count = backend.break_locks(ref)
    print(f"Removed {count} {'lock' if count == 1 else 'locks'} of stack {ref.name!r}")
