"""Waiting for a server, with a clock of its own: how long, what is said, what ends it."""

import gevent
import pytest
from gevent.pool import Group
from paramiko import SSHException

from providers.hosts.connection import Connection
from providers.hosts.errors import HostKeyError, LoginError, UnreachableError
from providers.hosts.worker.link import Link, NotYetError
from providers.hosts.worker.links import PAUSE, Links

KEY, OTHER = "ssh-ed25519 AAAA", "ssh-ed25519 BBBB"
SERVER = Connection("server2", "172.16.0.12", password="pass", patience=60)
GATE = Connection("gate", "10.0.0.1", password="pass")


class Open(Link):
    """A connection that is open as long as the test says so."""

    def __init__(self, host_key: str = KEY) -> None:
        self.host_key = host_key
        self.open = True

    def answers(self, within: float = 0) -> bool:
        del within
        return self.open


class World:
    """Time that passes when somebody waits, and servers that answer from a given second on."""

    def __init__(self, up_after: float = 0, reason: Exception | None = None) -> None:
        self.time = 0.0
        self.up_after = up_after
        self.reason = reason or ConnectionRefusedError(111, "Connection refused")
        self.tried: list[str] = []
        self.said: list[str] = []
        self.links = Links(self.connect, lambda: self.time, self.pause)

    def pause(self, seconds: float) -> None:
        self.time += seconds
        gevent.sleep(0)

    def connect(self, connection: Connection, below: Link | None) -> Link:
        self.tried.append(f"{connection.name}{' through a link' if below else ''}")
        if self.time < self.up_after:
            raise self.reason
        return Open()

    def ends_unreachable(self, connection: Connection) -> bool:
        with pytest.raises(UnreachableError):
            self.use(connection)
        return True

    def use(self, connection: Connection) -> Link:
        with self.links.use(connection, self.said.append) as link:
            return link


def test_one_connection_serves_all():
    world = World()
    assert world.use(SERVER) is world.use(SERVER)
    assert world.tried == ["server2"]


def test_a_lost_one_is_opened_again():
    world = World()
    first = world.use(SERVER)
    assert isinstance(first, Open)
    first.open = False
    assert world.use(SERVER) is not first
    assert world.tried == ["server2", "server2"]


def test_another_login_is_another_connection():
    world = World()
    world.use(SERVER)
    world.use(Connection("server2", "172.16.0.12", user="root", password="pass"))
    world.use(Connection("server2", "172.16.0.12", password="another"))
    assert len(world.tried) == 3


@pytest.mark.parametrize(
    "reason",
    [
        ConnectionRefusedError(111, "Connection refused"),
        TimeoutError("timed out"),
        SSHException("no banner"),
        EOFError(),
        NotYetError("System is booting up"),
    ],
)
def test_a_server_that_boots_is_waited_for(reason: Exception):
    world = World(up_after=35, reason=reason)
    world.use(SERVER)
    assert 35 <= world.time <= 38
    assert len(world.said) == 3
    assert world.said[0].startswith("server2: waiting for SSH at ubuntu@172.16.0.12:22, 50 s left (")


def test_one_that_never_comes_is_named_with_what_it_said():
    world = World(up_after=1000)
    with pytest.raises(UnreachableError) as caught:
        world.use(SERVER)
    assert str(caught.value) == (
        "server2 does not answer over SSH at ubuntu@172.16.0.12:22 within 60 seconds; "
        "the last try said: Connection refused"
    )
    assert world.time <= SERVER.patience


def test_without_patience_there_is_one_try():
    world = World(up_after=1000)
    with pytest.raises(UnreachableError, match=r"does not answer over SSH at ubuntu@.*:22; the last try"):
        world.use(SERVER.waiting(0))
    assert world.tried == ["server2"]


@pytest.mark.parametrize("final", [HostKeyError("another"), LoginError("refused")])
def test_what_will_not_change_is_not_waited_for(final: Exception):
    world = World(up_after=1000, reason=final)
    with pytest.raises(type(final)):
        world.use(SERVER)
    assert world.time == 0


def test_the_open_connection_must_show_the_known_key_too():
    world = World()
    world.use(SERVER)
    with pytest.raises(HostKeyError):
        world.use(SERVER.knowing(OTHER))


def test_a_key_of_another_kind_is_asked_for_on_a_new_connection():
    world = World()
    world.use(SERVER)
    world.use(SERVER.knowing("ssh-rsa CCCC"))
    assert world.tried == ["server2", "server2"]


def test_the_way_goes_through_one_proxy():
    world = World()
    behind = [Connection(name, host, password="p", proxy=GATE) for name, host in (("a", "1.1.1.1"), ("b", "1.1.1.2"))]
    for connection in behind:
        world.use(connection)
    assert world.tried == ["gate", "a through a link", "b through a link"]


def test_a_proxy_that_is_down_is_named_with_what_is_behind_it():
    world = World(up_after=1000)
    with pytest.raises(UnreachableError, match="server9 is reached through gate, but gate does not answer"):
        world.use(Connection("server9", "1.1.1.1", password="p", proxy=GATE, patience=10))


def test_waiting_in_the_queue_counts():
    """Five resources of one dead server end together, not one after another."""
    world = World(up_after=1000)
    callers = Group()
    ended = [*callers.imap_unordered(world.ends_unreachable, [SERVER] * 5)]
    assert ended == [True] * 5
    assert world.time <= SERVER.patience + len(ended) * PAUSE
