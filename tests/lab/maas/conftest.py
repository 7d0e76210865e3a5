"""A MAAS per test, and how tests talk to it without a client library."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any, cast
from urllib.parse import urlencode

import pytest

from lab.maas.testing import RunningMaas, running_maas


@dataclass
class Answer:
    status: int
    text: str
    headers: Message

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def header_for(key: str) -> str:
    consumer, token, secret = key.split(":")
    return (
        f'OAuth realm="OAuth", oauth_nonce="1", oauth_timestamp="1", oauth_version="1.0", '
        f'oauth_signature_method="PLAINTEXT", oauth_consumer_key="{consumer}", oauth_token="{token}", '
        f'oauth_signature="%26{secret}"'
    )


def _many(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


class Raw:
    """Plain HTTP with the key of `cloud`, or with none."""

    def __init__(self, maas: RunningMaas, key: str | None = None) -> None:
        self.maas = maas
        self.key = maas.api_key if key is None else key

    def __call__(self, method: str, path: str, op: str | None = None, /, **data: object) -> Answer:
        pairs = [(name, each) for name, value in data.items() for each in _many(value)]
        query = [("op", op)] if op else []
        body = None
        if method in {"GET", "DELETE"}:
            query += pairs
        else:
            body = urlencode(pairs).encode()
        url = path if path.startswith("http") else f"{self.maas.url}/api/2.0/{path}"
        request = urllib.request.Request(f"{url}?{urlencode(query)}" if query else url, body, method=method)
        if self.key:
            request.add_header("Authorization", header_for(self.key))
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return Answer(response.status, response.read().decode(), response.headers)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode(), error.headers)

    def get(self, path: str, op: str | None = None, /, **data: object) -> Answer:
        return self("GET", path, op, **data)

    def post(self, path: str, op: str | None = None, /, **data: object) -> Answer:
        return self("POST", path, op, **data)

    def put(self, path: str, /, **data: object) -> Answer:
        return self("PUT", path, None, **data)

    def delete(self, path: str, /, **data: object) -> Answer:
        return self("DELETE", path, None, **data)

    def subnet(self) -> Any:
        return self.get("subnets/").json[0]

    def dhcp(self) -> None:
        """Do what a person does first: a dynamic range, then DHCP on the untagged VLAN."""
        rack = self.get("rackcontrollers/").json[0]["system_id"]
        made = self.post("ipranges/", type="dynamic", start_ip="172.16.11.1", end_ip="172.16.14.255")
        assert made.status == 200, made.text
        turned = self.put("vlans/5001/", dhcp_on="true", primary_rack=rack)
        assert turned.status == 200, turned.text

    def enrol(self, name: str, **more: object) -> Answer:
        return self.post(
            "machines/",
            hostname=name,
            architecture="amd64",
            mac_addresses=self.maas.physical_macs()[name],
            power_type="amt",
            power_parameters_power_address=self.maas.amt_addresses()[name],
            power_parameters_power_pass=self.maas.amt_password,
            **more,
        )

    def ready(self, *names: str) -> list[str]:
        """Enrolled and commissioned machines; their system ids."""
        self.dhcp()
        ids = [self.enrol(name).json["system_id"] for name in names]
        self.maas.advance(3600)
        return ids

    def status(self, system_id: str) -> str:
        return self.get(f"machines/{system_id}/").json["status_name"]


@pytest.fixture
def maas() -> Iterator[RunningMaas]:
    with running_maas() as running:
        yield running


@pytest.fixture
def raw(maas: RunningMaas) -> Raw:
    return Raw(maas)


@pytest.fixture
def slow() -> Iterator[Raw]:
    """A MAAS whose clock stands until the test moves it."""
    with running_maas(pace="manual") as running:
        yield Raw(running)
