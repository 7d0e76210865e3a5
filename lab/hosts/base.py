"""The root file system that all servers share: Debian, made once with mmdebstrap.

packages.yaml: base -> mmdebstrap -> customize -> CACHE/base-HASH, the lower layer of every server's disk
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lab.hosts import cache, packages, run, sources
from lab.hosts.spec import USER

SUITE: Final = "bookworm"
LOCALE: Final = "C.UTF-8"
"""As on Ubuntu's cloud images; without one, a PostgreSQL cluster would get the encoding SQL_ASCII."""

ARCHIVE: Final = "usr/share/lab/sources.list"
"""Where a base says which archive it was made from, for the mirror that completes it."""

MASKED: Final = (
    "apt-daily-upgrade.service",
    "apt-daily-upgrade.timer",
    "apt-daily.service",
    "apt-daily.timer",
    "console-getty.service",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty-static.service",
    "getty.target",
    "getty@.service",
    "systemd-random-seed.service",
    "systemd-resolved.service",
    "systemd-timesyncd.service",
    "systemd-udevd.service",
    "systemd-udev-trigger.service",
)
"""Units that a namespace cannot run, or that would work for nothing."""

CUSTOMIZE: Final = f"""\
set -eu
cd "$1"
chroot . useradd --create-home --shell /bin/bash --groups adm,sudo {USER}
printf '{USER} ALL=(ALL) NOPASSWD:ALL\\n' >etc/sudoers.d/90-cloud-init-users
chmod 440 etc/sudoers.d/90-cloud-init-users
chroot . systemctl mask --quiet {" ".join(MASKED)}
mkdir -p etc/systemd/journald.conf.d etc/systemd/system.conf.d
printf 'LANG={LOCALE}\\n' >etc/default/locale
printf '[Journal]\\nStorage=volatile\\n' >etc/systemd/journald.conf.d/volatile.conf
# a service that hangs does not hold a poweroff up for the usual 90 s
printf '[Manager]\\nDefaultTimeoutStopSec=15s\\n' >etc/systemd/system.conf.d/lab.conf
printf 'Acquire::Languages "none";\\n' >etc/apt/apt.conf.d/90lab
mkdir -p usr/share/lab
cp etc/apt/sources.list {ARCHIVE}
rm -rf usr/sbin/policy-rc.d etc/ssh/ssh_host_* etc/apt/sources.list etc/apt/sources.list.d/* var/lib/apt/lists/*
rm -f etc/hostname etc/resolv.conf var/lib/dbus/machine-id
ln -s /etc/machine-id var/lib/dbus/machine-id
"""


def name(included: Sequence[str]) -> str:
    """Name the base that holds these packages."""
    return f"base-{cache.digest((SUITE, CUSTOMIZE, *included))}"


def get(say: cache.Say) -> Path:
    """Give the base's directory; makes it the first time (about half a minute), saying so."""
    included = packages.load().base
    return cache.get(name(included), lambda scratch: _make(scratch, included, say))


def archive() -> list[str]:
    """Give the archive that this machine uses for the suite, as lines; none where it has another distribution's."""
    return [each.line for each in sources.of_suite(sources.of_this_machine(), SUITE)]


def apt_options() -> list[str]:
    """Give how this machine's apt reaches archives."""
    return sources.parse_options(run.output(["apt-config", "dump"]))


def _make(scratch: Path, included: Sequence[str], say: cache.Say) -> None:
    say(f"Making the servers' base system: Debian {SUITE} with {len(included)} packages (once, about half a minute).")
    began = time.monotonic()
    hook = scratch.with_name(f"{scratch.name}.hook")
    hook.write_text(f"#!/bin/sh\n{CUSTOMIZE}")
    hook.chmod(0o755)
    try:
        run.output(command(scratch, included, hook, archive(), apt_options()))
    finally:
        hook.unlink()
    say(f"The base system is made, in {time.monotonic() - began:.0f} s.")


def command(
    scratch: Path, included: Sequence[str], hook: Path, lines: Sequence[str], options: Sequence[str]
) -> list[str]:
    """Give mmdebstrap's arguments (pure); without lines it uses the archive that it knows for the suite."""
    return [
        *("unshare", "--mount", "--propagation", "private"),  # what it mounts goes with it, however it ends
        "mmdebstrap",
        "--mode=root",
        "--variant=apt",
        f"--include={','.join(included)}",
        *(f'--aptopt={option.split("=", 1)[0]} "{option.split("=", 1)[1]}"' for option in options),
        f"--customize-hook={hook}",
        SUITE,
        str(scratch),
        *lines,
    ]
