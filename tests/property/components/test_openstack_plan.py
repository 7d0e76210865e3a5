"""Properties of the plan of Charmed OpenStack, whatever the nodes and wishes."""

from graphlib import TopologicalSorter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.openstack_charms import CHARMS, INTEGRATIONS, PROFILES, ROUTERS
from components.openstack_plan import (
    Durations,
    PlanError,
    Spot,
    Wishes,
    application_of,
    before_vault,
    critical_path,
    needs,
    plan,
)

DURATIONS = Durations(machine=600, container=90, install=120, hook=10, ceremony=5)


@st.composite
def wishes(draw: st.DrawFn) -> Wishes:
    nodes = [f"server{number}" for number in range(draw(st.integers(1, 12)))]
    count = st.none() | st.integers(1, len(nodes))
    return Wishes(
        nodes=nodes,
        profile=draw(st.sampled_from(sorted(PROFILES))),
        computes=draw(count),
        storages=draw(count),
        spread=draw(st.integers(1, len(nodes))),
    )


@given(wishes())
def test_every_unit_has_a_node_and_every_subordinate_none(wanted: Wishes):
    deployment = plan(wanted)
    assert [each.name for each in deployment.applications] == [charm.name for charm in CHARMS]
    for application, charm in zip(deployment.applications, CHARMS, strict=True):
        assert (application.spots is None) == (charm.where == "principal")
        for spot in application.spots or ():
            assert spot.node in wanted.nodes
            assert spot.container == (charm.where == "container")
    assert len(deployment.named("nova-compute").spots or ()) == (wanted.computes or len(wanted.nodes))
    assert len(deployment.named("ceph-osd").spots or ()) == (wanted.storages or len(wanted.nodes))


@given(wishes(), st.integers(1, 4))
def test_more_nodes_add_units_and_move_none(wanted: Wishes, more: int):
    nodes = [*wanted.nodes, *(f"spare{number}" for number in range(more))]
    grown = plan(Wishes(nodes=nodes, profile=wanted.profile, spread=wanted.spread))
    for before in plan(Wishes(nodes=wanted.nodes, profile=wanted.profile, spread=wanted.spread)).applications:
        after = grown.named(before.name)
        assert (after.spots or ())[: len(before.spots or ())] == (before.spots or ())
        assert after.config == before.config
        added = (after.spots or ())[len(before.spots or ()) :]
        assert added == tuple(Spot(name) for name in nodes[len(wanted.nodes) :] if before.name in GROWING)


GROWING = {"ceph-osd", "nova-compute"}


def test_needs_have_an_order():
    order = list(TopologicalSorter(dict(needs(INTEGRATIONS))).static_order())
    assert order.index("mysql-innodb-cluster") < order.index("vault") < order.index("keystone")
    assert order[-1] == "nova-cloud-controller" or order.index("nova-cloud-controller") > order.index("glance")


def test_before_vault_only_its_way_to_the_database():
    assert set(before_vault(INTEGRATIONS)) == {
        ("vault-mysql-router:db-router", "mysql-innodb-cluster:db-router"),
        ("vault:shared-db", "vault-mysql-router:shared-db"),
    }


def test_the_guides_numbers():
    assert len(CHARMS) == 26
    assert len(set(INTEGRATIONS)) == 55
    assert len(ROUTERS) == 8
    deployment = plan(Wishes(nodes=["node1", "node2", "node3", "node4"], computes=3, spread=4))
    placed = [spot for each in deployment.applications for spot in each.spots or ()]
    assert sum(spot.container for spot in placed) == 19
    assert len(placed) == 26
    names = {each.name for each in deployment.applications}
    assert {application_of(end) for pair in INTEGRATIONS for end in pair} == names


@given(wishes())
def test_the_critical_path_is_no_shorter_than_any_chain(wanted: Wishes):
    deployment = plan(wanted)
    path = critical_path(deployment, DURATIONS)
    assert path.seconds == sum(seconds for _, seconds in path.steps)
    chain = [DURATIONS.machine, DURATIONS.container, 2 * DURATIONS.install, DURATIONS.ceremony]
    assert path.seconds >= sum(chain)
    assert path.steps[0] == ("machine", DURATIONS.machine)
    assert f"{path.seconds:.0f}s: machine 600s" in str(path)


@pytest.mark.parametrize(
    ("wanted", "key", "words"),
    [
        (Wishes(nodes=[]), "servers", "at least one server"),
        (Wishes(nodes=["a", "a"]), "servers", "names a twice"),
        (Wishes(nodes=["a"], profile="antelope"), "profile", "must be one of 2023.2, yoga"),
        (Wishes(nodes=["a"], computes=2), "computes", "a number from 1 to 1"),
        (Wishes(nodes=["a"], spread=2), "spread", "a number from 1 to 1"),
        (Wishes(nodes=["a"], config={"keyston": {}}), "config.keyston", "is no application of OpenStack"),
        (Wishes(nodes=["a"], channels={"nova": "x/stable"}), "channels.nova", "is no application of OpenStack"),
    ],
)
def test_contradictions_name_the_wish(wanted: Wishes, key: str, words: str):
    with pytest.raises(PlanError, match=words) as refused:
        plan(wanted)
    assert refused.value.key == key
