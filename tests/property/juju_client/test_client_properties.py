"""What holds for any status, any list of versions, any address, any tag."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.juju import tags
from providers.juju.endpoint import parse_addresses
from providers.juju.errors import JujuError, NotSupported, SetupError, from_answer
from providers.juju.facades import SPOKEN, check_channel, check_release, negotiate, release
from providers.juju.status import Status
from providers.juju.status_wire import charm_name, charm_revision, parse
from tests.unit.juju_client.test_status import STATUS

KEYS = st.sampled_from(["applications", "machines", "relations", "units", "storage", "status", "model", "x", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=4),
    max_leaves=25,
)


@given(st.dictionaries(KEYS, JSON, max_size=6))
def test_any_object_is_a_status_or_a_juju_error(raw: dict[str, object]) -> None:
    try:
        read: object = parse(raw)
    except JujuError as error:
        read = str(error)
    assert isinstance(read, Status) or "can't be read" in str(read)


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the paths of all fields of objects in a JSON value."""
    found: list[tuple[Any, ...]] = []
    inner: Any = value
    if isinstance(value, Mapping):
        found = [(*path, key) for key in inner]
        inner = dict(inner).items()
    elif isinstance(value, list):
        inner = enumerate(inner)
    else:
        return []
    for key, item in inner:
        found += places(item, (*path, key))
    return found


PLACES = places(STATUS)


@given(st.sets(st.sampled_from(PLACES), max_size=8), st.sampled_from(["null", "gone", "more"]))
def test_nulls_gaps_and_new_fields_are_tolerated(chosen: set[tuple[Any, ...]], how: str) -> None:
    raw: Any = copy.deepcopy(STATUS)
    for path in sorted(chosen, key=len, reverse=True):  # what is inside goes first, so that no path leads nowhere
        holder = raw
        for key in path[:-1]:
            holder = holder[key]
        if how == "null":
            holder[path[-1]] = None
        elif how == "gone":
            del holder[path[-1]]
        elif isinstance(holder[path[-1]], Mapping) and path[-1] in {"model", "status", "base", "workload-status"}:
            holder[path[-1]] = {**holder[path[-1]], "added-in-5": [1]}
    assert isinstance(parse(raw), Status)


@given(st.sampled_from(sorted(SPOKEN)), st.sets(st.integers(0, 40)))
def test_the_highest_common_version_is_spoken(facade: str, offered: set[int]) -> None:
    common = offered & set(SPOKEN[facade])
    if common:
        assert negotiate("3.6.14", {facade: offered}, facade) == max(common)
        return
    with pytest.raises(NotSupported) as caught:
        negotiate("3.6.14", {facade: offered}, facade)
    said = str(caught.value)
    assert "3.6.14" in said
    assert facade in said
    assert all(str(version) in said for version in (*offered, *SPOKEN[facade]))


@given(st.integers(0, 9), st.integers(0, 99), st.sampled_from(["", ".3", "-beta1", ".49.1", "-rc2.7"]))
def test_versions_are_supported_from_2_9_to_4(major: int, minor: int, rest: str) -> None:
    version = f"{major}.{minor}{rest}"
    assert release(version) == (major, minor)
    channel = f"{major}.{minor}/stable"
    if (2, 9) <= (major, minor) < (5, 0):
        check_release("a:1", version)
        assert check_channel(channel) == channel
    else:
        with pytest.raises(SetupError, match="are supported"):
            check_release("a:1", version)
        with pytest.raises(ValueError, match=rf"is '{channel}', but must be a channel of Juju 2\.9, 3\.x and 4\.x"):
            check_channel(channel)


@given(st.text(max_size=12))
def test_any_text_is_a_version_or_refused(version: str) -> None:
    assert release(version) == (0, 0) or version[0].isdigit()


HOSTS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z]{1,5})?", fullmatch=True) | st.ip_addresses().map(
    lambda ip: f"[{ip}]" if ip.version == 6 else str(ip)
)


@given(st.lists(st.tuples(HOSTS, st.none() | st.integers(1, 65_535)), min_size=1, max_size=4), st.sampled_from(", \n"))
def test_addresses_are_read_and_stay_as_they_are(pairs: list[tuple[str, int | None]], between: str) -> None:
    listed = between.join(host if port is None else f"{host}:{port}" for host, port in pairs)
    expected = tuple(dict.fromkeys(f"{host}:{port or 17070}" for host, port in pairs))
    assert parse_addresses(listed, "key") == expected
    assert parse_addresses(",".join(expected), "key") == expected


@given(st.text(max_size=20))
def test_any_other_text_is_refused_with_the_key(text: str) -> None:
    refused = ""
    found = tuple[str, ...]()
    try:
        found = parse_addresses(text, "juju:controllerAddresses")
    except SetupError as error:
        refused = str(error)
    assert bool(found) != refused.startswith("juju:controllerAddresses holds ")
    assert all(0 < int(one.rpartition(":")[2]) < 65_536 for one in found)


NAMES = st.lists(st.text("abcxyz", min_size=1, max_size=4), min_size=1, max_size=3).map("-".join)


@given(NAMES, st.integers(0, 9999), NAMES, NAMES)
def test_tags_lead_back(name: str, number: int, other: str, third: str) -> None:
    assert tags.unit_name(tags.unit(f"{name}/{number}")) == f"{name}/{number}"
    assert tags.storage_id(tags.storage(f"{name}/{number}")) == f"{name}/{number}"
    assert tags.machine_id(tags.machine(f"{number}/lxd/0")) == f"{number}/lxd/0"
    parts = (f"{name}_{other}", other, f"{third}_")
    assert tags.credential_parts(tags.credential(*parts)) == parts
    assert tags.name(tags.cloud(name)) == name


@given(NAMES, st.integers(0, 99_999_999))
def test_charm_urls_lead_back(name: str, revision: int) -> None:
    url = f"ch:amd64/jammy/{name}-{revision}"
    assert (charm_name(url), charm_revision(url)) == (name, revision)


@given(st.text(min_size=4, max_size=20).filter(lambda text: text.strip() == text), st.text(max_size=20))
def test_no_error_shows_a_secret(secret: str, said: str) -> None:
    error = from_answer("set it", f"{said}{secret}{said}", "not valid", secrets=(secret,))
    assert secret not in str(error).replace("Juju refused to set it: ", "") or secret in "***"


@pytest.mark.parametrize("channel", ["latest/stable", "3/stable", "4/edge", "2/stable", "2.9/candidate"])
def test_tracks_that_may_hold_a_supported_release_pass(channel: str) -> None:
    assert check_channel(channel) == channel


@pytest.mark.parametrize("channel", ["1/stable", "5/edge", "1.25/stable", "2.8/stable"])
def test_tracks_that_can_not_are_refused(channel: str) -> None:
    with pytest.raises(ValueError, match="must be a channel of Juju"):
        check_channel(channel)
