"""Django for the tests of apps/tasks: its real settings, from an environment that lasts while they are read.

A browser's view of the app: `client` -> URLs -> views -> SQLite in memory, each test in a transaction of its own.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

APP = Path(__file__).resolve().parents[3] / "apps" / "tasks"
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "tasks.settings",
    "SECRET_KEY": "for tests alone, nobody else would use a key that everybody can read",
    "ALLOWED_HOSTS": "localhost, tasks.maas",
    "DATABASE_SQLITE": ":memory:",
    "SERVER_NAME": "server2",
    "RELEASE": "4f2a91c0de77",
}


@pytest.fixture(scope="session")
def django(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set Django up once; nothing else in this process uses it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.setenv("STATIC_ROOT", str(tmp_path_factory.mktemp("static")))
        patch.syspath_prepend(str(APP))  # pyright: ignore[reportUnknownMemberType] - untyped in pytest
        import django as package
        from django.core.management import call_command
        from django.test.utils import setup_test_environment, teardown_test_environment

        package.setup()
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("migrate", interactive=False, verbosity=0)
        setup_test_environment()
        yield
        teardown_test_environment()
        sys.modules.pop("tasks", None)
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.fixture
def database(django: None) -> Iterator[None]:
    """Take back what a test writes."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def client(database: None) -> Any:
    """Give a browser that checks CSRF as a real one would meet it, at an allowed host."""
    from django.test import Client

    return Client(enforce_csrf_checks=True, headers={"host": "localhost"})
