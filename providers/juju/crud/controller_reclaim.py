"""The machines of a controller that does not answer go back to MAAS, where `juju kill-controller` can't see to it.

`juju kill-controller` -> it needs the controller's API -> machines of MAAS whose owner data name the controller are
released -> the client forgets it. Juju 2.9 goes to MAAS by itself; 3.6.11 and 4.0.12 end with "cannot connect to model
config API". Sources: cmd/juju/controller/kill.go, internal/provider/maas of these; MAAS 3.5 API, machines/?op=release.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from providers.common.progress import say
from providers.common.raw import Raw, mapping, text
from providers.juju.crud.controller_client import Client
from providers.juju.errors import JujuError
from providers.maas.client import Client as Maas
from providers.maas.connection import Connection
from providers.maas.endpoint import Endpoint
from providers.maas.errors import MaasError

OWNER = "juju-controller-uuid"
"""What Juju writes into the owner data of every machine that it takes."""
_NEEDS_API = "cannot connect to model config API"


def kill(client: Client, props: Raw, uuid: str) -> None:
    """Give the machines of the controller `uuid` back and let the client forget it; JujuError where MAAS does not."""
    try:
        client.kill()
    except JujuError as error:
        if _NEEDS_API not in str(error):
            raise
        say(f"{client.place.name}: juju can't kill {client.name} without its API: its machines are released in MAAS")
        _release(props, uuid, client.name)
        client.unregister()


def _release(props: Raw, uuid: str, name: str) -> None:
    try:
        with _maas(props) as maas:
            listed = maas.many("Machines.read", f"list the machines of the controller {name}")
            for machine in (each for each in listed if uuid and text(mapping(each, "owner_data"), OWNER) == uuid):
                hostname = text(machine, "hostname")
                say(f"{name}: {hostname} is released")
                purpose = f"release {hostname}, a machine of the controller {name}"
                data = {"comment": "its controller was killed"}
                maas.call("Machine.release", purpose, {"system_id": text(machine, "system_id")}, data, repeatable=True)
    except MaasError as error:
        raise JujuError(f"The machines of the controller {name} are not released: {error}") from None


@contextmanager
def _maas(props: Raw, connect: Callable[[], Connection] = Connection) -> Generator[Maas]:
    url = text(mapping(props, "cloud"), "endpoint").rstrip("/")
    maas = Maas(Endpoint(url, text(mapping(props, "credential"), "key")), connect())
    try:
        yield maas
    finally:
        maas.close()
