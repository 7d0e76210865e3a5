"""Tags, times and constraints: what every answer is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.juju.errors import JujuError
from lab.juju.facades import shapes, tags

NAMES = st.from_regex(r"[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*", fullmatch=True)
PARTS = st.text(st.sampled_from("abcXYZ019_.-@"), min_size=1, max_size=12).filter(
    lambda text: not text.endswith("@local")
)


@given(NAMES, st.integers(0, 999))
def test_a_unit_s_tag_is_read_back(name: str, number: int):
    assert tags.parse(tags.make("unit", f"{name}/{number}"), "unit") == f"{name}/{number}"
    assert tags.parse(tags.make("storage", f"{name}/{number}"), "storage") == f"{name}/{number}"


@given(st.integers(0, 99), st.integers(0, 99))
def test_a_container_s_tag_is_read_back(host: int, number: int):
    assert tags.make("machine", f"{host}/lxd/{number}") == f"machine-{host}-lxd-{number}"
    assert tags.parse(f"machine-{host}-lxd-{number}", "machine") == f"{host}/lxd/{number}"


@given(PARTS, PARTS, PARTS)
def test_a_credential_s_tag_keeps_its_parts_apart(cloud: str, owner: str, name: str):
    assert tags.parse_credential(tags.credential(cloud, owner, name)) == (cloud, owner, name)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("vault", "unit", '"vault" is not a valid tag'),
        ("unit-vault", "unit", '"unit-vault" is not a valid unit tag'),
        ("machine-0", "unit", '"machine-0" is not a valid unit tag'),
        ("model-7", "model", '"model-7" is not a valid model tag'),
        ("", "cloud", '"" is not a valid tag'),
    ],
)
def test_what_is_no_tag_of_the_kind_is_refused(text: str, kind: tags.Kind, words: str):
    with pytest.raises(JujuError, match=words):
        tags.parse(text, kind)


@pytest.mark.parametrize("text", ["cloudcred-a_b", "cloud-a", "cloudcred-a__b", ""])
def test_what_is_no_credential_s_tag_is_refused(text: str):
    with pytest.raises(JujuError, match="is not a valid cloudcred tag"):
        tags.parse_credential(text)


def test_users_of_the_controller_itself_go_by_their_plain_name():
    assert tags.parse("user-bob@local", "user") == "bob"
    assert tags.parse("user-bob@external", "user") == "bob@external"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0001-01-01T00:00:00Z"),
        (1_700_000_000.0, "2023-11-14T22:13:20Z"),
        (1_700_000_000.25, "2023-11-14T22:13:20.25Z"),
    ],
)
def test_times_are_written_as_go_writes_them(seconds: float, text: str):
    assert shapes.moment(seconds) == text


def test_constraints_that_are_null_are_unset_and_names_fold():
    value = {"Mem": 4096, "arch": None, "tags": ["compute"], "allocate-public-ip": True}
    assert shapes.constraints(value) == {"mem": 4096, "tags": ["compute"], "allocate-public-ip": True}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"memory": 1}, 'unknown constraint "memory"'),
        ({"mem": "4G"}, 'bad "mem" constraint'),
        ({"cores": True}, 'bad "cores" constraint'),
        ({"tags": "compute"}, 'bad "tags" constraint'),
    ],
)
def test_constraints_that_are_none_are_refused(value: dict[str, object], words: str):
    with pytest.raises(JujuError, match=words):
        shapes.constraints(value)


WORDS = st.text(st.sampled_from("abc0"), min_size=1, max_size=4)
CONSTRAINTS = st.fixed_dictionaries(
    {},
    optional={
        "arch": st.sampled_from(["amd64", "arm64"]),
        "cores": st.integers(1, 64),
        "mem": st.integers(1, 1 << 20),
        "tags": st.lists(WORDS, min_size=1, max_size=3),
        "zones": st.lists(WORDS, min_size=1, max_size=3),
    },
)


@given(CONSTRAINTS)
def test_constraints_in_a_bundle_say_what_was_set(value: dict[str, object]):
    said = dict(pair.split("=") for pair in shapes.constraints_text(value).split())
    read = {name: each.split(",") if name in {"tags", "zones"} else each for name, each in said.items()}
    names = {"cpu-cores": "cores"}
    expected = {name: each if name in {"tags", "zones"} else str(each) for name, each in value.items()}
    assert {names.get(name, name): each for name, each in read.items()} == expected


def test_bases_are_told_with_their_risk():
    assert shapes.base("22.04") == {"name": "ubuntu", "channel": "22.04/stable"}
    assert shapes.base_text("ubuntu@24.04/stable") == "ubuntu@24.04/stable"
    assert shapes.base_of({"name": "ubuntu", "channel": "22.04/stable"}) == "22.04"
    assert shapes.base_of({}) == ""
