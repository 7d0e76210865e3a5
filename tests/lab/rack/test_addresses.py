"""Addresses that MAAS gives from one machine to the next: the next one is reached at once."""

import socket
from collections.abc import Callable

import pytest

from tests.lab.rack.conftest import Site

SOON = 5.0
"""Seconds for a dial on a busy machine; who still sends to the machine before hears nothing for fifteen at least."""


def free(site: Site, name: str) -> str:
    """Release a machine that has no address then, not even one that it would keep; the path of its first card."""
    system_id = site.ready(name)
    nic = site.raw.get(f"nodes/{system_id}/interfaces/").json[0]
    path = f"nodes/{system_id}/interfaces/{nic['id']}/"
    assert site.raw.post(path, "disconnect").status == 200
    return path


def deploy(site: Site, name: str, mode: str, **given: str) -> str:
    """Deploy a machine whose first card is linked in this mode; its address."""
    path = free(site, name)
    site.raw.post("machines/", "allocate", system_id=site.ids[name])
    answer = site.raw.post(path, "link_subnet", mode=mode, subnet=1, **given)
    assert answer.status == 200, answer.text
    return site.deploy(name)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["STATIC", "AUTO", "DHCP"])
def test_the_next_machine_with_an_address_is_reached_at_once(own: Callable[..., Site], mode: str) -> None:
    site = own()
    network = site.rack.hosts.net.main.rsplit(".", 1)[0]
    given = {"ip_address": f"{network}.60"} if mode == "STATIC" else {}
    address = deploy(site, "server1", mode, **given)
    socket.create_connection((address, 22), SOON).close()
    free(site, "server1")
    assert deploy(site, "server2", mode, **given) == address
    socket.create_connection((address, 22), SOON).close()
    assert site.rack.ssh(address, "hostname") == "server2\n"
