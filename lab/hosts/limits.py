"""What this machine allows all its guests together, as far as they need more than its default.

Each systemd holds about eight inotify instances, and Linux gives the user root 128 of them (inotify(7)): enough for
some fifteen servers. The sixteenth's systemd would end without a word.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

INSTANCES: Final = Path("/proc/sys/fs/inotify/max_user_instances")
WANTED: Final = 8192


def widen() -> None:
    """Raise the limit where it is lower; where that is not allowed, few servers run all the same."""
    with suppress(OSError):
        if int(INSTANCES.read_text()) < WANTED:
            INSTANCES.write_text(f"{WANTED}\n")
