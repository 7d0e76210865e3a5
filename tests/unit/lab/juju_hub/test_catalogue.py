"""Every charm of the lab's Charmhub: its data file, its behaviour, and how references find it."""

from typing import cast

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lab.juju.errors import JujuError
from lab.juju.hub import kinds
from lab.juju.hub.catalogue import RISKS, Charm, catalogue, local, of_row, parse, parse_archive, resolve, revisions
from lab.juju.hub.document import mebibytes
from lab.juju.hub.scene import SERVES
from lab.juju.hub.script import script_of
from lab.juju.models import Charm as Row
from tests.support.juju_worlds import OPENSTACK, RELATIONS

CHARMS = sorted(catalogue())
WANTED = {"grafana", "prometheus2", "telegraf", "wordpress", "mysql", "ubuntu", "nrpe", "hacluster", "easyrsa"}


def test_the_catalogue_holds_the_guide_s_charms_and_the_course_s() -> None:
    assert {charm for charm, *_ in OPENSTACK.values()} | WANTED <= set(CHARMS)


@pytest.mark.parametrize("name", CHARMS)
def test_a_charm_names_only_what_it_has(name: str) -> None:
    script = script_of(catalogue()[name])
    for charm in revisions(name).values():
        assert charm.name == name
        assert charm.summary
        for need in script.needs:
            assert need.endpoints
            for each in need.endpoints:
                assert charm.endpoints[each].role in {"provider", "requirer"}
        assert script.awaits | set(script.serves) <= set(charm.endpoints)
        assert script_of(charm) is script
    assert set(script.serves.values()) <= set(SERVES)
    assert script.kind in {"", "keystone", "grafana", *kinds.KINDS}
    assert script.words in {"openstack", "reactive"}
    assert all(port.endswith(("/tcp", "/udp")) or port == "icmp" for port in script.ports)


@pytest.mark.parametrize("name", CHARMS)
def test_a_charm_s_releases_are_sound(name: str) -> None:
    charm = catalogue()[name]
    assert charm.default_channel in charm.releases
    numbers = [each.revision for each in charm.releases.values()]
    assert len(set(numbers)) == len(numbers)
    for channel, release in charm.releases.items():
        assert channel.rpartition("/")[2] in RISKS
        assert release.bases
        found = resolve(name, channel)
        assert (found.revision, found.channel, found.source) == (release.revision, channel, "charm-hub")
        assert resolve(found.url).revision == found.revision


@pytest.mark.parametrize(("left", "right"), RELATIONS)
def test_every_relation_of_the_guide_has_two_ends_that_fit(left: str, right: str) -> None:
    ends = [
        catalogue()[OPENSTACK[text.partition(":")[0]][0]].endpoints[text.partition(":")[2]] for text in (left, right)
    ]
    assert ends[0].interface == ends[1].interface
    assert {each.role for each in ends} == {"provider", "requirer"}
    subordinate = [OPENSTACK[text.partition(":")[0]][4] for text in (left, right)]
    contained = any(each.scope == "container" for each in ends)
    # a subordinate sits on the application at the other end of its container relation, and on no other
    assert contained == (subordinate[0] == right.partition(":")[0] or subordinate[1] == left.partition(":")[0])


def test_the_guide_has_55_relations_of_26_applications() -> None:
    assert (len(OPENSTACK), len(RELATIONS), len(set(RELATIONS))) == (26, 55, 55)


@pytest.mark.parametrize(
    ("application", "config"),
    [
        ("ceph-osd", ["osd-devices", "source"]),
        (
            "nova-compute",
            ["config-flags", "enable-live-migration", "enable-resize", "migration-auth-type", "virt-type"],
        ),
        ("neutron-api", ["neutron-security-groups", "flat-network-providers", "enable-ml2-dns", "openstack-origin"]),
        ("neutron-api-plugin-ovn", ["dns-servers"]),
        ("ovn-chassis", ["bridge-interface-mappings", "ovn-bridge-mappings"]),
        ("nova-cloud-controller", ["network-manager", "console-access-protocol"]),
        ("ceph-mon", ["expected-osd-count", "monitor-count"]),
        ("cinder", ["block-device", "glance-api-version"]),
    ],
)
def test_the_options_of_the_guide_and_the_course_are_there(application: str, config: list[str]) -> None:
    assert set(config) <= set(catalogue()[application].options)


@pytest.mark.parametrize(
    ("reference", "channel", "base", "url"),
    [
        ("vault", "1.8/stable", "22.04", "ch:amd64/jammy/vault-236"),
        ("vault", "", "", "ch:amd64/jammy/vault-236"),
        ("vault", "stable", "", "ch:amd64/jammy/vault-236"),
        ("vault", "1.7", "20.04/stable", "ch:amd64/focal/vault-209"),
        ("vault", "1.8/edge", "", "ch:amd64/jammy/vault-236"),
        ("ch:vault", "1.6/stable", "", "ch:amd64/focal/vault-80"),
        ("ch:amd64/focal/vault-80", "", "", "ch:amd64/focal/vault-80"),
        ("prometheus2", "", "", "ch:amd64/jammy/prometheus2-38"),
    ],
)
def test_a_reference_finds_its_charm(reference: str, channel: str, base: str, url: str) -> None:
    assert resolve(reference, channel, None, base).url == url


@pytest.mark.parametrize(
    ("reference", "channel", "revision", "base", "words"),
    [
        ("nothing", "", None, "", "resolving error: No charm or bundle with name 'nothing'."),
        (
            "vault",
            "2.0/stable",
            None,
            "22.04",
            (
                'selecting releases: charm or bundle not found for channel "2.0/stable", '
                'base "amd64/ubuntu/22.04/stable"\n'
                'available releases are:\n  channel "1.8/stable": available bases are: ubuntu@22.04'
            ),
        ),
        ("vault", "1.8/wild", None, "", 'channel "1.8/wild" not valid'),
        ("vault", "", None, "24.04", 'base "ubuntu@24.04/stable" is not supported, supported bases are: ubuntu@22.04'),
        ("vault", "", 7, "", "selecting releases: no releases available"),
        ("Vault!", "", None, "", 'name "Vault!" not valid'),
    ],
)
def test_what_cannot_be_resolved_is_refused_in_juju_s_words(
    reference: str, channel: str, revision: int | None, base: str, words: str
) -> None:
    with pytest.raises(JujuError) as caught:
        resolve(reference, channel, revision, base)
    assert words in caught.value.message
    assert caught.value.code in {"not found", "bad request"}


LOCAL = """
name: grafana
summary: built here
series: [bionic]
provides: {website: http}
requires: {grafana-source: {interface: grafana-source, limit: 2}, db: {interface: mysql, optional: true}}
peers: {friends: grafana-peers}
storage: {data: {type: filesystem, multiple: {range: 0-1}, minimum-size: 2G}}
config: {options: {port: {type: int, default: 3000}, ratio: {type: float, default: 1}}}
actions: {backup: {params: {to: {type: string}}, required: [to]}}
"""


def test_a_local_charm_is_read_with_its_namesake_s_behaviour() -> None:
    charm = local(parse(cast("dict[str, object]", yaml.safe_load(LOCAL))))
    assert charm.bases == ("18.04",)
    assert charm.endpoints["grafana-source"].limit == 2
    assert charm.endpoints["db"].optional
    assert charm.endpoints["friends"].role == "peer"
    assert (charm.storage["data"].count_min, charm.storage["data"].count_max) == (0, 1)
    assert charm.storage["data"].minimum_size == 2048
    assert charm.behaviour == catalogue()["grafana"].behaviour
    assert charm.relatable["juju-info"].interface == "juju-info"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "without name"),
        ({"name": "x", "subordinate": True, "provides": {"a": "b"}}, "container scope"),
        ({"name": "x", "requires": {"a": {"scope": "container"}}}, "interface: expected string"),
        ({"name": "x", "storage": {"s": {"type": "tape"}}}, "storage.s.type"),
        ({"name": "x", "config": {"options": {"o": {"type": "list"}}}}, 'unknown type "list"'),
        ({"name": "x", "config": {"options": {"o": {"type": "int", "default": "3"}}}}, "expected int"),
        ({"name": "x", "config": {"options": {"o": {"type": "int", "default": True}}}}, "expected int"),
    ],
)
def test_a_document_that_is_no_charm_is_refused(document: dict[str, object], words: str) -> None:
    with pytest.raises(JujuError, match=words):
        parse(document)


def test_what_is_no_archive_is_refused() -> None:
    with pytest.raises(JujuError, match="cannot read charm archive"):
        parse_archive(b"no zip")


def test_a_local_row_is_parsed_once_and_again_when_its_document_changes() -> None:
    first = Row("m", "local:jammy/x-0", "x", 0, source="local", document={"name": "x", "summary": "one"})
    other = Row("m", "local:jammy/x-0", "x", 0, source="local", document={"name": "x", "summary": "two"})
    assert of_row(first) is of_row(first)
    assert [of_row(each).summary for each in (first, other, first)] == ["one", "two", "one"]


@given(st.integers(1, 9999), st.sampled_from("MGT"))
def test_sizes_are_read_in_mebibytes(number: int, unit: str) -> None:
    factor = {"M": 1, "G": 1024, "T": 1024 * 1024}[unit]
    assert mebibytes(f"{number}{unit}") == mebibytes(f"{number}{unit}iB") == number * factor


def test_a_base_of_a_charmcraft_file_is_read() -> None:
    def bases(**said: object) -> tuple[str, ...]:
        return parse({"name": "x", **said}).bases

    assert bases(bases=[{"name": "ubuntu", "channel": "22.04/stable"}, {"run-on": [{"channel": "20.04"}]}]) == (
        "22.04",
        "20.04",
    )
    assert bases(platforms={"ubuntu@22.04:amd64": None, "ubuntu@22.04:arm64": None}) == ("22.04",)
    assert bases(base="ubuntu@24.04") == ("24.04",)
    assert bases(series=["jammy", "kubernetes"]) == ("22.04",)


def test_a_charm_without_behaviour_is_ready_once_installed() -> None:
    assert script_of(Charm("anything")).active == "Unit is ready"
