"""Another machine under the same name must wait until the name is free; under another name it comes first."""

from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from providers.maas.crud.machines import MachineProvider

MACS = st.integers(0, 2).map("52:54:00:16:00:0{}".format)
BAGS = st.fixed_dictionaries(
    {"hostname": st.sampled_from(["web", "db"]), "mac_addresses": st.lists(MACS, min_size=1, unique=True)}
)


@given(olds=BAGS, news=BAGS)
def test_only_other_macs_replace_and_only_the_same_name_is_deleted_first(
    olds: dict[str, object], news: dict[str, object]
):
    found = MachineProvider().diff("abc", olds, news)
    before, after = (set(cast("list[str]", bag["mac_addresses"])) for bag in (olds, news))
    other = before.isdisjoint(after)
    assert found.replaces == (["mac_addresses"] if other else [])
    assert found.delete_before_replace == (other and olds["hostname"] == news["hostname"])
