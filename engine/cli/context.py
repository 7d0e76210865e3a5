"""What a command works on: options -> project, backend, stack, secrets, config; opened lazily, each part once.

    open_project(options) -> Workspace     Pulumi.yaml, the backend's folder, the selected stack
    open_stack(options)   -> StackContext  and one stack's state file, config file and crypter

Nothing is derived or decrypted before it is asked for: `stack output` without secrets needs no passphrase.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

from engine.backend.diy import FileBackend
from engine.backend.history import UpdateRecord
from engine.backend.layout import StackRef, parse_ref
from engine.backend.url import BackendUrl, find_backend_url
from engine.cli.text import warn
from engine.errors import EngineError, StackNotFoundError
from engine.model.checkpoint import Checkpoint
from engine.model.codec import decode_deployment, decode_secrets_provider, encode_deployment
from engine.model.reading import CodecError
from engine.model.snapshot import SecretsProvider, Snapshot, integrity_errors
from engine.model.valuecodec import BlindCrypter, Crypter
from engine.workspace.config import StackConfig, decrypt_config
from engine.workspace.configvalues import ConfigError, Tree, map_secrets
from engine.workspace.home import pulumi_home
from engine.workspace.project import Project, find_project, load_project
from engine.workspace.secrets import PROVIDER, PassphraseCrypter, new_salt, read_passphrase
from engine.workspace.settings import select_stack, selected_stack, settings_path
from engine.workspace.stackfile import StackFile


class Selection(Protocol):
    """The options that say what a command works on; every command's options have them."""

    @property
    def stack(self) -> str:
        """--stack, empty where it is not given."""
        ...

    @property
    def cwd(self) -> Path:
        """--cwd, or where the command was started."""
        ...

    @property
    def config_file(self) -> str:
        """--config-file, empty where it is not given."""
        ...

    @property
    def non_interactive(self) -> bool:
        """--non-interactive: nothing is asked."""
        ...

    @property
    def disable_integrity_checking(self) -> bool:
        """--disable-integrity-checking: state that contradicts itself is used."""
        ...


@dataclass(frozen=True)
class Workspace:
    """A folder's project (None outside of one), its backend, and which stack is selected there."""

    cwd: Path
    env: Mapping[str, str]
    project: Project | None
    interactive: bool = False
    check_integrity: bool = True

    @property
    def home(self) -> Path:
        """PULUMI_HOME."""
        return pulumi_home(self.env)

    @cached_property
    def url(self) -> BackendUrl:
        """Where the state is; an EngineError if nothing says so or only the official engine can."""
        return find_backend_url(self.env, self.project, self.home, self.cwd)

    @cached_property
    def backend(self) -> FileBackend:
        """The opened backend."""
        return FileBackend.open(self.url, self.env, warn)

    @property
    def project_name(self) -> str:
        """The project's name, empty outside of one."""
        return self.project.name if self.project else ""

    @cached_property
    def selected(self) -> StackRef | None:
        """The stack of PULUMI_STACK, else the one selected for this project and backend."""
        if name := self.env.get("PULUMI_STACK"):
            return parse_ref(name, self.project_name)
        if self.project is None:
            return None
        name = selected_stack(self._settings(self.project), self.url.text)
        return parse_ref(name, self.project_name) if name else None

    def select(self, ref: StackRef | None) -> None:
        """Remember the selected stack (None: none)."""
        if self.project is not None:
            select_stack(self._settings(self.project), self.url.text, ref.qualified if ref else "")

    def _settings(self, project: Project) -> Path:
        return settings_path(self.home, project.name, project.path)

    def need_project(self) -> Project:
        """Give the project; an EngineError where there is none."""
        return self.project or load_project(find_project(self.cwd))

    def ref(self, name: str = "") -> StackRef:
        """Give the named stack, else the selected one; it need not exist.

        Raises
        ------
        EngineError: no name is given and none is selected.

        """
        chosen = parse_ref(name, self.project_name) if name else self.selected
        if chosen is None:
            raise EngineError("no stack is selected: name one with --stack, or `pulumi stack select` one")
        return chosen

    def existing(self, name: str = "") -> StackRef:
        """Give the named or selected stack.

        Raises
        ------
        StackNotFoundError: there is none of this name.
        EngineError: no name is given and none is selected.

        """
        ref = self.ref(name)
        if not self.backend.exists(ref):
            raise StackNotFoundError(f"no stack named {name or ref.name!r} in {self.url.text}: {self._known()}")
        return ref

    def _known(self) -> str:
        names = [r.shown(self.project_name) for r in self.backend.list_stacks() if r.project == self.project_name]
        return f"there are {', '.join(names)}" if names else "`pulumi stack init` makes one"


@dataclass(frozen=True)
class StackContext:
    """One stack: its state, config and secrets. Cached parts are read once; `snapshot` and `checkpoint` are not."""

    workspace: Workspace
    ref: StackRef
    project: Project
    config_path: Path

    @cached_property
    def stack_file(self) -> StackFile:
        """The stack's config file; parsed when it is first needed, which takes as long as starting a process."""
        return StackFile(self.config_path, self.project.name)

    @property
    def name(self) -> str:
        """The stack's short name, as programs see it."""
        return self.ref.name

    @property
    def backend(self) -> FileBackend:
        """The backend that holds the stack."""
        return self.workspace.backend

    def checkpoint(self) -> Checkpoint:
        """Read the state file, secrets closed."""
        return self.backend.load(self.ref)

    @cached_property
    def crypter(self) -> PassphraseCrypter:
        """The stack's crypter: the stack file's salt wins, else the checkpoint's, else a new one is made and saved.

        Its key is derived at the first use; `crypter.warm()` does so at once, in a thread if you like.
        """
        if self.stack_file.secrets_provider not in {"", PROVIDER, "default"}:
            provider = self.stack_file.secrets_provider
            raise EngineError(f"stack {self.name!r} keeps its secrets with {provider}: use the official pulumi for it")
        salt = self.stack_file.salt or _checkpoint_salt(self.checkpoint(), self.name)
        if not salt:
            salt = new_salt(self.passphrase(confirm=True))
        if salt != self.stack_file.salt:
            self.stack_file.set_salt(salt)
            self.stack_file.save()
        return PassphraseCrypter(salt, self.passphrase, self.name)

    def warm(self) -> None:
        """Derive the key now, in whatever thread this is, if there is anything to open with it."""
        latest = self.checkpoint().latest
        if latest is not None and "secrets_providers" in latest:
            self.crypter.warm()

    def passphrase(self, *, confirm: bool = False) -> str:
        """Find the passphrase, or ask for it; with `confirm`, twice."""
        ask = None
        if self.workspace.interactive:
            from engine.cli.prompt import ask_passphrase

            ask = ask_passphrase(confirm=confirm)
        return read_passphrase(self.workspace.env, self.name, ask)

    def secrets_provider(self) -> SecretsProvider:
        """Give what the checkpoint is to say about the crypter."""
        return self.crypter.provider()

    def new_secrets_provider(self) -> SecretsProvider:
        """Give what the checkpoint of a stack that is being made is to say; its salt goes into the stack file."""
        if not self.stack_file.salt:
            self.stack_file.set_salt(new_salt(self.passphrase(confirm=True)))
            self.stack_file.save()
        return self.crypter.provider()

    def reclose(self, tree: Tree, crypter: Crypter) -> Tree:
        """Close the secrets of a config value with another stack's crypter."""
        return map_secrets(tree, lambda ciphertext: crypter.encrypt(self.crypter.decrypt(ciphertext)))

    def apply_config(self, pairs: Iterable[str], *, path: bool = False) -> None:
        """Put `key=value` pairs into the stack file, as --config does.

        Raises
        ------
        ConfigError: a pair has no '=', or its key is malformed.

        """
        for pair in pairs:
            key, equals, value = pair.partition("=")
            if not equals:
                raise ConfigError(f"--config is {pair!r}, it should be key=value")
            self.stack_file.set_text(key, value, path=path)
        self.stack_file.save()

    def config(self) -> StackConfig:
        """Give the stack's config with the project's defaults, decrypted and validated: what a program gets."""
        return decrypt_config(self.project, self.name, self.stack_file.config, self.crypter.decrypt)

    def snapshot(self, *, show_secrets: bool = True, check: bool = True) -> Snapshot:
        """Read and decode the state file; without `show_secrets` its secrets read '[secret]' and need no passphrase.

        Raises
        ------
        EngineError: the file is not a checkpoint that this engine reads, its secrets do not open, or (with `check`)
        its resources contradict each other.

        """
        latest = self.checkpoint().latest
        if latest is None:
            return Snapshot()
        place = self.backend.state_file(self.ref)
        try:
            crypter: Crypter = self.crypter_for(latest) if show_secrets else BlindCrypter()
            snapshot = decode_deployment(latest, crypter)
        except CodecError as error:
            raise EngineError(f"{place} is corrupt: {error}") from error
        if check and self.workspace.check_integrity and (problems := integrity_errors(snapshot.resources)):
            raise EngineError(f"{place} contradicts itself: {problems[0]}")
        return snapshot

    def crypter_for(self, latest: Mapping[str, object]) -> Crypter:
        """Give what opens this deployment: the stack's crypter, or one with the salt that the deployment names."""
        provider = decode_secrets_provider(latest)
        if provider is None:
            return self.crypter
        salt = _provider_salt(provider, self.name)
        return self.crypter if salt == self.crypter.salt else PassphraseCrypter(salt, self.passphrase, self.name)

    def encode(self, snapshot: Snapshot, *, show_secrets: bool = False) -> dict[str, object]:
        """Write a snapshot as a raw deployment, closed with the stack's crypter."""
        closed = replace(snapshot, secrets=self.secrets_provider())
        return encode_deployment(closed, self.crypter, show_secrets=show_secrets)

    def save(self, snapshot: Snapshot) -> None:
        """Replace the state file (the former one stays as .bak)."""
        before = self.checkpoint()
        self.backend.save(self.ref, replace(before, stack=self.ref.qualified, latest=self.encode(snapshot)))

    @contextlib.contextmanager
    def locked(self) -> Generator[None]:
        """Hold the stack's lock; a LockedError says who else does."""
        with self.backend.lock(self.ref):
            yield

    def back_up(self) -> None:
        """Keep a copy of the state file as it is now, as before every update."""
        self.backend.back_up(self.ref)

    def add_history(self, record: UpdateRecord) -> None:
        """Keep a record of an update, and a copy of the state file after it."""
        self.backend.add_history(self.ref, record)


def _checkpoint_salt(checkpoint: Checkpoint, stack: str) -> str:
    provider = decode_secrets_provider(checkpoint.latest) if checkpoint.latest is not None else None
    return _provider_salt(provider, stack) if provider else ""


def _provider_salt(provider: SecretsProvider, stack: str) -> str:
    salt = provider.state.get("salt")
    if provider.type != PROVIDER or not isinstance(salt, str):
        raise EngineError(
            f"the state of stack {stack!r} is encrypted by {provider.type!r}: use the official pulumi for it"
        )
    return salt


def open_project(options: Selection, env: Mapping[str, str] | None = None) -> Workspace:
    """Find the project of a folder, if there is one, and what belongs to it."""
    env = os.environ if env is None else env
    cwd = options.cwd.absolute()
    if not cwd.is_dir():
        raise EngineError(f"--cwd names {str(options.cwd)!r}, which is no folder")
    from engine.workspace.project import ProjectError

    try:
        path = find_project(cwd)
    except ProjectError:
        project = None
    else:
        project = load_project(path)
    return Workspace(cwd, env, project, is_interactive(options), not options.disable_integrity_checking)


def open_stack(options: Selection, env: Mapping[str, str] | None = None) -> StackContext:
    """Open the stack that the options name, else the selected one.

    Raises
    ------
    StackNotFoundError: there is no such stack.
    EngineError: none is selected, there is no project, or a file of it is malformed.

    """
    workspace = open_project(options, env)
    project = workspace.need_project()
    ref = workspace.existing(options.stack)
    if ref.project != project.name:
        raise EngineError(f"stack {ref.qualified} is none of project {project.name!r} ({project.path})")
    return stack_context(workspace, ref, options.config_file)


def stack_context(workspace: Workspace, ref: StackRef, config_file: str = "") -> StackContext:
    """Give the context of a stack that need not exist yet."""
    project = workspace.need_project()
    path = workspace.cwd / config_file if config_file else project.stack_file(ref.name)
    return StackContext(workspace, ref, project, path)


def is_interactive(options: Selection) -> bool:
    """Tell whether there is a person to ask."""
    return not options.non_interactive and sys.stdin.isatty() and sys.stdout.isatty()
