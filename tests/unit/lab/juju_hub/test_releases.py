"""Every release of a charm has its own files: what the data files say of them, and what an application then has."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
import yaml

from components.openstack_charms import INTEGRATIONS, PROFILES
from components.openstack_plan import Wishes, plan
from lab.juju.errors import JujuError
from lab.juju.hub import catalogue as hub
from lab.juju.hub.catalogue import Charm, catalogue, of_release, of_row, plain, resolve, revisions
from lab.juju.hub.differences import WITHOUT
from lab.juju.hub.document import section, texts
from lab.juju.hub.render import archive
from lab.juju.life.charms import typed
from lab.juju.models import Charm as Row
from lab.juju.models import Json
from tests.support.juju_worlds import OPENSTACK, RELATIONS
from tests.unit.lab.juju_facades.desk import Desk

RELEASES = [
    (name, channel, release.revision)
    for name, charm in catalogue().items()
    for channel, release in charm.releases.items()
]
GROUPS = {"options", "actions", "provides", "requires", "peers", "storage", "resources", "extra-bindings", WITHOUT}
DATA: Mapping[str, Mapping[str, object]] = {
    path.stem: section(cast("object", yaml.safe_load(path.read_text())))
    for path in sorted((Path(hub.__file__).parent / "charms").glob("*.yaml"))
}
DIFFERENCES = [(name, where) for name, said in DATA.items() for where in section(said.get("differences"))]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def held(name: str, channel: str) -> Charm:
    return resolve(name, channel).charm


@pytest.mark.parametrize(("name", "channel", "revision"), RELEASES)
def test_a_release_s_files_are_those_that_are_downloaded(name: str, channel: str, revision: int) -> None:
    found = resolve(name, channel)
    charm = revisions(name)[revision]
    assert (found.revision, found.charm, resolve(found.url).charm) == (revision, charm, charm)
    assert of_row(Row("m", found.url, name, revision, channel)) is charm
    back, _ = hub.parse_archive(archive(name, revision))
    assert (back.endpoints, back.options, back.actions) == (charm.endpoints, charm.options, charm.actions)
    assert (back.storage, back.resources, back.bases) == (charm.storage, charm.resources, charm.bases)
    assert charm.bases == charm.releases[channel].bases


def test_a_revision_that_charmhub_no_longer_has_is_read_as_the_default_one() -> None:
    assert of_row(Row("m", "ch:amd64/jammy/vault-1", "vault", 1)) is catalogue()["vault"]


@pytest.mark.parametrize(("name", "where"), DIFFERENCES)
def test_a_difference_says_something_of_a_release_that_there_is(name: str, where: str) -> None:
    said = DATA[name]
    told = section(section(said["differences"])[where])
    places = {place for channel in section(said["releases"]) for place in (channel, channel.rpartition("/")[0])}
    assert where in places
    assert where not in {said["default-channel"], str(said["default-channel"]).rpartition("/")[0]}
    assert told
    assert set(told) <= GROUPS
    assert not list(idle(plain(said), plain(told)))


def idle(document: Mapping[str, object], told: Mapping[str, object]) -> "list[str]":
    """Name what a difference says for nothing: what is so already, or is not there to go."""
    gone = section(told.get(WITHOUT))
    found = [f"{group}.{each}" for group in gone for each in texts(gone[group]) if each not in section(document[group])]
    for group in set(told) - {WITHOUT}:
        before = section(document.get(group))
        found += [name for name, value in section(told[group]).items() if before.get(name, ...) == value]
        found += [name for name in section(told[group]) if name in texts(gone.get(group))]
    return found


def test_what_a_channel_differs_in_wins_over_its_track() -> None:
    said = {
        "provides": {"a": "x"},
        "differences": {"8.0": {"provides": {"b": "x"}}, "8.0/edge": {"provides": {"c": "x"}}},
    }
    assert [set(section(of_release(said, each)["provides"])) for each in ("8.0/stable", "8.0/edge", "9/stable")] == [
        {"a", "b"},
        {"a", "c"},
        {"a"},
    ]


@pytest.mark.parametrize(
    ("name", "channel", "there", "gone"),
    [
        ("openstack-dashboard", "yoga/stable", {"openstack-origin"}, {"mfa-totp-enabled", "extra-regions"}),
        ("keystone", "2024.1/stable", {"enable-cache", "healthcheck-timeout"}, set[str]()),
        ("ceph-osd", "quincy/stable", {"bluestore"}, set[str]()),
        ("ovn-chassis", "22.03/stable", {"ovn-bridge-mappings"}, {"ovs-exporter-channel"}),
        ("rabbitmq-server", "3.8/stable", {"known-wait"}, {"consumer-timeout"}),
    ],
)
def test_options_of_a_release(name: str, channel: str, there: set[str], gone: set[str]) -> None:
    options = set(held(name, channel).options)
    assert there <= options
    assert not gone & options
    assert gone <= set(catalogue()[name].options)


def test_defaults_endpoints_and_parameters_of_a_release() -> None:
    origins = {track: held("glance", f"{track}/stable").options for track in ("yoga", "2023.2", "2024.1")}
    assert [each["openstack-origin"].default for each in origins.values()] == ["yoga", "bobcat", "caracal"]
    assert "s3" in held("ceph-radosgw", "reef").endpoints
    assert "s3" not in held("ceph-radosgw", "quincy").endpoints
    assert "use-crimson" in held("ceph-osd", "reef").actions["add-disk"].params
    assert "use-crimson" not in held("ceph-osd", "quincy").actions["add-disk"].params
    assert held("ceph-osd", "quincy").actions["zap-disk"] == held("ceph-osd", "reef").actions["zap-disk"]


@pytest.mark.parametrize("profile", PROFILES)
def test_what_a_profile_deploys_fits_its_releases(profile: str) -> None:
    planned = plan(Wishes(nodes=("a", "b", "c", "d"), profile=profile, osd_storage="maas,1,100G")).applications
    charms = {app.name: resolve(app.charm, app.channel, None, app.base.partition("@")[2]).charm for app in planned}
    for app in planned:
        assert set(typed(charms[app.name], app.config)) == set(app.config)
        assert set(app.storage) <= set(charms[app.name].storage)
        assert charms[app.name].subordinate == (app.spots is None)
    for needer, giver in INTEGRATIONS:
        ends = [charms[text.partition(":")[0]].endpoints[text.partition(":")[2]] for text in (needer, giver)]
        assert {each.role for each in ends} == {"provider", "requirer"}
        assert ends[0].interface == ends[1].interface


@pytest.mark.parametrize("at", [1, 2], ids=["2023.2", "yoga"])
def test_the_guide_s_relations_fit_its_releases(at: int) -> None:
    charms = {name: held(row[0], str(row[at])) for name, row in OPENSTACK.items()}
    for pair in RELATIONS:
        ends = [charms[text.partition(":")[0]].endpoints[text.partition(":")[2]] for text in pair]
        assert ends[0].interface == ends[1].interface


def deploy(desk: Desk, charm: str, channel: str, **config: str) -> None:
    """Deploy as a client does: the charm is made known, then deployed from its URL."""
    options = {name.replace("_", "-"): value for name, value in config.items()}
    asked = {"application": charm, "charm-url": known(desk, charm, channel), "num-units": 1, "config": options}
    origin = {"source": "charm-hub", "track": channel.partition("/")[0], "risk": "stable"}
    desk.one("Application.Deploy", {"applications": [{**asked, "charm-origin": origin}]})


def known(desk: Desk, charm: str, channel: str) -> str:
    """Let the model know what a channel holds; its URL."""
    url = resolve(charm, channel).url
    track, _, risk = channel.partition("/")
    origin = {"source": "charm-hub", "track": track, "risk": risk, "base": {"name": "ubuntu", "channel": "22.04"}}
    desk.call("Charms.AddCharm", {"url": url, "charm-origin": origin})
    return url


def refresh(desk: Desk, charm: str, channel: str, **more: object) -> Json:
    track, _, risk = channel.partition("/")
    asked = {"application": charm, "charm-url": known(desk, charm, channel)}
    return desk.call(
        "Application.SetCharm",
        {**asked, "charm-origin": {"source": "charm-hub", "track": track, "risk": risk}, **more},
    )


def config(desk: Desk, application: str) -> Mapping[str, object]:
    return section(desk.call("Application.Get", {"application": application})["config"])


def actions(desk: Desk, application: str) -> set[str]:
    told = desk.one("Action.ApplicationsCharmsActions", {"entities": [{"tag": f"application-{application}"}]})
    return set(section(told["actions"]))


def test_an_option_of_one_channel_is_refused_in_the_other(desk: Desk) -> None:
    deploy(desk, "ceph-osd", "quincy/stable", bluestore="false")
    change = {"Args": [{"application": "ceph-osd", "config": {"bluestore": "true"}}]}
    assert desk.one("Application.SetConfigs", change) == {}
    desk.refused(
        "Application.SetConfigs",
        {"Args": [{"application": "ceph-osd", "config": {"mfa-totp-enabled": "true"}}]},
        words='parsing settings for application: unknown option "mfa-totp-enabled"',
    )
    other = Desk()
    deploy(other, "ceph-osd", "reef/stable")
    other.refused(
        "Application.SetConfigs", change, words='parsing settings for application: unknown option "bluestore"'
    )


def test_a_deployment_with_an_option_of_another_channel_is_refused(desk: Desk) -> None:
    asked = {
        "CharmName": "openstack-dashboard",
        "channel": "yoga/stable",
        "ConfigYAML": "openstack-dashboard: {mfa-totp-enabled: true}",
    }
    told = desk.call("Application.DeployFromRepository", {"Args": [asked]})
    (result,) = cast("list[Json]", told["Results"])
    assert 'unknown option "mfa-totp-enabled"' in str(result["Errors"])
    again = {**asked, "channel": "2023.2/stable"}
    (result,) = cast("list[Json]", desk.call("Application.DeployFromRepository", {"Args": [again]})["Results"])
    assert result["Errors"] == []


def test_a_refresh_to_another_channel_gives_its_options_and_actions(desk: Desk) -> None:
    deploy(desk, "ceph-osd", "quincy/stable", bluestore="false", osd_devices="/dev/sdb")
    before = config(desk, "ceph-osd")
    assert section(before["bluestore"])["value"] is False
    assert section(before["source"])["value"] == "yoga"
    refresh(desk, "ceph-osd", "reef/stable")
    after = config(desk, "ceph-osd")
    assert "bluestore" not in after
    assert section(after["source"])["value"] == "bobcat", "a default is the release's"
    assert section(after["osd-devices"])["value"] == "/dev/sdb", "what was set stays set"
    refresh(desk, "ceph-osd", "quincy/stable")
    assert section(config(desk, "ceph-osd")["bluestore"])["source"] == "default", "what was gone comes back unset"


def test_a_refresh_cannot_set_what_the_new_release_has_not(desk: Desk) -> None:
    deploy(desk, "ceph-osd", "quincy/stable")
    with pytest.raises(JujuError, match='unknown option "bluestore"'):
        refresh(desk, "ceph-osd", "reef/stable", **{"config-settings": {"bluestore": "true"}})


def test_actions_are_those_of_the_application_s_revision(desk: Desk) -> None:
    deploy(desk, "vault", "1.7/stable")
    assert "raft-state" not in actions(desk, "vault")
    asked = {"actions": [{"receiver": "unit-vault-0", "name": "raft-state"}]}
    desk.refused("Action.EnqueueOperation", asked, words='action "raft-state" not defined', code="not found")
    refresh(desk, "vault", "1.8/stable")
    assert "raft-state" in actions(desk, "vault")
    assert desk.one("Action.EnqueueOperation", asked)["status"] == "pending"


def test_relations_are_those_of_the_application_s_revision(desk: Desk) -> None:
    deploy(desk, "ceph-radosgw", "quincy/stable")
    desk.deploy("mysql")
    ends = {"endpoints": ["ceph-radosgw:s3", "mysql:s3-parameters"]}
    with pytest.raises(JujuError, match='application "ceph-radosgw" has no "s3" relation'):
        desk.call("Application.AddRelation", ends)
    refresh(desk, "ceph-radosgw", "reef/stable")
    assert set(section(desk.call("Application.AddRelation", ends)["endpoints"])) == {"ceph-radosgw", "mysql"}
    with pytest.raises(JujuError, match="would break relation"):
        refresh(desk, "ceph-radosgw", "quincy/stable")


def test_charm_info_tells_of_the_revision(desk: Desk) -> None:
    for channel, count in (("yoga/stable", 0), ("2023.2/stable", 1)):
        told = desk.call("Charms.CharmInfo", {"url": known(desk, "neutron-api-plugin-ovn", channel)})
        assert list(section(told["config"])).count("ovn-source") == count


def test_what_is_resolved_runs_on_the_bases_of_its_release(desk: Desk) -> None:
    origin = {"source": "charm-hub", "track": "yoga", "risk": "stable"}
    told = desk.call("Charms.ResolveCharms", {"resolve": [{"reference": "keystone", "charm-origin": origin}]})
    (result,) = cast("list[Json]", told["Results"])
    assert [section(each)["channel"] for each in cast("list[object]", result["supported-bases"])] == [
        "22.04/stable",  # the one that is resolved
        "20.04/stable",
    ]
