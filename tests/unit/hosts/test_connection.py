"""What may be wrong with a connection, in words."""

import pytest

from providers.hosts.connection import clean, parse

GOOD: dict[str, object] = {"name": "server2", "host": "172.16.0.12", "private_key_file": "~/.ssh/id_ed25519"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"host": None}, "has no host, but must have name and host"),
        ({"name": " "}, "has a name that is empty, but must hold at least one character"),
        ({"port": 0}, "has a port that is 0, but must be a whole number from 1 to 65535"),
        ({"port": "22"}, "has a port that is '22', but must be a whole number from 1 to 65535"),
        ({"user": "Bob Smith"}, "has a user that is 'Bob Smith', but must be a login such as ubuntu"),
        ({"host": "a b"}, "has a host that is 'a b', but must be an address such as 172.16.0.21 or a DNS name"),
        ({"host": "-oProxyCommand=x"}, "has a host that is '-oProxyCommand=x', but must be an address"),
        ({"private_key_file": None}, "has no way to log in: one of private_key_file, private_key and password is"),
        ({"identity": "x"}, "has 'identity', but may only have name, host, port, user,"),
        ({"password": 5}, "has a password that must be a string (its value is a secret and is not shown)"),
        ({"host_key": "SHA256:abc"}, "has a host_key that is 'SHA256:abc', but must be a host key: type and base64"),
        ({"patience": -1}, "has a patience that is -1, but must be a whole number from 0 to 86400"),
        ({"proxy": {"name": "gate"}}, "has a proxy that has no host, but must have name and host"),
        ({"proxy": "gate"}, "has a proxy that must be an object with at least name and host"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, object], words: str):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared below, brackets and all
        clean({**GOOD, **change})
    assert str(caught.value).startswith(words)


def test_the_rest_is_filled_in():
    connection = parse(clean(GOOD))
    assert (connection.port, connection.user, connection.patience, connection.proxy) == (22, "ubuntu", 600, None)
    assert connection.address == "ubuntu@172.16.0.12:22"


def test_the_way_is_told():
    connection = parse(clean({**GOOD, "proxy": {**GOOD, "name": "gate", "host": "10.0.0.1"}}))
    assert connection.address == "ubuntu@172.16.0.12:22 through gate"
