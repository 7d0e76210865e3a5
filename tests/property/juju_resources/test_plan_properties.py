"""Normal forms: cleaning twice is cleaning once, what is written is read again, a plan done leaves nothing to do."""

from hypothesis import given, reject
from hypothesis import strategies as st

from providers.juju.plan import config, constraints, expose
from providers.juju.plan.charm import Option, means, plain, typed
from providers.juju.plan.placement import Place, fits, parse, wire

WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,6}", fullmatch=True)
CONSTRAINTS = st.fixed_dictionaries(
    {},
    optional={
        "mem": st.integers(0, 2**20) | st.integers(1, 64).map(lambda n: f"{n}G"),
        "root-disk": st.integers(1, 500).map(lambda n: f"{n}.5G"),
        "cores": st.integers(0, 256),
        "arch": st.sampled_from(["", *constraints.ARCHES]),
        "tags": st.lists(WORDS, max_size=3),
        "zones": st.lists(WORDS, max_size=2),
        "spaces": st.lists(WORDS.map(lambda word: f"^{word}"), max_size=2),
        "allocate-public-ip": st.booleans(),
        "virt-type": WORDS,
    },
)
SCALARS = st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-1e6, 1e6) | st.text(max_size=6)
CONFIGS = st.dictionaries(WORDS, SCALARS, max_size=4)
CIDRS = st.sampled_from(["10.0.0.0/8", "192.168.0.0/24", "0.0.0.0/0", "::/0"])
RULES = st.fixed_dictionaries(
    {}, optional={"spaces": st.lists(WORDS, max_size=2), "cidrs": st.lists(CIDRS, max_size=2)}
)
EXPOSED = st.booleans() | st.dictionaries(st.just("") | WORDS, st.just(True) | RULES, max_size=3)


@given(CONSTRAINTS)
def test_constraints_have_one_normal_form(value: dict[str, object]) -> None:
    text = constraints.clean(value)
    assert constraints.clean(text) == text
    assert constraints.written(constraints.parse(text)) == text
    assert constraints.parse(text).keys() == value.keys()


@given(CONSTRAINTS)
def test_what_was_set_is_observed_as_it_was_asked_for(value: dict[str, object]) -> None:
    text = constraints.clean(value)
    assert constraints.observed(constraints.to_send(text), text) == text
    if "arch" not in value:
        assert constraints.observed(constraints.to_send(text, {"arch": "arm64"}), text) == text


@given(CONFIGS, CONFIGS, CONFIGS)
def test_after_the_changes_of_a_config_none_are_left(
    before: dict[str, object], asked: dict[str, object], there: dict[str, object]
) -> None:
    def alike(_: str, one: object, other: object) -> bool:
        return means(None, one, other)

    found = config.changes(before, asked, there, alike)
    after = {name: value for name, value in {**there, **found.set}.items() if name not in found.unset}
    assert config.observed(asked, after, alike) == asked
    assert config.same(config.observed(asked, after, alike), asked)
    assert config.changes(asked, asked, after, alike) == config.Changes()
    assert not set(found.unset) & set(found.set)


@given(CONFIGS)
def test_a_cleaned_config_means_what_it_was(value: dict[str, object]) -> None:
    cleaned = config.clean(value)
    assert config.clean(cleaned) == cleaned
    assert config.same(value, cleaned)


@given(st.sampled_from(["int", "boolean", "float", "string"]), SCALARS)
def test_a_typed_value_means_what_was_given(kind: str, value: object) -> None:
    option = Option("x", kind)
    try:
        found = typed(option, value)
    except ValueError:
        reject()
    assert means(option, found, value)
    assert means(option, plain(found), value)


@given(EXPOSED)
def test_exposure_has_one_normal_form_that_is_observed_again(value: object) -> None:
    cleaned = expose.clean(value)
    assert expose.clean(cleaned) == cleaned
    assert expose.observed(bool(cleaned), expose.wire(cleaned)) == cleaned


@given(EXPOSED, EXPOSED)
def test_after_the_changes_of_an_exposure_it_is_as_asked(there: object, asked: object) -> None:
    before, wanted = expose.clean(there), expose.clean(asked)
    found = expose.changes(before, wanted)
    after = {} if found.close else {name: rules for name, rules in before.items() if name not in found.unexpose}
    assert {**after, **found.expose} == wanted
    assert expose.changes(wanted, wanted) == expose.Changes({})


@given(st.integers(0, 40), st.sampled_from(["lxd", "kvm"]), st.integers(0, 5))
def test_a_placement_fits_the_machine_that_it_makes(machine: int, container: str, number: int) -> None:
    inside = f"{machine}/{container}/{number}"
    assert fits(parse(f"{container}:{machine}"), Place(inside))
    assert fits(parse(inside), Place(inside))
    assert not fits(parse(str(machine)), Place(inside))
    assert not fits(parse(f"{container}:{machine + 1}"), Place(inside))
    assert wire(parse(f"{container}:{machine}"), "uuid") == {"scope": container, "directive": str(machine)}
