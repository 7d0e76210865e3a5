"""What a preview can tell of the units while not everything is known."""

import pytest
from pulumi.runtime.rpc import UNKNOWN

from providers.juju.crud.application_seen import foreseen

STATE = {
    "units": 2.0,
    "placement": ["0", "lxd:0"],
    "unit_details": [
        {"name": "app/0", "machine": "0", "placement": "0", "spot": "server1", "leader": True},
        {"name": "app/1", "machine": "0/lxd/0", "placement": "lxd:0", "spot": "lxd on server1", "leader": False},
    ],
}


@pytest.mark.parametrize(
    ("news", "lines"),
    [
        (
            {"placement": ["0", "lxd:0", UNKNOWN], "spots": ["server1", "lxd on server1", "server2"]},
            ["adds a unit on server2"],
        ),
        ({"placement": ["0", "lxd:0", UNKNOWN]}, ["adds a unit on a machine that is still to be made"]),
        (
            {"placement": [0.0, "lxd:0", UNKNOWN], "spots": ["a", "b", UNKNOWN]},
            ["adds a unit on a machine that is still to be made"],
        ),
        (
            {"placement": [UNKNOWN, UNKNOWN], "spots": ["server1", "lxd on server1"]},
            [
                "replaces what is on server1 if that machine is made anew",
                "replaces what is in lxd on server1 if that machine is made anew",
            ],
        ),
        (
            {"placement": [UNKNOWN, UNKNOWN], "spots": ["server1", "lxd on server2"]},
            [
                "adds a unit in lxd on server2",
                "removes app/1 (its place lxd on server1 is not asked for any more)",
                "replaces what is on server1 if that machine is made anew",
            ],
        ),
        ({"placement": ["lxd:", UNKNOWN]}, []),
        ({"placement": UNKNOWN}, []),
        ({"units": UNKNOWN}, []),
        ({"units": 3.0}, ["adds a unit on a machine that Juju chooses"]),
        ({}, []),
    ],
)
def test_what_is_foreseen(news: dict[str, object], lines: list[str]) -> None:
    assert list(foreseen(STATE, news)) == lines
