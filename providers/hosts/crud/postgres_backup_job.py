"""The backup itself. Runs on the server that keeps backups, as a file of its own: with Python's standard library alone.

    postgres_backup_job.py make CONFIG          dump -> checked -> beside it a manifest -> old ones removed
    postgres_backup_job.py newest DIRECTORY     the manifest of the newest dump that is as its manifest says, or nothing
    postgres_backup_job.py latest DIRECTORY     the newest manifest as it lies there, unchecked, or nothing

CONFIG is JSON: {host, port, database, user, passfile, directory, keep, server}. A backup is two files: NAME.dump in
pg_dump's custom format and NAME.json, its manifest: {name, database, server, host, port, made_at (UTC, ISO 8601),
sha256, size (bytes), rows: {table: number}}. Dump and rows are from one snapshot, so they agree whatever is written
meanwhile. Where tables go or change their form in that moment, as in a migration, neither can be had, and it is tried
again. (Locks would not help: pg_dump asks for its own, and queues behind a migration that waits for ours.) The manifest
is put in place last: a dump without one is not finished, and does not count. For Python 3.8 and newer. Source:
PostgreSQL 15, pg_dump --snapshot, pg_export_snapshot, chapter 34.16 (the password file).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

PAUSES = (1, 2, 4, 8, 15)
"""Seconds between the tries of a backup; a migration is over by then."""
LOST = 2
"""The status of a psql that has no connection: another try would not help."""
COUNT = """SELECT coalesce(json_object_agg(name, rows), '{}') FROM (
  SELECT format('%I.%I', schemaname, tablename) AS name,
    (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I.%I', schemaname, tablename),
      false, true, '')))[1]::text::bigint AS rows
  FROM pg_tables WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema') AS counted"""
"""Counts the rows of every table exactly; one row with one JSON object."""


class EndedError(Exception):
    """A program that a backup needs ended with a status."""


class Snapshot:
    """A transaction that stays open, so that dump and count see the same rows."""

    def __init__(self, database: list[str], environment: dict[str, str]) -> None:
        command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", *database]
        self._psql = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, universal_newlines=True
        )
        self._say("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;")
        self.name = self.ask("SELECT pg_export_snapshot();")

    def ask(self, sql: str) -> str:
        """Ask for one row of one column."""
        self._say(sql)
        assert self._psql.stdout is not None  # noqa: S101 - opened above; tells the type checker
        answer = self._psql.stdout.readline().strip()
        if not answer:
            self._ended()
        return answer

    def close(self) -> None:
        self._psql.communicate()

    def _say(self, sql: str) -> None:
        assert self._psql.stdin is not None  # noqa: S101 - see above
        try:
            self._psql.stdin.write(sql + "\n")
            self._psql.stdin.flush()
        except BrokenPipeError:
            self._ended()

    def _ended(self) -> None:
        self.close()
        ended = f"psql ended with status {self._psql.returncode}"
        if self._psql.returncode == LOST:
            sys.exit(ended)
        raise EndedError(ended)


def make(config: dict[str, object]) -> dict[str, object]:
    """Make a backup, as often as it takes. The manifest."""
    for pause in (*PAUSES, None):
        try:
            return attempt(config)
        except EndedError as failure:
            if pause is None:
                sys.exit(str(failure))
            print(f"{failure}: the next try is in {pause} s", file=sys.stderr)
            time.sleep(pause)
    raise AssertionError


def attempt(config: dict[str, object]) -> dict[str, object]:
    """Make a backup, check it, and remove those that are too many. The manifest."""
    os.umask(0o077)
    # datetime.UTC is younger than the Python of Ubuntu 20.04 and 22.04
    now = datetime.now(timezone.utc).replace(microsecond=0)  # noqa: UP017 - see above
    folder = Path(str(config["directory"]))
    name = f"{config['database']}-{now:%Y%m%dT%H%M%SZ}"
    partial = folder / f".{name}.part"
    sweep(folder)
    try:
        rows = dump(config, partial)
        check(partial)
        partial.replace(folder / f"{name}.dump")
    finally:
        if partial.exists():
            partial.unlink()
    manifest: dict[str, object] = {key: config[key] for key in ("database", "server", "host", "port")}
    manifest.update(name=name, made_at=now.isoformat(), rows=rows, **measured(folder / f"{name}.dump"))
    put(folder / f"{name}.json", manifest)
    prune(folder, int(str(config["keep"])))
    return manifest


def dump(config: dict[str, object], to: Path) -> dict[str, int]:
    """Dump the database into a file and count its rows, both in one snapshot."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "passfile": "PGPASSFILE"}
    environment = {**os.environ, **{variable: str(config[key]) for key, variable in names.items()}}
    database = [f"--dbname={config['database']}", "--no-password"]
    snapshot = Snapshot(database, environment)
    try:
        command = ["pg_dump", "--format=custom", f"--snapshot={snapshot.name}", f"--file={to}", *database]
        run(command, environment)
        return json.loads(snapshot.ask(" ".join(COUNT.split()) + ";"))
    finally:
        snapshot.close()


def check(dumped: Path) -> None:
    """Let pg_restore read the dump's table of contents."""
    run(["pg_restore", "--list", str(dumped)], dict(os.environ), stdout=subprocess.DEVNULL)


def run(command: list[str], environment: dict[str, str], stdout: int | None = None) -> None:
    status = subprocess.run(command, env=environment, stdout=stdout, check=False).returncode
    if status:
        raise EndedError(f"{command[0]} ended with status {status}")


def measured(dumped: Path) -> dict[str, object]:
    """Sum and size of a file."""
    digest = hashlib.sha256()
    with dumped.open("rb") as opened:
        for chunk in iter(lambda: opened.read(1 << 20), b""):
            digest.update(chunk)
    return {"sha256": digest.hexdigest(), "size": dumped.stat().st_size}


def put(path: Path, manifest: dict[str, object]) -> None:
    """Write a file in one instant."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(path)


def sweep(folder: Path) -> None:
    """Remove what a run that was cut off left: parts, and dumps without a manifest."""
    unfinished = [path for path in folder.glob("*.dump") if not path.with_suffix(".json").exists()]
    for path in (*folder.glob(".*.part"), *unfinished):
        path.unlink()


def prune(folder: Path, keep: int) -> None:
    """Remove all but the newest `keep` backups: the manifest first, so that no manifest is without its dump."""
    for manifest in manifests(folder)[keep:]:
        manifest.unlink()
        dumped = manifest.with_suffix(".dump")
        if dumped.exists():
            dumped.unlink()


def manifests(folder: Path) -> list[Path]:
    """List the manifests, newest first: their names end in the time."""
    return sorted((path for path in folder.glob("*.json") if not path.name.startswith(".")), reverse=True)


def read(path: Path) -> dict[str, object]:
    return json.loads(path.read_text(encoding="utf-8"))


def good(path: Path) -> bool:
    """Say whether the dump of this manifest is there and as it was when it was made."""
    dumped = path.with_suffix(".dump")
    return dumped.is_file() and measured(dumped).items() <= read(path).items()


def newest(folder: Path) -> dict[str, object] | None:
    """Find the newest backup that is as its manifest says; a damaged one is told and passed over."""
    for path in manifests(folder):
        if good(path):
            return read(path)
        print(f"{path.stem} is damaged or its dump is gone: passed over", file=sys.stderr)
    return None


def latest(folder: Path) -> dict[str, object] | None:
    """Read the newest manifest."""
    found = manifests(folder)
    return read(found[0]) if found else None


def main(arguments: list[str]) -> int:
    """Do what the command line says."""
    do, what = arguments
    if do == "make":
        found: dict[str, object] | None = make(read(Path(what)))
    else:
        found = {"newest": newest, "latest": latest}[do](Path(what))
    if found is not None:
        print(json.dumps(found, sort_keys=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
