"""Grants: steps lead from any level to any other, and none is asked for where there is nothing to do."""

from hypothesis import given
from hypothesis import strategies as st

from providers.juju.grants import LEVELS, NONE, Step, step


def after(kind: str, current: str, done: Step) -> str:
    """Say what a user has once Juju has carried the step out: a grant raises, a revocation leaves the level below."""
    levels = (NONE, *LEVELS[kind])
    now, named = levels.index(current), levels.index(done.access)
    if done.verb == "grant":
        assert now < named, "Juju refuses to grant what the user has already"
        return levels[named]
    assert named <= now, "Juju refuses to revoke what the user does not have"
    return levels[named - 1]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str, str]:
    kind = draw(st.sampled_from(sorted(LEVELS)))
    level = st.sampled_from((NONE, *LEVELS[kind]))
    return kind, draw(level), draw(level)


@given(pairs())
def test_as_many_steps_as_levels_are_enough(pair: tuple[str, str, str]) -> None:
    kind, current, wanted = pair
    steps: list[Step] = []
    while (one := step(kind, current, wanted)) is not None:
        steps.append(one)
        current = after(kind, current, one)
    assert current == wanted
    assert len(steps) <= len(LEVELS[kind])
    assert [one.verb for one in steps].count("grant") <= 1, "access is raised at once"


@given(st.sampled_from(sorted(LEVELS)), st.text(max_size=5))
def test_a_level_that_nobody_knows_counts_as_none(kind: str, word: str) -> None:
    highest = LEVELS[kind][-1]
    assert step(kind, word if word not in LEVELS[kind] else NONE, highest) == Step("grant", highest)
