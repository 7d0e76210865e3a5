"""Which stages a stack holds."""

import pytest

from stacks import STAGES, chosen
from stacks.config import ConfigError


def test_a_stack_named_like_a_stage_holds_it() -> None:
    assert chosen(None, "baremetal") == ("baremetal",)


def test_config_wins_over_the_name() -> None:
    assert chosen(["baremetal"], "dev") == ("baremetal",)
    assert chosen([], "baremetal") == ()


def test_stages_come_in_building_order_and_once() -> None:
    assert chosen([*reversed(list(STAGES)), *STAGES], "dev") == tuple(STAGES)


@pytest.mark.parametrize(
    ("configured", "text"),
    [
        (None, "stages is missing: stack dev isn't named like a stage, so it must list its stages (baremetal"),
        (["barmetal"], "stages[0] is 'barmetal', but must be baremetal"),
        (["baremetal", 3], "stages[1] is 3, but must be baremetal"),
        ([{"name": "baremetal"}], "stages[0] is a mapping, but must be baremetal"),
    ],
)
def test_what_is_no_stage_is_refused(configured: list[object] | None, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        chosen(configured, "dev")
    assert str(caught.value).startswith(text)
