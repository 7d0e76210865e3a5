"""The daemon itself: `python -m lab.daemon.run HOME HOST PORT RACK MODE FACTOR`, started by `lab up`.

Serves the API and the control socket until SIGTERM or SIGINT. At the timed pace it also looks at the world twice a
second, so that machines move on while nobody asks. Its log holds no headers, no queries, no bodies: no secrets.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from pathlib import Path

from lab.daemon import control
from lab.maas import pace as paces
from lab.maas import server
from lab.maas.home import Home
from lab.maas.models import Pace
from lab.maas.service import Service

LOOK = 0.5
"""Seconds between two looks at a world whose time runs."""

_log = logging.getLogger("lab")


async def serve(home: Home, host: str, port: int, service: Service) -> None:
    """Listen on both channels until a signal comes."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    runner, _ = await server.start(service, host, port)
    orders = await control.listen(home.socket, service)
    _log.info("MAAS answers at http://%s:%d/MAAS", host, port)
    looking = asyncio.create_task(_look(service))
    await stopped.wait()
    looking.cancel()
    orders.close()
    await runner.cleanup()
    _log.info("stopped")


async def _look(service: Service) -> None:
    while True:
        await asyncio.sleep(LOOK)
        if service.world.pace.mode == "timed":
            with service.transaction():
                pass


def main(arguments: list[str]) -> int:
    directory, host, port, rack_name, mode, factor = arguments
    home = Home(Path(directory))
    logging.basicConfig(
        filename=home.log, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True
    )
    now = time.time()
    start = paces.switch(Pace(), now, mode, float(factor))
    try:
        service, _ = home.open(rack_name, start, now)
        asyncio.run(serve(home, host, int(port), service))
    except (ValueError, OSError) as error:
        _log.error("%s", error)  # the person reads this file: a sentence, no traceback
        return 1
    service.close()
    home.socket.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(sys.argv[1:]))
