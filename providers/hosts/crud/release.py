"""A release: the app's code and all that it needs, built once, on one server, for all.

path -> content hash (in check, so a preview shows a change of code) | git URL + ref -> commit (asked by the server)
-> release id -> built on the server at its final path (`release_steps`) -> one archive on the operator's machine
(`release_store`), from where `AppServer` ships it.
"""

import secrets
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from pulumi.dynamic import CheckFailure, CheckResult

from providers.common import cleaning
from providers.common.fields import Field, Inputs, has_unknown
from providers.common.progress import say, warn
from providers.common.raw import mapping, text
from providers.hosts.crud import release_git, release_source, release_steps, release_store
from providers.hosts.crud.appserver_layout import Layout, app_name
from providers.hosts.crud.base import HostProvider, Props, Seen, host_schema
from providers.hosts.errors import HostError, StepFailedError
from providers.hosts.session import Server


def _file_in_source(value: object) -> object:
    name = cleaning.filled(value)
    if name.startswith(("/", "-")) or ".." in name.split("/"):
        raise ValueError(f"is {value!r}, but must be a path inside the source, such as requirements.txt")
    return name


def _one_source(inputs: Inputs) -> list[tuple[str, str]]:
    path, git = inputs.get("path"), inputs.get("git")
    if path and git:
        return [("git", "is given beside path, but a release has one source")]
    if inputs.get("ref") and not git:
        return [("ref", "is given without git: only a repository has branches, tags and commits")]
    return []


class ReleaseProvider(HostProvider):
    """See `providers.hosts.resources.django.Release`."""

    deploy: ClassVar[str] = "django_base"
    schema = host_schema(
        Field("app", clean=app_name, default="tasks", replaces=True),
        Field("path", clean=cleaning.filled),
        Field("git", clean=release_git.git_url),
        Field("ref", clean=release_git.ref_name),
        Field("requirements", clean=_file_in_source, default=release_git.DEFAULT_REQUIREMENTS),
        Field("content"),
        Field("release"),
        cross=_one_source,
    )

    def check(self, _olds: dict[str, object], news: dict[str, object]) -> CheckResult:
        """Add to the inputs what the source is now, where it can be told from here."""
        checked = super().check(_olds, {**news, "content": None, "release": None})
        inputs = dict(checked.inputs)
        if checked.failures or has_unknown([inputs.get(name) for name in ("path", "git", "ref", "requirements")]):
            return CheckResult(inputs, checked.failures)
        if not inputs.get("path") and not inputs.get("git"):
            return CheckResult(inputs, [CheckFailure("path", "is not given, and git is not either: one must be")])
        try:
            inputs.update(_told_from_here(inputs))
        except release_source.SourceError as error:
            return CheckResult(inputs, [CheckFailure("path", str(error))])
        return CheckResult(inputs, [])

    def label(self, props: Props) -> str:
        return f"{text(mapping(props, 'connection'), 'name')}/django_release/{text(props, 'app')}"

    def data(self, props: Props) -> Mapping[str, object]:
        git = ["git", "ca-certificates"] if props.get("git") else []
        return {"app": text(props, "app"), "packages": ["python3-venv", *git], "hosts": {}}

    def make(self, server: Server, props: Props) -> Props:
        """Build, or use what an earlier try left on the server or here."""
        server.apply(self.deploy, self.data(props))
        commit = _commit(server, props)
        name = text(props, "release") or release_git.release_id(commit, text(props, "requirements"))
        release = release_steps.Release(Layout(text(props, "app")), name)
        platform = _platform(server)
        stored = release_store.archive(release.name, platform)
        if state_of(server, release) != release_steps.COMPLETE:
            if stored.exists():
                put(server, release, stored)
            else:
                _build(server, release, props, commit)
        if not stored.exists():
            get(server, release, stored)
        return {"release": release.name, "commit": commit, "platform": platform}

    def look(self, server: Server, props: Props) -> Seen:
        """See what the server lacks, and whether the branch moved on."""
        release = release_steps.Release(Layout(text(props, "app")), text(props, "release"))
        drift = list(server.plan(self.deploy, self.data(props)))
        if state_of(server, release) != release_steps.COMPLETE:
            drift.append(f"Release {release.name} is complete")
        return Seen((*drift, *_moved(server, props)))

    def unmake(self, server: Server, props: Props) -> None:
        """Take everything off, unless an app server still runs from there."""
        layout = Layout(text(props, "app"))
        in_use = server.run("The server says whether it still serves", f"[ ! -e {layout.service} ] || echo yes").strip()
        if not in_use:
            super().unmake(server, props)


def _told_from_here(inputs: Inputs) -> dict[str, object]:
    requirements = text(inputs, "requirements")
    if inputs.get("path"):
        content = release_source.examine(Path(text(inputs, "path")), requirements)
        return {"content": content, "release": release_git.release_id(content, requirements)}
    if release_git.COMMIT.fullmatch(text(inputs, "ref")):
        return {"release": release_git.release_id(text(inputs, "ref"), requirements)}
    return {}


def _commit(server: Server, props: Props) -> str:
    """Ask the repository what the ref means now; "" for a path. HostError where there is no such ref."""
    url, ref = text(props, "git"), text(props, "ref")
    if not url or release_git.COMMIT.fullmatch(ref):
        return ref if url else ""
    listing = _git(server, f"{url} says what it holds", release_steps.list_remote(url))
    commit = release_git.resolve(ref, listing)
    if not commit and release_git.abbreviated(ref):
        try:
            commit = _git(server, f"{url} has {ref}", release_steps.complete_commit(url, ref)).strip()
        except StepFailedError:
            commit = ""
    if not commit:
        there = release_git.branches(listing)
        raise HostError(f"{server.name}: {url} has no {ref or 'default branch'}; its branches and tags: {there}")
    return commit


def _git(server: Server, step: str, command: str, user: str = "root") -> str:
    # without a terminal, git must fail where it would ask for a login
    env = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes", "LC_ALL": "C.UTF-8"}
    return server.run(step, command, env=env, as_user=user)


def _moved(server: Server, props: Props) -> list[str]:
    ref = text(props, "ref")
    if release_git.abbreviated(ref) and text(props, "commit").startswith(ref):
        return []
    try:
        commit = _commit(server, props)
    except HostError as error:
        warn(f"Whether there is a newer release could not be seen: {error}")
        return []
    if commit == text(props, "commit"):
        return []
    return [f"The release is of {ref or 'the default branch'} as it is now, {commit[:12]}"]


def state_of(server: Server, release: release_steps.Release) -> str:
    """Say whether a release is complete, damaged or missing on a server."""
    return server.run(f"Release {release.name} is looked at", release_steps.state(release.folder)).strip()


def put(server: Server, release: release_steps.Release, stored: Path) -> None:
    """Ship an archive and unpack it."""
    say(f"{server.name}: release {release.name} is unpacked")
    server.run("There is a folder for releases", f"mkdir -p {release.layout.releases}")
    server.send(f"Release {release.name} is shipped", stored, release.archive, "0600")
    server.run(f"Release {release.name} is unpacked", release_steps.unpack(release))


def have(server: Server, release: release_steps.Release, peers: Sequence[Server] = ()) -> None:
    """Have a release on a server: it is there, or shipped from here, or fetched from a peer that has it first."""
    if state_of(server, release) == release_steps.COMPLETE:
        return
    platform = _platform(server)
    stored = release_store.archive(release.name, platform)
    with _one_fetches:
        if not stored.exists() and not any(_fetched(peer, release, platform) for peer in peers):
            raise HostError(
                f"{server.name}: there is no release {release.name} for {platform}, neither in {stored.parent} nor on"
                " another server of the cluster: the servers of a cluster need the same system"
            )
    put(server, release, stored)


_one_fetches = threading.Lock()
"""Servers that are made together lack the same copy: the first one's thread fetches it for all."""


def _fetched(peer: Server, release: release_steps.Release, platform: str) -> bool:
    try:
        if _platform(peer) != platform or state_of(peer, release) != release_steps.COMPLETE:
            return False
        get(peer, release, release_store.archive(release.name, platform))
    except HostError as error:
        warn(f"Release {release.name} could not be fetched from {peer.name}: {error}")
        return False
    return True


def _platform(server: Server) -> str:
    return server.run("The server says what system it is", release_steps.PLATFORM).strip()


def get(server: Server, release: release_steps.Release, stored: Path) -> None:
    """Pack a complete release on a server and bring it here."""
    server.run(f"Release {release.name} is packed", release_steps.pack(release))
    try:
        release_store.keep(
            stored, lambda path: server.fetch(f"Release {release.name} is fetched", release.archive, path)
        )
    finally:
        server.run(f"The archive of {release.name} is deleted", release_steps.forget_archive(release))


def _build(server: Server, release: release_steps.Release, props: Props, commit: str) -> None:
    """Build; a failure leaves nothing behind that could be taken for a release."""
    say(f"{server.name}: release {release.name} is built")
    try:
        _bring_source(server, release, props, commit)
        _bring_rest(server, release, text(props, "requirements"))
    except HostError:
        server.run("What was begun is deleted", release_steps.drop(release))
        raise


def _bring_source(server: Server, release: release_steps.Release, props: Props, commit: str) -> None:
    server.run("There is a folder for the release", release_steps.begin(release))
    user, url = release.layout.app, text(props, "git")
    if url:
        _git(server, f"{url} is cloned at {commit[:12]}", release_steps.clone(release, url, commit), user)
        return
    path = Path(text(props, "path"))
    found = release_source.items(path)
    if release_source.content_hash(found) != text(props, "content"):
        raise HostError(f"{path} changed while this update ran: the next one takes it as it is now")
    with TemporaryDirectory(dir=release_store.folder(), prefix=".source-") as scratch:
        packed = Path(scratch, "source.tar.gz")
        release_source.write_archive(found, packed)
        server.send(f"{path} is sent", packed, release.archive, "0644")
    server.run(f"{path} is unpacked", release_steps.unpack_source(release), as_user=user)


def _bring_rest(server: Server, release: release_steps.Release, requirements: str) -> None:
    """Run the rest of the build, as the app's own user: what it installs may run anything."""
    build = {"SECRET_KEY": secrets.token_hex(32), "HOME": release.layout.cache, "LC_ALL": "C.UTF-8"}
    steps = (
        (f"The source has manage.py and {requirements}", release_steps.look_into(release, requirements)),
        ("There is a virtual environment", release_steps.virtual_environment(release)),
        (f"pip installs {requirements}", release_steps.install(release, requirements)),
        ("Static files are collected", release_steps.collect(release)),
    )
    for step, command in steps:
        server.run(step, f"set -e\n{command}", env=build, as_user=release.layout.app, timeout=1800)
    server.run("The release is complete", f"set -e\n{release_steps.finish(release)}")
