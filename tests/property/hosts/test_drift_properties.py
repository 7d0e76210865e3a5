"""What a diff says of drift, of another installation, and of nothing at all; it never starts the worker."""

from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from providers.common.fields import MANAGED, has_unknown
from providers.common.fields import given as names_given
from providers.hosts import session
from providers.hosts.crud.base import still_knows
from providers.hosts.crud.check import CheckProvider

PROVIDER = CheckProvider()
WORDS = st.from_regex(r"[a-z][a-z ]{0,10}[a-z]", fullmatch=True)
CONNECTIONS = st.fixed_dictionaries(
    {"name": st.just("server2"), "host": st.sampled_from(["172.16.0.12", "172.16.0.13"]), "private_key": st.just("k")}
)
PROGRAMS = st.fixed_dictionaries(
    {
        "connection": CONNECTIONS,
        "machine": st.sampled_from(["abc/1", "abc/2"]),
        "description": WORDS,
        "command": WORDS,
        "expect": st.sampled_from(["", "ok", "^[0-9]+$"]),
    },
    optional={"triggers": st.lists(WORDS), "within": st.integers(0, 100), "as_user": st.just("nobody")},
)
DRIFT = st.lists(WORDS, max_size=3)
Bag = dict[str, object]


def checked(program: Bag) -> Bag:
    result = PROVIDER.check({}, program)
    assert not result.failures
    return cast("Bag", result.inputs)


def state(inputs: Bag, drift: list[str]) -> Bag:
    names = list(names_given(PROVIDER.schema, inputs))
    return {**inputs, "drift": drift, "host_key": "ssh-ed25519 AAAA", MANAGED: names}


@given(PROGRAMS, DRIFT)
def test_the_same_again_changes_only_what_drifted(program: Bag, drift: list[str]):
    inputs = checked(program)
    result = PROVIDER.diff("id", state(inputs, drift), inputs)
    assert result.changes == bool(drift)
    assert not result.replaces


@given(PROGRAMS, PROGRAMS, DRIFT)
def test_another_installation_is_another_resource(old: Bag, new: Bag, drift: list[str]):
    before, after = checked(old), checked(new)
    result = PROVIDER.diff("id", state(before, drift), after)
    anew = before["machine"] != after["machine"]
    assert result.replaces == (["machine"] if anew else [])
    assert result.delete_before_replace == anew
    assert result.changes == (bool(drift) or any(before.get(name) != after.get(name) for name in {*before, *after}))


@given(PROGRAMS)
def test_an_unknown_machine_does_not_announce_a_loss(program: Bag):
    from pulumi.runtime.rpc import UNKNOWN

    before, after = checked(program), checked({**program, "machine": UNKNOWN})
    assert has_unknown(after["machine"])
    result = PROVIDER.diff("id", state(before, []), after)
    assert result.changes
    assert not result.replaces
    assert not result.delete_before_replace


@given(PROGRAMS, PROGRAMS)
def test_the_known_host_key_is_that_of_one_installation_at_one_address(old: Bag, new: Bag):
    before, after = state(checked(old), []), checked(new)
    known = still_knows(before, after).get("host_key")
    hosts = [cast("Bag", bag["connection"])["host"] for bag in (before, after)]
    assert bool(known) == (before["machine"] == after["machine"] and hosts[0] == hosts[1])


def test_to_check_and_to_diff_starts_no_worker():
    session.release()
    connection = {"name": "server2", "host": "172.16.0.12", "private_key": "k"}
    inputs = checked({"connection": connection, "machine": "abc/1", "description": "it", "command": "true"})
    assert PROVIDER.diff("id", state(inputs, ["it is off"]), inputs).changes
    assert session.started() is False
