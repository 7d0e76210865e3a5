"""Weights, drained servers and the URL of a balancer."""

import pytest

from components.balancer_plan import members, question, url

TWO = [{"name": "server2", "address": "10.0.0.2", "port": 8080}, {"name": "server3", "address": "10.0.0.3", "port": 80}]


def test_every_upstream_has_a_weight_and_none_is_down_unless_drained() -> None:
    assert members(TWO, {}, []) == [{**TWO[0], "weight": 1, "down": False}, {**TWO[1], "weight": 1, "down": False}]
    heavy = members([{**TWO[0], "weight": 2}, TWO[1]], {"server3": 3}, ["server3"])
    assert [(each["weight"], each["down"]) for each in heavy] == [(2, False), (3, True)]


def test_a_name_that_no_upstream_has_is_told() -> None:
    with pytest.raises(ValueError, match="weights names server9, but the upstreams are server2, server3"):
        members(TWO, {"server9": 2}, [])
    with pytest.raises(ValueError, match="drained names server9, but the upstreams are none"):
        members([], {}, ["server9"])


@pytest.mark.parametrize(
    ("address", "port", "tls", "expected"),
    [
        ("10.0.0.4", 80, None, "http://10.0.0.4/"),
        ("10.0.0.4", 8000, None, "http://10.0.0.4:8000/"),
        ("10.0.0.4", 80, 443, "https://10.0.0.4/"),
        ("10.0.0.4", 80, 8443, "https://10.0.0.4:8443/"),
        ("fd00::4", 81, None, "http://[fd00::4]:81/"),
    ],
)
def test_the_usual_port_is_not_in_the_url(address: str, port: int, tls: int | None, expected: str) -> None:
    assert url(address, port, tls) == expected


def test_it_is_asked_where_its_pages_are() -> None:
    assert 'HTTPConnection("127.0.0.1", 81,' in question(81, None)
    assert 'HTTPSConnection("127.0.0.1", 444,' in question(81, 444)
