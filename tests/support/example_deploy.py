"""A small deploy with what matters to the worker: files, a service, conditions, steps that need earlier ones."""

from collections.abc import Mapping
from io import StringIO

from pyinfra.facts.files import File
from pyinfra.operations import files, server, systemd

from providers.common.raw import text
from providers.hosts.deploys.facts import look

UNIT = """[Unit]
Description=an example
[Service]
ExecStart=/bin/sleep infinity
"""
FOLDER = "/etc/example"


def deploy(data: Mapping[str, object]) -> None:
    files.directory(name="the folder is there", path=FOLDER, mode="755", _sudo=True)
    content = files.put(
        name="the file says what is wanted",
        src=StringIO(text(data, "content")),
        dest=f"{FOLDER}/content",
        mode="600",
        _sudo=True,
    )
    unit = files.put(
        name="the unit is there", src=StringIO(UNIT), dest="/etc/systemd/system/example.service", mode="644", _sudo=True
    )
    systemd.daemon_reload(name="systemd knows the unit", _sudo=True, _if=unit.did_change)
    systemd.service(name="the service runs", service="example", running=True, _sudo=True)
    systemd.service(
        name="the service is as its file says", service="example", restarted=True, _sudo=True, _if=content.did_change
    )
    if not look(File, path=f"{FOLDER}/once"):
        server.shell(name="it is set up once", commands=[f"touch {FOLDER}/once"], _sudo=True)


def undo(data: Mapping[str, object]) -> None:
    del data
    systemd.service(name="the service is stopped", service="example", running=False, _sudo=True)
    files.file(name="the unit is gone", path="/etc/systemd/system/example.service", present=False, _sudo=True)
    files.directory(name="the folder is gone", path=FOLDER, present=False, _sudo=True)
