"""For any site: NGINX reads in its config what was asked for, and nothing more."""

import re
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from providers.hosts.crud import nginx_checks
from providers.hosts.crud.nginx_config import Settings, Upstream, render
from providers.hosts.crud.nginx_files import ROOT, File, differences, files_of, foreign, parse

NAMES = st.from_regex(r"\A[a-z][a-z0-9-]{0,8}\Z")
ADDRESSES = st.one_of(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str), NAMES)
PORTS = st.integers(1, 65_535)
UPSTREAMS = st.builds(Upstream, NAMES, ADDRESSES, PORTS, st.integers(1, 100), st.booleans())
SITES = st.builds(
    Settings,
    NAMES,
    st.lists(UPSTREAMS, min_size=1, max_size=8).map(tuple),
    port=PORTS,
    tls_port=st.none() | PORTS,
    max_fails=st.integers(0, 9),
    fail_timeout=st.integers(1, 99),
)
TEXTS = st.text(st.sampled_from("ab1._-:;{}#\"'$\\ \n\t*/"), max_size=12)


def statements(config: str) -> Iterator[tuple[str, ...]]:
    """Read a config as NGINX does: statements as words, blocks by the words before their brace."""
    words: list[str] = []
    depth = 0
    for token in re.findall(r"#[^\n]*|[;{}]|[^\s;{}#]+", config):
        if token.startswith("#"):
            continue
        if token in {";", "{", "}"}:
            depth += {"{": 1, "}": -1}.get(token, 0)
            assert depth >= 0
            if words:
                yield tuple(words)
            words = []
        else:
            words.append(token)
    assert (depth, words) == (0, [])


@given(SITES)
def test_every_upstream_is_there_once_with_its_share(site: Settings) -> None:
    servers = [words for words in statements(render(site)) if words[0] == "server" and len(words) > 1]
    hosts = [f"[{each.address}]" if ":" in each.address else each.address for each in site.upstreams]
    assert [words[1] for words in servers] == [
        f"{host}:{each.port}" for host, each in zip(hosts, site.upstreams, strict=True)
    ]
    assert [words[2] for words in servers] == [f"weight={each.weight}" for each in site.upstreams]
    assert [words[-1] == "down" for words in servers] == [each.down for each in site.upstreams]


@given(SITES)
def test_what_listens_is_what_was_asked_for_and_posts_are_not_doubled(site: Settings) -> None:
    read = list(statements(render(site)))
    assert sorted(int(words[1]) for words in read if words[0] == "listen") == sorted(site.ports)
    assert sum(words == ("server",) for words in read) == len(site.ports)
    assert sum(words[0] == "proxy_pass" for words in read) == 1
    assert sum(words[0] == "return" for words in read) == (site.tls_port is not None)
    assert any(words[0] == "zone" for words in read)
    assert not any("non_idempotent" in words for words in read)


@given(TEXTS, TEXTS, TEXTS)
def test_no_name_can_say_more_than_a_name(name: str, address: str, server_name: str) -> None:
    raw: dict[str, object] = {"name": name, "address": address, "port": 1}
    try:
        nginx_checks.upstreams([raw])
        nginx_checks.server_name(server_name)
    except ValueError:
        return
    plain = Settings("app", (Upstream("a", "b", 1),), server_name="_")
    nasty = Settings("app", (Upstream(name, address, 1),), server_name=server_name)
    shapes = [[words[0] for words in statements(render(site))] for site in (plain, nasty)]
    assert shapes[0] == shapes[1]


@given(SITES, st.text(max_size=9), st.text(max_size=9))
def test_files_survive_the_way_to_the_server_and_are_then_no_drift(site: Settings, crt: str, key: str) -> None:
    files = files_of(site, crt, key)
    assert parse({"files": [file.raw() for file in files]}) == files
    there = {file.path: file.shown for file in files if file.shown}
    assert differences(files, there, ()) == ()
    secret = [file.mode for file in files if file.text == key and file.path.endswith(".key")]
    assert secret == (["600"] if site.tls_port is not None else [])


@given(SITES, st.data())
def test_each_file_that_differs_is_named(site: Settings, data: st.DataObject) -> None:
    files = files_of(site, "crt", "key")
    spoilt = data.draw(st.sets(st.sampled_from(files), min_size=1))
    there = {file.path: "644 other" if file in spoilt else file.shown for file in files}
    assert set(differences(files, there, ())) == {file.sentence for file in spoilt}


@given(st.sets(NAMES), SITES)
def test_only_the_sites_of_others_are_put_aside(names: set[str], site: Settings) -> None:
    files = files_of(site, "", "")
    own = f"sites-enabled/{site.name}"
    enabled = {f"sites-enabled/{name}" for name in names} | {own}
    others = foreign(enabled, files)
    assert set(others) == enabled - {own}
    there = {file.path: file.shown for file in files if file.shown}
    assert len(differences(files, there, others)) == len(others)
    assert all(each.startswith(ROOT) for each in differences(files, there, others))


def test_a_file_says_what_is_wanted() -> None:
    assert File("a").sentence == "There is no /etc/nginx/a"
    assert File("a", target="/b").sentence == "/etc/nginx/a leads to /b"
