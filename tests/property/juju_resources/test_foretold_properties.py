"""What a preview tells of charms, and names of files on the wire, over generated values."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lab.juju.uploads import file_name
from providers.juju.crud.applications import ApplicationProvider
from providers.juju.crud.deploying import misfits
from providers.juju.crud.foretold import by_controller, by_files
from providers.juju.crud.resources_of_charms import disposition
from providers.juju.plan.charm import CharmFacts, Option
from providers.juju.session import Session

WORD = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
TYPED: Mapping[str, st.SearchStrategy[object]] = {
    "string": st.text(max_size=5) | st.booleans(),
    "int": st.integers(-(10**6), 10**6) | st.just("4"),
    "boolean": st.booleans() | st.just("True"),
    "float": st.integers(-9, 9) | st.just("0.5"),
}


@given(st.data(), st.dictionaries(WORD, st.sampled_from(sorted(TYPED)), max_size=5), st.sets(WORD, max_size=3))
def test_only_what_the_charm_has_not_is_told(data: st.DataObject, types: dict[str, str], given_: set[str]) -> None:
    facts = CharmFacts("charm", options={name: Option(name, kind) for name, kind in types.items()})
    fitting = {name: data.draw(TYPED[kind]) for name, kind in types.items()}
    assert list(misfits({"config": fitting}, facts)) == []
    told = list(misfits({"config": fitting | dict.fromkeys(given_ - set(types), "Sesame")}, facts))
    assert [name for name, _ in told] == ["config"] * len(given_ - set(types))
    assert "Sesame" not in str(told)


@given(st.dictionaries(WORD, st.sampled_from(sorted(TYPED)), max_size=4), st.dictionaries(WORD, WORD, max_size=3))
def test_a_charm_of_this_machine_is_read_as_it_is_written(types: dict[str, str], requires: dict[str, str]) -> None:
    with TemporaryDirectory() as folder:
        metadata = {"name": "charm", "series": ["jammy"], "requires": requires}
        config = {"options": {name: {"type": kind} for name, kind in types.items()}}
        (Path(folder) / "metadata.yaml").write_text(yaml.safe_dump(metadata))
        (Path(folder) / "config.yaml").write_text(yaml.safe_dump(config))
        asked: dict[str, object] = {
            "bindings": dict.fromkeys(requires, "alpha"),
            "secret_config": dict.fromkeys(types, 1),
        }
        told = dict(by_files({"local_charm": folder, "base": "ubuntu@22.04", **asked}))
        assert set(told) <= {"secret_config"}, "endpoints are known"
        assert ("secret_config" in told) == ("boolean" in types.values()), "1 is no truth value"
        assert dict(by_files({"local_charm": folder, "base": "ubuntu@20.04"})).keys() == {"base"}


@given(st.dictionaries(st.sampled_from(ApplicationProvider.schema.names), WORD))
def test_the_same_inputs_ask_nobody(inputs: dict[str, str]) -> None:
    def nobody() -> Session:
        raise AssertionError("the controller was asked")

    assert list(by_controller(ApplicationProvider.schema, nobody, inputs, dict(inputs))) == []
    assert list(by_controller(ApplicationProvider.schema, nobody, {}, inputs)) == []


@given(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=60))
@example("=?utf-8?b?YQ==?=")
@example('a"b\\c')
def test_any_file_name_arrives(name: str) -> None:
    assume(name == name.strip())  # which Python's own reader of headers leaves out
    assert disposition(name).isascii()
    assert disposition(name).isprintable()
    assert file_name(disposition(name)) == name
