"""The connection mapping: one normal form, nothing lost on the way, no secret shown."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.common.fields import Schema, check
from providers.hosts.connection import SECRETS, Connection, clean, connection_field, parse

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
SECRET = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)
HOSTS = st.one_of(st.ip_addresses().map(str), NAMES, st.just("db.example.org"))


def mappings(depth: int = 1) -> st.SearchStrategy[dict[str, object]]:
    proxies = mappings(depth - 1) if depth else st.nothing()
    required: dict[str, st.SearchStrategy[object]] = {"name": NAMES, "host": HOSTS, "private_key": SECRET}
    optional: dict[str, st.SearchStrategy[object]] = {
        "port": st.integers(1, 65_535) | st.integers(1, 65_535).map(float),
        "user": st.sampled_from(["ubuntu", "root", "_x", "a.b-c"]),
        "private_key_file": st.sampled_from(["", "~/.ssh/id_ed25519", "lab/key"]),
        "password": SECRET,
        "passphrase": SECRET,
        "host_key": st.sampled_from(["", "ssh-ed25519 AAAA", "ssh-rsa AAAA== comment"]),
        "patience": st.integers(0, 86_400) | st.none(),
    }
    if depth:
        optional["proxy"] = proxies
    return st.fixed_dictionaries(required, optional=optional)


@given(mappings())
def test_the_normal_form_is_one(mapping: dict[str, object]):
    assert clean(clean(mapping)) == clean(mapping)


@given(mappings())
def test_what_is_read_is_what_was_given(mapping: dict[str, object]):
    connection = parse(clean(mapping))
    for name, value in mapping.items():
        if name != "proxy" and value is not None:
            assert getattr(connection, name) == value
    assert parse(connection.raw()) == connection


@given(mappings())
def test_no_secret_is_in_its_repr_but_all_are_known(mapping: dict[str, object]):
    connection = parse(clean(mapping))
    for name in SECRETS:
        value = cast("str | None", mapping.get(name))
        if value:
            assert value in connection.secrets
            assert len(value) < 6 or value not in repr(connection)


@given(mappings(), st.sampled_from(SECRETS))
def test_a_wrong_secret_is_not_quoted(mapping: dict[str, object], name: str):
    with pytest.raises(ValueError, match="not shown") as caught:
        clean({**mapping, name: 987_654_321})
    assert "987654321" not in str(caught.value)


@given(mappings(), st.floats(0, 700))
def test_waiting_never_waits_longer(mapping: dict[str, object], patience: float):
    connection = parse(clean(mapping))
    hasty = connection.waiting(patience)
    assert hasty.patience == min(patience, connection.patience)
    assert hasty.proxy is None or hasty.proxy.patience <= patience


@given(mappings())
def test_the_field_takes_what_it_made(mapping: dict[str, object]):
    schema = Schema((connection_field(),))
    once = check(schema, {"connection": mapping})
    assert not once.failures
    assert check(schema, once.inputs).inputs == once.inputs


@given(mappings(), st.text())
def test_a_known_host_key_stays_unless_the_program_names_one(mapping: dict[str, object], known: str):
    connection: Connection = parse(clean(mapping))
    assert connection.knowing(known).host_key == (connection.host_key or known)
