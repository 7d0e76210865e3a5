"""`snap` and `maas` on main without main: command lines in, words and exit codes out, the world between."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.maas import accounts, rack, seed
from lab.maas.models import Pace
from lab.maas.world import World
from lab.mainhost import desk
from lab.mainhost.asked import Answer, Asked, parse

KEY_PARTS = 3
RACK = rack.load("course")
INSTALL = ("snap install maas --channel=3.5/stable", "snap install maas-test-db")
INIT = "maas init region+rack --maas-url http://172.16.0.3:5240/MAAS --database-uri maas-test-db:///"
ADMIN = "maas createadmin --username cloud --email cloud@localhost --password geheim"


def bare() -> World:
    world = seed.bare_world(seed.Secrets("s", "p", "a"), RACK, Pace())
    world.commit()
    return world


def say(world: World, line: str, *, root: bool = True, unicode: bool = False, **answers: str) -> Answer:
    program, *argv = line.split()
    answer = desk.do(world, Asked(program, tuple(argv), root, unicode, answers), 0.0)
    world.commit()
    return answer


def said(world: World, line: str, *, root: bool = True) -> tuple[int, str]:
    answer = say(world, line, root=root)
    assert not answer.prompts
    return answer.code, answer.out + answer.err


@pytest.fixture
def world() -> World:
    return bare()


@pytest.fixture
def ready(world: World) -> World:
    for line in (*INSTALL, INIT, ADMIN):
        assert said(world, line)[0] == 0, line
    return world


WORDS = {
    "snap install maas --channel=3.5/stable": (
        0,
        "maas (3.5/stable) 3.5.10-16350-g.9d83fa2cb from Canonical** installed",
    ),
    "snap install maas --channel=3.5": (0, "maas (3.5/stable)"),
    "snap install maas --edge": (0, "maas (3.5/edge)"),
    "snap install maas-test-db": (0, "maas-test-db 14.17-53-g.4d2d8c6 from Canonical** installed"),
    "snap install maas --channel=2.9/stable": (1, 'snap "maas" is not available on 2.9/stable but is available'),
    "snap install nonsense": (1, 'error: snap "nonsense" not found'),
    "snap install maas maas-test-db --channel=3.5/stable": (1, "a single snap name is needed to specify channel flags"),
    "snap install": (1, "error: the following arguments are required"),
    "snap install core20": (0, "snap \"core20\" is already installed, see 'snap help refresh'"),
    "snap remove maas": (0, 'snap "maas" is not installed'),
    "snap remove snapd": (1, 'cannot remove "snapd"'),
    "snap list maas": (1, "error: no matching snaps installed"),
    "snap list": (0, "core20  20240911  2434"),
    "snap refresh": (0, "All snaps up to date."),
    "snap refresh maas": (1, 'snap "maas" is not installed'),
    "snap find maas": (0, "PostgreSQL DB for MAAS."),
    "snap find nothing-like-it": (0, 'No matching snaps for "nothing-like-it"'),
    "snap info maas nonsense": (0, 'warning: no snap found for "nonsense"'),
    "snap info nonsense": (1, "error: no valid snaps given"),
    "snap version": (0, "snapd   2.66.1"),
    "snap": (0, "Usage: snap <command>"),
    "snap dance": (1, "error: unknown command \"dance\", see 'snap help'."),
    "snap list --all-of-it": (1, "error: unrecognized arguments: --all-of-it"),
    "maas status": (127, "maas: command not found"),
    "other": (127, "other: command not found"),
}


@pytest.mark.parametrize("line", WORDS)
def test_words_on_a_fresh_main(world: World, line: str) -> None:
    code, words = WORDS[line]
    answer = said(world, line)
    assert answer[0] == code
    assert words in answer[1]


@pytest.mark.parametrize("line", ["snap install maas", "snap remove maas", "snap refresh"])
def test_snap_needs_root(world: World, line: str) -> None:
    before = world.dump()
    assert said(world, line, root=False) == (1, "error: access denied (try with sudo)\n")
    assert world.dump() == before


def test_a_terminal_with_unicode_gets_the_tick(world: World) -> None:
    assert "from Canonical✓ installed" in say(world, INSTALL[0], unicode=True).out


@pytest.mark.parametrize("line", [INIT, ADMIN, "maas apikey --username cloud", "maas status", "maas config"])
def test_maas_needs_root(ready: World, line: str) -> None:
    before = ready.dump()
    assert said(ready, line, root=False) == (1, f"The '{line.split()[1]}' command must be run by root.\n")
    assert ready.dump() == before


def test_the_order_of_the_course(world: World) -> None:
    for line in INSTALL:
        assert said(world, line)[0] == 0
    assert "core22" in world.snaps
    assert not seed.initialised(world)
    assert said(world, "maas status") == (1, "MAAS is not configured\n")
    assert said(world, ADMIN)[0] == 1
    code, words = said(world, INIT)
    assert (code, words.splitlines()[0]) == (0, "MAAS has been set up.")
    assert seed.initialised(world)
    assert not list(world.users)
    assert said(world, ADMIN) == (0, "")
    assert accounts.password_fits(world.users.get("cloud"), "geheim")
    code, key = said(world, "maas apikey --username cloud")
    assert (code, len(key.strip().split(":"))) == (0, KEY_PARTS)
    assert said(world, "maas config") == (
        0, "Mode: region+rack\nSettings:\nmaas_url=http://172.16.0.3:5240/MAAS\n",
    )  # fmt: skip
    assert "regiond          enabled   active" in said(world, "maas status")[1]


REFUSED = {
    "maas init": "the following arguments are required",
    "maas init region+rack --database-uri maas-test-db:/// --maas-url nowhere": "'nowhere' is no URL of a MAAS",
    "maas init region+rack --maas-url http://x/MAAS --database-uri postgres://a:b@c/d": "no database at 'postgres://a:b@c/d'",
    "maas init rack --maas-url http://x/MAAS": "only region+rack",
    "maas init both": "invalid choice: 'both'",
    "maas dance": "invalid choice: 'dance'",
}


@pytest.mark.parametrize("line", REFUSED)
def test_refused_before_it_is_initialised(world: World, line: str) -> None:
    for each in INSTALL:
        say(world, each)
    code, words = said(world, line)
    assert code > 0
    assert REFUSED[line] in words
    assert not seed.initialised(world)


def test_init_needs_the_test_database(world: World) -> None:
    say(world, INSTALL[0])
    code, words = said(world, INIT)
    assert (code, "'maas-test-db' snap needs to be installed" in words) == (1, True)


def test_init_asks_for_what_is_not_given(world: World) -> None:
    for line in INSTALL:
        say(world, line)
    asked = say(world, "maas init region+rack")
    assert [prompt.name for prompt in asked.prompts] == ["url", "uri"]
    assert say(world, "maas init region+rack", url="", uri="").code == 0
    assert world.meta.maas_url == "http://172.16.0.3:5240/MAAS"
    assert [prompt.name for prompt in say(world, INIT).prompts] == ["again"]
    assert say(world, INIT, again="no").code == 1
    assert say(world, f"{INIT} --force").code == 0
    assert seed.initialised(world)


def test_createadmin_asks_as_the_real_one_does(ready: World) -> None:
    asked = say(ready, "maas createadmin --username eve --email eve@localhost")
    assert [(each.name, each.secret, each.again) for each in asked.prompts] == [
        ("password", True, "Again: "), ("ssh_import", False, ""),
    ]  # fmt: skip
    assert "eve" not in ready.users
    done = say(ready, "maas createadmin --username eve --email eve@localhost", password="x", ssh_import="")
    assert (done.code, "eve" in ready.users) == (0, True)


ADMIN_REFUSED = {
    ADMIN: "A user with the username cloud already exists.",
    "maas createadmin --username c --email cloud@localhost --password x": "A user with the email cloud@localhost",
    "maas createadmin --username c --email c@d --password x --ssh-import gh:c": "cannot be reached",
    "maas apikey": "You must provide a username with --username.",
    "maas apikey --username nobody": "User does not exist.",
    "maas apikey --username cloud --delete a:b:c": "No matching api key found.",
    "maas apikey --username cloud --generate --delete a:b:c": "Specify one of --generate or --delete.",
}


@pytest.mark.parametrize("line", ADMIN_REFUSED)
def test_users_and_keys_refused(ready: World, line: str) -> None:
    code, words = said(ready, line)
    assert code == 1
    assert words.startswith("CommandError: ")
    assert ADMIN_REFUSED[line] in words


def test_api_keys_come_and_go(ready: World) -> None:
    first = said(ready, "maas apikey --username cloud")[1].strip()
    second = said(ready, "maas apikey --username cloud --generate")[1].strip()
    assert said(ready, "maas apikey --username cloud")[1].split() == [first, second]
    assert said(ready, f"maas apikey --username cloud --delete {first}") == (0, "")
    assert said(ready, "maas apikey --username cloud")[1].split() == [second]


def test_help_is_no_error(ready: World) -> None:
    for line in ("maas --help", "maas init --help", "snap help", "maas apikey -h"):
        code, words = said(ready, line)
        assert code == 0
        assert "usage" in words.lower()


def test_removing_maas_forgets_it_and_leaves_the_rack(ready: World) -> None:
    fresh = {row.name: row for row in bare().rack}
    assert said(ready, "snap remove core22")[0] == 1
    assert said(ready, "snap remove --purge maas maas-test-db") == (0, "maas removed\nmaas-test-db removed\n")
    assert not seed.initialised(ready)
    assert not list(ready.users)
    assert {row.name: row for row in ready.rack} == fresh
    for line in (*INSTALL, INIT, ADMIN):
        assert said(ready, line)[0] == 0, line
    assert [each.id for each in ready.subnets] == [1]


LINES = st.sampled_from([
    *INSTALL, INIT, ADMIN, "snap remove --purge maas", "snap remove maas-test-db", "snap remove maas maas-test-db",
    "snap remove core22", "snap install core22", "maas apikey --username cloud --generate", "maas status",
    "snap remove core22 maas maas-test-db", "snap refresh",
])  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(LINES, max_size=14))
def test_any_order_leaves_a_main_that_can_be(lines: list[str]) -> None:
    world = bare()
    for line in lines:
        say(world, line)
        names = {each.name for each in world.snaps}
        assert not names & {"maas", "maas-test-db"} or "core22" in names
        assert {"snapd", "core20"} <= names
        if seed.initialised(world):
            assert {"maas", "maas-test-db"} <= names
        else:
            assert not list(world.users)
            assert not list(world.machines)
        assert all(token.username in world.users for token in world.tokens)
        assert desk.commands_of(world) == ({"maas"} if "maas" in names else set())
        assert len(world.rack) == len(RACK)


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(st.none() | st.booleans() | st.text(), lambda leaf: st.lists(leaf) | st.dictionaries(st.text(), leaf))
)
def test_anything_on_the_wire_is_a_command_or_refused(document: object) -> None:
    try:
        asked = parse(document, False)
    except ValueError:
        return
    assert not asked.root
    assert desk.do(bare(), asked, 0.0).code in {0, 1, 2, 127}
