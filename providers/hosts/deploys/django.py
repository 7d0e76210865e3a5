"""A server of an app: the files that say how a release is served, the socket that systemd holds, and the service.

data: that of `django_base`, and `{release, port, firewall, mark, files: {path: text}}`. The release itself is shipped
and unpacked before (`providers.hosts.crud.appserver`). `mark` is the fingerprint that a process started with these
files carries in its environment: so a service that runs with older ones is seen, even if the files are right.
"""

from collections.abc import Generator, Iterable, Mapping
from io import StringIO

from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation  # pyright: ignore[reportUnknownVariableType] - partly typed in pyinfra
from pyinfra.operations import files, systemd

from providers.common.raw import flag, mapping, text, whole
from providers.hosts.crud.appserver_layout import CONFIGURATION, Layout
from providers.hosts.deploys import django_base
from providers.hosts.deploys.facts import look


class Running(FactBase[dict[str, str]]):
    """What of an app's units runs, as systemd and the process say: `{"socket.ActiveState": "active", "mark": ...}`."""

    def command(self, app: str) -> str:
        return f"""\
for unit in socket service
do systemctl show {app}.$unit -p ActiveState,UnitFileState,NeedDaemonReload,Listen | sed "s/^/$unit./"
done
pid=$(systemctl show {app}.service -p MainPID --value)
[ "$pid" = 0 ] || tr '\\0' '\\n' < "/proc/$pid/environ" | sed -n 's/^{CONFIGURATION}=/mark=/p'
"""

    def process(self, output: Iterable[str]) -> dict[str, str]:
        pairs = [line.partition("=") for line in output]
        return {name: value for name, _, value in pairs}


class Admits(FactBase[str]):
    """What ufw does with a port: "" where it doesn't filter, "open" or "closed" where it does."""

    def command(self, tcp: int) -> str:
        return f"""\
command -v ufw >/dev/null && ufw status | grep -qx 'Status: active' || exit 0
ufw status | grep -q '^{tcp}/tcp  *ALLOW  *Anywhere *$' && echo open || echo closed
"""

    def process(self, output: Iterable[str]) -> str:
        return "".join(output)


def deploy(data: Mapping[str, object]) -> None:
    """Bring the server there; a restart only where what runs isn't what the files say."""
    django_base.deploy(data)
    layout, release, port = Layout(text(data, "app")), text(data, "release"), whole(data, "port")
    for path, body in mapping(data, "files").items():
        mode = "600" if path == layout.environment else "644"
        name = f"{path} is as the program says"
        files.put(name=name, src=StringIO(str(body)), dest=path, user="root", group="root", mode=mode, _sudo=True)
    current = f"{layout.home}/current"
    files.link(name=f"{current} is {release}", path=current, target=layout.release(release), _sudo=True)
    if flag(data, "firewall"):
        admitted(name=f"The firewall admits {port}/tcp", port=port, _sudo=True)
    listening(name=f"{layout.app}.socket listens on port {port}", app=layout.app, port=port, _sudo=True)
    mark = text(data, "mark")
    serving(name=f"{layout.app}.service runs release {release} as set", app=layout.app, mark=mark, _sudo=True)


def undo(data: Mapping[str, object]) -> None:
    """Stop and take off, the releases and the user too."""
    layout, port = Layout(text(data, "app")), whole(data, "port")
    for unit in (f"{layout.app}.service", f"{layout.app}.socket"):
        systemd.service(name=f"{unit} is stopped", service=unit, running=False, enabled=False, _sudo=True)
    for path in (layout.service, layout.socket):
        files.file(name=f"There is no {path}", path=path, present=False, _sudo=True)
    if flag(data, "firewall"):
        admitted(name=f"The firewall admits {port}/tcp no longer", port=port, present=False, _sudo=True)
    django_base.undo(data)


@operation()
def admitted(port: int, present: bool = True) -> Generator[str]:
    """Open a port where ufw filters, or take its rule away."""
    said = look(Admits, tcp=port)
    if present and said == "closed":
        yield f"ufw allow {port}/tcp"
    if not present and said == "open":
        yield f"ufw delete allow {port}/tcp"


@operation()
def listening(app: str, port: int) -> Generator[str]:
    """Have systemd hold the port; a socket can't start under a running service, so that one waits."""
    now = look(Running, app=app)
    held = now.get("socket.ActiveState") == "active" and now.get("socket.Listen") == f"0.0.0.0:{port} (Stream)"
    if held and now.get("socket.UnitFileState") == "enabled":
        return
    yield "systemctl daemon-reload"
    yield f"systemctl enable --quiet {app}.socket"
    if not held:
        yield f"systemctl stop {app}.service {app}.socket"
        yield f"systemctl start {app}.socket"


@operation()
def serving(app: str, mark: str) -> Generator[str]:
    """Restart the service where it is stopped, or runs with files other than those that are there."""
    now = look(Running, app=app)
    right = {"service.ActiveState": "active", "service.UnitFileState": "enabled", "service.NeedDaemonReload": "no"}
    if all(now.get(name) == value for name, value in right.items()) and now.get("mark") == mark:
        return
    yield "systemctl daemon-reload"
    yield f"systemctl enable --quiet {app}.service"
    yield f"systemctl restart {app}.service"
