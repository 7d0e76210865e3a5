"""The juju client: what it prints of MAAS's key, and whose controller a server says it is."""

import os
from pathlib import Path

import pytest

from providers.hosts.errors import StepFailedError
from providers.juju.crud.controller_client import Client
from providers.juju.crud.controller_place import Here
from providers.juju.errors import JujuError

KEY = "consumer:the-token:the-secret"
PROPS: dict[str, object] = {
    "cloud": {"name": "maas", "type": "maas", "endpoint": "http://m/MAAS"},
    "credential": {"name": "key", "key": KEY},
}
SAYS_PARTS = """\
#!/bin/sh
case "$1" in
version) echo 3.6.14-ubuntu-amd64;;
credentials) echo '{}';;
*) echo 'ERROR 401: oauth_token="the-token", oauth_signature="%26the-secret"' >&2; exit 1;;
esac
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and a juju that shows the header which MAAS refused."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    juju = tmp_path / "juju"
    juju.write_text(SAYS_PARTS)
    juju.chmod(0o755)
    return tmp_path


def test_no_part_of_the_key_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("providers.juju.crud.controller_client.say", told.append)
    client = Client(Here(), "main", key=KEY)
    with pytest.raises(JujuError, match="ERROR 401") as bootstrap:
        client.bootstrap(PROPS)
    with pytest.raises(JujuError, match="ERROR 401") as destroy:
        client.destroy(force=False)
    with pytest.raises(StepFailedError, match="ERROR 401") as credential:
        client.credential(PROPS)
    shown = "".join([*told, str(bootstrap.value), str(destroy.value), str(credential.value)])
    assert told
    assert not [part for part in KEY.split(":") if part in shown]


def test_a_command_that_is_joined_shows_no_part_of_it_either() -> None:
    with pytest.raises(JujuError):
        Client(Here(), "main", key=KEY).destroy(force=False)
    told: list[str] = []
    with pytest.raises(JujuError) as joined:
        Client(Here(), "main", key=KEY).task.follow("juju bootstrap", told.append)
    assert "oauth_token" in told[0]
    assert "the-secret" not in f"{told}{joined.value}"


@pytest.mark.parametrize("other", ["kit/two/juju", "kit/one/ju", "", "kit/one/juju<"])
def test_a_controller_is_ours_by_our_claim_alone(other: str) -> None:
    ours = Client(Here(), "main", "kit/one/juju")
    assert not ours.is_ours()
    ours.claim()
    assert ours.is_ours()
    assert not Client(Here(), "main", other).is_ours()
    assert not Client(Here(), "another", "kit/one/juju").is_ours()
