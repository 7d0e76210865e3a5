"""From one goal to its steps, row by row."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.model.events import DiffKind, PropertyDiff
from engine.model.state import Op
from engine.model.values import UNKNOWN, Secret
from engine.plan.questions import Check, Checked, CheckFailure, Diff, Diffed, Read, WasRead
from tests.unit.engine.core.planning import PROVIDER, TYPE, Surroundings, goal, state, urn


def replacing(*keys: str, first: bool = False) -> Callable[[Diff], Diffed]:
    return lambda _question: Diffed(True, keys, delete_before_replace=first)


B = frozenset({urn("b")})


@pytest.mark.parametrize(
    ("around", "wanted", "ops"),
    [
        (Surroundings(), goal(), ["create"]),
        (Surroundings((state(),)), goal(), ["same"]),
        (Surroundings((state(),)), goal(properties={"n": 2}), ["update"]),
        (Surroundings((state(inputs={"n": Secret(1)}),)), goal(), ["same"]),
        (Surroundings((state(),)), goal(properties={"n": Secret(1)}), ["same"]),
        (Surroundings((state(),), diff=lambda _: Diffed(None)), goal(), ["same"]),
        (Surroundings((state(),), diff=lambda _: Diffed(None)), goal(properties={"n": 2}), ["update"]),
        (
            Surroundings((state(inputs={"__provider": "x"}),), diff=lambda _: Diffed(None)),
            goal(properties={"__provider": "y"}),
            ["update"],
        ),
        (Surroundings((state(),), diff=lambda _: Diffed(True)), goal(), ["update"]),
        (Surroundings((state(),), diff=lambda _: Diffed(False)), goal(properties={"n": 2}), ["same"]),
        (Surroundings((state(),), diff=lambda _: Diffed(None, unavailable="later")), goal(), ["update"]),
        (Surroundings((state(init_errors=("not ready",)),)), goal(), ["update"]),
        (Surroundings((state(taint=True),)), goal(), ["create-replacement"]),
        (Surroundings((state(),), diff=replacing("n")), goal(properties={"n": 2}), ["create-replacement"]),
        (
            Surroundings((state(),), diff=replacing("n", first=True)),
            goal(properties={"n": 2}),
            ["delete-replaced", "create-replacement"],
        ),
        (
            Surroundings((state(),), diff=replacing("n", first=True)),
            goal(properties={"n": 2}, delete_before_replace=False),
            ["create-replacement"],
        ),
        (
            Surroundings((state(),), diff=replacing("n")),
            goal(properties={"n": 2}, delete_before_replace=True),
            ["delete-replaced", "create-replacement"],
        ),
        (Surroundings((state(pending_replacement=True),)), goal(), ["create-replacement"]),
        (Surroundings((state(pending_replacement=True, protect=True),)), goal(protect=True), ["create-replacement"]),
        (Surroundings((state(),)), goal(properties={"n": 2}, replace_on_changes=("n",)), ["create-replacement"]),
        (Surroundings((state(),)), goal(properties={"n": 2}, replace_on_changes=("*",)), ["create-replacement"]),
        (Surroundings((state(),)), goal(properties={"n": 2}, replace_on_changes=("other",)), ["update"]),
        (Surroundings((state(),)), goal(replace_on_changes=("n",)), ["same"]),
        (Surroundings((state(),)), goal(properties={"n": 2}, ignore_changes=("n",)), ["same"]),
        (Surroundings((state(),)), goal(properties={"n": 2, "m": 1}, ignore_changes=("n",)), ["update"]),
        (Surroundings((state("old"),)), goal(aliases=(urn("old"),)), ["same"]),
        (Surroundings((state(),), replaces=frozenset({urn("a")})), goal(), ["create-replacement"]),
        (Surroundings((state(),), replaced_already=B), goal(deleted_with=urn("b")), ["create-replacement"]),
        (Surroundings((state(),), replaced_already=B), goal(replace_with=(urn("b"),)), ["create-replacement"]),
        (Surroundings((state(),), gone={urn("a"): ("n",)}), goal(), ["create-replacement"]),
        (Surroundings((state(external=True),)), goal(), ["create-replacement"]),
        (Surroundings((state(),), targets=frozenset()), goal(properties={"n": 2}), ["same"]),
        (Surroundings(targets=frozenset()), goal(), ["same"]),
        (Surroundings((state(custom=False, id="", provider=""),)), goal(custom=False, provider=""), ["same"]),
        (
            Surroundings((state(custom=False, id="", provider=""),)),
            goal(custom=False, provider="", properties={"n": 2}),
            ["update"],
        ),
    ],
)  # fmt: skip
def test_steps(around: Surroundings, wanted: object, ops: list[str]):
    assert around.ops(wanted) == ops  # pyright: ignore[reportArgumentType] # a Goal


def test_a_component_is_asked_nothing():
    around = Surroundings((state(custom=False, id="", provider=""),))
    around.plan(goal(custom=False, provider=""))
    assert around.asked == []


def test_an_ignored_change_is_not_shown_to_the_provider():
    around = Surroundings((state(inputs={"n": 1, "deep": {"x": 1, "y": 1}}),))
    around.plan(goal(properties={"n": 2, "deep": {"x": 2, "y": 2}}, ignore_changes=("n", "deep.x")))
    assert [question.news for question in around.asked if isinstance(question, Check | Diff)] == [
        {"n": 1, "deep": {"x": 1, "y": 2}}
    ] * 2


def test_same_takes_over_what_is_known_and_the_goals_options():
    old = state(extra={"stackTrace": []}, outputs={"out": 1, "key": "k"})
    plan = Surroundings((old,)).plan(goal(protect=True, additional_secret_outputs=("key",)))
    new = plan.steps[0].new
    assert new is not None
    assert (new.id, new.protect, new.extra) == ("a-1", True, {"stackTrace": []})
    assert new.outputs == {"out": 1, "key": Secret("k")}


def test_an_update_names_what_changes():
    around = Surroundings((state(inputs={"n": 1, "gone": 1, "list": [1, 2]}),))
    step = around.plan(goal(properties={"n": 2, "new": 1, "list": [1, 3, 4]})).steps[0]
    assert step.diffs == (
        PropertyDiff("n", DiffKind.UPDATE),
        PropertyDiff("gone", DiffKind.DELETE),
        PropertyDiff("list[1]", DiffKind.UPDATE),
        PropertyDiff("list[2]", DiffKind.ADD),
        PropertyDiff("new", DiffKind.ADD),
    )
    assert step.new is not None
    assert step.new.id == "a-1"


def test_drift_is_named_where_the_inputs_are_the_same():
    around = Surroundings((state(outputs={"n": 5, "out": 1}),), diff=lambda _: Diffed(True))
    step = around.plan(goal()).steps[0]
    assert step.op is Op.UPDATE
    assert step.diffs == (PropertyDiff("n", DiffKind.UPDATE),)


def test_a_replacement_says_why_and_is_checked_without_the_old_defaults():
    around = Surroundings((state(),), diff=replacing("n"))
    step = around.plan(goal(properties={"n": 2})).steps[0]
    assert step.replace_keys == ("n",)
    assert step.diffs == (PropertyDiff("n", DiffKind.UPDATE_REPLACE),)
    assert step.pending_delete
    assert [question.olds for question in around.asked if isinstance(question, Check)] == [{"n": 1}, None]


def chain(**protect: bool):
    b = state("b", {"n": "a-1"}, dependencies=(urn("a"),), property_dependencies={"n": (urn("a"),)})
    c = state("c", {"n": "b-1"}, dependencies=(urn("b"),), property_dependencies={"n": (urn("b"),)})
    loose = state("loose", dependencies=(urn("a"),))
    d = state("d", deleted_with=urn("b"), protect=protect.get("d", False))
    return (state(), b, c, loose, d)


def test_delete_before_replace_condemns_those_that_would_be_replaced_anyway():
    around = Surroundings(chain(), diff=replacing("n", first=True))
    plan = around.plan(goal(properties={"n": 2}))
    ops = [f"{step.op} {step.urn[-1]}" for step in plan.steps]
    assert ops == [
        "delete-replaced d",
        "delete-replaced c",
        "delete-replaced b",
        "delete-replaced a",
        "create-replacement a",
    ]
    assert dict(plan.dependents_condemned) == {urn("d"): (), urn("c"): ("n",), urn("b"): ("n",)}


def test_delete_before_replace_spares_those_that_only_change():
    def diff(question: Diff) -> Diffed:
        return Diffed(True, ("n",) if question.urn == urn("a") else (), delete_before_replace=True)

    assert Surroundings(chain(), diff=diff).ops(goal(properties={"n": 2})) == ["delete-replaced", "create-replacement"]


def test_an_interrupted_replacement_is_carried_on_without_a_second_deletion():
    olds = (state(pending_replacement=True), *chain()[1:])
    assert Surroundings(olds, diff=replacing("n", first=True)).ops(goal()) == ["create-replacement"]


ERRORS = [
    (Surroundings((state(protect=True),), diff=replacing("n")), goal(protect=True), "protected"),
    (Surroundings(chain(d=True), diff=replacing("n", first=True)), goal(), f"depends on {urn('a')}"),
    (
        Surroundings(chain(), targets=frozenset({urn("a")}), diff=replacing("n", first=True)),
        goal(),
        "--target-dependents",
    ),
    (
        Surroundings(check=lambda q: Checked(q.news, (CheckFailure("n", "too big"), CheckFailure("", "no")))),
        goal(),
        "n: too big",
    ),
    (Surroundings(), goal(import_id="x"), "no test:index:Thing with the id 'x'"),
    (Surroundings((state(import_id="a-1"),), diff=replacing("n")), goal(import_id="a-1"), "remove `import_`"),
]


@pytest.mark.parametrize(("around", "wanted", "message"), ERRORS)
def test_refusals(around: Surroundings, wanted: object, message: str):
    plan = around.plan(wanted)  # pyright: ignore[reportArgumentType] # a Goal
    assert plan.steps == ()
    assert message in plan.errors[0]


def test_unprotected_in_the_same_run_may_be_replaced():
    assert Surroundings((state(protect=True),), diff=replacing("n")).ops(goal()) == ["create-replacement"]


def there(question: Read) -> WasRead:
    return WasRead(question.id, {"n": 1}, {"n": 1, "out": 5})


@pytest.mark.parametrize(
    ("olds", "wanted", "ops"),
    [
        ((), goal(import_id="x"), ["import"]),
        ((), goal(import_id="x", properties={"n": 2}), ["import", "update"]),
        ((state(),), goal(import_id="x"), ["import-replacement"]),
        ((state(),), goal(import_id="a-1"), ["same"]),
        ((state(import_id="x"),), goal(import_id="x"), ["same"]),
        ((state(external=True),), goal(import_id="a-1"), ["import-replacement"]),
    ],
)
def test_imports(olds: tuple[object, ...], wanted: object, ops: list[str]):
    around = Surroundings(olds, read=there)  # pyright: ignore[reportArgumentType] # states
    assert around.ops(wanted) == ops  # pyright: ignore[reportArgumentType] # a Goal


def test_a_dynamic_resource_is_imported_with_its_provider_among_its_inputs():
    around = Surroundings(read=there)
    wanted = goal(type="pulumi-python:dynamic:Resource", import_id="x", properties={"__provider": "p", "n": 1})
    around.plan(wanted)
    assert isinstance(around.asked[0], Read)
    assert around.asked[0].inputs == {"__provider": "p", "n": 1}


OTHER = PROVIDER.replace("default", "mine")


@pytest.mark.parametrize(
    ("old", "new", "replaces", "ops"),
    [
        (PROVIDER, OTHER, (), ["same"]),
        (PROVIDER, OTHER, ("region",), ["create-replacement"]),
        (PROVIDER, PROVIDER.replace("default", "default_2"), ("region",), ["same"]),
        (PROVIDER, PROVIDER, ("region",), ["same"]),
        ("", OTHER, (), ["create-replacement"]),
    ],
)
def test_another_provider(old: str, new: str, replaces: tuple[str, ...], ops: list[str]):
    def provider(ref: str):
        return state(urn=ref.rsplit("::", 1)[0], type="pulumi:providers:test", provider="")

    def diff(question: Diff) -> Diffed:
        return Diffed(None, replaces if question.type != TYPE else ())

    around = Surroundings((state(provider=old), *([provider(old)] if old else [])), diff=diff)
    around.news = {provider(new).urn: provider(new)}
    assert around.ops(goal(provider=new)) == ops


def test_unknown_inputs_reach_a_dependent_as_such():
    around = Surroundings((state(),), diff=lambda q: Diffed(None))
    assert around.ops(goal(properties={"n": UNKNOWN})) == ["update"]
