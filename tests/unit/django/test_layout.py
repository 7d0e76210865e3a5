"""What is written on an app server, and where."""

import pytest

from providers.hosts.crud.appserver_hosts import naming
from providers.hosts.crud.appserver_layout import (
    CONFIGURATION,
    Layout,
    Serving,
    app_name,
    files,
    service_text,
    settings_of,
    surplus,
    variables,
)

SERVING = Serving(Layout("tasks"), "4f2a91c0de77", 8080, workers=2, threads=4)


def test_the_unit_names_its_release_and_not_the_link():
    text = service_text(SERVING)
    assert "ExecStart=/srv/tasks/releases/4f2a91c0de77/venv/bin/gunicorn --config /etc/tasks/gunicorn.py $WSGI" in text
    assert "WorkingDirectory=/srv/tasks/releases/4f2a91c0de77/app" in text
    assert "/current" not in text


def test_the_release_says_what_to_serve_before_the_environment_could():
    lines = [line for line in service_text(SERVING).splitlines() if line.startswith("EnvironmentFile=")]
    assert lines == [
        "EnvironmentFile=/srv/tasks/releases/4f2a91c0de77/release.env",
        "EnvironmentFile=/etc/tasks/environment",
    ]


def test_secrets_are_in_one_file_alone():
    texts, _ = files(SERVING, {"SECRET_KEY": "hush"})
    assert [path for path, text in texts.items() if "hush" in text] == ["/etc/tasks/environment"]


@pytest.mark.parametrize(
    "other",
    [
        (Serving(Layout("tasks"), "0" * 12, 8080, 2, 4), {"A": "1"}),
        (Serving(Layout("tasks"), "4f2a91c0de77", 8081, 2, 4), {"A": "1"}),
        (Serving(Layout("tasks"), "4f2a91c0de77", 8080, 3, 4), {"A": "1"}),
        (Serving(Layout("tasks"), "4f2a91c0de77", 8080, 2, 4, (("database", "172.16.0.22"),)), {"A": "1"}),
        (SERVING, {"A": "2"}),
        (SERVING, {}),
    ],
)
def test_whatever_differs_differs_in_the_mark_of_the_process(other: tuple[Serving, dict[str, str]]):
    texts, mark = files(SERVING, {"A": "1"})
    assert f'{CONFIGURATION}="{mark}"' in texts["/etc/tasks/environment"]
    assert files(*other)[1] != mark
    assert files(SERVING, {"A": "1"})[1] == mark


def test_each_server_says_its_name_and_release():
    told = settings_of({"A": "1"}, "server2", "4f2a91c0de77")
    assert told == {"A": "1", "SERVER_NAME": "server2", "RELEASE": "4f2a91c0de77"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"RELEASE": "x"}, "sets RELEASE, which each server sets itself"),
        ({"A-B": "x"}, "names 'A-B', but a variable's name is made of letters, digits and _"),
        ({"KEY": "two\nlines"}, "gives KEY a value that is no text of one line"),
        ({"KEY": 5}, "gives KEY a value that is no text of one line"),
        ("KEY=5", "must be an object of environment variables"),
    ],
)
def test_variables_that_cannot_be(given: object, said: str):
    with pytest.raises(ValueError, match=said) as failed:
        variables(given)
    assert "two" not in str(failed.value), "values may be secret"


@pytest.mark.parametrize("name", ["postgres", "root", "Tasks", "a/b", "", "-x", "x" * 40])
def test_names_that_no_app_may_have(name: str):
    with pytest.raises(ValueError, match="but must"):
        app_name(name)


def test_the_youngest_releases_stay_with_the_one_in_use():
    there = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}
    assert surplus(there, "d") == ["a"]
    assert surplus(there, "a") == ["b"], "an older one may be in use again"
    assert surplus({"a": 1.0}, "a") == []


def test_a_name_moves_and_leaves_the_others_where_they_are():
    lines = ["127.0.0.1 localhost", "172.16.0.21 server1 database # by hand", "# database"]
    assert naming(lines, "database", "172.16.0.22") == [
        "127.0.0.1 localhost",
        "172.16.0.21 server1",
        "# database",
        "172.16.0.22 database",
    ]
    assert naming(lines, "database", "172.16.0.21") == lines
    assert naming(lines, "database", "") == ["127.0.0.1 localhost", "172.16.0.21 server1", "# database"]
