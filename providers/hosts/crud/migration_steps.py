"""What runs on a server to bring a database up to a release, and to look whether it is. Pure.

`manage.py migrate` -> what it printed -> names of the migrations that it applied. The superuser is made or changed by a
script on standard input, with the password in the environment of that one process.
"""

import re
from shlex import quote

from providers.hosts.crud.appserver_layout import Layout

_IN_APP = """
import os, sys
sys.path.insert(0, os.getcwd())
import runpy, unittest.mock
with unittest.mock.patch("django.core.management.execute_from_command_line"):
    runpy.run_path("manage.py", run_name="__main__")
import django
django.setup()
"""
"""Set Django up with the settings that the app's own manage.py chooses."""

ADMIN = f"""{_IN_APP}
from django.contrib.auth import get_user_model
User = get_user_model()
name, email, password = (os.environ["ADMIN_" + part] for part in ("NAME", "EMAIL", "PASSWORD"))
user = User._default_manager.filter(**{{User.USERNAME_FIELD: name}}).first() or User(**{{User.USERNAME_FIELD: name}})
right = user.pk and user.is_superuser and user.is_staff and user.is_active and user.check_password(password)
if not right or getattr(user, "email", email) != email:
    user.is_superuser = user.is_staff = user.is_active = True
    user.email = email
    if not user.pk or not user.check_password(password):
        user.set_password(password)
    user.save()
    print("changed")
"""
"""Make the superuser, or bring it to the wanted password and rights; prints `changed` where something was to do."""

LOOK = f"""{_IN_APP}
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connection)
for migration, backwards in executor.migration_plan(executor.loader.graph.leaf_nodes()):
    print("pending", f"{{migration.app_label}}.{{migration.name}}")
from django.contrib.auth import get_user_model
from django.db import DatabaseError
if os.environ["ADMIN_NAME"]:
    User = get_user_model()
    try:
        user = User._default_manager.filter(**{{User.USERNAME_FIELD: os.environ["ADMIN_NAME"]}}).first()
    except DatabaseError:
        user = None
    if not (user and user.is_superuser and user.is_staff and user.is_active):
        print("admin missing")
    elif not user.check_password(os.environ["ADMIN_PASSWORD"]):
        print("admin password")
"""
"""Print what is missing: `pending APP.NAME`, `admin missing`, `admin password`. Changes nothing."""

_APPLIED = re.compile(r"^\s*Applying (\S+?)\.\.\.\s*OK\b", re.MULTILINE)


def migrate(layout: Layout, release: str) -> str:
    """Apply what is pending, in the release's folder, with the environment that comes with the step."""
    return f"{_there(layout, release)}exec ../venv/bin/python manage.py migrate --noinput --no-color\n"


def script(layout: Layout, release: str) -> str:
    """Run what comes on standard input in the release's folder."""
    return f"{_there(layout, release)}exec ../venv/bin/python -\n"


def applied(printed: str) -> list[str]:
    """Read the names of migrations that `migrate` says it applied, in their order."""
    return _APPLIED.findall(printed)


def differences(printed: str, admin: str) -> tuple[str, ...]:
    """Say what `LOOK` found missing, as sentences about the wanted state."""
    lines = printed.splitlines()
    pending = tuple(
        f"Migration {line.removeprefix('pending ')} is applied" for line in lines if line.startswith("pending ")
    )
    missing = (f"There is a superuser {admin}",) if "admin missing" in lines else ()
    password = (f"The superuser {admin} has the wanted password",) if "admin password" in lines else ()
    return pending + missing + password


def _there(layout: Layout, release: str) -> str:
    return f"cd {quote(layout.release(release))}/app\nexport PYTHONDONTWRITEBYTECODE=1\n"
