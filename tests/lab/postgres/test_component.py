"""PostgresServer in a Pulumi program: up, no change, drift in a preview, the move as a line of config, destroy."""

import json
from collections.abc import Callable
from pathlib import Path

from lab.hosts.testing import Guest
from tests.lab.postgres.conftest import PASSWORD, ROWS, connection, sql
from tests.support.project import Project, make_project

PROGRAM = """
import pulumi
from components.postgres import BackupArgs, PostgresServer, PostgresServerArgs
from components.servers import ServerAccess

config = pulumi.Config()
servers = {
    name: ServerAccess(name=name, connection=about, machine=f"{name}-1", address=about["host"], memory_mib=1024)
    for name, about in config.require_object("servers").items()
}
database = PostgresServer(
    "database",
    PostgresServerArgs(
        server=servers[config.require("database")],
        database="tasks",
        owner="cloud",
        password=config.require_secret("password"),
        superuser=True,
        allow=["172.21.0.0/16"],
        backups=BackupArgs(server=servers["pgm3"], schedule="hourly"),
        verify_from=servers["pgm3"],
    ),
)
for name in ("address", "port", "database", "owner", "version"):
    pulumi.export(name, getattr(database, name))
"""
PARTS = {"database-postgres", "database-backups"}


def changes(project: Project, *args: str) -> dict[str, set[str]]:
    """Give what a preview announces for the component's parts: those that don't stay as they are."""
    planned = project.planned(*args)
    return {name: planned[name] for name in PARTS & planned.keys() if planned[name] - {"same", "refresh"}}


def test_its_life(tmp_path: Path, fresh: Callable[[str], Guest]):
    guests = {name: fresh(name) for name in ("pgm1", "pgm2", "pgm3")}
    project = make_project(tmp_path / "trial", PROGRAM)
    project.configure({"servers": {name: connection(guest) for name, guest in guests.items()}, "database": "pgm1"})
    project.pulumi("config", "set", "--secret", "password", PASSWORD, "-s", project.stack).ok()
    up = project.up().ok()
    assert PASSWORD not in up.text
    address = guests["pgm1"].address
    wanted = {"address": address, "port": 5432, "database": "tasks", "owner": "cloud", "version": "15"}
    assert project.outputs() == wanted
    assert PASSWORD not in project.state_path.read_text()
    assert changes(project) == {}

    sql(guests["pgm1"], ROWS)
    guests["pgm1"].run("echo 'work_mem = 1GB' | sudo tee -a /etc/postgresql/15/main/conf.d/pulumi.conf")
    assert changes(project, "--refresh").keys() == {"database-postgres"}
    assert "and is tuned" in project.pulumi("preview", "-s", project.stack, "--refresh", "--diff").ok().text
    project.up("--refresh").ok()

    project.configure({"database": "pgm2"})
    assert changes(project) == {name: {"update"} for name in PARTS}
    moved = project.up().ok()
    assert "PostgreSQL is stopped and disabled, its data is kept in /var/lib/postgresql/15/main" in moved.text
    assert project.outputs()["address"] == guests["pgm2"].address
    (instance,) = (found for found in project.resources() if str(found["urn"]).endswith("::database-postgres"))
    assert json.loads(json.dumps(instance))["outputs"]["moved_from"] == "pgm1 by dump, 3 tables, 120 rows"
    assert changes(project, "--refresh") == {}

    project.pulumi("destroy", "-s", project.stack, "--yes", "--skip-preview").ok()
    assert guests["pgm2"].run("systemctl is-active postgresql@15-main", check=False).strip() == "inactive"
