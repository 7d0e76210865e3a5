"""What makes a server's disk its own: the files that an installer writes (pure).

files(spec, net) go onto an empty disk, once: what is changed on a server afterwards survives its reboots. With them
goes what drawn(spec) draws, so that a server installed anew shows another host key. at_boot(spec) is set at each boot.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Final

from lab.hosts.net import RackNet
from lab.hosts.spec import HostSpec

MACHINE_ID: Final = "/etc/machine-id"
USER_ID: Final = 1000
SEED: Final = "/var/lib/cloud/seed/nocloud"
CLOUD_INIT_OFF: Final = "/etc/cloud/cloud-init.disabled"
_SSH_DELAY: Final = "/etc/systemd/system/ssh.service.d/delay.conf"
_CLOUD: Final = """\
datasource_list: [NoCloud]
network: {{config: disabled}}
apt: {{preserve_sources_list: true}}
locale: C.UTF-8
ssh_deletekeys: false
ssh_genkeytypes: [ed25519]
system_info:
  default_user:
    name: {user}
    lock_passwd: true
    sudo: ["ALL=(ALL) NOPASSWD:ALL"]
    shell: /bin/bash
"""
"""What the machine's maker has decided, so that cloud-init leaves it: network, packages, host key, first user."""
_LINKED: Final = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}


@dataclass(frozen=True, slots=True)
class File:
    """One file of a disk; `owner` and `group` are numeric."""

    text: str
    mode: int = 0o644
    owner: int = 0
    group: int = 0


def files(spec: HostSpec, net: RackNet) -> dict[str, File]:
    """Give path -> file, as the spec has it."""
    written = {
        "/etc/hostname": File(f"{spec.name}\n"),
        "/etc/hosts": File(hosts(spec)),
        "/etc/resolv.conf": File("".join(f"nameserver {each}\n" for each in spec.nameservers)),
        f"/home/{spec.user}/.ssh/authorized_keys": File(_lines(spec.authorized_keys), 0o600, USER_ID, USER_ID),
        **_packages(net),
        **_cloud_init(spec),
    }
    home = f"/home/{spec.user}/"
    for path, text in spec.files.items():
        mode, owner = 0o755 if text.startswith("#!") else 0o644, USER_ID if path.startswith(home) else 0
        written[merged(path)] = File(text, mode, owner, owner)
    return written


def at_boot(spec: HostSpec) -> dict[str, File | None]:
    """Give path -> file, or None where the last boot's file has to go."""
    text = f"[Service]\nTimeoutStartSec=infinity\nExecStartPre=/bin/sleep {spec.ssh_delay:g}\n"
    return {_SSH_DELAY: File(text) if spec.ssh_delay else None}


def drawn(spec: HostSpec) -> dict[str, File]:
    """Draw SSH host key and machine id."""
    private, public = _host_key(spec.name)
    return {
        "/etc/ssh/ssh_host_ed25519_key": File(private, 0o600),
        "/etc/ssh/ssh_host_ed25519_key.pub": File(public),
        MACHINE_ID: File(f"{secrets.token_hex(16)}\n", 0o444),  # the last: a disk that has it is whole
    }


def hosts(spec: HostSpec) -> str:
    """Write /etc/hosts as cloud-init does on Debian: the own name on 127.0.1.1, then the given names."""
    known = "".join(f"{address} {name}\n" for name, address in spec.hosts.items())
    return f"127.0.0.1 localhost\n127.0.1.1 {spec.name}\n::1 localhost ip6-localhost ip6-loopback\n{known}"


def merged(path: str) -> str:
    """Put a path below /usr that Debian reaches by a link: a folder of that name on the disk would hide the link."""
    top = path.split("/")[1]
    return f"/usr{path}" if top in _LINKED else path


def renamed(accounts: str, before: str, after: str) -> str:
    """Rename a user, his group and his home in the text of an account file; only whole names match."""
    return re.sub(rf"(?<![\w-]){re.escape(before)}(?![\w-])", after, accounts)


def _packages(net: RackNet) -> dict[str, File]:
    pip = f"[global]\nindex-url = {net.mirror}/simple\ntrusted-host = {net.main}\ndisable-pip-version-check = true\n"
    return {
        "/etc/apt/sources.list": File(f"deb [trusted=yes] {net.mirror}/debian ./\n"),
        "/etc/pip.conf": File(pip),
    }


def _cloud_init(spec: HostSpec) -> dict[str, File]:
    if not spec.user_data:
        return {CLOUD_INIT_OFF: File("")}
    return {
        f"{SEED}/user-data": File(spec.user_data, 0o600),
        f"{SEED}/meta-data": File(f"instance-id: {spec.name}\nlocal-hostname: {spec.name}\n"),
        "/etc/cloud/cloud.cfg.d/99-lab.cfg": File(_CLOUD.format(user=spec.user)),
    }


def _lines(texts: tuple[str, ...]) -> str:
    return "".join(f"{each.strip()}\n" for each in texts)


def _host_key(name: str) -> tuple[str, str]:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
    return private.decode(), f"{public.decode()} root@{name}\n"
