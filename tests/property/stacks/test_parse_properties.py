"""parse_baremetal takes every valid kit as it is, and refuses every spoiled one at the right place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.site_plan import range_names, split_settings, subnet_name
from stacks.baremetal_plan import plan_rack, plan_site
from stacks.config import BaremetalSettings, ConfigError, parse_baremetal
from stacks.config.files import load_texts
from tests.property.stacks.kits import Spoiled, kits, kits_with_unknown_keys, spoiled_kits


def written(settings: BaremetalSettings) -> dict[str, Any]:
    """The settings as a person would write them in full."""
    raw = json.loads(settings.model_dump_json(by_alias=True, exclude_none=True))
    for entry in [*raw["tags"], *raw["bridges"]]:
        entry.setdefault("servers", "all")
    for index, server in enumerate(settings.servers):
        password = server.power.password
        raw["servers"][index]["power"]["password"] = password.get_secret_value() if password else None
    return raw


@given(kits())
def test_a_valid_kit_survives_being_written_out_and_read_again(kit: dict[str, Any]) -> None:
    settings = parse_baremetal(kit)
    assert parse_baremetal(written(settings)) == settings


@given(kits())
def test_nothing_that_was_written_is_lost(kit: dict[str, Any]) -> None:
    settings = parse_baremetal(kit)
    assert [server.name for server in settings.servers] == [server["name"] for server in kit["servers"]]
    assert [server.mac for server in settings.servers] == [server["mac"].lower() for server in kit["servers"]]
    assert [len(subnet.ranges) for subnet in settings.subnets] == [len(subnet["ranges"]) for subnet in kit["subnets"]]
    assert settings.deploy.keys() == kit["deploy"].keys()
    assert dict(settings.settings) == kit["settings"]


@given(spoiled_kits())
def test_one_bad_value_is_refused_at_its_place(spoiled: Spoiled) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_baremetal(spoiled.kit)
    paths = [problem.path for problem in caught.value.problems]
    assert any(path.startswith(spoiled.text) for path in paths), paths
    assert "secret" not in str(caught.value)


@given(kits_with_unknown_keys())
def test_an_unknown_key_is_refused_at_its_place_and_its_value_never_shown(spoiled: Spoiled) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_baremetal(spoiled.kit)
    assert [problem.path for problem in caught.value.problems] == [spoiled.text]
    assert "is not a known key; allowed are " in str(caught.value)
    assert "secret" not in str(caught.value)


_KEYS = ["servers", "name", "power", "subnets", "ranges", "deploy", "tags", "images", "x"]
_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=4)


def _nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4)


def told(raw: dict[str, Any]) -> list[str]:
    """The sentences that a kit is refused with, if it is."""
    try:
        parse_baremetal(raw)
    except ConfigError as error:
        return [problem.text for problem in error.problems] or ["nothing"]
    return []


@given(st.dictionaries(st.sampled_from(_KEYS), st.recursive(_SCALARS, _nested), max_size=5))
def test_whatever_is_written_is_taken_or_refused_with_sentences(raw: dict[str, Any]) -> None:
    assert all(text.startswith("baremetal:") for text in told(raw))


@given(kits())
def test_the_plan_has_every_server_once_and_deploys_exactly_what_is_listed(kit: dict[str, Any]) -> None:
    settings = parse_baremetal(kit)
    rack = plan_rack(settings, load_texts(settings))
    assert [server.name for server in rack.servers] == [server["name"] for server in kit["servers"]]
    assert {server.name for server in rack.servers if server.deploy} == kit["deploy"].keys()
    for tag in kit["tags"]:
        members = {server.name for server in rack.servers if tag["name"] in server.tags}
        wanted = {server.name for server in rack.servers} if tag["servers"] == "all" else set(tag["servers"])
        assert members == wanted


@given(kits())
def test_resource_names_are_unique_and_settings_are_split_without_loss(kit: dict[str, Any]) -> None:
    settings = parse_baremetal(kit)
    site = plan_site(settings, load_texts(settings))
    names = [name for subnet in site.subnets for name, _ in range_names("maas", subnet)]
    names += [subnet_name("maas", subnet.cidr) for subnet in site.subnets]
    assert len(set(names)) == len(names)
    before, after = split_settings(site.settings)
    assert before | after == dict(site.settings)
    assert not before.keys() & after.keys()
