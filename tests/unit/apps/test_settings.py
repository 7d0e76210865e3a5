"""Settings come from the environment; what is missing or wrong is named."""

import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.unit.apps.conftest import APP

READ = "import json, tasks.settings as s; print(json.dumps([{}], default=str))"


def settings(names: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", READ.format(names)], cwd=APP, env=dict(environment), capture_output=True, text=True
    )


def test_the_defaults_are_the_safe_ones():
    done = settings("s.DEBUG, s.ALLOWED_HOSTS, s.DATABASES['default']['ENGINE']", {"SECRET_KEY": "k"})
    assert done.stdout.strip() == '[false, [], "django.db.backends.postgresql"]', done.stderr


def test_the_database_is_where_the_environment_says():
    given = {"HOST": "database", "PORT": "5433", "NAME": "tasks", "USER": "cloud", "PASSWORD": "p w"}
    names = ", ".join(f"s.DATABASES['default']['{name}']" for name in given)
    done = settings(names, {"SECRET_KEY": "k", **{f"DATABASE_{name}": value for name, value in given.items()}})
    assert done.stdout.strip() == '["database", 5433, "tasks", "cloud", "p w"]', done.stderr


def test_https_makes_cookies_travel_nowhere_else():
    done = settings("s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE", {"SECRET_KEY": "k", "HTTPS": "1"})
    assert done.stdout.strip() == "[true, true]", done.stderr


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "SECRET_KEY is not set: the environment must hold it"),
        ({"SECRET_KEY": " "}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "k", "DEBUG": "perhaps"}, "DEBUG is 'perhaps', but must be 1 or 0"),
        ({"SECRET_KEY": "k", "DATABASE_PORT": "x"}, "DATABASE_PORT is 'x', but must be a port from 1 to 65535"),
    ],
)
def test_what_is_missing_or_wrong_is_named(environment: dict[str, str], said: str):
    done = settings("s.DEBUG", environment)
    assert done.returncode != 0
    assert said in done.stderr
