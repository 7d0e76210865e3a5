"""The HTTP shell: aiohttp requests into `wire.Request`, outcomes onto the wire.

Answers, waits (slow faults) or cuts the connection (dropped answers); everything else is `service`.
"""

import asyncio

from aiohttp import web

from lab.maas.service import Outcome, Service
from lab.maas.wire import Request

MAX_BODY = 64 * 1024 * 1024


def application(service: Service) -> web.Application:
    async def serve(request: web.Request) -> web.StreamResponse:
        return await _respond(request, service.handle(await _read(request)))

    app = web.Application(client_max_size=MAX_BODY)
    app.router.add_route("*", "/{path:.*}", serve)
    return app


async def _read(request: web.Request) -> Request:
    return Request(
        method=request.method,
        path=request.path,
        query=list(request.query.items()),
        content_type=request.headers.get("Content-Type", ""),
        body=await request.read(),
        authorization=request.headers.get("Authorization", ""),
        origin=f"{request.scheme}://{request.host}",
    )


async def _respond(request: web.Request, outcome: Outcome) -> web.StreamResponse:
    if outcome.delay:
        await asyncio.sleep(outcome.delay)
    answer = outcome.reply
    if outcome.dropped:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=answer.status)
    headers = dict(answer.headers)
    if answer.status != 204:
        headers["Content-Type"] = f"{answer.content_type}; charset=utf-8"
    return web.Response(status=answer.status, body=answer.body, headers=headers)


async def start(service: Service, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Listen on host:port (0 for any port); gives the runner to clean up and the port."""
    runner = web.AppRunner(application(service), access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner, int(runner.addresses[0][1])
