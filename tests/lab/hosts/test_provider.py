"""Pulumi's five operations on a real server, as the plugin process calls them."""

import time
from collections.abc import Generator
from typing import cast

import pytest

from lab.hosts.testing import Guest
from lab.hosts.testing import Hosts as Rack
from providers.common.fields import MANAGED
from providers.hosts import session
from providers.hosts.crud.check import CheckProvider
from providers.hosts.errors import HostError, HostKeyError, StepFailedError
from tests.support.example_resource import ExampleProvider
from tests.support.guests import guest as booted

Bag = dict[str, object]
EXAMPLE, CHECK = ExampleProvider(), CheckProvider()
CONTENT = "content of the test"


@pytest.fixture(autouse=True)
def _the_worker_ends() -> Generator[None]:
    yield
    session.release()


@pytest.fixture
def target(rack: Rack) -> Generator[Guest]:
    """A server that these tests may switch off and install again; clean afterwards."""
    found = booted(rack, "d3")
    yield found
    found.install_again()


def inputs(guest: Guest, machine: str = "d3/1", **given: object) -> Bag:
    way: Bag = {"name": guest.name, "host": guest.address, "private_key_file": str(guest.key_file), "patience": 30}
    result = EXAMPLE.check({}, {"connection": way, "machine": machine, "content": CONTENT, **given})
    assert not result.failures, [(failure.property, failure.reason) for failure in result.failures]
    return cast("Bag", result.inputs)


def created(guest: Guest) -> Bag:
    return cast("Bag", EXAMPLE.create(inputs(guest)).outs)


def looked(outs: Bag) -> tuple[Bag, Bag]:
    result = EXAMPLE.read("d3/example", outs)
    assert result.id == "d3/example"
    return cast("Bag", result.outs), cast("Bag", result.inputs)


def test_create_then_nothing_to_do(target: Guest):
    result = EXAMPLE.create(inputs(target))
    assert result.id == "d3/tests.support.example_deploy"
    outs = cast("Bag", result.outs)
    assert outs["drift"] == []
    assert outs["host_key"] == " ".join(target.run("cat /etc/ssh/ssh_host_ed25519_key.pub").split()[:2])
    assert outs[MANAGED] == ["connection", "content", "drift", "machine"]
    seen, given = looked(outs)
    assert seen == outs
    assert given == inputs(target)
    assert not EXAMPLE.diff("id", seen, inputs(target)).changes
    assert target.run("sudo cat /etc/example/content") == CONTENT


def test_drift_is_named_as_an_input_shown_as_a_change_and_repaired(target: Guest):
    outs = created(target)
    target.run("sudo systemctl stop example; echo other | sudo tee /etc/example/content")
    seen, given = looked(outs)
    drift = ["the file says what is wanted", "the service runs", "the service is as its file says"]
    assert seen["drift"] == given["drift"] == drift
    assert "other" not in str(seen)
    result = EXAMPLE.diff("id", seen, inputs(target))
    assert result.changes
    assert not result.replaces
    repaired = cast("Bag", EXAMPLE.update("id", seen, inputs(target)).outs)
    assert repaired["drift"] == []
    assert looked(repaired)[0]["drift"] == []


def test_update_and_delete(target: Guest):
    outs = created(target)
    news = inputs(target, content="another content")
    assert EXAMPLE.diff("id", outs, news).changes
    outs = cast("Bag", EXAMPLE.update("id", outs, news).outs)
    assert target.run("sudo cat /etc/example/content") == "another content"
    EXAMPLE.delete("id", outs)
    assert target.run("ls /etc/example 2>&1 || true").endswith("No such file or directory\n")
    EXAMPLE.delete("id", outs)


def test_create_again_goes_on_where_an_earlier_one_stopped(target: Guest):
    target.run("echo in the way | sudo tee /etc/example")
    with pytest.raises(StepFailedError, match='d3: "the folder is there" failed'):
        created(target)
    target.run("sudo rm /etc/example")
    assert created(target)["drift"] == []


def test_a_server_that_is_off_keeps_its_state_and_counts_as_deleted(target: Guest, capfd: pytest.CaptureFixture[str]):
    outs = created(target)
    target.kill()
    assert looked(outs)[0] == outs
    told = capfd.readouterr().err
    assert "d3 could not be looked at, so its state is kept as it was: d3 does not answer over SSH at" in told
    started = time.monotonic()
    EXAMPLE.delete("d3/example", outs)
    assert time.monotonic() - started < 30
    assert "d3/example counts as deleted, although nothing was done on d3" in capfd.readouterr().err
    target.start()
    assert looked(outs)[0]["drift"] == ["the service runs"]


def test_a_server_that_was_installed_anew(target: Guest, capfd: pytest.CaptureFixture[str]):
    outs = created(target)
    target.install_again()
    session.release()
    seen, given = looked(outs)
    assert seen["drift"] == given["drift"] == ["d3 shows the host key that is known"]
    assert "shows the host key ssh-ed25519 SHA256:" in capfd.readouterr().err
    with pytest.raises(HostKeyError, match="Either it was installed anew"):
        EXAMPLE.update("id", seen, inputs(target))
    anew = inputs(target, machine="d3/2")
    result = EXAMPLE.diff("id", seen, anew)
    assert result.replaces == ["machine"]
    assert result.delete_before_replace
    EXAMPLE.delete("d3/example", seen)
    assert "counts as deleted" in capfd.readouterr().err
    assert cast("Bag", EXAMPLE.create(anew).outs)["drift"] == []


def test_an_import_without_inputs_is_refused(target: Guest):
    del target
    with pytest.raises(HostError, match="d3/x can't be imported: only its inputs say which server it is on"):
        EXAMPLE.read("d3/x", {})


def question(guest: Guest, **given: object) -> Bag:
    way: Bag = {"name": guest.name, "host": guest.address, "private_key_file": str(guest.key_file)}
    plain: Bag = {"description": "the mark is there", "command": "cat /etc/mark", "expect": "^[0-9]+$", "within": 0}
    result = CHECK.check({}, {"connection": way, "machine": "d3/1", **plain, **given})
    assert not result.failures
    return cast("Bag", result.inputs)


def test_a_check_says_what_it_saw_and_later_that_it_no_longer_holds(guest: Guest):
    guest.run("echo 42 | sudo tee /etc/mark")
    outs = cast("Bag", CHECK.create(question(guest)).outs)
    assert outs["answer"] == "42"
    guest.run("echo forty-two | sudo tee /etc/mark")
    seen = cast("Bag", CHECK.read("id", outs).outs)
    assert seen["drift"] == ["the mark is there"]
    with pytest.raises(StepFailedError, match=r'"the mark is there" failed. .*\n  forty-two\n  This does not match'):
        CHECK.update("id", seen, question(guest))
    guest.run("echo 43 | sudo tee /etc/mark")
    assert cast("Bag", CHECK.update("id", seen, question(guest)).outs)["answer"] == "43"
    CHECK.delete("id", seen)
    assert guest.run("cat /etc/mark") == "43\n"


def test_a_check_waits_for_what_comes(guest: Guest):
    later = "systemd-run --on-active=1 --timer-property=AccuracySec=100ms"
    guest.run(f"sudo rm -f /etc/mark; sudo {later} sh -c 'echo 7 > /etc/mark'")
    outs = cast("Bag", CHECK.create(question(guest, within=20)).outs)
    assert outs["answer"] == "7"


def test_a_check_from_another_server(guest: Guest, other: Guest):
    command = f"python3 -c 'import socket; print(socket.create_connection((\"{other.address}\", 22), 5).recv(99))'"
    outs = cast(
        "Bag", CHECK.create(question(guest, command=command, expect="SSH-2.0-", description="SSH answers")).outs
    )
    assert "OpenSSH" in str(outs["answer"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"expect": "("}, "is '(', but must be a regular expression: missing )"),
        ({"command": " "}, "is empty"),
        ({"within": -1}, "is -1, but must be a whole number from 0 to 86400"),
        ({"description": None}, "is required"),
    ],
)
def test_a_wrong_check_is_refused_before_anything_runs(guest: Guest, change: Bag, words: str):
    result = CHECK.check({}, {**question(guest), **change})
    assert [failure.reason[: len(words)] for failure in result.failures] == [words]
    assert not session.started()
