"""The machine main as the fleet's order (pure): user cloud, the commands `snap` and `maas`, the way to the daemon."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lab.hosts.net import MAIN, RackNet, mac_of
from lab.hosts.spec import HostSpec, Nic

USER: Final = "cloud"
SOCKET_FOLDER: Final = "/var/lib/lab"
SNAP_BIN: Final = "/snap/bin"
PROGRAM: Final = Path(__file__).parent / "guest" / "program.py"
_PATH: Final = f"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:{SNAP_BIN}"


def main_spec(net: RackNet, key: str, folder: Path, program: str) -> HostSpec:
    """Give the host main; `key` may log in, `folder` holds what the daemon shares with it (see `desk`)."""
    return HostSpec(
        MAIN,
        (Nic("eth0", mac_of(MAIN), (net.interface(net.main),)),),
        (key,),
        user=USER,
        gateway=net.router,
        files=_files(program),
        binds={str(folder / "socket"): SOCKET_FOLDER, str(folder / "bin"): SNAP_BIN},
    )


def _files(program: str) -> Mapping[str, str]:
    """Give snap itself, and /snap/bin on every way that a command is looked up: login, ssh COMMAND, sudo."""
    return {
        "/usr/bin/snap": program,
        "/etc/environment": f'PATH="{_PATH}"\n',
        "/etc/profile.d/apps-bin-path.sh": f'PATH="$PATH:{SNAP_BIN}"\n',
        "/etc/sudoers.d/snap": f'Defaults secure_path="{_PATH}"\n',
    }
