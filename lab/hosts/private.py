"""A part of 172.21.0.0/16 for each private rack of this machine: a numbered lock, a prefix and a /24.

number N  ->  prefix m2tN, 172.21.N.0/24, lock /run/lock/m2tN: held while the rack lives, freed when its process dies
"""

import fcntl
import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lab.hosts import network
from lab.hosts.net import RackNet

_LOCKS: Final = Path("/run/lock")
NUMBERS: Final = range(200)


def net(number: int) -> RackNet:
    """Give the names and addresses of private rack N (pure)."""
    start = f"172.21.{number}"
    return RackNet(f"m2t{number}", f"{start}.0/24", f"{start}.1", f"{start}.3", f"{start}.254")


@contextmanager
def claimed(numbers: Iterable[int] = NUMBERS) -> Generator[RackNet]:
    """Hold the first number that nobody else holds."""
    _LOCKS.mkdir(exist_ok=True)
    for number in numbers:
        descriptor = os.open(_LOCKS / f"m2t{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if _alone(descriptor) and not _leads_elsewhere(net(number)):
                yield net(number)
                return
        finally:
            os.close(descriptor)
    raise network.NetworkError("Every private rack (m2t0 to m2t199) is in use, or its network is routed elsewhere.")


def _alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _leads_elsewhere(net: RackNet) -> bool:
    """Whether somebody has a network there; a route that only refuses (unreachable, blackhole) keeps nobody out."""
    return network.overlap([each for each in network.routes() if "type" not in each], net) is not None
