"""One PostgreSQL on a real server: installed, unchanged at the second look, drift seen and repaired, mistakes told."""

from collections.abc import Callable

import pytest

from lab.hosts.testing import Guest
from providers.hosts.errors import HostError, StepFailedError
from tests.lab.postgres.conftest import PASSWORD, ROWS, Life, instance, postgres, sql

Booted = Callable[[str], Guest]


@pytest.fixture(scope="module")
def client(booted: Booted) -> Guest:
    return booted("pgapp")


@pytest.fixture(scope="module")
def server(booted: Booted) -> Guest:
    return booted("pg1")


@pytest.fixture(scope="module")
def life(server: Guest) -> Life:
    made = postgres()
    made.up(instance(server))
    return made


def verified(client: Guest) -> dict[str, object]:
    return {
        "connection": {
            "name": client.name,
            "host": client.address,
            "user": client.user,
            "private_key_file": str(client.key_file),
        }
    }


def test_it_runs_as_wanted(life: Life, server: Guest):
    assert life.state["version"] == "15"
    assert life.state["server"] == "pg1"
    assert life.state["drift"] == []
    assert sql(server, "SHOW shared_buffers") == "256MB"
    assert sql(server, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'tasks'") == "cloud"
    assert server.run("systemctl is-enabled postgresql").strip() == "enabled"
    assert "5432 proto tcp" in server.run("sudo ufw show added")
    assert sql(server, "SELECT rolpassword FROM pg_authid WHERE rolname = 'cloud'").startswith("SCRAM-SHA-256$")


def test_a_second_run_changes_nothing(life: Life, server: Guest):
    started = sql(server, "SELECT pg_postmaster_start_time()")
    assert life.refresh() == []
    assert life.provider.update(life.id, life.state, life.state)
    assert sql(server, "SELECT pg_postmaster_start_time()") == started


def test_an_app_server_logs_in_with_scram(life: Life, server: Guest, client: Guest):
    assert life.up(instance(server, verify_from=verified(client)))["version"] == "15"


def test_an_app_server_that_is_not_admitted_is_told_with_both_names(life: Life, server: Guest, client: Guest):
    with pytest.raises(StepFailedError) as caught:
        life.up(instance(server, verify_from=verified(client), allow=["10.0.0.0/8"]))
    assert str(caught.value).startswith(
        f'pgapp: "PostgreSQL on pg1 ({server.address}:5432) lets cloud in to tasks" failed.'
    )
    assert "no pg_hba.conf entry" in str(caught.value)
    assert PASSWORD not in str(caught.value)
    life.up(instance(server))


@pytest.mark.parametrize(
    ("harm", "drift"),
    [
        ("sudo systemctl stop postgresql@15-main", "PostgreSQL runs, and starts with the server"),
        ("sudo systemctl disable postgresql", "PostgreSQL runs, and starts with the server"),
        (
            "echo 'work_mem = 1GB' | sudo tee -a /etc/postgresql/15/main/conf.d/pulumi.conf",
            "PostgreSQL listens on *, port 5432, and is tuned",
        ),
        (
            "echo 'host all all 0.0.0.0/0 trust' | sudo tee -a /etc/postgresql/15/main/pg_hba.conf",
            "PostgreSQL admits 172.21.0.0/16 with a password",
        ),
        (
            "sudo -u postgres psql -c \"ALTER SYSTEM SET shared_buffers = '64MB'\"; sudo systemctl restart postgresql",
            "PostgreSQL runs with its settings",
        ),
        ("sudo -u postgres psql -c \"ALTER ROLE cloud PASSWORD 'other'\"", "the role cloud has its password"),
        ("sudo -u postgres psql -c 'ALTER ROLE cloud NOSUPERUSER'", "the role cloud may log in, and is a superuser"),
        (
            "sudo -u postgres psql -c 'ALTER DATABASE tasks SET default_transaction_read_only = on'",
            "the database tasks can be written to",
        ),
        ("sudo -u postgres psql -c 'ALTER DATABASE tasks OWNER TO postgres'", "the database tasks belongs to cloud"),
        (
            "sudo ufw delete allow 5432/tcp; sudo ufw --force reset",
            "the firewall lets PostgreSQL's networks in on port 5432",
        ),
        ("sudo apt-get -q -y remove postgresql-15", "PostgreSQL is installed"),
    ],
)
def test_what_changed_by_hand_is_seen_and_repaired(life: Life, server: Guest, client: Guest, harm: str, drift: str):
    server.run(harm)
    assert drift in life.refresh()
    inputs = instance(server, verify_from=verified(client))
    life.up(inputs)
    assert life.refresh() == []
    assert sql(server, "SHOW shared_buffers") == "256MB"


def test_new_settings_and_a_new_password_arrive(life: Life, server: Guest, client: Guest):
    changed = {"password": "another one", "port": 5433, "settings": {"log_connections": "on", "work_mem": "9MB"}}
    inputs = instance(server, verify_from=verified(client), memory_mib=2048)
    life.up({**inputs, **changed})
    assert server.run("sudo -u postgres psql -qtAX -p 5433 -c 'SHOW shared_buffers'").strip() == "512MB"
    assert server.run("sudo -u postgres psql -qtAX -p 5433 -c 'SHOW work_mem'").strip() == "9MB"
    assert life.refresh() == []
    life.up(instance(server, verify_from=verified(client)))
    assert "5433" not in server.run("sudo ufw show added")


def test_a_dropped_database_is_told_and_only_made_again_when_asked_for(life: Life, server: Guest):
    sql(server, ROWS)
    sql(server, "DROP DATABASE tasks WITH (FORCE)", "postgres")
    assert life.refresh() == ["the database tasks is there"]
    with pytest.raises(HostError, match="pg1 has no database tasks any more, and there is no backup of it"):
        life.up(instance(server))
    assert life.up(instance(server, allow_empty=True))["rows"] == 0
    assert sql(server, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0"


def test_a_port_in_use_names_the_program(life: Life, server: Guest):
    server.run(
        "sudo systemd-run --quiet --unit squatter python3 -m http.server 5434 && "
        "timeout 20 sh -c 'until curl -so /dev/null 127.0.0.1:5434; do sleep 0.2; done'"
    )
    with pytest.raises(StepFailedError, match=r'(?s)PostgreSQL runs with its settings.*Port 5434 is used.*"python3"'):
        life.up(instance(server, port=5434))
    server.run("sudo systemctl stop squatter")
    life.up(instance(server, port=5434))
    life.up(instance(server))
    assert sql(server, "SHOW port") == "5432"


def test_a_version_does_not_change_in_place(life: Life, server: Guest):
    with pytest.raises(HostError, match="pg1 runs PostgreSQL 15 and version is '14'"):
        life.up(instance(server, version="14"))


def test_delete_stops_it_and_keeps_the_data_and_a_server_that_is_gone_is_no_error(life: Life, server: Guest):
    life.up(instance(server))
    life.destroy()
    assert server.run("systemctl is-active postgresql@15-main", check=False).strip() == "inactive"
    assert "main" in server.run("sudo ls /var/lib/postgresql/15")
    assert "5432" not in server.run("sudo ufw show added")
    life.up(instance(server))
    server.kill()
    assert life.refresh() == []
    life.destroy()
