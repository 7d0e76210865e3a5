"""The small parts: paths, targets, deletions, goals, versions, the wire's wrappers, a provider's words, the ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct

from engine.deploy.errors import DeploymentError, split_traceback
from engine.deploy.goals import Place, default_provider_goal, goal_of, package_of_type, parse_duration
from engine.deploy.provider import inherit_secrets
from engine.deploy.versions import in_range
from engine.deploy.wire import Accepts, WireError, decode, encode
from engine.host.protos import resource_pb2
from engine.model.journal import Begin, Drop, End, Entry, Keep, Put, Settle, fold
from engine.model.snapshot import Snapshot, integrity_errors
from engine.model.state import CustomTimeouts, Op, Operation, ResourceState
from engine.model.values import (
    ARCHIVE_SIG,
    ASSET_SIG,
    OUTPUT_SIG,
    REFERENCE_SIG,
    SECRET_SIG,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_STRING,
    Archive,
    Asset,
    Output,
    Properties,
    ResourceReference,
    Secret,
    Value,
)
from engine.plan.deletes import plan_deletes, plan_refreshes
from engine.plan.diffing import matching_keys
from engine.plan.paths import contains, format_path, parse_key, parse_path, reset_paths
from engine.plan.steps import Keyed
from engine.plan.targets import Targets
from tests.unit.engine.core.planning import PROVIDER, state, urn

# -- property paths ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        ('a["x.y"]["q\\"r"]', ("a", "x.y", 'q"r')),
        ("a[*].b", ("a", "*", "b")),
        ("*", ("*",)),
        ('["a-b"]', ("a-b",)),
    ],
)
def test_paths(text: str, path: tuple[str | int, ...]):
    assert parse_path(text) == path
    assert parse_path(format_path(path)) == path


@pytest.mark.parametrize("text", ["", "a[", "a]", "a[b]", 'a["b', "a..b"])
def test_no_paths(text: str):
    with pytest.raises(ValueError, match="is not a property path"):
        parse_path(text)
    assert parse_key(text) == (text,)


@pytest.mark.parametrize(
    ("pattern", "path", "inside"),
    [
        ("a", "a", True),
        ("a", "a.b", True),
        ("a.b", "a", False),
        ("a[*].c", "a[3].c", True),
        ("*", "x", True),
        ("a", "b", False),
    ],
)
def test_contains(pattern: str, path: str, inside: bool):
    assert contains(parse_path(pattern), parse_path(path)) is inside


@pytest.mark.parametrize(
    ("new", "old", "pattern", "kept"),
    [
        ({"a": 2}, {"a": 1}, "a", {"a": 1}),
        ({"a": 2}, {}, "a", {}),
        ({}, {"a": 1}, "a", {"a": 1}),
        ({"a": {"b": 2, "c": 2}}, {"a": {"b": 1}}, "a.b", {"a": {"b": 1, "c": 2}}),
        ({"a": {"b": 2}}, {}, "a.b", {"a": {"b": 2}}),
        ({}, {"a": {"b": 1}}, "a.b", {}),
        ({"a": [1, 2]}, {"a": [3, 4]}, "a[1]", {"a": [1, 4]}),
        ({"a": [1, 2, 3]}, {"a": [3]}, "a[*]", {"a": [3, 2, 3]}),
        ({"a": {"x": {"t": 2}, "*": {"t": 2}}}, {"a": {"x": {"t": 1}, "*": {"t": 1}}}, "a[*].t",
         {"a": {"x": {"t": 1}, "*": {"t": 1}}}),
        ({"a": 2, "b": 2}, {"b": 1, "c": 1}, "*", {"b": 1, "c": 1}),
        ({"a": "text"}, {"a": {"b": 1}}, "a.b", {"a": "text"}),
    ],
)  # fmt: skip
def test_reset(new: Properties, old: Properties, pattern: str, kept: Properties):
    assert reset_paths(new, old, (pattern,)) == kept


def test_matching_keys_see_through_paths():
    from engine.plan.diffing import diff_properties

    diffs = diff_properties({"a": {"b": 1}, "c": 1}, {"a": {"b": 2}, "c": 2})
    assert matching_keys(diffs, ("a",)) == ("a",)
    assert matching_keys(diffs, ("a.b",)) == ("a",)
    assert matching_keys(diffs, ("a.b.deeper",)) == ("a",)
    assert matching_keys(diffs, ("*",)) == ("a", "c")
    assert matching_keys(diffs, ("x",)) == ()


# -- targets ----------------------------------------------------------------------------------------------------------

URN = "urn:pulumi:dev::shop::x:y:Group$test:index:Thing::web-1"


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (URN, True),
        ("**web-1", True),
        ("**::web-*", True),
        ("**", True),
        ("urn:pulumi:dev::shop::x:y:Group$test:index:Thing::*", True),
        ("urn:pulumi:dev::shop::*::web-1", False),
        ("urn:pulumi:*::shop::**::web-1", True),
        ("web-1", False),
        ("**web-", False),
        ("urn.pulumi**", False),
    ],
)
def test_targets(pattern: str, matches: bool):
    targets = Targets((pattern,))
    assert targets.given
    assert targets.match(URN) is matches
    assert targets.unmatched([URN]) == ([] if matches else [pattern])


def test_no_targets_and_extra_ones():
    assert not Targets().given
    assert Targets(("x",), frozenset({URN})).match(URN)


# -- deletions --------------------------------------------------------------------------------------------------------


def keyed(*states: ResourceState) -> list[Keyed]:
    return [Keyed(f"b{place}", one) for place, one in enumerate(states)]


def test_deletion_goes_backwards_and_waits_for_those_in_need():
    a, b, c = state("a"), state("b", dependencies=(urn("a"),)), state("c", parent=urn("a"), deleted_with=urn("b"))
    deletion = plan_deletes(keyed(a, b, c), Targets())
    assert [step.urn[-1] for step in deletion.steps] == ["c", "b", "a"]
    assert deletion.after == {"b0": ("b1", "b2"), "b1": ("b2",)}
    assert [step.skipped for step in deletion.steps] == [True, False, False]
    assert deletion.errors == ()


def test_generations_that_need_each_other_crosswise_wait_in_one_direction():
    new_b, new_a = state("b"), state("a", dependencies=(urn("b"),))
    old_a, old_b = state("a", delete=True), state("b", delete=True, dependencies=(urn("a"),))
    deletion = plan_deletes(keyed(new_b, new_a, old_a, old_b), Targets())
    assert deletion.after == {"b0": ("b1",), "b1": ("b3",), "b2": ("b3",)}


@pytest.mark.parametrize(
    ("one", "op"),
    [
        (state(), Op.DELETE),
        (state(delete=True), Op.DELETE_REPLACED),
        (state(external=True), Op.DISCARD),
        (state(external=True, delete=True), Op.DISCARD_REPLACED),
        (state(pending_replacement=True), Op.REMOVE_PENDING_REPLACE),
    ],
)
def test_the_kind_of_deletion(one: ResourceState, op: Op):
    assert plan_deletes(keyed(one), Targets()).steps[0].op is op


@pytest.mark.parametrize(
    ("one", "refused"),
    [
        (state(protect=True), True),
        (state(protect=True, delete=True), False),
        (state(protect=True, pending_replacement=True), False),
    ],
)
def test_protection(one: ResourceState, refused: bool):
    assert bool(plan_deletes(keyed(one), Targets()).errors) is refused


def test_a_target_leaves_nobody_hanging_but_minds_no_replaced_generation():
    a, b = state("a"), state("b", dependencies=(urn("a"),))
    assert plan_deletes(keyed(a, b), Targets((urn("a"),))).errors
    assert not plan_deletes(keyed(replace(a, delete=True), b), Targets((urn("a"),))).errors
    assert not plan_deletes(keyed(a, b), Targets((urn("b"),))).errors


def test_only_what_a_provider_knows_is_refreshed():
    kinds = (
        state("a"),
        state("b", delete=True),
        state("c", pending_replacement=True),
        state("d", custom=False),
        replace(state("e"), type="pulumi:providers:test"),
        state("f", external=True),
    )
    assert [step.urn[-1] for step in plan_refreshes(keyed(*kinds), Targets())] == ["a", "f"]


# -- goals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 0), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("1.5h", 5400), ("250ms", 0.25)]
)
def test_durations(text: str, seconds: float):
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["5", "five minutes", "5m!", "-5m", "5 m"])
def test_no_durations(text: str):
    with pytest.raises(DeploymentError, match="is not a duration"):
        parse_duration(text)


def test_urns_follow_the_parents_but_not_the_stack():
    place = Place("dev", "shop")
    stack = place.urn("", "pulumi:pulumi:Stack", "shop-dev")
    group = place.urn(stack, "x:y:Group", "g")
    assert group == "urn:pulumi:dev::shop::x:y:Group::g"
    assert place.urn(group, "test:index:Thing", "a::b") == "urn:pulumi:dev::shop::x:y:Group$test:index:Thing::a::b"


@pytest.mark.parametrize("type_", ["", "thing", ":index:Thing"])
def test_types_without_a_package(type_: str):
    with pytest.raises(DeploymentError, match="is not a resource type"):
        package_of_type(type_)


def test_a_goal_from_a_request():
    request = resource_pb2.RegisterResourceRequest(
        type="test:index:Thing", name="a", custom=True, deleteBeforeReplaceDefined=True, importId="x", protect=True
    )
    request.object.update({"n": 1})
    request.dependencies.extend(["u1", "u1", "u2"])
    request.aliasURNs.extend([urn("a"), urn("b"), urn("b")])
    request.customTimeouts.create = "5m"
    request.propertyDependencies["n"].urns.append("u1")
    found = goal_of(request, Place("dev", "shop"), PROVIDER, "project:///x.py#1")
    assert found.urn == urn("a")
    assert found.dependencies == ("u1", "u2")
    assert found.aliases == (urn("b"),)
    assert found.custom_timeouts == CustomTimeouts(create=300)
    assert found.delete_before_replace is False
    assert found.property_dependencies == {"n": ("u1",)}
    assert found.properties == {"n": 1}
    request.ignoreChanges.append("n[")
    with pytest.raises(DeploymentError, match="ignoreChanges"):
        goal_of(request, Place("dev", "shop"), PROVIDER, "")


def test_default_providers():
    plain = default_provider_goal(Place("dev", "shop"), "test", "", {"region": "east"})
    assert (plain.name, plain.properties) == ("default", {"region": "east"})
    versioned = default_provider_goal(Place("dev", "shop"), "test", "1.2.3", {})
    assert (versioned.name, versioned.properties) == ("default_1_2_3", {"version": "1.2.3", "__internal": {}})


# -- versions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "inside"),
    [
        (">=3.0.0", True),
        (">=3.0.0 <3.5.0", False),
        ("3.260.0", True),
        (">= v3.1.0 !3.260.0", False),
        ("<1.0.0 || >3.0.0", True),
        ("!=3.260.0", False),
        ("==3.260.0", True),
    ],
)
def test_version_ranges(wanted: str, inside: bool):
    assert in_range("3.260.0-dev", wanted) is inside


@pytest.mark.parametrize("wanted", ["", "latest", ">=3", ">=3.0.0 and"])
def test_no_version_ranges(wanted: str):
    with pytest.raises(DeploymentError, match="is not a version range"):
        in_range("3.260.0", wanted)


# -- the wire ---------------------------------------------------------------------------------------------------------

ALL = Accepts(secrets=True, resources=True, outputs=True)
REFERENCE = ResourceReference("urn:x", "i-1", "1.0.0")


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (Secret(1), {SIGNATURE: SECRET_SIG, "value": 1}),
        (UNKNOWN, UNKNOWN_STRING),
        (Asset("h", text="t"), {SIGNATURE: ASSET_SIG, "hash": "h", "text": "t"}),
        (
            Archive("h", (("a", Asset("", path="p")),)),
            {SIGNATURE: ARCHIVE_SIG, "hash": "h", "assets": {"a": {SIGNATURE: ASSET_SIG, "hash": "", "path": "p"}}},
        ),
        (REFERENCE, {SIGNATURE: REFERENCE_SIG, "urn": "urn:x", "id": "i-1", "packageVersion": "1.0.0"}),
        (ResourceReference("urn:x"), {SIGNATURE: REFERENCE_SIG, "urn": "urn:x"}),
        (
            Output(1, secret=True, dependencies=("u",)),
            {SIGNATURE: OUTPUT_SIG, "value": 1, "secret": True, "dependencies": ["u"]},
        ),
        (Output(UNKNOWN, known=False), {SIGNATURE: OUTPUT_SIG}),
        ([None, True, 1.5, "x"], [None, True, 1.5, "x"]),
    ],
)
def test_wrappers(value: Value, wire: object):
    struct = ParseDict({"v": wire}, Struct())
    assert encode({"v": value}, ALL) == struct
    assert decode(struct) == {"v": value}


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (Secret([Secret(1)]), [1]),
        (REFERENCE, "i-1"),
        (ResourceReference("urn:x"), "urn:x"),
        (Output(1, secret=True), 1),
        (Output(1, known=False), UNKNOWN),
    ],
)
def test_a_simple_receiver_sees_simple_values(value: Value, seen: Value):
    assert decode(encode({"v": value}, Accepts())) == {"v": seen}


def test_unknowns_can_be_left_out():
    assert decode(encode({"v": UNKNOWN, "n": 1}, Accepts(unknowns=False))) == {"n": 1}


@pytest.mark.parametrize(
    "wire",
    [
        {SIGNATURE: "what"},
        {SIGNATURE: SECRET_SIG},
        {SIGNATURE: REFERENCE_SIG},
        {SIGNATURE: ARCHIVE_SIG, "assets": {"a": 1}},
    ],
)
def test_malformed_wrappers_name_the_place(wire: dict[str, object]):
    struct = ParseDict({"list": [{"v": wire}]}, Struct())
    with pytest.raises(WireError, match=r"list\[0\]\.v"):
        decode(struct)


# -- a provider's words -----------------------------------------------------------------------------------------------

TRACEBACK = """Traceback (most recent call last):
  File "x.py", line 1, in create
    raise ValueError("a: b")
        ^^^^^^^^
shop.errors.OutOfStock: no more: a
second line
"""


@pytest.mark.parametrize(
    ("text", "message", "detail"),
    [
        (" it is: broken ", "it is: broken", ""),
        (TRACEBACK, "no more: a\nsecond line", TRACEBACK),
    ],
)
def test_tracebacks(text: str, message: str, detail: str):
    assert split_traceback(text) == (message, detail)


@pytest.mark.parametrize(
    ("output", "given", "result"),
    [
        ({"k": 1}, {"k": Secret(1)}, {"k": Secret(1)}),
        ({"k": Secret(1)}, {"k": Secret(1)}, {"k": Secret(1)}),
        ({"k": {"a": 1, "b": 2}}, {"k": {"a": Secret(9)}}, {"k": {"a": Secret(1), "b": 2}}),
        ({"k": [1, 2]}, {"k": [Secret(1), 2]}, {"k": [Secret(1), 2]}),
        ({"k": UNKNOWN}, {"k": Secret(1)}, {"k": Secret(UNKNOWN)}),
        ({"other": 1}, {"k": Secret(1)}, {"other": 1}),
    ],
)
def test_secrets_are_inherited(output: Properties, given: Properties, result: Properties):
    assert inherit_secrets(output, given) == result


def test_a_list_that_changed_its_length_is_secret_as_a_whole():
    assert inherit_secrets({"k": [1, 2, 3]}, {"k": [Secret(1), 2]}) == {"k": Secret([1, 2, 3])}


# -- the ledger -------------------------------------------------------------------------------------------------------

A, B = state("a"), state("b", dependencies=(urn("a"),))
PENDING = Operation(state("p"), "creating")


@pytest.mark.parametrize(
    ("entries", "resources", "pending"),
    [
        ([], (A, B), 1),
        ([Keep("b1")], (A, B), 1),
        ([Keep("b0"), Put("n0", A, ("b0",))], (A, B), 1),
        ([Put("n0", replace(A, id="2"), ("b0",))], (replace(A, id="2"), B), 1),
        ([Put("n0", replace(A, id="2"), retires=("b0",))], (replace(A, id="2"), replace(A, delete=True), B), 1),
        ([Put("b0", replace(A, id="2"))], (replace(A, id="2"), B), 1),
        ([Drop("b1")], (A,), 1),
        ([Begin(1, Operation(A, "updating"))], (A, B), 2),
        ([Begin(1, Operation(A, "updating")), End(1)], (A, B), 1),
        ([Begin(1, Operation(A, "updating")), Put("n0", A, ("b0",), ends=1)], (A, B), 1),
        ([Begin(1, Operation(B, "deleting")), Drop("b1", 1)], (A,), 1),
        ([Settle(urn("p"), "creating")], (A, B), 0),
        ([Settle(urn("p"), "updating")], (A, B), 1),
    ],
)
def test_folding(entries: list[Entry], resources: tuple[ResourceState, ...], pending: int):
    found = fold(Snapshot((A, B), (PENDING,)), entries)
    assert found.resources == resources
    assert len(found.pending) == pending


def test_references_follow_a_new_name_unless_the_old_name_is_someone_elses():
    renamed, again = replace(A, urn=urn("z")), replace(A, id="other")
    found = fold(Snapshot((A, B)), [Put("n0", renamed, ("b0",))])
    assert found.resources == (renamed, replace(B, dependencies=(urn("z"),)))
    user = state("u", dependencies=(urn("a"),))
    found = fold(Snapshot((A, B)), [Put("n0", renamed, ("b0",)), Put("n1", again), Put("n2", user)])
    assert found.resources == (renamed, again, user, replace(B, dependencies=(urn("z"),)))
    assert integrity_errors(replace(one, provider="") for one in found.resources) == []
