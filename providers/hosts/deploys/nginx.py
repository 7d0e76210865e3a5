"""NGINX with one site that spreads requests over servers.

data: `{name, ports, closed, files: [{path, text, mode, target}]}` (see `providers.hosts.crud.nginx_files`). A config
that NGINX does not take is never put in place, and a changed one is read by the running NGINX without a restart.
"""

from collections.abc import Mapping

from pyinfra.api.facts import FactBase
from pyinfra.facts.deb import DebPackages
from pyinfra.operations import server, systemd

from providers.common.raw import items, text
from providers.hosts.crud import nginx_files
from providers.hosts.crud.nginx_files import File
from providers.hosts.deploys.facts import look

PACKAGE = "nginx"
# A server that has just booted for the first time updates itself, and holds apt's locks while it does.
INSTALL = f"""\
for try in 1 2 3 4 5 6; do apt-get -q update && break; sleep 10; done
export DEBIAN_FRONTEND=noninteractive
apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install {PACKAGE}"""


class Found(FactBase[dict[str, str]]):
    """What is at these paths under /etc/nginx: "644 SHA256" or "link TARGET"."""

    default = dict

    def command(self, paths: list[str]) -> str:
        return nginx_files.find_files(paths)

    def process(self, output: list[str]) -> dict[str, str]:
        pairs = [line.partition(" ") for line in output]
        return {path: shown for path, _, shown in pairs}


class Listeners(FactBase[list[str]]):
    """The enabled files under /etc/nginx that listen on one of these ports."""

    default = list

    def command(self, ports: list[int]) -> str:
        return nginx_files.find_listeners(ports)

    def process(self, output: list[str]) -> list[str]:
        return sorted(output)


class Enabled(FactBase[list[str]]):
    """The names of all enabled sites."""

    default = list

    def command(self) -> str:
        return f"ls {nginx_files.ROOT}/sites-enabled 2>/dev/null || :"

    def process(self, output: list[str]) -> list[str]:
        return output


class Silent(FactBase[list[str]]):
    """The ports of these on which a running NGINX does not listen; a stopped one is another matter."""

    default = list

    def command(self, ports: list[int]) -> str:
        numbers = " ".join(map(str, ports))
        # After a reload the new sockets take a moment.
        return f"""\
systemctl is-active -q nginx || exit 0
for try in 1 2 3 4 5 6 7 8 9 10; do
  missing=
  for port in {numbers}; do ss -Hltnp "sport = :$port" | grep -q '"nginx"' || missing="$missing $port"; done
  [ -n "$missing" ] || exit 0
  sleep 0.2
done
printf '%s\\n' $missing"""

    def process(self, output: list[str]) -> list[str]:
        return output


class Firewall(FactBase[str]):
    """What ufw does with a port: "open", "closed", or "off" when it filters nothing."""

    def command(self, port: int) -> str:
        return f"""\
command -v ufw >/dev/null || exit 0
ufw status | sed -n -e 's/^Status: //p' -e 's/^{port}\\/tcp *ALLOW *Anywhere *\\(#.*\\)\\{{0,1\\}}$/open/p'"""

    def process(self, output: list[str]) -> str:
        if "active" not in output:
            return "off"
        return "open" if "open" in output else "closed"


def deploy(data: Mapping[str, object]) -> None:
    """Bring it there."""
    files, ports = nginx_files.parse(data), _ports(data, "ports")
    if PACKAGE not in look(DebPackages):
        server.shell(name="NGINX is installed", commands=[INSTALL], _sudo=True)
    for port in ports:
        _open(port)
    _site(text(data, "name"), files, ports)
    systemd.service(
        name="NGINX runs, and starts with the server", service="nginx", running=True, enabled=True, _sudo=True
    )
    for port in look(Silent, ports=ports):
        systemd.service(name=f"NGINX listens on port {port}", service="nginx", reloaded=True, _sudo=True)
    for port in _ports(data, "closed"):
        _close(port)


def undo(data: Mapping[str, object]) -> None:
    """Take the site off; NGINX itself stops unless it has another one. The package stays."""
    name = text(data, "name")
    gone = [File(file.path) for file in nginx_files.parse(data)]
    found = look(Found, paths=[file.path for file in gone])
    if [each for each in look(Enabled) if each != name]:
        if found:
            _install(f"The site {name} is gone", gone, [])
    else:
        systemd.service(name="NGINX is stopped", service="nginx", running=False, enabled=False, _sudo=True)
        if found:
            paths = " ".join(f"{nginx_files.ROOT}/{path}" for path in found)
            server.shell(name=f"The site {name} is gone", commands=[f"rm -f {paths}"], _sudo=True)
    for port in _ports(data, "ports"):
        _close(port)


def _ports(data: Mapping[str, object], name: str) -> list[int]:
    return [int(str(port)) for port in items(data, name)]


def _site(name: str, files: tuple[File, ...], ports: list[int]) -> None:
    others = nginx_files.foreign(look(Listeners, ports=ports), files)
    found = look(Found, paths=[file.path for file in files])
    differing = nginx_files.differences(files, found, others)
    if differing:
        _install(f"NGINX serves {name}: {'; '.join(differing)}", files, others)


def _install(sentence: str, files: list[File] | tuple[File, ...], others: list[str] | tuple[str, ...]) -> None:
    server.shell(name=sentence, commands=[nginx_files.install(files, others)], _sudo=True)


def _open(port: int) -> None:
    if look(Firewall, port=port) == "closed":
        _ufw(f"The firewall admits {port}/tcp", f"allow {port}/tcp")


def _close(port: int) -> None:
    if look(Firewall, port=port) == "open":
        _ufw(f"The firewall admits {port}/tcp no longer", f"delete allow {port}/tcp")


def _ufw(sentence: str, rule: str) -> None:
    server.shell(name=sentence, commands=[f"ufw {rule}"], _sudo=True)
