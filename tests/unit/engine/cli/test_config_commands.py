"""`pulumi config ...`: what is shown, what is written, and what a wrong passphrase or file costs."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.engine.cli.conftest import Desk


def test_values_are_set_shown_and_removed(dev: Desk) -> None:
    assert dev.run("config", "set", "a", "1").code == 0
    assert dev.run("config", "set", "other:b", "x").code == 0
    assert dev.run("config", "set", "--secret", "c", "hush").code == 0
    assert "hush" not in dev.stack_file.read_text()
    assert dev.run("config").out == "KEY      VALUE\nother:b  x\na        1\nc        [secret]\n"
    assert "hush" in dev.run("config", "--show-secrets").out
    assert dev.run("config", "get", "c").out == "hush\n"
    assert dev.run("config", "rm", "a").code == 0
    assert dev.run("config", "rm", "a").code == 0
    gone = dev.run("config", "get", "a")
    assert (gone.code, gone.err) == (1, "error: stack 'dev' has no config value 'a'\n")


def test_paths_and_types(dev: Desk) -> None:
    dev.run("config", "set", "--path", "o.list[0]", "true")
    dev.run("config", "set", "--path", "--secret", "o.hidden", "hush")
    dev.run("config", "set", "--path", "top", "5")
    dev.run("config", "set", "--type", "int", "n", "5")
    dev.run("config", "set", "-C", str(dev.project), "neg", "--", "-x")
    assert json.loads(dev.run("config", "get", "o").out) == {"hidden": "hush", "list": [True]}
    assert dev.run("config", "get", "--path", "o.list[0]").out == "true\n"
    text = dev.stack_file.read_text()
    assert 'p:top: "5"' in text
    assert "p:n: 5" in text
    assert "p:neg: -x" in text
    found = json.loads(dev.run("config", "--json").out)
    assert found["p:o"] == {"secret": True}
    assert found["p:n"] == {"value": "5", "secret": False}
    shown = json.loads(dev.run("config", "--json", "--show-secrets").out)
    assert shown["p:o"]["objectValue"] == {"hidden": "hush", "list": [True]}


def test_a_value_is_read_from_stdin(dev: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("two\nlines\n\n"))
    dev.run("config", "set", "a")
    assert dev.run("config", "get", "a").out == "two\nlines\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO("raw\n"))
    dev.run("config", "set", "--raw", "a")
    assert dev.run("config", "get", "a").out == "raw\n\n"


def test_the_projects_defaults_show(dev: Desk) -> None:
    (dev.project / "Pulumi.yaml").write_text("name: p\nruntime: python\nconfig: {size: small}\n")
    assert dev.run("config", "get", "size").out == "small\n"
    assert "size  small" in dev.run("config").out


def test_another_config_file(dev: Desk) -> None:
    (dev.project / "mine.yaml").write_text("config:\n  p:a: mine\n")
    assert dev.run("config", "get", "a", "--config-file", "mine.yaml").out == "mine\n"


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (("set", "a:b:c", "x"), "'a:b:c' is no config key"),
        (("set", "--path", "a[", "x"), "'a[' is no config path"),
        (("set", "--path", "a[3]", "x"), "a is a list of 0"),
        (("set", "--secret", "--plaintext", "a", "x"), "exclude each other"),
        (("set", "--type", "int", "a", "x"), "'x' is no int"),
        (("set", "--type", "date", "a", "x"), "--type is 'date'"),
        (("get", "a"), "has no config value 'a'"),
        (("set",), "required: key"),
        (("set", "a", "b", "c"), "unknown argument 'c'"),
        (("gte", "a"), "unknown command 'gte' for `pulumi config` - did you mean 'get'?"),
        (("refresh",), "`pulumi config refresh` is not there in this engine yet"),
    ],
)
def test_what_makes_no_sense_changes_nothing(dev: Desk, argv: tuple[str, ...], complaint: str) -> None:
    before = dev.files()
    answer = dev.run("config", *argv)
    assert answer.code == 1
    assert complaint in answer.err
    assert dev.files() == before


def test_a_wrong_passphrase_changes_nothing(dev: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    dev.run("config", "set", "--secret", "c", "hush")
    before = dev.files()
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    for argv in (("get", "c"), ("set", "--secret", "d", "x"), ("--show-secrets",)):
        answer = dev.run("config", *argv)
        assert answer.code == 1
        assert answer.err.startswith("error: incorrect passphrase for stack 'dev'")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    answer = dev.run("config", "get", "c")
    assert "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE" in answer.err
    assert dev.files() == before
    assert "[secret]" in dev.run("config").out


@pytest.mark.parametrize("name", ["Pulumi.dev.yaml", "Pulumi.yaml"])
def test_a_malformed_file_is_named_and_left(dev: Desk, name: str) -> None:
    (dev.project / name).write_text("config:\n  a: [\n")
    before = dev.files()
    for argv in (("config",), ("config", "set", "a", "x"), ("config", "get", "a"), ("preview",)):
        answer = dev.run(*argv)
        assert answer.code == 1
        assert answer.err.startswith(f"error: {dev.project / name}, line 3 is not valid YAML")
    assert dev.files() == before


def test_another_secrets_provider_is_for_the_official_engine(dev: Desk) -> None:
    dev.stack_file.write_text("secretsprovider: awskms://key\nencryptedkey: k\nconfig:\n  p:a:\n    secure: x\n")
    before = dev.files()
    answer = dev.run("config", "get", "a")
    assert "keeps its secrets with awskms://key: use the official pulumi" in answer.err
    assert dev.files() == before
