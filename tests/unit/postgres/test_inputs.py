"""What people may write, what a change costs, and what the deploys are given."""

from typing import Any

import pytest

from components import postgres_plan
from providers.hosts.crud.backups import BackupsProvider
from providers.hosts.crud.postgres import PostgresProvider
from providers.hosts.deploys.backups import password_file
from providers.hosts.deploys.postgres_facts import Rules, rules

CONNECTION = {"name": "server1", "host": "172.16.0.21", "private_key_file": "~/.ssh/id_ed25519"}
INPUTS: dict[str, Any] = {
    "connection": CONNECTION,
    "machine": "m1",
    "database": "tasks",
    "owner": "cloud",
    "password": "secret",
    "memory_mib": 4096,
}


def reasons(**given: object) -> dict[str, str]:
    return {failure.property: failure.reason for failure in PostgresProvider().check({}, {**INPUTS, **given}).failures}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"database": "postgres"}, "is 'postgres', but must be a name that is not PostgreSQL's own"),
        ({"database": "Tasks; DROP"}, "is 'Tasks; DROP', but must be 1 to 40 of a-z"),
        ({"owner": "pg_monitor"}, "is 'pg_monitor', but must be a name that is not PostgreSQL's own"),
        ({"password": "a\nb"}, "must be a string of printable ASCII characters"),
        ({"memory_mib": 100}, "is 100, but must be a whole number from 256"),
        ({"allow": ["172.16.0.1/20"]}, "is '172.16.0.1/20', but must be a network without host bits"),
        ({"version": "9"}, "is '9', but must be a major version"),
        ({"settings": {"port": "1"}}, "names port, which is decided by listen and port"),
        ({"on_lost_data": "hope"}, "is 'hope', but must be one of refuse, start-empty"),
        ({"backups": {"connection": CONNECTION}}, "must be an object with connection, directory"),
        ({"verify_from": {"connection": {"name": "a"}}}, "has a connection that has no host"),
    ],
)
def test_mistakes_are_told(given: dict[str, object], told: str):
    ((name, reason),) = reasons(**given).items()
    assert name == next(iter(given))
    assert told in reason


def test_a_password_is_in_no_reason():
    assert "geheim" not in str(reasons(password="geheim\x00"))


def diff(**given: object):
    provider = PostgresProvider()
    olds: dict[str, object] = {**provider.check({}, INPUTS).inputs, "managed_inputs": sorted(INPUTS)}
    return provider.diff("id", olds, provider.check({}, {**INPUTS, **given}).inputs)


def test_another_server_is_a_change_in_place():
    found = diff(machine="m2", connection={**CONNECTION, "name": "server2", "host": "172.16.0.22"})
    assert (found.changes, found.replaces) == (True, [])


def test_another_database_is_another_resource_after_the_old_one_is_stopped():
    found = diff(database="other")
    assert (found.replaces, found.delete_before_replace) == (["database"], True)


def test_a_schedule_can_not_run_anything():
    about = {"connection": CONNECTION, "machine": "m", "database": "tasks", "user": "cloud", "password": "x"}
    more = {"host": "a", "server": "server1", "directory": "/var/backups/x", "schedule": '"; reboot'}
    (failure,) = BackupsProvider().check({}, {**about, **more}).failures
    assert failure.property == "schedule"


def test_the_password_file_escapes():
    data = {"host": "::1", "port": 5432, "database": "tasks", "user": "cloud", "password": "a:b\\c"}
    assert password_file(data) == "\\:\\:1:5432:tasks:cloud:a\\:b\\\\c\n"


def test_firewall_rules_are_read():
    assert rules([]) == Rules()
    found = rules(
        [
            "Status: inactive",
            "Added user rules (see 'ufw status' for running firewall):",
            "ufw allow 22/tcp",
            "ufw allow from 10.0.0.0/8 to any port 5432 proto tcp",
            "ufw allow from 172.16.0.0/20 to any port 5432 proto tcp comment 'PostgreSQL, managed by Pulumi'",
        ]
    )
    assert found == Rules(True, False, frozenset({("172.16.0.0/20", "5432")}), frozenset({"22"}))


def test_backups_beside_the_database_are_refused():
    postgres_plan.check_backups("database", "server1", "server5")
    with pytest.raises(ValueError, match="database: the database and its backups are both on server1"):
        postgres_plan.check_backups("database", "server1", "server1")
