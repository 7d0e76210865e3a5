"""What listens at the doors of a controller, each as what starts it (`doors.Start`): its API, Vault, Charmhub."""

from aiohttp import web

from lab.juju import server, vault_http
from lab.juju.doors import Closer, Start
from lab.juju.hub import http
from lab.juju.service import Service


def api(service: Service) -> Start:
    """Serve the controller's API."""

    async def start(host: str, port: int) -> Closer:
        return await server.start(service, host, port)

    return start


def vault_of(service: Service, model: str, unit: str) -> Start:
    """Serve the Vault of a unit."""

    async def start(host: str, port: int) -> Closer:
        return await _serving(vault_http.application(service, model, unit), host, port)

    return start


async def charmhub(host: str, port: int) -> Closer:
    """Serve the lab's Charmhub."""
    return await _serving(http.application(), host, port)


async def _serving(app: web.Application, host: str, port: int) -> Closer:
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner.cleanup
