"""What holds for every name, value and order: texts read back, lines kept, hashes tell apart, turns in order."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from components.django_plan import host_names, problems, upstreams
from providers.hosts.crud.appserver_hosts import naming
from providers.hosts.crud.appserver_layout import environment_text, surplus, variables
from providers.hosts.crud.appserver_rollout import Turn, next_up
from providers.hosts.crud.release_git import resolve
from providers.hosts.crud.release_source import Item, content_hash, items, write_archive

NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,10}", fullmatch=True).filter(
    lambda name: name not in {"RELEASE", "SERVER_NAME"}
)
VALUES = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs"]), max_size=40)


def read_as_systemd_does(text: str) -> dict[str, str]:
    """Read an EnvironmentFile: between double quotes a backslash takes the meaning from the letters " \\ ` $ alone."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, _, quoted = line.partition("=")
        assert quoted[0] == quoted[-1] == '"'
        value, letters = "", iter(quoted[1:-1])
        for letter in letters:
            assert letter not in '"`$', "an unescaped letter ends the text, or is another line's business"
            if letter == "\\":
                after = next(letters)
                value += after if after in '"\\`$' else letter + after
            else:
                value += letter
        found[name] = value
    return found


@given(st.dictionaries(NAMES, VALUES.filter(str.isprintable)))
def test_systemd_reads_back_what_is_written(settings: dict[str, str]) -> None:
    assert read_as_systemd_does(environment_text(variables(settings))) == settings


HOST_LINES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
            st.lists(st.sampled_from(["database", "server1", "server2"]), min_size=1, max_size=3, unique=True),
        ).map(lambda entry: " ".join([entry[0], *entry[1]])),
        st.sampled_from(["", "# database", "# a comment"]),
    ),
    max_size=8,
)


def meaning(lines: Sequence[str]) -> dict[str, list[str]]:
    """Read addresses by name, the first line first."""
    found: dict[str, list[str]] = {}
    for line in lines:
        words = line.partition("#")[0].split()
        for name in words[1:]:
            found.setdefault(name, []).append(words[0])
    return found


@given(HOST_LINES, st.sampled_from(["", "10.0.0.1", "10.0.0.9"]))
def test_a_name_has_one_address_and_all_others_keep_theirs(lines: list[str], address: str) -> None:
    after = naming(lines, "database", address)
    assert set(meaning(after).get("database", [])) == ({address} if address else set[str]())
    before = meaning(lines)
    before.pop("database", None)
    others = meaning(after)
    others.pop("database", None)
    assert others == before
    assert naming(after, "database", address) == after
    assert [line for line in after if line.startswith("#")] == [line for line in lines if line.startswith("#")]


@given(
    st.dictionaries(st.text("abcdef0", min_size=1, max_size=4), st.floats(0, 10)),
    st.text("abcdef0", max_size=4),
    st.integers(1, 4),
)
def test_the_release_in_use_never_goes_and_only_so_many_stay(there: dict[str, float], used: str, keep: int) -> None:
    gone = set(surplus(there, used, keep))
    stay = there.keys() - gone
    assert used not in gone
    assert len(stay) <= keep
    assert len(stay | {used}) == min(keep, len(there.keys() | {used}))
    others = stay - {used}
    assert all(there[old] <= there[young] for old in gone for young in others)


PATHS = st.from_regex(r"[a-d]{1,3}(/[a-d]{1,3}){0,2}\.py", fullmatch=True)
ITEMS = st.dictionaries(PATHS, st.tuples(st.binary(max_size=20), st.booleans()), max_size=6).map(
    lambda found: [Item(path, data, executable) for path, (data, executable) in found.items()]
)


@given(ITEMS, ITEMS)
def test_hashes_are_equal_exactly_for_equal_files(one: list[Item], two: list[Item]) -> None:
    same = {item.path: item for item in one} == {item.path: item for item in two}
    assert (content_hash(one) == content_hash(two)) is same
    assert content_hash(reversed(one)) == content_hash(one)


@given(ITEMS)
def test_an_archive_holds_what_was_read(found: list[Item]) -> None:
    with TemporaryDirectory() as scratch:
        root, archive = Path(scratch, "source"), Path(scratch, "archive")
        root.mkdir()
        for item in found:
            (root / item.path).parent.mkdir(parents=True, exist_ok=True)
            (root / item.path).write_bytes(item.data)
            (root / item.path).chmod(0o755 if item.executable else 0o644)
        assert items(root) == sorted(found, key=lambda item: item.path)
        write_archive(items(root), archive)
        assert archive.stat().st_size > 0


@given(st.permutations([Turn(place, arrival, f"server{place}") for arrival, place in enumerate((3, 1, 2, 1))]))
def test_turns_go_by_place_then_arrival(waiting: list[Turn]) -> None:
    left, order = list(waiting), list[tuple[int, int]]()
    while left:
        one = next_up(left)
        left.remove(one)
        order.append((one.place, one.arrival))
    assert order == sorted(order)


COMMITS = st.text("0123456789abcdef", min_size=40, max_size=40)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}(/[a-z]{1,4})?", fullmatch=True), COMMITS, min_size=1), st.data())
def test_every_branch_is_found_and_no_other(heads: dict[str, str], data: st.DataObject) -> None:
    listing = "".join(f"{commit}\trefs/heads/{name}\n" for name, commit in heads.items())
    name = data.draw(st.sampled_from(sorted(heads)))
    assert resolve(name, listing) == heads[name]
    assert resolve("no-such-branch", listing) == ""


SERVERS = st.lists(st.from_regex(r"server[0-9]", fullmatch=True), max_size=5)


@given(SERVERS)
def test_a_cluster_is_refused_exactly_when_its_servers_are_not_a_set(servers: list[str]) -> None:
    assert bool(problems(servers, ())) is (not servers or len(set(servers)) != len(servers))


@given(SERVERS, SERVERS)
def test_every_host_name_is_there_once(names: list[str], more: list[str]) -> None:
    listed = host_names(names, [f"{name}.maas" for name in names], more).split(",")
    assert len(listed) == len(set(listed))
    assert {*names, *more, "localhost"} <= set(listed)


@given(SERVERS, st.integers(1, 65535))
def test_every_server_is_one_upstream(names: list[str], port: int) -> None:
    found = upstreams(names, [f"{name}.maas" for name in names], port)
    assert [(item["name"], item["address"], item["port"]) for item in found] == [
        (name, f"{name}.maas", port) for name in names
    ]
