"""What a site may be asked for, and what is said of the rest, before anything runs."""

import pytest

from providers.hosts.crud.nginx import NginxSiteProvider
from providers.hosts.crud.nginx_checks import clashes
from tests.support.certificates import certificate_text, key_text, new_key

CONNECTION = {"name": "server4", "host": "10.0.0.4", "private_key_file": "key"}
UPSTREAM = {"name": "server2", "address": "10.0.0.2", "port": 8080}
KEY = new_key()


def problems(**given: object) -> dict[str, str]:
    inputs: dict[str, object] = {"connection": CONNECTION, "machine": "m", "upstreams": [UPSTREAM], **given}
    return {each.property: each.reason for each in NginxSiteProvider().check({}, inputs).failures}


def test_a_good_site_is_completed() -> None:
    upstreams = [{**UPSTREAM, "port": 8080.0}]
    inputs: dict[str, object] = {"connection": CONNECTION, "machine": "m", "upstreams": upstreams}
    checked = NginxSiteProvider().check({}, inputs)
    assert not checked.failures
    assert checked.inputs["upstreams"] == [{**UPSTREAM, "weight": 1, "down": False}]
    assert (checked.inputs["port"], checked.inputs["max_fails"], checked.inputs["connect_timeout"]) == (80, 1, 1)


@pytest.mark.parametrize(
    ("given", "name", "said"),
    [
        ({"upstreams": []}, "upstreams", "at least one"),
        ({"upstreams": [{**UPSTREAM, "weight": 0}]}, "upstreams", "'server2' with a weight that is 0"),
        ({"upstreams": [{**UPSTREAM, "port": 65536}]}, "upstreams", "whole number from 1 to 65535"),
        ({"upstreams": [{"name": "a", "port": 1}]}, "upstreams", "without address"),
        ({"upstreams": [{**UPSTREAM, "wieght": 2}]}, "upstreams", "'wieght', but it may only have name, address"),
        ({"upstreams": [UPSTREAM, {**UPSTREAM, "address": "10.0.0.9"}]}, "upstreams", "server2 twice"),
        ({"upstreams": [UPSTREAM, {**UPSTREAM, "name": "b"}]}, "upstreams", "10.0.0.2:8080 twice"),
        ({"upstreams": [{**UPSTREAM, "down": True}]}, "upstreams", "only servers that are down"),
        ({"upstreams": [{**UPSTREAM, "name": "a;} server {"}]}, "upstreams", "a server's name"),
        ({"upstreams": [{**UPSTREAM, "address": "10.0.0.2; return 200"}]}, "upstreams", "an IP address or a DNS name"),
        ({"port": 0}, "port", "from 1 to 65535"),
        ({"server_name": "a; return 200"}, "server_name", "host names such as"),
        ({"name": "default"}, "name", "other than default"),
        ({"name": "../x"}, "name", "a short lower-case name"),
        ({"certificate": "x"}, "private_key", "is missing, but certificate is given"),
        ({"private_key": "x"}, "certificate", "is missing, but private_key is given"),
    ],
)
def test_what_cannot_be_is_told(given: dict[str, object], name: str, said: str) -> None:
    found = problems(**given)
    assert list(found) == [name]
    assert said in found[name]


def test_a_certificate_and_its_key_are_taken() -> None:
    assert problems(certificate=certificate_text(KEY), private_key=key_text(KEY)) == {}


@pytest.mark.parametrize(
    ("certificate", "key", "name", "said"),
    [
        (certificate_text(KEY), key_text(new_key()), "private_key", "does not belong to the certificate"),
        (certificate_text(KEY), key_text(KEY, "sesame"), "private_key", "protected by a passphrase"),
        (certificate_text(KEY), "sesame", "private_key", "must be a PEM key"),
        ("nothing", key_text(KEY), "certificate", "must be a PEM certificate"),
    ],
)
def test_a_pair_that_is_none_is_told_without_the_key(certificate: str, key: str, name: str, said: str) -> None:
    found = problems(certificate=certificate, private_key=key)
    assert list(found) == [name]
    assert said in found[name]
    assert "sesame" not in found[name]


def test_http_and_https_need_a_port_each() -> None:
    found = problems(certificate=certificate_text(KEY), private_key=key_text(KEY), port=443)
    assert "HTTP and HTTPS need a port each" in found["tls_port"]


SS = """\
LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=10,fd=6),("nginx",pid=9,fd=6))
LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=5,fd=3))
LISTEN 0 5 [::]:443 [::]:* users:(("apache2",pid=77,fd=4))
LISTEN 0 5 127.0.0.1:8080 0.0.0.0:*
"""


def test_who_has_a_port_is_named() -> None:
    assert list(clashes(SS, (80,))) == []
    assert list(clashes(SS, (80, 443))) == ["port 443 is in use by apache2 (process 77)"]
    assert list(clashes(SS, (8080,))) == ["port 8080 is in use by another process"]
