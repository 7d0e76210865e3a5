"""What every server of an app has, whether it builds, migrates or serves: packages, a user, folders, names of others.

data: `{app: "tasks", packages: ["python3-venv"], hosts: {"database": "172.16.0.21"}}`.
"""

from collections.abc import Mapping
from io import StringIO
from typing import cast

from pyinfra.api.facts import FactBase
from pyinfra.facts.deb import DebPackages
from pyinfra.facts.files import FileContents
from pyinfra.operations import apt, files, server

from providers.common.raw import mapping, text, texts
from providers.hosts.crud.appserver_hosts import naming
from providers.hosts.deploys.facts import look

HOSTS = "/etc/hosts"


def deploy(data: Mapping[str, object]) -> None:
    """Bring it there."""
    app = text(data, "app")
    _packages(texts(data, "packages"))
    server.user(  # noqa: S604 - the user's shell, which lets nobody log in
        name=f"There is a user {app}",
        user=app,
        system=True,
        shell="/usr/sbin/nologin",
        home=f"/srv/{app}",
        ensure_home=False,
        _sudo=True,
    )
    owners = {f"/srv/{app}": "root", f"/srv/{app}/releases": "root", f"/etc/{app}": "root", f"/var/cache/{app}": app}
    for folder, owner in owners.items():
        files.directory(name=f"There is {folder}", path=folder, user=owner, group=owner, mode="755", _sudo=True)
    for name, address in mapping(data, "hosts").items():
        _names(name, str(address))


def undo(data: Mapping[str, object]) -> None:
    """Take it off; packages stay, since others may use them."""
    app = text(data, "app")
    for name in mapping(data, "hosts"):
        _names(name, "")
    for folder in (f"/srv/{app}", f"/etc/{app}", f"/var/cache/{app}"):
        files.directory(name=f"There is no {folder}", path=folder, present=False, _sudo=True)
    server.user(name=f"There is no user {app}", user=app, present=False, _sudo=True)


def _packages(wanted: tuple[str, ...]) -> None:
    there = cast("Mapping[str, object]", look(cast("type[FactBase[object]]", DebPackages)))
    missing = [name for name in wanted if name not in there]
    if missing:
        said = f"Installed: {', '.join(missing)}"
        apt.packages(name=said, packages=missing, update=True, no_recommends=True, _sudo=True)


def _names(name: str, address: str) -> None:
    lines = cast("list[str]", look(cast("type[FactBase[object]]", FileContents), path=HOSTS) or [])
    wanted = naming(lines, name, address)
    if wanted != lines:
        said = f"{HOSTS} names {address} {name}" if address else f"{HOSTS} doesn't name {name}"
        files.put(name=said, src=StringIO("\n".join(wanted) + "\n"), dest=HOSTS, mode="644", _sudo=True)
