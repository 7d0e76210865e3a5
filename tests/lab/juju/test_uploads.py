"""Local charms as 2.9, 3.6 and 4.0 take them: each at the paths that it has, in the words that it has."""

import base64
import hashlib
from collections.abc import Generator
from dataclasses import dataclass
from http.client import HTTPSConnection

import pytest

from lab.juju.testing import RunningJuju, running_juju
from tests.lab.juju.client import trust
from tests.lab.juju.test_application import TINY, archive

MANIFEST = {**TINY, "manifest_yaml": "bases: [{name: ubuntu, channel: 22.04/stable}]\n"}


@dataclass
class Door:
    """Where charms are sent to one version of Juju."""

    juju: RunningJuju

    @property
    def model(self) -> str:
        return self.juju.service.world.meta.controller_model

    def post(self, data: bytes) -> tuple[int, str, str]:
        return self._send("POST", f"/model/{self.model}/charms?series=focal", data, {})

    def put(self, data: bytes, digest: str = "", curl: str = "local:tiny", name: str = "tiny-") -> tuple[int, str, str]:
        sha = digest or hashlib.sha256(data).hexdigest()[:7]
        headers = {"Juju-Curl": curl} if curl else {}
        return self._send("PUT", f"/model-{self.model}/charms/{name}{sha}", data, headers)

    def _send(self, method: str, path: str, data: bytes, headers: dict[str, str]) -> tuple[int, str, str]:
        """Give the status, the body, and the URL in its header."""
        host, _, port = self.juju.addresses[0].partition(":")
        token = base64.b64encode(f"user-admin:{self.juju.password}".encode()).decode()
        common = {"Authorization": f"Basic {token}", "Content-Type": "application/zip"}
        connection = HTTPSConnection(host, int(port), context=trust(self.juju), timeout=20)
        try:
            connection.request(method, path, data, {**common, **headers})
            response = connection.getresponse()
            return response.status, response.read().decode(), response.headers.get("Juju-Curl", "")
        finally:
            connection.close()


@pytest.fixture(scope="module")
def two() -> Generator[Door]:
    with running_juju(version="2.9.49") as juju:
        yield Door(juju)


@pytest.fixture(scope="module")
def three() -> Generator[Door]:
    with running_juju() as juju:
        yield Door(juju)


@pytest.fixture(scope="module")
def four() -> Generator[Door]:
    with running_juju(version="4.0.12") as juju:
        yield Door(juju)


def test_2_9_takes_charms_at_the_old_path_only(two: Door) -> None:
    assert two.post(archive(**TINY))[:2] == (200, '{"charm-url": "local:focal/tiny-0"}')
    assert two.put(archive(**TINY))[0] == 404


def test_3_6_takes_charms_at_both_paths(three: Door) -> None:
    assert three.post(archive(**TINY))[:2] == (200, '{"charm-url": "local:focal/tiny-0"}')
    code, body, url = three.put(archive(**TINY), curl="local:jammy/tiny")
    assert (code, body, url) == (200, '{"charm-url": "local:jammy/tiny-1"}', "local:jammy/tiny-1")


def test_4_0_takes_charms_at_the_new_path_only_and_knows_no_series(four: Door) -> None:
    assert four.post(archive(**MANIFEST))[:2] == (404, "404 page not found\n")
    code, body, url = four.put(archive(**MANIFEST), curl="local:jammy/tiny-7")
    assert (code, body, url) == (200, '{"charm-url": "local:tiny-0"}', "local:tiny-0")
    assert four.put(archive(**MANIFEST), hashlib.sha256(archive(**MANIFEST)).hexdigest())[2] == "local:tiny-1"


@pytest.mark.parametrize(
    ("digest", "curl", "words"),
    [
        ("0000000", "local:tiny", "does not match sha in url (0000000)"),
        ("", "", '\\"\\" is not a valid charm url'),
        ("", "ch:tiny", "non-local charms may only be uploaded during model migration import"),
    ],
)
def test_what_3_6_refuses(three: Door, digest: str, curl: str, words: str) -> None:
    code, body, url = three.put(archive(**TINY), digest, curl)
    assert (code, url) == (400, "")
    assert words in body
    assert '"error": "cannot upload charm: ' in body


@pytest.mark.parametrize(
    ("digest", "curl", "words"),
    [
        ("0000000", "local:tiny", "charm hash mismatch"),
        ("000", "local:tiny", 'invalid sha length: \\"000\\"'),
        ("", "", 'missing \\"Juju-Curl\\" header'),
        ("", "tiny", '\\"tiny\\" is not a valid charm url'),
    ],
)
def test_what_4_0_refuses(four: Door, digest: str, curl: str, words: str) -> None:
    code, body, _ = four.put(archive(**MANIFEST), digest, curl)
    assert code == 400
    assert words in body


def test_4_0_refuses_a_charm_without_a_manifest_and_a_path_without_a_digest(four: Door) -> None:
    code, body, _ = four.put(archive(**TINY))
    assert code == 400
    assert "charm manifest not found" in body
    code, body, _ = four.put(archive(**MANIFEST), "tiny", name="")
    assert code == 400
    assert '\\"tiny\\" is not a valid charm object path' in body
