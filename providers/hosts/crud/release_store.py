"""Releases as they lie on the operator's machine, to be shipped to every server: .pulumi/releases/ID.PLATFORM.tar.gz.

release, platform -> path; fetched beside, then renamed, so that what is there is whole. Old ones go.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

KEPT = 6
"""Archives kept; one that is gone and wanted is fetched again from a server that has the release."""


def folder() -> Path:
    """Give the folder, for its owner only, since a release holds the whole app; relative to the project's own."""
    path = Path(".pulumi", "releases")
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def archive(release: str, platform: str) -> Path:
    """Say where the archive of a release for one kind of system lies, or would lie."""
    return folder() / f"{release}.{platform}.tar.gz"


def keep(target: Path, fetch: Callable[[Path], None]) -> None:
    """Fetch an archive into its place, and let old ones go."""
    with TemporaryDirectory(dir=target.parent, prefix=".fetch-") as scratch:
        fetched = Path(scratch, target.name)
        fetch(fetched)
        fetched.chmod(0o600)
        fetched.replace(target)
    archives = sorted(target.parent.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in archives[KEPT:]:
        old.unlink(missing_ok=True)
