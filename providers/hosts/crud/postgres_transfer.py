"""A database on its way to a server: from another server by dump, or from a backup.

    by dump    old: frozen ─> counted ─> dumped ─> new: restored under another name ─> counted ─> checked
               ─> the switch: old says where it went ─> new takes the name ─> old is stopped, its data kept
    by backup  the newest one that is as its manifest says ─> restored under another name ─> counted ─> takes the name

Whatever fails before the switch leaves the old database as it was, and nothing on the new server. The dump passes
through a folder of this machine that only we can read.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from providers.common.progress import say, warn
from providers.hosts.crud import postgres_backup_job as job
from providers.hosts.crud import postgres_rows
from providers.hosts.crud.postgres_database import Database, Manifest, manifest
from providers.hosts.crud.postgres_rows import Rows
from providers.hosts.errors import HostError, UnreachableError
from providers.hosts.session import Server


@dataclass(frozen=True)
class Kept:
    """A verified backup, and the server where it lies."""

    server: Server
    folder: str
    manifest: Manifest


def newest_backup(server: Server, folder: str) -> Kept | None:
    """Find the newest backup that is whole; a server of backups that does not answer is told, and has none."""
    script = Path(job.__file__).read_text(encoding="utf-8")
    try:
        told = server.run("the newest backup is found", f"python3 - newest {folder}", stdin=script, timeout=3600)
    except UnreachableError as error:
        warn(f"{server.name} can't be asked for backups: {error}")
        return None
    found = manifest(told)
    return Kept(server, folder, found) if found else None


def by_backup(kept: Kept, new: Database) -> Rows:
    """Restore a backup, and give the database its name. Raises HostError, with nothing left behind."""
    about = kept.manifest
    say(f"{new.server.name}: the database {new.name} comes from the backup {about.name} on {kept.server.name}")
    with _folder() as folder:
        local = folder / "backup.dump"
        kept.server.fetch(f"the backup {about.name} is fetched", f"{kept.folder}/{about.name}.dump", local)
        if job.measured(local)["sha256"] != about.sha256:
            raise HostError(f"The backup {about.name} on {kept.server.name} was damaged on its way here: try again.")
        try:
            new.restore(local, about.rows)
            new.accept()
        except HostError as error:
            raise _after(error, f"The restore of {new.name} failed", [new.drop_incoming]) from None
    return about.rows


def by_dump(old: Database, new: Database, machine: str, check: Callable[[], None]) -> Rows:
    """Move a database whose server answers. `machine`: the new one, `check` raises HostError when nobody reaches it.

    Raises HostError; before the switch that leaves the old database as it was.
    """
    old.start()
    strangers = old.strangers()
    if strangers:
        warn(f"{old.server.name}: roles other than {old.owner} are not carried along, nor their grants: {strangers}")
    try:
        rows = _carried(old, new)
        check()
        old.say_moved(machine)
    except HostError as error:
        failed = f"The database {old.name} stays on {old.server.name}, as it was: its move to {new.server.name} failed"
        raise _after(error, failed, [old.thaw, old.say_here, new.drop_incoming]) from None
    new.accept()
    return rows


def _carried(old: Database, new: Database) -> Rows:
    old.freeze()
    rows = old.rows()
    say(f"{old.server.name}: the database {old.name} goes to {new.server.name}: {postgres_rows.summary(rows)}")
    with _folder() as folder:
        old.dump(folder / "moving.dump")
        new.restore(folder / "moving.dump", rows)
    return rows


def retire(old: Database, stop: Callable[[], object]) -> None:
    """Stop the server that the database left; nothing of the move depends on it, so a failure is only told."""
    try:
        data = old.data_folder()
        stop()
    except HostError as error:
        warn(f"{old.server.name}: the database {old.name} moved away, but its PostgreSQL could not be stopped: {error}")
        return
    warn(f"{old.server.name}: PostgreSQL is stopped and disabled, its data is kept in {data}")


@contextmanager
def _folder() -> Generator[Path]:
    with TemporaryDirectory(prefix="postgres-") as folder:
        yield Path(folder)


def _after(error: HostError, failed: str, undo: list[Callable[[], None]]) -> HostError:
    """Undo what can be undone; the error then tells all of it."""
    also = "".join(f"\nAfter that: {told}" for told in _undone(undo))
    return HostError(f"{failed}. {error}{also}")


def _undone(undo: list[Callable[[], None]]) -> Iterator[str]:
    for step in undo:
        try:
            step()
        except HostError as error:
            yield str(error)
