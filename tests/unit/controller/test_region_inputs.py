"""What MAAS on main may be asked for, what main says of it, and the file with its key."""

from pathlib import Path

import pytest

from providers.hosts.crud import maas_region_facts as said
from providers.hosts.crud.maas_region import MaasRegionProvider, forget_key, holds_key, write_key
from providers.hosts.errors import HostError

INPUTS: dict[str, object] = {
    "connection": {"name": "main", "host": "172.16.0.3", "user": "cloud", "private_key_file": "key"},
    "machine": "main",
    "url": "http://172.16.0.3:5240/MAAS/",
    "admin_username": "cloud",
    "admin_password": "sesame-1",
    "admin_email": "cloud@example.org",
}
KEY = "consumer:token:secret"


def test_the_courses_inputs_are_completed() -> None:
    checked = MaasRegionProvider().check({}, INPUTS)
    assert not checked.failures
    assert checked.inputs["url"] == "http://172.16.0.3:5240/MAAS"
    assert (checked.inputs["channel"], checked.inputs["keep"]) == ("3.5/stable", False)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("url", "http://172.16.0.3:5240", "a URL such as http://172.16.0.3:5240/MAAS"),
        ("url", "http://172.16.0.3:99999/MAAS", "a URL such as"),
        ("url", "http://$(reboot)/MAAS", "a URL such as"),
        ("channel", "3.5", "a channel such as 3.5/stable"),
        ("admin_username", "-x", "a user name such as cloud"),
        ("admin_email", "cloud", "an e-mail address"),
        ("admin_password", "two\nlines-sesame", "one line"),
        ("admin_password", "", "one line"),
    ],
)
def test_what_cannot_be_is_told(name: str, value: str, allowed: str) -> None:
    failures = MaasRegionProvider().check({}, {**INPUTS, name: value}).failures
    assert [each.property for each in failures] == [name]
    assert allowed in failures[0].reason
    assert "sesame" not in failures[0].reason


def test_another_password_changes_nothing_since_the_administrator_is_there() -> None:
    provider = MaasRegionProvider()
    inputs = provider.check({}, INPUTS).inputs
    state: dict[str, object] = {**inputs, "managed_inputs": [name for name in provider.schema.names if name in inputs]}
    assert not provider.diff("main/maas", state, {**inputs, "admin_password": "sesame-2"}).changes
    assert provider.diff("main/maas", state, {**inputs, "channel": "3.6/stable"}).changes
    assert provider.diff("main/maas", state, {**inputs, "machine": "other"}).replaces == ["machine"]


def test_what_main_says_is_read() -> None:
    listing = [
        "Name          Version              Rev    Tracking       Publisher    Notes",
        "core22        20240111             1122   latest/stable  canonical**  base",
        "maas          3.5.3-16341-g.b1dd7  38545  3.5/stable     canonical**  -",
    ]
    found = said.snaps(listing)
    assert found["maas"] == said.InstalledSnap("maas", "3.5.3-16341-g.b1dd7", "3.5/stable")
    assert list(found) == ["core22", "maas"]
    assert said.release(found["maas"].version) == "3.5.3"
    assert said.config(["mode=region+rack", "maas_url=http://a/MAAS?x=y"]) == {
        "mode": "region+rack",
        "maas_url": "http://a/MAAS?x=y",
    }
    assert said.keys(f"{KEY}\n{KEY} a name\nno key\n\n") == (KEY, KEY)


def test_a_known_key_stays_while_it_is_listed() -> None:
    assert said.chosen(("a:b:c", KEY), KEY) == KEY
    assert said.chosen(("a:b:c", KEY), "gone:gone:gone") == "a:b:c"
    assert said.chosen((), KEY) == ""


def test_the_key_file_is_its_owners_alone_and_goes_with_the_key(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key"
    write_key(str(path), KEY)
    assert path.read_text() == f"{KEY}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert holds_key(str(path), KEY)
    path.chmod(0o644)
    assert not holds_key(str(path), KEY)
    write_key(str(path), KEY)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["key"]
    forget_key(str(path), "another:one:here")
    assert path.exists()
    forget_key(str(path), KEY)
    assert not path.exists()


def test_no_file_is_wanted() -> None:
    write_key("", KEY)
    forget_key("", KEY)
    assert holds_key("", KEY)


def test_a_file_that_cannot_be_written_is_told_without_the_key(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HostError, match=r"key_file is .*/file/key, where MAAS's API key can't be written") as caught:
        write_key(str(tmp_path / "file" / "key"), KEY)
    assert "secret" not in str(caught.value)
