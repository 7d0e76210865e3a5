"""`pulumi stack ...`: make, list, choose, show, export, import, remove."""

from __future__ import annotations

import io
import json
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engine.model.timestamps import format_time

if TYPE_CHECKING:
    from tests.unit.engine.cli.conftest import Desk

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hush-hush"'}
ROOT = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
CHILD = "urn:pulumi:dev::p::a:b:C::n"


def deployment(**root: object) -> dict[str, Any]:
    resources: list[dict[str, object]] = [
        {
            "urn": ROOT,
            "custom": False,
            "type": "pulumi:pulumi:Stack",
            "outputs": {"b": SECRET, "a": {"x": [1, None]}, "c": "it's"},
            **root,
        },
        {"urn": CHILD, "custom": True, "id": "i-1", "type": "a:b:C", "parent": ROOT, "inputs": {"p": SECRET}},
    ]
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    return {"version": 3, "deployment": {"manifest": manifest, "resources": resources}}


def load(desk: Desk, document: object, *more: str) -> None:
    file = desk.folder / "in.json"
    file.write_text(json.dumps(document))
    answer = desk.run("stack", "import", "--file", str(file), *more)
    assert answer.code == 0, answer.err


def test_a_new_stack_has_a_salt_and_is_selected(desk: Desk) -> None:
    answer = desk.run("stack", "init", "dev")
    assert (answer.code, answer.out) == (0, "")
    assert "created stack 'dev'" in answer.err
    document = json.loads(desk.state.read_text())
    salt = document["checkpoint"]["latest"]["secrets_providers"]["state"]["salt"]
    assert desk.stack_file.read_text() == f"encryptionsalt: {salt}\n"
    assert desk.run("stack", "ls", "--json").out == desk.run("stack", "ls", "--output", "json").out
    assert json.loads(desk.run("stack", "ls", "--json").out)[0]["current"] is True


def test_a_taken_or_malformed_name_makes_no_stack(dev: Desk) -> None:
    before = dev.files()
    for name, complaint in (("dev", "already"), ("a b", "is no stack name"), ("organization/q/x", "another project")):
        answer = dev.run("stack", "init", name)
        assert answer.code == 1
        assert complaint in answer.err
    assert dev.run("stack", "init").code == 1
    assert dev.files() == before


def test_stacks_are_chosen(dev: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert dev.run("stack", "init", "prod", "--no-select").code == 0
    assert dev.run("stack", "--show-name").out == "dev\n"
    assert dev.run("stack", "select", "prod").code == 0
    assert dev.run("stack", "--show-name").out == "prod\n"
    assert dev.run("stack", "--show-name", "-s", "dev").out == "dev\n"
    assert dev.run("-s", "organization/p/dev", "stack", "--show-name").out == "dev\n"
    monkeypatch.setenv("PULUMI_STACK", "dev")
    assert dev.run("stack", "--show-name").out == "dev\n"
    monkeypatch.delenv("PULUMI_STACK")
    assert dev.run("stack", "unselect").code == 0
    answer = dev.run("stack")
    assert answer.code == 1
    assert "no stack is selected" in answer.err
    assert dev.run("stack", "select", "new", "--create").code == 0
    assert "new*" in dev.run("stack", "ls").out


def test_an_unknown_stack(dev: Desk) -> None:
    before = dev.files()
    for argv in (
        ("stack", "select", "nope"),
        ("stack", "rm", "nope", "-y"),
        ("config", "-s", "nope"),
        ("cancel", "nope"),
    ):
        answer = dev.run(*argv)
        assert answer.code == 6
        assert answer.err.startswith("error: no stack named 'nope' in file://")
        assert answer.err.endswith("there are dev\n")
    assert dev.files() == before


def test_outputs_are_shown_without_a_passphrase_and_secrets_with_one(
    dev: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(dev, deployment())
    assert "hush-hush" not in dev.state.read_text()
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    monkeypatch.setattr("engine.workspace.secrets._KEYS", {})
    assert json.loads(dev.run("stack", "output", "--json").out) == {"a": {"x": [1, None]}, "b": "[secret]", "c": "it's"}
    assert dev.run("stack", "output", "b").out == "[secret]\n"
    assert dev.run("stack", "output", "a").out == '{"x":[1,null]}\n'
    assert json.loads(dev.run("stack", "output", "a", "--json").out) == {"x": [1, None]}
    assert dev.run("stack", "output", "--shell").out.splitlines()[2] == "c='it'\"'\"'s'"
    assert "OUTPUT" in dev.run("stack", "output").out
    shown = dev.run("stack", "output", "--show-secrets")
    assert shown.code == 1
    assert "incorrect passphrase for stack 'dev'" in shown.err
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "x")
    assert dev.run("stack", "output", "b", "--show-secrets").out == "hush-hush\n"
    unknown = dev.run("stack", "output", "z")
    assert (unknown.code, unknown.err) == (1, "error: the stack has no output 'z': it has a, b, c\n")


def test_the_stack_shows_its_tree(dev: Desk) -> None:
    load(dev, deployment())
    text = dev.run("stack", "-i", "-u").out
    assert "Current stack is dev:" in text
    assert "Current stack resources (2):" in text
    assert "└─ a:b:C " in text
    assert "ID: i-1" in text
    assert f"URN: {CHILD}" in text
    assert "b       [secret]" in text


def test_what_is_exported_is_imported_unchanged(dev: Desk) -> None:
    load(dev, deployment())
    exported = dev.run("stack", "export")
    assert "hush-hush" not in exported.out
    before = dev.state.read_bytes()
    load(dev, json.loads(exported.out))
    assert dev.state.read_bytes() == before
    plain = json.loads(dev.run("stack", "export", "--show-secrets").out)
    assert plain["deployment"]["resources"][1]["inputs"]["p"] == SECRET
    file = dev.folder / "out.json"
    assert dev.run("stack", "export", "--file", str(file)).out == ""
    assert file.read_text() == exported.out


def test_import_reads_stdin(dev: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(deployment()).encode())))
    assert dev.run("stack", "import").code == 0
    assert "hush-hush" not in dev.state.read_text()


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("{", "is no deployment: Expecting"),
        ("[]", "is no deployment: it is [], it should be an object"),
        ('{"version": 3}', "its member 'deployment' is missing"),
        ('{"version": 9, "deployment": {}}', "its version is 9"),
        ('{"version": 3, "deployment": {"resources": [{}]}}', "resource 1 has no urn"),
        (
            json.dumps(deployment(urn="urn:pulumi:x::q::pulumi:pulumi:Stack::q-x")),
            "belongs to the stack 'x' of project 'q'",
        ),
        (json.dumps(deployment(dependencies=["urn:gone"])), "its dependency urn:gone does not come before it"),
        (json.dumps(deployment(urn="nonsense")), "'nonsense' is not a URN"),
    ],
)
def test_an_import_that_makes_no_sense_changes_nothing(dev: Desk, document: str, complaint: str) -> None:
    file = dev.folder / "in.json"
    file.write_text(document)
    before = dev.files()
    answer = dev.run("stack", "import", "--file", str(file))
    assert answer.code == 1
    assert complaint in answer.err
    assert dev.files() == before


def test_force_imports_what_contradicts_itself_and_says_so(dev: Desk) -> None:
    document = deployment(dependencies=["urn:gone"])
    pending = {"resource": {"urn": CHILD, "custom": True, "type": "a:b:C"}, "type": "creating"}
    document["deployment"]["pending_operations"] = [pending]
    file = dev.folder / "in.json"
    file.write_text(json.dumps(document))
    answer = dev.run("stack", "import", "--force", "--file", str(file))
    assert answer.code == 0
    assert "warning: " in answer.err
    assert f"dropping the operation creating on {CHILD}" in answer.err
    assert "pending_operations" not in dev.state.read_text()


def test_a_stack_with_resources_is_not_removed(dev: Desk) -> None:
    load(dev, deployment())
    before = dev.files()
    answer = dev.run("stack", "rm", "dev", "-y")
    assert answer.code == 1
    assert "still has 1 resources" in answer.err
    assert dev.run("stack", "rm", "dev", "--force").code == 1
    assert dev.files() == before
    assert dev.run("stack", "rm", "dev", "--force", "-y", "--preserve-config").code == 0
    assert not dev.state.exists()
    assert dev.stack_file.exists()


def test_a_removed_stack_takes_its_config_and_selection(dev: Desk) -> None:
    assert dev.run("stack", "rm", "dev", "--yes").code == 0
    assert not dev.stack_file.exists()
    assert "no stack is selected" in dev.run("stack").err
    assert dev.run("stack", "ls").out == "NAME  LAST UPDATE  RESOURCE COUNT\n"


def lock(desk: Desk, pid: int) -> Path:
    folder = desk.folder / "state/.pulumi/locks/organization/p/dev"
    holder = {
        "pid": pid,
        "username": "ann",
        "hostname": socket.gethostname(),
        "timestamp": format_time(datetime.now(UTC)),
    }
    path = folder / "9d.json"
    path.write_text(json.dumps(holder))
    return path


def test_a_locked_stack_is_left_alone_until_it_is_cancelled(dev: Desk) -> None:
    load(dev, deployment())
    path = lock(dev, os.getpid())
    before = dev.files()
    for argv in (("stack", "rm", "-y", "--force"), ("stack", "import", "--file", str(dev.folder / "in.json"))):
        answer = dev.run(*argv)
        assert answer.code == 1
        assert f"is locked by ann@{socket.gethostname()} (pid {os.getpid()}, still running)" in answer.err
    assert dev.run("cancel").code == 1
    assert dev.files() == before
    answer = dev.run("cancel", "-y")
    assert answer.out == "Removed 1 lock of stack 'dev'\n"
    assert not path.exists()
    assert dev.run("stack", "rm", "-y", "--force").code == 0


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ("{", "is corrupt: Expecting property name"),
        ('{"version": 8, "checkpoint": {}}', "a newer engine wrote it"),
        ('{"version": 3, "checkpoint": {"latest": {"resources": 1}}}', "resources is 1, it should be a list"),
        ('{"version": 3, "checkpoint": {"latest": {"manifest": {"time": "x"}}}}', "Invalid isoformat string"),
    ],
)
def test_a_state_that_cannot_be_read_is_named_and_left(dev: Desk, data: str, complaint: str) -> None:
    dev.state.write_text(data)
    before = dev.files()
    for argv in (("stack",), ("stack", "ls"), ("stack", "rm", "-y")):
        answer = dev.run(*argv)
        assert answer.code == 1
        assert answer.err.startswith(f"error: {dev.state} ")
        assert complaint in answer.err
    assert dev.files() == before


def test_config_is_copied_with_its_secrets(dev: Desk) -> None:
    dev.run("config", "set", "a", "1")
    dev.run("config", "set", "--secret", "b", "hush")
    assert dev.run("stack", "init", "copy", "--copy-config-from", "dev").code == 0
    assert dev.run("config", "get", "b").out == "hush\n"
    assert dev.run("config", "get", "a").out == "1\n"
    old, new = (
        text.split("secure: ")[1]
        for text in (dev.stack_file.read_text(), (dev.project / "Pulumi.copy.yaml").read_text())
    )
    assert old != new


@pytest.mark.parametrize(
    "providers", [5, {"type": 3}, {"type": "passphrase", "state": 1}, {"type": "awskms", "state": {}}]
)
def test_a_damaged_secrets_provider_is_a_sentence(dev: Desk, providers: object) -> None:
    load(dev, deployment())
    document = json.loads(dev.state.read_text())
    document["checkpoint"]["latest"]["secrets_providers"] = providers
    dev.state.write_text(json.dumps(document))
    before = dev.files()
    for argv in (("stack", "output", "--show-secrets"), ("stack", "export", "--show-secrets")):
        answer = dev.run(*argv)
        assert answer.code == 1
        assert "Traceback" not in answer.err
        assert answer.err.startswith("error: ")
    assert dev.run("stack", "output").code == 0
    assert dev.files() == before


def test_a_journal_that_was_left_behind_goes_with_its_state(dev: Desk) -> None:
    journal = dev.folder / "state/.pulumi/journals/p/dev.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_text("{}")
    file = dev.folder / "in.json"
    file.write_text(json.dumps(deployment()))
    assert "dropping the journal" in dev.run("stack", "import", "--file", str(file)).err
    assert not journal.exists()
    journal.write_text("{}")
    assert dev.run("stack", "rm", "--force", "-y").code == 0
    assert not journal.exists()
