"""What servers are made from: this machine's apt configuration, the cache, the indices of the mirror."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.hosts import base, cache, cgroups, mirror, packages, sources
from lab.hosts.cache import CacheError
from lab.hosts.sources import Source

DEB822 = """\
# a comment
Types: deb deb-src
URIs: http://archive.example/debian http://second.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://security.example/
Suites: bookworm-security
Components:
 main
 non-free
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
"""


def test_stanzas() -> None:
    read = sources.parse_deb822(DEB822)
    assert [(each.uri, each.suite) for each in read] == [
        ("http://archive.example/debian", "bookworm"),
        ("http://archive.example/debian", "bookworm-updates"),
        ("http://second.example/debian", "bookworm"),
        ("http://second.example/debian", "bookworm-updates"),
        ("http://security.example/", "bookworm-security"),
    ]
    assert read[0].components == ("main", "contrib")
    assert read[0].signed_by == "/usr/share/keyrings/archive.gpg"
    assert read[-1] == Source("http://security.example/", "bookworm-security", ("main", "non-free"))


def test_lines() -> None:
    text = (
        "deb http://a.example/debian bookworm main contrib # why\n# deb http://b.example x main\n"
        "deb-src http://a.example/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://c.example/ stable main\n"
    )
    assert sources.parse_list(text) == [
        Source("http://a.example/debian", "bookworm", ("main", "contrib")),
        Source("http://c.example/", "stable", ("main",), "/k.gpg"),
    ]


words = st.from_regex(r"[a-z][a-z0-9.-]{0,8}", fullmatch=True)


@given(
    st.builds(
        Source,
        words.map(lambda word: f"http://{word}/"),
        words,
        st.lists(words, min_size=1, max_size=3).map(tuple),
        st.sampled_from(["", "/usr/share/keyrings/a.gpg"]),
    )
)
def test_a_source_reads_back(source: Source) -> None:
    assert sources.parse_list(f"{source.line}\n") == [source]


@given(st.text())
def test_parsers_take_anything(text: str) -> None:
    sources.parse_list(text)
    sources.parse_deb822(text)
    sources.parse_options(text)
    cgroups.find("\n".join(line for line in text.splitlines() if len(line.split()) >= 4))


def test_only_the_release_itself_is_chosen() -> None:
    listed = [
        Source("http://a.example", "bookworm", ("main", "contrib"), "/k"),
        Source("http://a.example", "bookworm-security", ("main",)),
        Source("http://a.example", "bookworm-backports", ("main",)),
        Source("http://a.example", "cloud-bookworm", ("main",)),
        Source("http://a.example", "bookworm", ("contrib",)),
        Source("http://a.example", "jammy", ("main",)),
    ]
    assert sources.of_suite(listed, "bookworm") == [
        Source("http://a.example", "bookworm", ("main",), "/k"),
        Source("http://a.example", "bookworm-security", ("main",)),
    ]


def test_files_of_both_forms_are_read(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb http://a.example one main\n")
    (tmp_path / "sources.list.d/b.list").write_text("deb http://b.example two main\n")
    (tmp_path / "sources.list.d/c.sources").write_text(DEB822)
    (tmp_path / "sources.list.d/d.save").write_text("deb http://d.example three main\n")
    assert [each.suite for each in sources.of_this_machine(tmp_path)][:3] == ["one", "two", "bookworm"]
    assert len(sources.of_this_machine(tmp_path)) == 7


def test_how_archives_are_reached() -> None:
    dumped = 'APT "";\nAcquire::http::Proxy "http://p:1/";\nAcquire::Languages "none";\nAcquire::Check-Date "false";\n'
    assert sources.parse_options(dumped) == ["Acquire::http::Proxy=http://p:1/", "Acquire::Check-Date=false"]


def test_mmdebstrap_gets_the_archive_and_the_proxy() -> None:
    made = base.command(
        Path("/to"), ["a", "b"], Path("/hook"), ["deb http://a x main"], ["Acquire::http::Proxy=http://p"]
    )
    assert made[-3:] == ["bookworm", "/to", "deb http://a x main"]
    assert "--include=a,b" in made
    assert '--aptopt=Acquire::http::Proxy "http://p"' in made


def test_names_follow_the_content() -> None:
    assert base.name(["a"]) == base.name(["a"])
    assert base.name(["a"]) != base.name(["a", "b"])
    assert mirror.debian_name("base-1", ["a"]) != mirror.debian_name("base-2", ["a"])


@given(st.lists(st.text(max_size=5)), st.lists(st.text(max_size=5)))
def test_different_parts_have_different_digests(one: list[str], two: list[str]) -> None:
    assert (cache.digest(one) == cache.digest(two)) is (one == two)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("M2C_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_directory_is_made_once(place: Path) -> None:
    made: list[Path] = []

    def make(to: Path) -> None:
        made.append(to)
        (to / "x").write_text("x")

    assert cache.get("a", make) == cache.get("a", make) == place / "a"
    assert len(made) == 1
    assert made[0] != place / "a"
    assert cache.held() == [place / "a"]


def test_what_fails_is_not_there_and_is_tried_again(place: Path) -> None:
    def fail(to: Path) -> None:
        (to / "half").write_text("x")
        raise CacheError("no archive")

    with pytest.raises(CacheError, match="no archive"):
        cache.get("a", fail)
    assert cache.held() == []
    assert cache.get("a", lambda to: None) == place / "a"
    assert list((place / "a").iterdir()) == []


def test_what_a_killed_maker_left_is_made_anew(place: Path) -> None:
    (place / ".a.part").mkdir(parents=True)
    (place / ".a.part" / "half").write_text("x")
    cache.get("a", lambda to: None)
    assert list((place / "a").iterdir()) == []
    assert not (place / ".a.part").exists()


MAKER = """
import pathlib, sys, time
from lab.hosts import cache
def make(to):
    with open(sys.argv[1], "a") as log: log.write("made\\n")
    (to / "x").write_text("x")
print((cache.get("shared", make) / "x").read_text())
"""


def test_processes_that_want_the_same_make_it_once(place: Path, tmp_path: Path) -> None:
    root = Path(__file__).parents[4]
    log = tmp_path / "log"
    makers = [
        subprocess.Popen([sys.executable, "-c", MAKER, str(log)], cwd=root, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [each.communicate()[0] for each in makers] == ["x\n"] * 3
    assert log.read_text() == "made\n"


def test_what_is_in_use_is_not_forgotten(place: Path) -> None:
    import os

    directory = cache.get("a", lambda to: None)
    held = cache.hold(directory)
    with pytest.raises(CacheError, match="in use"):
        cache.forget(["a"])
    os.close(held)
    cache.forget(["a"])
    assert not directory.exists()


WHEELS = {"Django-5.2.19-py3-none-any.whl": "aa", "psycopg_binary-3.3.9-cp311-cp311-linux.whl": "bb"}


def test_the_pages_of_an_index() -> None:
    made = mirror.pages(WHEELS)
    assert made.keys() == {"index.html", "django/index.html", "psycopg-binary/index.html"}
    assert '<a href="psycopg-binary/">psycopg-binary</a>' in made["index.html"]
    assert 'href="../Django-5.2.19-py3-none-any.whl#sha256=aa"' in made["django/index.html"]


@given(st.dictionaries(st.from_regex(r"[A-Za-z][A-Za-z0-9._]{0,8}-1-py3-none-any\.whl", fullmatch=True), st.just("0")))
def test_every_wheel_is_on_the_page_of_its_project(wheels: dict[str, str]) -> None:
    made = mirror.pages(wheels)
    for wheel in wheels:
        assert f"../{wheel}#sha256=0" in made[f"{mirror.project(wheel)}/index.html"]


def test_a_release_file_vouches_for_the_indices() -> None:
    text = mirror.release({"Packages": b"abc"}, 0)
    assert "Date: Thu, 01 Jan 1970 00:00:00 GMT" in text
    assert f" {hashlib.sha256(b'abc').hexdigest()} 3 Packages\n" in text


def test_an_index_has_paths_below_itself(tmp_path: Path) -> None:
    mirror.index(tmp_path, f"Package: a\nFilename: {tmp_path}/a_1_all.deb\n", 0)
    assert (tmp_path / "Packages").read_text() == "Package: a\nFilename: ./a_1_all.deb\n"


def test_requirements_come_from_files_and_lines(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("# all\nDjango==5.2.19\n\npsycopg[binary]==3.3.9   # PostgreSQL\n")
    assert packages.requirements(("r.txt", "pip"), tmp_path) == ["Django==5.2.19", "psycopg[binary]==3.3.9", "pip"]


def test_the_lists_are_lists(tmp_path: Path) -> None:
    assert "openssh-server" in packages.load().base
    (tmp_path / "p.yaml").write_text("base: [a]\ndebs: nginx\nwheels: []\n")
    with pytest.raises(ValueError, match="debs is a list of names, not 'nginx'"):
        packages.load(tmp_path / "p.yaml")


HYBRID = """\
tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0
cgroup /sys/fs/cgroup/freezer cgroup rw,freezer 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
"""


def test_a_hybrid_machine() -> None:
    trees = cgroups.find(HYBRID)
    assert trees
    assert trees.unified == Path("/sys/fs/cgroup/unified")
    assert trees.legacy == (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup/memory"))


def test_a_machine_with_one_tree_and_one_with_none() -> None:
    assert cgroups.find("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n") == cgroups.Trees(Path("/sys/fs/cgroup"))
    assert cgroups.find("tmpfs /sys/fs/cgroup tmpfs rw 0 0\n") is None


def test_groups_are_made_found_and_removed(tmp_path: Path) -> None:
    trees = cgroups.Trees(tmp_path)
    (tmp_path / "other").mkdir()
    assert cgroups.make(trees, "m2c", "a") == [tmp_path / "m2c" / "a"]
    (tmp_path / "m2c/a/inner").mkdir()
    (tmp_path / "m2c/cgroup.subtree_control").unlink(missing_ok=True)
    (tmp_path / "m2c/a/inner/cgroup.procs").write_text("12\n13\n")
    assert cgroups.processes(trees, "m2c", "a") == {12, 13}
    assert cgroups.names(trees, "m2c") == ["a"]
    (tmp_path / "m2c/a/inner/cgroup.procs").unlink()
    assert cgroups.names(trees, "m2c") == []
    cgroups.remove(trees, "m2c")
    assert {each.name for each in tmp_path.iterdir() if each.is_dir()} == {"other"}
