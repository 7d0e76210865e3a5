"""The app's code on the operator's machine: which files count, their hash, and the archive that is shipped.

folder -> sorted relative paths (without what is made from others, and what .gitignore-like rules leave out) -> one
content hash, the same on every machine -> one archive, the same for the same content. Reads files, writes none but
the archive.
"""

import fnmatch
import gzip
import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LEFT_OUT = (
    "__pycache__",
    "*.pyc",
    ".git",
    ".venv",
    "venv",
    "node_modules",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    "db.sqlite3",
    "*.sqlite3",
    ".env",
    "*.swp",
    "*~",
    ".DS_Store",
    "collected",
)
"""Names that never count: made from the rest, or secret, or of one developer's machine."""


@dataclass(frozen=True)
class Item:
    """One file. `path` is relative, with slashes; `executable` and `link` (where a symbolic link points) as in git."""

    path: str
    data: bytes
    executable: bool = False
    link: str = ""


class SourceError(ValueError):
    """The folder can't be a source; completes "path ..."."""


def items(root: Path) -> list[Item]:
    """Read the files of a source, sorted by path."""
    rules = _rules(root)
    return [_item(root, path) for path in sorted(_walk(root, "", rules))]


def content_hash(found: Iterable[Item]) -> str:
    """Hash names, kinds and contents: times, owners and the order of reading mean nothing."""
    digest = hashlib.sha256()
    for item in sorted(found, key=lambda item: item.path):
        kind = "link" if item.link else "program" if item.executable else "file"
        body = item.link.encode() if item.link else item.data
        digest.update(f"{kind} {len(item.path)} {item.path} {len(body)}\n".encode())
        digest.update(body)
    return digest.hexdigest()


def examine(root: Path, requirements: str) -> str:
    """Hash the folder, once it holds what a Django project must; raises SourceError."""
    if not root.is_dir():
        raise SourceError(f"is {str(root)!r}, which is no folder")
    try:
        found = items(root)
    except OSError as error:
        raise SourceError(f"is {str(root)!r}, where {error.filename} can't be read: {error.strerror}") from None
    names = {item.path for item in found}
    for needed, why in (("manage.py", "a Django project has one"), (requirements, "it says what to install")):
        if needed not in names:
            raise SourceError(f"is {str(root)!r}, which holds no {needed}: {why}")
    return content_hash(found)


def write_archive(found: Iterable[Item], target: Path) -> None:
    """Write files as a .tar.gz for its owner alone, without times and owners."""
    with (
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for item in found:
            _add(archive, item)


def _add(archive: tarfile.TarFile, item: Item) -> None:
    entry = tarfile.TarInfo(item.path)
    entry.mode = 0o755 if item.executable else 0o644
    if item.link:
        entry.type, entry.linkname = tarfile.SYMTYPE, item.link
    entry.size = len(item.data)
    archive.addfile(entry, io.BytesIO(item.data))


def _rules(root: Path) -> tuple[str, ...]:
    """Read .gitignore at the top: patterns of names and of paths; `!` (include again) is not among them."""
    try:
        lines = (root / ".gitignore").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return LEFT_OUT
    patterns = (line.strip() for line in lines)
    return (*LEFT_OUT, *(line for line in patterns if line and line[0] not in "#!"))


def ignored(path: str, rules: Iterable[str], *, folder: bool) -> bool:
    """Say whether a rule leaves a path out: by its name, or by its whole path where the rule has a slash inside."""
    name = path.rpartition("/")[2]
    for rule in rules:
        bare = rule.rstrip("/")
        if rule.endswith("/") and not folder:
            continue
        if "/" in bare:
            if fnmatch.fnmatchcase(path, bare.lstrip("/")):
                return True
        elif fnmatch.fnmatchcase(name, bare):
            return True
    return False


def _walk(root: Path, below: str, rules: tuple[str, ...]) -> Iterator[str]:
    for entry in os.scandir(root / below):
        path = f"{below}/{entry.name}" if below else entry.name
        folder = entry.is_dir(follow_symlinks=False)
        if ignored(path, rules, folder=folder):
            continue
        if folder:
            yield from _walk(root, path, rules)
        elif entry.is_symlink() or entry.is_file():
            yield path


def _item(root: Path, path: str) -> Item:
    full = root / path
    if full.is_symlink():
        return Item(path, b"", link=str(full.readlink()))
    return Item(path, full.read_bytes(), executable=bool(full.stat().st_mode & stat.S_IXUSR))
