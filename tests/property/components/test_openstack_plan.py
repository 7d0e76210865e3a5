"""Properties of the plan of Charmed OpenStack, whatever the nodes and wishes."""

from collections import Counter
from dataclasses import replace
from graphlib import TopologicalSorter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.openstack_charms import CHARMS, INTEGRATIONS, PROFILES, ROUTERS
from components.openstack_plan import (
    Durations,
    Plan,
    PlanError,
    Spot,
    Wishes,
    application_of,
    before_vault,
    critical_path,
    needs,
    plan,
)
from providers.juju.plan.layout import Layout, refusal, table

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
        spread=draw(count),
    )


def _grown(wanted: Wishes, more: int) -> Wishes:
    return replace(wanted, nodes=[*wanted.nodes, *(f"spare{number}" for number in range(more))])


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
    """Unless the control plane has fewer nodes than three, and nobody says over how many it is spread."""
    before, after = plan(wanted), plan(_grown(wanted, more))
    few = wanted.spread is None and len(wanted.nodes) < 3
    for application in before.applications:
        grown = after.named(application.name)
        if few and any(spot.container for spot in application.spots or ()):
            continue
        spots, more_spots = application.spots or (), grown.spots or ()
        assert more_spots[: len(spots)] == spots
        assert grown.config == application.config or few
        every = wanted.storages if application.name == "ceph-osd" else wanted.computes
        added = after.nodes[len(wanted.nodes) :] if application.name in GROWING and every is None else ()
        assert more_spots[len(spots) :] == tuple(Spot(name) for name in added)


@given(wishes(), st.integers(1, 4))
def test_another_spread_moves_containers_only_to_and_from_nodes_that_it_adds_or_leaves_out(wanted: Wishes, more: int):
    """What is on a node of both stays there; so a smaller control plane empties its last nodes and no others."""
    small, large = plan(wanted), plan(replace(_grown(wanted, more), spread=None))
    for application in small.applications:
        for one, other in zip(application.spots or (), large.named(application.name).spots or (), strict=False):
            low, high = sorted((small.spread, large.spread))
            nodes = large.nodes[low:high]
            assert one.node == other.node or {one.node, other.node} & set(nodes)


@given(wishes(), wishes())
def test_a_layout_is_refused_where_a_container_would_leave_its_node(before: Wishes, after: Wishes):
    old, new = plan(before), plan(after)
    sentence = refusal(_layout(old), _layout(new))
    leaving = {
        each.name
        for each in old.applications
        if Counter(spot for spot in each.spots or () if spot.container) - Counter(new.named(each.name).spots or ())
    }
    assert bool(sentence) == bool(leaving)
    for name in leaving:
        assert name in sentence
    if sentence:
        assert f"juju:openstack.spread must be {new.spread}" in sentence or f"or {new.spread} to move them" in sentence


def _layout(deployment: Plan) -> Layout:
    spots = {each.name: tuple(each.labels) for each in deployment.applications}
    return Layout(deployment.nodes, deployment.spread, spots, "juju:openstack.")


@given(wishes())
def test_a_table_has_every_unit_at_its_node(wanted: Wishes):
    deployment = plan(wanted)
    rows = dict(line.strip().split(": ", 1) for line in table(_layout(deployment)).splitlines()[1:])
    assert tuple(rows) == deployment.nodes
    shown = sum(_counted(row) for row in rows.values())
    assert shown == sum(len(each.spots or ()) for each in deployment.applications)


def _counted(row: str) -> int:
    parts = [part for part in row.replace("in containers ", "").replace("; ", ", ").split(", ") if part != "nothing"]
    return sum(int(part.partition(" x ")[0]) if " x " in part else 1 for part in parts)


def test_servers_that_are_exchanged_are_refused_by_their_names():
    old, new = plan(Wishes(nodes=["a", "b", "c"])), plan(Wishes(nodes=["a", "b", "d"]))
    sentence = refusal(_layout(old), _layout(new))
    assert sentence.startswith("juju:openstack.servers is a, b, d, so mysql-innodb-cluster, ")
    assert "on c and what only those hold: c must be where it was, or juju:openstack.spread must be 3" in sentence


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
