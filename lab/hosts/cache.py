"""What is made once and used by every lab of this machine: bases and package mirrors.

name + content hash -> directory, made below a lock, seen only when it is whole
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Final

DEFAULT: Final = Path("/var/cache/metal-to-cloud")

Say = Callable[[str], None]


class CacheError(Exception):
    """Something cannot be made; one sentence for a person."""


def root() -> Path:
    """Give the cache's directory: M2C_CACHE, else /var/cache/metal-to-cloud."""
    return Path(os.environ.get("M2C_CACHE") or DEFAULT)


def digest(parts: Iterable[str]) -> str:
    """Name what is made of `parts`; order counts, and where one part ends."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(f"{len(part)}:{part}".encode())
    return whole.hexdigest()[:12]


def get(name: str, make: Callable[[Path], None]) -> Path:
    """Give the directory `name`, made with `make(directory)` if it is not there; others wait meanwhile."""
    wanted = root() / name
    if wanted.is_dir():
        return wanted
    root().mkdir(parents=True, exist_ok=True, mode=0o755)
    with _locked(name):
        if not wanted.is_dir():
            _make(wanted, make)
    return wanted


def _make(wanted: Path, make: Callable[[Path], None]) -> None:
    scratch = wanted.with_name(f".{wanted.name}.part")
    if scratch.exists():
        shutil.rmtree(scratch)
    scratch.mkdir(mode=0o755)
    try:
        make(scratch)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    scratch.rename(wanted)


def _lock_file(name: str) -> int:
    return os.open(root() / f".{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


@contextmanager
def _locked(name: str, how: int = fcntl.LOCK_EX) -> Generator[None]:
    descriptor = _lock_file(name)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def hold(directory: Path) -> int:
    """Keep a directory from being forgotten until the returned descriptor is closed, or the process ends."""
    descriptor = _lock_file(directory.name)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def forget(names: Iterable[str]) -> None:
    """Delete these directories, whole or not; CacheError where somebody holds one."""
    for name in names:
        try:
            _forget(name)
        except BlockingIOError as error:
            raise CacheError(f"{root() / name} is in use by servers that run; end their lab first.") from error


def _forget(name: str) -> None:
    if root().is_dir():
        with _locked(name, fcntl.LOCK_EX | fcntl.LOCK_NB):
            for path in (root() / name, root() / f".{name}.part"):
                if path.exists():
                    shutil.rmtree(path)


def held() -> list[Path]:
    """List what is there and whole."""
    if not root().is_dir():
        return []
    return sorted(each for each in root().iterdir() if each.is_dir() and not each.name.startswith("."))
