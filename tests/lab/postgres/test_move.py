"""The database moves to another server: by dump, by backup after its server died, or not at all."""

from collections.abc import Callable

import pytest

from lab.hosts.testing import Guest
from providers.hosts.errors import HostError
from tests.lab.postgres.conftest import FOLDER, ROWS, Life, backups, connection, instance, kept, postgres, sql

Fresh = Callable[[str], Guest]
COUNTS = 'SELECT (SELECT count(*) FROM task), (SELECT count(*) FROM "Odd name"), (SELECT count(*) FROM nothing)'


@pytest.fixture
def first(fresh: Fresh) -> Guest:
    return fresh("pgm1")


@pytest.fixture
def second(fresh: Fresh) -> Guest:
    return fresh("pgm2")


@pytest.fixture
def vault(fresh: Fresh) -> Guest:
    return fresh("pgm3")


@pytest.fixture
def life(first: Guest) -> Life:
    made = postgres()
    made.up(instance(first))
    sql(first, ROWS)
    return made


def test_by_dump_there_and_back_again(life: Life, first: Guest, second: Guest):
    state = life.up(instance(second, verify_from={"connection": connection(first)}))
    assert state["moved_from"] == "pgm1 by dump, 3 tables, 120 rows"
    assert (state["rows"], state["server"], state["address"]) == (120, "pgm2", second.address)
    assert sql(second, COUNTS) == "117|3|0"
    assert first.run("systemctl is-active postgresql@15-main", check=False).strip() == "inactive"
    assert first.run("systemctl is-enabled postgresql", check=False).strip() == "disabled"
    assert "dump" not in first.run("sudo ls /var/lib/postgresql") + second.run("sudo ls /var/lib/postgresql")
    assert life.refresh() == []

    # its end was not recorded: the same move once more finds it done
    sql(second, "INSERT INTO task (title) VALUES ('after the move')")
    again = postgres()
    again.id, again.state = (
        life.id,
        {**state, **instance(first), "host_key": first.run("cat /etc/ssh/*ed25519_key.pub")},
    )
    again.state["host_key"] = " ".join(again.state["host_key"].split()[:2])
    assert again.up(instance(second))["rows"] == 121

    # and home, where the database as it was is out of date
    state = life.up(instance(first))
    assert state["moved_from"] == "pgm2 by dump, 3 tables, 121 rows"
    assert sql(first, "SELECT count(*) FROM pg_database WHERE datname LIKE 'tasks_until_%'", "postgres") == "1"
    assert first.run("systemctl is-enabled postgresql", check=False).strip() == "enabled"
    assert life.refresh() == []


def test_a_move_that_fails_leaves_the_old_one_writable(life: Life, first: Guest, second: Guest):
    refused = instance(second, allow=["10.0.0.0/8"], verify_from={"connection": {**connection(first), "name": "app"}})
    with pytest.raises(HostError) as caught:
        life.up(refused)
    assert str(caught.value).startswith("The database tasks stays on pgm1, as it was: its move to pgm2 failed. app: ")
    assert f"({second.address}:5432) lets cloud in" in str(caught.value)
    sql(first, "INSERT INTO task (title) VALUES ('still here')")
    assert sql(second, "SELECT count(*) FROM pg_database WHERE datname LIKE 'tasks%'", "postgres") == "0"
    assert life.refresh() == []


def test_a_full_disk_on_the_new_server_undoes_the_move(life: Life, first: Guest, second: Guest):
    # 96 KB that can't be compressed
    noise = "SELECT string_agg(md5(random()::text || n || g), '') FROM generate_series(1, 3000) AS g"
    sql(first, f"INSERT INTO task (title) SELECT ({noise}) FROM generate_series(1, 500) AS n")
    second.run("sudo mkdir -p /var/lib/postgresql && sudo mount -t tmpfs -o size=96m tmpfs /var/lib/postgresql")
    with pytest.raises(HostError, match="The database tasks stays on pgm1, as it was: its move to pgm2 failed"):
        life.up(instance(second))
    assert sql(first, "SELECT count(*) FROM task") == "617"
    sql(first, "INSERT INTO task (title) VALUES ('still here')")
    second.run("sudo systemctl stop postgresql@15-main; sudo umount --lazy /var/lib/postgresql")


def test_a_full_database_in_the_way_is_not_overwritten(life: Life, second: Guest):
    other = postgres()
    other.up(instance(second))
    sql(second, "CREATE TABLE mine (x int)")
    with pytest.raises(HostError, match="pgm2 has a database tasks with 1 tables already, which would be lost"):
        life.up(instance(second))


def test_by_backup_when_its_server_died(life: Life, first: Guest, second: Guest, vault: Guest):
    saved = kept()
    about = saved.up(backups(vault, first))["last_backup"]
    assert (about["tables"], about["rows"]) == (3, 120)
    assert vault.run(f"sudo stat -c %a {FOLDER} {FOLDER}/{about['name']}.dump").split() == ["700", "600"]
    sql(first, "INSERT INTO task (title) VALUES ('not backed up')")
    first.kill()
    try:
        with pytest.raises(HostError, match=r"pgm1 does not answer \(waited 5 s\), and there is no backup"):
            life.up(instance(second))
        assert "postgresql" not in second.run("ls /etc")
        where = {"connection": connection(vault), "directory": FOLDER}
        state = life.up(instance(second, backups=where))
        assert state["moved_from"] == f"pgm1 by backup {about['name']}, 3 tables, 120 rows"
        assert sql(second, COUNTS) == "117|3|0"
        assert life.refresh() == []
        followed = saved.up(backups(vault, second))["last_backup"]
        assert (followed["rows"], followed["name"] != about["name"]) == (120, True)

        # a database that somebody dropped comes back the same way
        sql(second, "DROP DATABASE tasks WITH (FORCE)", "postgres")
        assert life.refresh() == ["the database tasks is there"]
        life.up(instance(second, backups=where))
        assert sql(second, COUNTS) == "117|3|0"
    finally:
        first.start()


def test_a_server_installed_anew_is_a_lost_one(life: Life, first: Guest, vault: Guest):
    where = {"connection": connection(vault), "directory": FOLDER}
    kept().up(backups(vault, first))
    first.install_again()
    with pytest.raises(HostError, match="pgm1 was installed anew, and there is no backup"):
        life.up(instance(first, "pgm1-2"))
    state = life.up(instance(first, "pgm1-2", backups=where))
    assert state["moved_from"].startswith("pgm1 by backup tasks-")
    assert sql(first, COUNTS) == "117|3|0"


def test_to_start_empty_must_be_said(life: Life, first: Guest):
    first.install_again()
    state = life.up(instance(first, "pgm1-2", on_lost_data="start-empty"))
    assert (state["rows"], state["moved_from"]) == (0, "pgm1, empty")
    assert sql(first, "SELECT current_database()") == "tasks"


def test_another_identity_of_the_same_installation_moves_nothing(life: Life, first: Guest):
    state = life.up(instance(first, "renamed"))
    assert "moved_from" not in state
    assert sql(first, COUNTS) == "117|3|0"
