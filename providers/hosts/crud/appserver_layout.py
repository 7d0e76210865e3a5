"""Where an app lives on its servers, and what is written there: units of systemd, environment, links.

app, release, settings -> paths and texts. All of it follows from the inputs, so what is on a server can be compared
with what should be there. Pure.

    /srv/APP/releases/ID/{app,venv,release.env,.manifest}   read only, owned by root
    /srv/APP/current -> releases/ID                          for people: the unit names its release itself
    /etc/APP/environment                                     0600; systemd reads it before it drops to the user APP
    /etc/APP/gunicorn.py                                     how gunicorn serves
    /var/cache/APP                                           the user's own: what pip downloaded
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from providers.common import cleaning

CONFIGURATION = "APP_CONFIGURATION"
"""The variable by which a running process tells which texts it was started with."""
OWN = frozenset({"RELEASE", "SERVER_NAME", CONFIGURATION})
"""Variables that no program may set: each server has its own."""
GRACE = 30
"""Seconds that requests have to end before a server's old processes do."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Layout:
    """The paths of one app."""

    app: str

    @property
    def home(self) -> str:
        return f"/srv/{self.app}"

    @property
    def releases(self) -> str:
        return f"{self.home}/releases"

    def release(self, release: str) -> str:
        """Name the folder of one release."""
        return f"{self.releases}/{release}"

    @property
    def cache(self) -> str:
        return f"/var/cache/{self.app}"

    @property
    def settings(self) -> str:
        return f"/etc/{self.app}"

    @property
    def environment(self) -> str:
        return f"{self.settings}/environment"

    @property
    def gunicorn(self) -> str:
        return f"{self.settings}/gunicorn.py"

    @property
    def service(self) -> str:
        return f"/etc/systemd/system/{self.app}.service"

    @property
    def socket(self) -> str:
        return f"/etc/systemd/system/{self.app}.socket"

    @property
    def switched(self) -> tuple[str, ...]:
        """The files that a switch from one release to the next writes."""
        return (self.environment, self.gunicorn, self.service, self.socket)


@dataclass(frozen=True)
class Serving:
    """How a release is served: by `workers` processes of `threads` threads each, on a TCP port.

    `hosts`: names of other servers with their addresses.
    """

    layout: Layout
    release: str
    port: int
    workers: int
    threads: int
    hosts: tuple[tuple[str, str], ...] = ()


def app_name(value: object) -> object:
    """Accept the name of an app: it becomes a user, a unit and a folder, and none that a system has itself."""
    name = cleaning.matching(r"[a-z][a-z0-9-]{0,30}", "a name of lower-case letters, digits and -, such as tasks")(
        value
    )
    if name in _TAKEN:
        raise ValueError(f"is {value!r}, but must not be the name of a part of the system")
    return name


_SYSTEM = ("root", "daemon", "bin", "sys", "ssh", "sshd", "systemd", "dbus", "cron", "apt", "ufw")
_TAKEN = frozenset((*_SYSTEM, "postgres", "postgresql", "nginx", "www-data", "ubuntu"))


def variables(value: object) -> dict[str, str]:
    """Accept environment variables: names to one-line texts."""
    if not isinstance(value, Mapping):
        raise ValueError("must be an object of environment variables")  # noqa: TRY004 - the contract of cleaners
    return {_name(name): _line(name, item) for name, item in cast("Mapping[object, object]", value).items()}


def _name(name: object) -> str:
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        raise ValueError(f"names {name!r}, but a variable's name is made of letters, digits and _")
    if name in OWN:
        raise ValueError(f"sets {name}, which each server sets itself")
    return name


def _line(name: object, value: object) -> str:
    if not isinstance(value, str) or any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        raise ValueError(f"gives {name} a value that is no text of one line")
    return value


def settings_of(env: Mapping[str, str], server: str, release: str) -> dict[str, str]:
    """Add to the app's variables what differs from server to server."""
    return {**env, "SERVER_NAME": server, "RELEASE": release}


def environment_text(values: Mapping[str, str]) -> str:
    """Write an EnvironmentFile (systemd.exec(5)): quoted, with what is special between double quotes escaped."""
    return "".join(f'{name}="{_quoted(value)}"\n' for name, value in sorted(values.items()))


def _quoted(value: str) -> str:
    return re.sub(r'(["\\`$])', r"\\\1", value)


def socket_text(serving: Serving) -> str:
    """Write the socket unit (systemd.socket(5)).

    systemd holds the socket while the service restarts: requests wait in its backlog and none is refused.
    """
    return f"""\
[Unit]
Description=Port {serving.port} of the app {serving.layout.app}

[Socket]
ListenStream=0.0.0.0:{serving.port}
Backlog=2048
NoDelay=yes

[Install]
WantedBy=sockets.target
"""


def gunicorn_text(serving: Serving) -> str:
    """Write gunicorn's settings, as a file because one that an older gunicorn doesn't know is passed over there."""
    return f"""\
workers = {serving.workers}
worker_class = "gthread"
threads = {serving.threads}
preload_app = True
timeout = 60
graceful_timeout = {GRACE}
worker_tmp_dir = "/dev/shm"
accesslog = "-"
control_socket_disable = True
"""


def service_text(serving: Serving) -> str:
    """Write the service unit: gunicorn on the socket, as a user who can change nothing.

    The release says itself what is served: `WSGI=package.module:name` in its release.env. The names of other servers
    are looked after at each start, since images exist whose cloud-init writes /etc/hosts anew at each boot.
    """
    layout, folder = serving.layout, serving.layout.release(serving.release)
    named = "".join(f"ExecStartPre=+{_naming(name, address)}\n" for name, address in serving.hosts)
    return f"""\
[Unit]
Description=The app {layout.app}, release {serving.release}
Requires={layout.app}.socket
Wants=network-online.target
After=network-online.target {layout.app}.socket

[Service]
Type=notify
NotifyAccess=main
User={layout.app}
Group={layout.app}
EnvironmentFile={folder}/release.env
EnvironmentFile={layout.environment}
Environment=PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WorkingDirectory={folder}/app
{named}ExecStart={folder}/venv/bin/gunicorn --config {layout.gunicorn} $WSGI
KillMode=mixed
TimeoutStartSec=60
TimeoutStopSec={GRACE + 5}
Restart=always
RestartSec=1
NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome=yes
ProtectControlGroups=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
"""


def _naming(name: str, address: str) -> str:
    line = f"{address} {name}"
    return f'/bin/sh -c \'grep -qxF "{line}" /etc/hosts || echo "{line}" >> /etc/hosts\''


def fingerprint(*texts: str) -> str:
    """Tell texts apart without showing them."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{len(text)}:{text}".encode())
    return digest.hexdigest()[:32]


def files(serving: Serving, settings: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Give the text of each file in `Layout.switched`, and the fingerprint of all that a process was started with."""
    layout = serving.layout
    units = {layout.gunicorn: gunicorn_text(serving), layout.service: service_text(serving)}
    units[layout.socket] = socket_text(serving)
    mark = fingerprint(environment_text(settings), *units.values())
    return {layout.environment: environment_text({**settings, CONFIGURATION: mark}), **units}, mark


def surplus(there: Mapping[str, float], in_use: str, keep: int = 3) -> list[str]:
    """Choose the releases that may go: all but the one in use and the youngest of the rest, `keep` in all.

    `there`: release -> time of its making, in seconds since the epoch.
    """
    others = sorted((name for name in there if name != in_use), key=lambda name: (there[name], name), reverse=True)
    return sorted(others[keep - 1 :])
