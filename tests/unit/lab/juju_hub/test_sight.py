"""The index of relations and units tells what a full look would tell, whatever happened to the tables."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from lab.juju import models as m
from lab.juju.hub.sight import sight
from lab.juju.world import World, key
from tests.support.juju_worlds import MODEL, empty, wiped

WORLD = empty()
APPS = ("a", "b", "c")


@dataclass(frozen=True)
class Step:
    what: str
    app: str
    other: str
    pick: int
    look: bool


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(("unit", "subordinate", "drop unit", "relation", "drop relation", "rollback", "commit")),
        st.sampled_from(APPS),
        st.sampled_from(APPS),
        st.integers(0, 9),
        st.booleans(),
    ),
    max_size=40,
)


def take(world: World, step: Step) -> None:
    units, relations = list(world.units), list(world.relations)
    if step.what in {"unit", "subordinate"}:
        name = f"{step.app}/{world.next_id(step.app)}"
        principal = units[step.pick % len(units)].name if units and step.what == "subordinate" else ""
        world.units.put(key(MODEL, name), m.Unit(MODEL, name, step.app, principal=principal))
    elif step.what == "relation":
        ends = tuple(m.Endpoint(app, "x", "peer", "x") for app in {step.app, step.other})
        number = world.next_id("relation")
        world.relations.put(key(MODEL, number), m.Relation(MODEL, number, ends))
    elif step.what == "drop unit" and units:
        world.units.remove(key(MODEL, units[step.pick % len(units)].name))
    elif step.what == "drop relation" and relations:
        world.relations.remove(key(MODEL, relations[step.pick % len(relations)].id))
    elif step.what == "rollback":
        world.rollback()
    elif step.what == "commit":
        world.commit()


def agree(world: World) -> None:
    seen = sight(world)
    for app in APPS:
        assert list(seen.units(world, MODEL, app)) == [each for each in world.units if each.application == app]
        assert list(seen.relations(world, MODEL, app)) == [
            each for each in world.relations if any(end.application == app for end in each.endpoints)
        ]
        assert list(seen.relations(world, MODEL, app, "x")) == list(seen.relations(world, MODEL, app))
        assert not list(seen.relations(world, MODEL, app, "y"))
    for unit in world.units:
        beside = [each for each in world.units if each.principal == unit.name]
        assert list(seen.beside(world, MODEL, unit.name)) == beside


@given(STEPS)
def test_the_index_is_always_right(steps: list[Step]) -> None:
    world = wiped(WORLD)
    world.commit()
    for step in steps:
        take(world, step)
        if step.look:
            agree(world)
    agree(world)
