"""Roles on servers: whatever is asked for, the placement keeps to it or says why not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from components.placement import Candidate, Placement, PlacementError, Roles, place

NAMES = [f"server{number}" for number in range(1, 8)]


def racks(least: int = 0) -> st.SearchStrategy[list[Candidate]]:
    """Draw racks of at least so many servers."""
    return st.lists(st.sampled_from(NAMES), unique=True, min_size=least, max_size=7).flatmap(
        lambda names: st.tuples(*(st.builds(Candidate, st.just(name), st.integers(1, 64)) for name in names)).map(list)
    )


@st.composite
def asked(draw: st.DrawFn) -> tuple[Roles, list[Candidate]]:
    """Draw a rack and roles that nearly always fit on it."""
    rack = draw(racks(3))
    maybe = st.none() | st.sampled_from([each.name for each in rack])
    database = draw(maybe)
    return Roles(
        app=draw(
            st.integers(1, len(rack) - 2)
            | st.lists(st.sampled_from([each.name for each in rack]), unique=True, min_size=1, max_size=len(rack) - 2)
        ),
        database=database,
        balancer=draw(maybe),
        backups=draw((maybe | st.just("")).filter(lambda name: name is None or name != database)),
    ), rack


def placed(roles: Roles, rack: list[Candidate]) -> Placement:
    try:
        return place(roles, rack)
    except PlacementError:
        assume(False)
        raise


@given(asked())
def test_what_is_named_is_obeyed(drawn: tuple[Roles, list[Candidate]]) -> None:
    roles, rack = drawn
    found = placed(roles, rack)
    assert roles.database in {None, found.database}
    assert roles.balancer in {None, found.balancer}
    assert tuple(roles.app) == found.app if not isinstance(roles.app, int) else len(found.app) == roles.app


@given(asked())
def test_every_role_is_on_a_server_of_the_rack(drawn: tuple[Roles, list[Candidate]]) -> None:
    roles, rack = drawn
    assert set(placed(roles, rack).servers()) <= {each.name for each in rack}


@given(asked())
def test_backups_outlive_the_database(drawn: tuple[Roles, list[Candidate]]) -> None:
    roles, rack = drawn
    found = placed(roles, rack)
    assert found.backups != found.database
    assert roles.backups != "" or found.backups is None


@given(st.integers(1, 7), racks())
def test_roles_without_names_share_no_server(count: int, rack: list[Candidate]) -> None:
    wanted = count + 2
    if len(rack) < wanted:
        with pytest.raises(PlacementError, match="more roles than servers"):
            place(Roles(app=count), rack)
        return
    found = place(Roles(app=count), rack)
    assert len({found.database, *found.app, found.balancer}) == wanted


@given(asked())
def test_the_same_question_has_the_same_answer(drawn: tuple[Roles, list[Candidate]]) -> None:
    roles, rack = drawn
    assert placed(roles, rack) == place(roles, list(rack))


@given(racks(3))
def test_the_database_gets_the_most_memory(rack: list[Candidate]) -> None:
    found = place(Roles(), rack)
    memory = {each.name: each.memory_gib or 0 for each in rack}
    assert memory[found.database] == max(memory.values())


@pytest.mark.parametrize(
    ("roles", "role", "says"),
    [
        (Roles(database="server9"), "database", "server9, which runs no system"),
        (Roles(app=["server1", "server1"]), "app", "server1 twice"),
        (Roles(app=0), "app", "at least one"),
        (Roles(app=[]), "app", "at least one"),
        (Roles(database="server1", backups="server1"), "backups", "outlive"),
        (Roles(app=9), "app", "more roles than servers"),
    ],
)
def test_what_does_not_fit_is_said(roles: Roles, role: str, says: str) -> None:
    rack = [Candidate(name, 16) for name in NAMES[:4]]
    with pytest.raises(PlacementError, match=says) as raised:
        place(roles, rack)
    assert raised.value.role == role
