"""Small pure parts by example: storage directives, channels, bases, charms' resources."""

import re

import pytest

from providers.juju.crud import resources_of_charms
from providers.juju.crud.actions import ActionProvider
from providers.juju.crud.application_steps import Work
from providers.juju.crud.applications import ApplicationProvider, clean_base
from providers.juju.crud.charms import channel, channel_of, same_channel
from providers.juju.crud.integrations import same_ends
from providers.juju.plan import storage


@pytest.mark.parametrize(
    ("given", "text", "wire"),
    [
        ("maas,3,10G", "maas,3,10240M", {"pool": "maas", "count": 3, "size": 10240}),
        ("10G", "1,10240M", {"count": 1, "size": 10240}),
        ("1.5GiB,loop", "loop,1,1536M", {"pool": "loop", "count": 1, "size": 1536}),
        ({"pool": "ebs", "count": 2.0}, "ebs,2", {"pool": "ebs", "count": 2}),
        ({"size": "1T"}, "1,1048576M", {"count": 1, "size": 1048576}),
    ],
)
def test_storage(given: object, text: str, wire: object) -> None:
    assert storage.clean({"data": given}) == {"data": text}
    assert storage.clean({"data": text}) == {"data": text}
    assert storage.wire({"data": text}) == {"data": wire}


@pytest.mark.parametrize("given", [{"data": ""}, {"data": "a b"}, {"data": 3}, "10G", {"data": "0"}])
def test_what_is_no_storage(given: object) -> None:
    with pytest.raises(ValueError, match=r"must be pool, count and size|must be an object"):
        storage.clean(given)


@pytest.mark.parametrize(
    ("given", "full"),
    [
        ("stable", "latest/stable"),
        ("2023.2", "2023.2/stable"),
        ("reef/edge/fix", "reef/edge/fix"),
        ("edge/fix", "latest/edge/fix"),
        ("", ""),
    ],
)
def test_channels(given: str, full: str) -> None:
    assert channel(given) == full
    assert same_channel(given, full)
    assert not same_channel(given, "other/beta")


def test_bases() -> None:
    assert {clean_base(text) for text in ("22.04", "ubuntu@22.04", "ubuntu@22.04/stable")} == {"ubuntu@22.04"}
    for text in ("jammy", "22", "ubuntu", "@22.04", ""):
        with pytest.raises(ValueError, match=r"must be a base such as ubuntu@22\.04|is empty"):
            clean_base(text)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (["a:x", "b:y"], ["b:y", "a:x"], True),
        (["a:x", "b:y"], ["a", "b"], True),
        (["a:x", "b:y"], ["b", "a:x"], True),
        (["a:x", "b:y"], ["a:z", "b:y"], False),
        (["a:x", "b:y"], ["a:x", "c:y"], False),
        (None, ["a", "b"], False),
    ],
)
def test_ends_that_mean_the_same(old: object, new: object, same: bool) -> None:
    assert same_ends(old, new) is same


def test_resources_of_charms() -> None:
    assert resources_of_charms.clean({"a": 3.0, "b": "4", "c": "file.zip", "d": None}) == {
        "a": 3,
        "b": 4,
        "c": "file.zip",
    }
    for value in ({"a": -1}, {"a": ""}, {"a": True}, ["a"]):
        with pytest.raises(ValueError, match=re.escape("must be")):
            resources_of_charms.clean(value)


def test_a_channel_keeps_its_branch() -> None:
    assert channel_of({"track": "latest", "risk": "edge", "branch": "fix-1"}) == "latest/edge/fix-1"
    assert channel_of({"risk": "edge"}) == "latest/edge"
    assert channel_of({}) == ""


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("rules.zip", 'form-data; filename="rules.zip"'),
        ('a"b\\c.zip', 'form-data; filename="a\\"b\\\\c.zip"'),
        ("donn\u00e9es.zip", 'form-data; filename="=?utf-8?b?ZG9ubsOpZXMuemlw?="'),
        ("a\nb", 'form-data; filename="=?utf-8?b?YQpi?="'),
    ],
)
def test_a_file_of_any_name_can_be_sent(name: str, header: str) -> None:
    assert resources_of_charms.disposition(name) == header


@pytest.mark.parametrize("value", ["Sesame!0pen", ["Sesame!0pen"], {"key": ["Sesame!0pen"]}])
def test_a_secret_of_the_wrong_shape_is_not_quoted(value: object) -> None:
    inputs = {"model": "0" * 8 + "-0000-4000-8000-" + "0" * 12, "name": "x", "charm": "x", "secret_config": value}
    [failure] = ApplicationProvider().check({}, inputs).failures
    assert failure.property == "secret_config"
    assert "Sesame" not in failure.reason


def test_an_action_runs_again_when_parameters_are_taken_out() -> None:
    provider, where = ActionProvider(), {"model": "m", "unit": "a/0", "name": "x"}
    state: dict[str, object] = {
        **where,
        "params": {"a": 1},
        "triggers": {"t": 1},
        "managed_inputs": ["params", "triggers"],
    }
    news = provider.check({}, {"model": "0" * 8 + "-0000-4000-8000-" + "0" * 12, "unit": "a/0", "name": "x"}).inputs
    found = provider.diff("id", state, {**news, **where})
    assert found.replaces == ["params", "triggers"]
    assert not provider.diff("id", {**where, "secret_output": False, "minutes": 30}, {**news, **where}).changes


def test_the_work_on_an_application_shows_no_secret() -> None:
    assert Work.__repr__ is object.__repr__
