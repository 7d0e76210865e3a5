"""The daemon itself: `python -m lab.daemon.run HOME HOST PORT RACK MODE FACTOR [--hosts] [--bare]`, from `lab up`.

    control socket ─> orders        API, main's commands ─> Site ─> Service ─> (--hosts) HostsDriver ─> Fleet
                                                              └─> JujuSite: the controller that HOME/juju holds

Serves until SIGTERM or SIGINT. With `--hosts` it must run in main's network namespace, and the rack's machines and main
are hosts; with `--bare` a new MAAS is not initialised. Its log holds no headers, no queries, no bodies: no secrets.
"""

import argparse
import asyncio
import logging
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path

from lab.daemon import control, juju_orders, orders
from lab.hosts import base, mirror, served
from lab.hosts.cache import CacheError
from lab.hosts.fleet import Fleet
from lab.hosts.net import COURSE
from lab.juju.doors import Hosts, Loopback
from lab.juju.hub import catalogue
from lab.juju.site import CHARMHUB_PORT, JujuSite
from lab.maas import pace as paces
from lab.maas.home import Home
from lab.maas.models import Json, Pace
from lab.maas.service import Service
from lab.mainhost import desk
from lab.mainhost.spec import PROGRAM, main_spec
from lab.rackhosts.driver import HostsDriver
from lab.rackhosts.site import Site

_log = logging.getLogger("lab")


async def serve(home: Home, host: str, port: int, service: Service, *, hosts: bool = False) -> None:
    """Listen on all channels until a signal comes."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    catalogue.bring(home.charms)
    places = Hosts(COURSE, service) if hosts else Loopback(host)
    juju = JujuSite(service, places, home / "juju", f"{host}:{CHARMHUB_PORT}")
    site = Site(service, host, port, lambda: home.keep_key(service.world), juju)
    shared = home / "main"
    desk.prepare(shared)
    async with _rack(home, service, shared) if hosts else nullcontext():
        await _listen(home, site, service, juju, shared, stopped)
    shutil.rmtree(shared)


async def _listen(
    home: Home, site: Site, service: Service, juju: JujuSite, shared: Path, stopped: asyncio.Event
) -> None:
    await site.start(shared)
    await asyncio.to_thread(juju.resume)
    listening = await control.listen(home.socket, partial(_order, service, juju))
    _log.info("up")
    await stopped.wait()
    listening.close()
    await site.close()
    await asyncio.to_thread(juju.close)
    _log.info("stopped")


def _order(service: Service, juju: JujuSite, do: str, given: Json) -> object:
    """Do one order of the control socket."""
    if do in juju_orders.ORDERS:
        return juju_orders.ORDERS[do](juju, given)
    return orders.ORDERS[do](service, given)


@asynccontextmanager
async def _rack(home: Home, service: Service, shared: Path) -> AsyncGenerator[None]:
    """Run the rack's machines, main and the package mirror meanwhile."""
    base_path = base.get(_log.info)
    packages = await served.serve(COURSE.main, COURSE.mirror_port, mirror.get(base_path, _log.info), home / served.GIT)
    fleet = Fleet(home.path, base_path=base_path)
    driver = HostsDriver(fleet, service.saw)
    key = home.ssh_key.with_name(f"{home.ssh_key.name}.pub").read_text()
    fleet.start(main_spec(COURSE, key, shared, PROGRAM.read_text()))
    service.host(driver)
    try:
        yield
    finally:
        driver.close()
        await asyncio.to_thread(fleet.close)
        await packages.cleanup()


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab.daemon.run")
    for name in ("home", "host", "port", "rack", "mode", "factor"):
        parser.add_argument(name)
    parser.add_argument("--hosts", action="store_true")
    parser.add_argument("--bare", action="store_true")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Serve one home; gives the exit code."""
    given = _arguments(arguments)
    home = Home(Path(given.home))
    logging.basicConfig(
        filename=home.log, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True
    )
    now = time.time()
    start = paces.switch(Pace(), now, given.mode, float(given.factor))
    try:
        service, _ = home.open(given.rack, start, now, bare=given.bare)
        asyncio.run(serve(home, given.host, int(given.port), service, hosts=given.hosts))
    except (ValueError, OSError, CacheError) as error:
        _log.error("%s", error)  # the person reads this file: a sentence, no traceback
        return 1
    service.close()
    home.socket.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(sys.argv[1:]))
