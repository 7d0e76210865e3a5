"""What this machine lacks to run servers."""

import os
import shutil
from pathlib import Path
from typing import Final

from lab.hosts import cgroups

COMMANDS: Final = (
    "apt-config", "apt-get", "dpkg-scanpackages", "git", "ip", "mmdebstrap", "nsenter", "setpriv", "ssh", "unshare",
)  # fmt: skip


def missing() -> list[str]:
    """List what is missing, each as a phrase for a person; nothing when servers can run here."""
    lacking = [f"the command {each}" for each in COMMANDS if shutil.which(each) is None]
    if os.geteuid() != 0:
        lacking.insert(0, "root")
    if "overlay" not in Path("/proc/filesystems").read_text().split():
        lacking.append("overlayfs in the kernel")
    if cgroups.here() is None:
        lacking.append("a mounted cgroup v2 tree")
    return lacking
