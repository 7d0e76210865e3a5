"""What main prints, read back: whatever rows there are."""

from hypothesis import given
from hypothesis import strategies as st

from providers.hosts.crud import maas_region_facts as said

WORDS = st.from_regex(r"\A[a-z0-9][a-z0-9./+-]{0,12}\Z")
PARTS = st.from_regex(r"\A[A-Za-z0-9]{1,18}\Z")
KEYS = st.tuples(PARTS, PARTS, PARTS).map(":".join)


@given(st.dictionaries(WORDS, st.tuples(WORDS, st.integers(1, 99_999), WORDS)))
def test_every_snap_is_read_with_its_version_and_channel(rows: dict[str, tuple[str, int, str]]) -> None:
    lines = [
        f"{name:<14}  {version:<9} {rev:<5}  {channel}  canonical**  -"
        for name, (version, rev, channel) in rows.items()
    ]
    found = said.snaps(["Name  Version  Rev  Tracking  Publisher  Notes", *lines])
    assert {name: (row.version, row.channel) for name, row in found.items()} == {
        name: (version, channel) for name, (version, _, channel) in rows.items()
    }


@given(st.lists(KEYS, unique=True), st.lists(st.text(st.characters(exclude_characters=":"), max_size=20)))
def test_keys_are_read_and_nothing_else(keys: list[str], noise: list[str]) -> None:
    assert said.keys("\n".join([*noise, *keys])) == tuple(keys)


@given(st.lists(KEYS, unique=True), KEYS)
def test_the_chosen_key_is_a_listed_one(keys: list[str], known: str) -> None:
    chosen = said.chosen(tuple(keys), known)
    assert chosen in keys if keys else chosen == ""
    assert chosen == known or known not in keys


@given(st.text(max_size=40))
def test_a_url_that_is_taken_is_safe_in_a_shell(text: str) -> None:
    try:
        url = said.url(f"http://{text}/MAAS")
    except ValueError:
        return
    assert not set(url) & set(" '\"$`\\;|&<>(){}*?!#\n\t~")
