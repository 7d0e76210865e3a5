"""Real servers for tests: a rack of guests for each pytest worker, as a fixture.

In a test module:

    from tests.support.guests import rack  # a session's rack, empty at first

    def test_it(rack: Hosts) -> None:
        server = rack.add("db1")            # boots it; the disk is new
        server.run("sudo apt-get install -y nginx")

A worker has one rack for its whole session; servers are added to it by names that no other test of the session uses, or
taken from it by `guest`, which boots each name once. Tests are skipped without root, and say so.
"""

from collections.abc import Generator

import pytest

from lab.hosts import needs
from lab.hosts.testing import Guest, Hosts, running_hosts


def skip_without_root() -> None:
    """Skip where no server can run for lack of root; anything else that is missing is a failure of the machine."""
    missing = needs.missing()
    if "root" in missing:
        pytest.skip("servers run in network namespaces, which only root may make")
    assert not missing, f"servers cannot run here without {', '.join(missing)}"


@pytest.fixture(scope="session")
def rack() -> Generator[Hosts]:
    """A rack without servers, ended with the session."""
    skip_without_root()
    with running_hosts() as hosts:
        yield hosts


def guest(hosts: Hosts, name: str) -> Guest:
    """Give the rack's server of this name, running; made at the first call."""
    if name not in hosts:
        return hosts.add(name)
    hosts[name].start()
    return hosts[name]
