"""A disk without space, as commands that are run inside a host (pure).

The directory gets an overlay whose upper layer is a tmpfs with no page left: what is there can be read, what is written
fails with ENOSPC. Files that a process holds open lie below the overlay, and can still be written by that process.
"""

import shlex
from typing import Final

_PLACE: Final = "/run/full-disk"
"""Where the tmpfs lies; /run is a tmpfs of the host's own, so it goes with a reboot."""


def fill(path: str) -> list[str]:
    """Let writes below `path` fail with ENOSPC; the directory is made when there is none."""
    target = shlex.quote(path)
    return ["sh", "-euc", _FILL.format(place=_PLACE, target=target)]


def free(path: str) -> list[str]:
    """Give the space back; nothing happens where it was not taken."""
    return ["sh", "-euc", _FREE.format(place=_PLACE, target=shlex.quote(path))]


_FILL: Final = """\
mkdir -p {target} {place}
mountpoint -q {place} && exit 0
mount -t tmpfs -o size=64k,mode=755 tmpfs {place}
mkdir {place}/upper {place}/work
chmod --reference={target} {place}/upper
chown --reference={target} {place}/upper
mount -t overlay -o lowerdir={target},upperdir={place}/upper,workdir={place}/work overlay {target}
head -c 64k /dev/zero >{place}/upper/.full 2>/dev/null || true
"""

_FREE: Final = """\
mountpoint -q {place} || exit 0
umount --lazy {target}
umount --lazy {place}
"""
