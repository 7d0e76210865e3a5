"""A server's disk: the upper layer of an overlay over the base, in HOME/hosts/NAME.

upper, work   the overlay's        root   where the guest mounts it (in its own mount namespace)
boot.sh       what the guest runs  console.log   what it says
"""

import os
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.hosts import commands, identity
from lab.hosts.identity import File
from lab.hosts.net import RackNet
from lab.hosts.spec import USER, HostSpec

_ACCOUNTS: Final = (
    *("etc/passwd", "etc/shadow", "etc/group", "etc/gshadow", "etc/subuid", "etc/subgid"),
    "etc/sudoers.d/90-cloud-init-users",
)
"""Where the base's user is named."""


@dataclass(frozen=True, slots=True)
class Disk:
    """The files of one server; `base` is its lower layer."""

    path: Path
    base: Path

    @property
    def script(self) -> Path:
        return self.path / "boot.sh"

    @property
    def console(self) -> Path:
        return self.path / "console.log"

    @property
    def upper(self) -> Path:
        return self.path / "upper"

    def prepare(self, spec: HostSpec, net: RackNet) -> None:
        """Make the disk if there is none, and set what this boot wants on it."""
        new = not (self.upper / identity.MACHINE_ID.lstrip("/")).exists()
        for name, mode in (("", 0o755), ("upper", 0o755), ("work", 0o700), ("root", 0o755)):
            _directory(self.path / name, mode)
        if new:
            if spec.user != USER:
                self._rename_user(spec.user)
            self._write({**identity.files(spec, net), **identity.drawn(spec)})
        self._write(identity.at_boot(spec))
        self.script.write_text(commands.boot_script(spec, self.path, self.base))

    def forget(self) -> None:
        """Delete it."""
        if self.path.exists():
            shutil.rmtree(self.path)

    def last_words(self) -> str:
        """Give the last lines that the boot script or systemd has said, in one."""
        with suppress(FileNotFoundError):
            lines = [line.strip() for line in self.console.read_text(errors="replace").splitlines()]
            return " / ".join([line for line in lines if line][-2:])
        return ""

    def _rename_user(self, user: str) -> None:
        for path in (self.base / each for each in _ACCOUNTS):
            there = path.stat()
            text = identity.renamed(path.read_text(), USER, user)
            file = File(text, there.st_mode & 0o7777, there.st_uid, there.st_gid)
            self._write({f"/{path.relative_to(self.base)}": file})
        home = self.upper / "home" / user
        shutil.copytree(self.base / "home" / USER, home, dirs_exist_ok=True)
        for path in (home, *home.rglob("*")):
            os.chown(path, identity.USER_ID, identity.USER_ID)
        old = self.upper / "home" / USER
        old.unlink(missing_ok=True)
        os.mknod(old, stat.S_IFCHR, os.makedev(0, 0))  # an overlay's way to say: not there

    def _write(self, files: Mapping[str, File] | Mapping[str, File | None]) -> None:
        for path, file in files.items():
            target = self.upper / path.lstrip("/")
            if file:
                self._parents(target.parent, file.owner)
                _replace(target, file)
            elif self._is_plain(target.parent):
                target.unlink(missing_ok=True)

    def _is_plain(self, folder: Path) -> bool:
        """Whether a folder is there, and reached by folders alone: the guest may have put links in the way."""
        return folder == self.upper or (self._is_plain(folder.parent) and _is_directory(folder))

    def _parents(self, folder: Path, owner: int) -> None:
        """Make the folders above a file, each as the base has it: an upper folder hides the lower's owner and mode."""
        if folder == self.upper:
            return
        self._parents(folder.parent, owner)
        if _is_directory(folder):
            return
        lower = self.base / folder.relative_to(self.upper)
        if os.path.lexists(folder):
            # the guest put a link here, which would lead out of the disk, or deleted what the base has
            folder.unlink()
            _directory(folder, 0o755, owner, owner)
            os.setxattr(folder, "trusted.overlay.opaque", b"y")
        elif lower.is_dir():
            there = lower.stat()
            _directory(folder, there.st_mode & 0o7777, there.st_uid, there.st_gid)
        else:
            _directory(folder, 0o700 if folder.name == ".ssh" else 0o755, owner, owner)


def _is_directory(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _directory(path: Path, mode: int, user: int = 0, group: int = 0) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    os.chown(path, user, group)


def _replace(target: Path, file: File) -> None:
    """Write a file anew, so that neither an old mode nor a link that the guest left there is followed."""
    target.unlink(missing_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(file.text)
        os.fchown(descriptor, file.owner, file.group)
        os.fchmod(descriptor, file.mode)
