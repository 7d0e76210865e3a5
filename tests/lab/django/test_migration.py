"""Migrations on a real PostgreSQL: once, seen when pending, harmless when they fail."""

from pathlib import Path

import pytest

from providers.hosts.errors import HostError, StepFailedError
from tests.lab.django.cluster import Cluster, Held, app_server, edition, migration, release
from tests.lab.django.watch import health

PRIORITY = '''"""Tasks get a priority."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("tasks", "0001_initial"),)
    operations = (migrations.AddField("task", "priority", models.IntegerField(default=0)),)
'''
BROKEN = PRIORITY.replace(
    'migrations.AddField("task", "priority", models.IntegerField(default=0))',
    'migrations.RunSQL("ALTER TABLE tasks_task ADD COLUMN half integer"), migrations.RunSQL("SELECT nonsense")',
)


def test_migrations_are_applied_once(cluster: Cluster, built: Held):
    first, name = cluster.servers[0], built.state["release"]
    count = "SELECT count(*), count(DISTINCT (app, name)) FROM django_migrations"
    rows = cluster.sql(count)
    assert rows.split("|")[0] == rows.split("|")[1] != "0"
    held = migration()
    held.up(cluster.migration(first, name))
    assert held.state["applied"] == [], "an earlier resource did it all"
    assert not held.up(cluster.migration(first, name))
    assert cluster.sql(count) == rows
    assert held.refresh() == []


def test_a_broken_migration_leaves_database_and_servers_as_they_are(cluster: Cluster, built: Held, tmp_path: Path):
    first, name = cluster.servers[0], built.state["release"]
    schema, server = migration(), app_server()
    schema.up(cluster.migration(first, name))
    server.up(cluster.server(first, name))
    path = edition(tmp_path, "broken", {})
    (path / "tasks" / "migrations" / "0002_half.py").write_text(BROKEN)
    newer = release()
    newer.up(cluster.source(first, path))
    with pytest.raises(StepFailedError, match=r'column "nonsense" does not exist') as failed:
        schema.up(cluster.migration(first, newer.state["release"]))
    assert failed.value.step == f"The database is migrated to release {newer.state['release']}"
    assert health(first)["release"] == name
    assert cluster.sql("SELECT count(*) FROM information_schema.columns WHERE column_name = 'half'") == "0"

    (path / "tasks" / "migrations" / "0002_half.py").write_text(PRIORITY.replace("priority", "rank"))
    newer.up(cluster.source(first, path))
    schema.up(cluster.migration(first, newer.state["release"]))
    assert schema.state["applied"] == ["tasks.0002_half"], "once it is right, it goes on"
    cluster.sql("ALTER TABLE tasks_task DROP COLUMN rank; DELETE FROM django_migrations WHERE name = '0002_half'")
    server.down()


def test_what_somebody_took_back_is_seen_and_repaired(cluster: Cluster, built: Held):
    first, held = cluster.servers[0], migration()
    inputs = cluster.migration(first, built.state["release"])
    held.up(inputs)
    cluster.sql("DROP TABLE tasks_task; DELETE FROM django_migrations WHERE app = 'tasks'")
    cluster.sql("UPDATE auth_user SET password = 'x' WHERE username = 'cloud'")
    assert held.refresh() == [
        "Migration tasks.0001_initial is applied",
        "The superuser cloud has the wanted password",
    ]
    assert held.up(inputs)
    assert held.state["applied"] == ["tasks.0001_initial"]
    assert held.refresh() == []
    cluster.sql("DELETE FROM auth_user")
    assert held.refresh() == ["There is a superuser cloud"]
    assert held.up(inputs)
    assert held.refresh() == []


def test_another_password_is_set(cluster: Cluster, built: Held):
    first, held = cluster.servers[0], migration()
    held.up(cluster.migration(first, built.state["release"]))
    before = cluster.sql("SELECT password FROM auth_user WHERE username = 'cloud'")
    assert held.up(cluster.migration(first, built.state["release"], admin_password="another-pass-11"))
    assert cluster.sql("SELECT password FROM auth_user WHERE username = 'cloud'") != before
    assert held.refresh() == []
    held.up(cluster.migration(first, built.state["release"]))


def test_a_release_that_is_not_there(cluster: Cluster, built: Held):
    del built
    with pytest.raises(
        HostError, match=r"j1: there is no release 0123456789ab for debian\d+-python3\.\d+-x86_64, neither in"
    ):
        migration().up(cluster.migration(cluster.servers[0], "0123456789ab"))


def test_a_database_that_refuses_says_so_without_its_password(cluster: Cluster, built: Held):
    wrong = {"secret_env": {"SECRET_KEY": "k", "DATABASE_PASSWORD": "not-the-one"}}
    with pytest.raises(StepFailedError, match="password authentication failed") as failed:
        migration().up({**cluster.migration(cluster.servers[0], built.state["release"]), **wrong})
    assert "not-the-one" not in str(failed.value)
