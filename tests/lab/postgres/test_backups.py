"""Backups on a real server: made, checked, few kept, drift seen, damage passed over."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.hosts.testing import Guest
from providers.hosts import session
from providers.hosts.connection import parse
from providers.hosts.crud.postgres_transfer import newest_backup
from providers.hosts.errors import StepFailedError
from tests.lab.postgres.conftest import FOLDER, PASSWORD, ROWS, Life, backups, connection, instance, kept, postgres, sql

Booted = Callable[[str], Guest]
START = "sudo systemctl start postgres-backup-tasks"


@pytest.fixture(scope="module")
def database(booted: Booted) -> Guest:
    guest = booted("pgb1")
    postgres().up(instance(guest))
    sql(guest, ROWS)
    return guest


@pytest.fixture(scope="module")
def vault(booted: Booted) -> Guest:
    return booted("pgb2")


@pytest.fixture(scope="module")
def life(vault: Guest, database: Guest) -> Life:
    made = kept()
    made.up(backups(vault, database))
    return made


def test_the_first_is_made_at_once_and_nothing_is_left_to_change(life: Life, vault: Guest):
    assert life.state["last_backup"]["rows"] == 120
    assert life.refresh() == []
    assert vault.run("systemctl is-active postgres-backup-tasks.timer").strip() == "active"
    assert vault.run("sudo grep -rl . /etc/postgres-backups | wc -l").strip() == "2"
    assert PASSWORD not in vault.run("sudo journalctl --no-pager; ps -ef; systemctl cat postgres-backup-tasks")


def test_as_many_are_kept_as_asked_for(life: Life, vault: Guest, database: Guest):
    sql(database, "INSERT INTO task (title) VALUES ('one more')")
    for _ in range(3):
        vault.run(f"{START}; sleep 1.1")  # names of backups tell the second
    files = vault.run(f"sudo ls {FOLDER}").split()
    assert sorted(name.rsplit(".", 1)[1] for name in files) == ["dump", "dump", "json", "json"]
    assert life.refresh() == []
    assert life.state["last_backup"]["rows"] == 121


def test_a_damaged_one_is_passed_over(vault: Guest, life: Life):
    server = session.current().on(parse(connection(vault)))
    names = sorted(vault.run(f"sudo ls {FOLDER} | grep json").split())
    newest = newest_backup(server, FOLDER)
    assert newest is not None
    assert f"{newest.manifest.name}.json" == names[-1]
    vault.run(f"echo x | sudo tee -a {FOLDER}/{newest.manifest.name}.dump")
    older = newest_backup(server, FOLDER)
    assert older is not None
    assert f"{older.manifest.name}.json" == names[-2]
    assert newest_backup(server, "/nowhere") is None


CHURN = """
for round in $(seq 2000); do
  echo "BEGIN; CREATE TABLE owner_$round (id serial PRIMARY KEY); CREATE TABLE held (id serial PRIMARY KEY,
    owner int REFERENCES owner_$round DEFERRABLE INITIALLY DEFERRED, word varchar(20) UNIQUE); COMMIT;
    ALTER TABLE held ALTER COLUMN word TYPE text; ALTER TABLE held DROP CONSTRAINT held_word_key;
    BEGIN; DROP TABLE held; DROP TABLE owner_$round; COMMIT;"
done | sudo -u postgres psql -qtAX -v ON_ERROR_STOP=1 -d tasks
"""
"""Tables that come, change and go, as a migration's do."""


def test_a_database_that_migrates_meanwhile_is_backed_up(life: Life, vault: Guest, database: Guest):
    with ThreadPoolExecutor(1) as pool:
        churn = pool.submit(database.run, CHURN)
        made = 0
        while not churn.done():
            vault.run(f"{START} && sleep 1.1")
            made += 1
        churn.result()
    assert made
    assert life.refresh() == []


@pytest.mark.parametrize(
    ("harm", "drift"),
    [
        ("sudo systemctl disable --now postgres-backup-tasks.timer", "the timer of postgres-backup-tasks is on"),
        ("sudo rm -r /var/backups/postgres/tasks", f"{FOLDER} is only for backups"),
        ("echo x | sudo tee /etc/postgres-backups/tasks.pgpass", "it knows its password"),
    ],
)
def test_drift_is_seen_and_repaired(life: Life, vault: Guest, database: Guest, harm: str, drift: str):
    vault.run(harm)
    assert drift in life.refresh()
    life.up(backups(vault, database))
    assert life.refresh() == []


def test_a_run_that_failed_is_drift_and_its_reason_is_told(life: Life, vault: Guest, database: Guest):
    there = "there is a backup of tasks on pgb1, and the last one succeeded"
    sql(database, "ALTER ROLE cloud PASSWORD 'other'")
    vault.run(START, check=False)
    assert life.refresh() == [there]
    with pytest.raises(StepFailedError, match="password authentication failed"):
        life.up(backups(vault, database))
    sql(database, f"ALTER ROLE cloud PASSWORD '{PASSWORD.replace(chr(39), chr(39) * 2)}'")
    life.up(backups(vault, database))
    assert life.refresh() == []


def test_a_schedule_that_systemd_does_not_know_is_told(life: Life, vault: Guest, database: Guest):
    with pytest.raises(StepFailedError, match="the schedule is one that systemd knows"):
        life.up(backups(vault, database, schedule="sometimes"))


def test_delete_keeps_the_backups(life: Life, vault: Guest):
    life.destroy()
    assert vault.run("systemctl list-timers --all | grep -c postgres-backup", check=False).strip() == "0"
    assert "dump" in vault.run(f"sudo ls {FOLDER}")
