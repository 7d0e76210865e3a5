"""A rack for tests: real hosts in a private network, driven by a MAAS of the test's own.

    with running_rack() as rack:
        rack.maas.url, rack.maas.api_key ...          # the API, from this machine, at rack.hosts.net.main
        rack.ssh("172.21.0.4", "hostname", key)       # what a deployment made

`bare` begins as a freshly installed main: `rack.main("sudo snap install maas")`. `rack.juju` is the controller that
`juju bootstrap` there makes.
"""

import subprocess
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from lab.hosts import enter, ssh
from lab.hosts.fleet import Fleet
from lab.hosts.net import MAIN
from lab.hosts.testing import BOOT, Hosts, running_hosts
from lab.juju.doors import Hosts as JujuHosts
from lab.juju.site import CHARMHUB_PORT, JujuSite
from lab.maas import accounts, rack, seed
from lab.maas import pace as paces
from lab.maas.models import Host, Pace
from lab.maas.seed import Secrets
from lab.maas.service import Service
from lab.maas.testing import AMT_PASSWORD, PASSWORD, RunningMaas
from lab.mainhost import desk
from lab.mainhost.spec import PROGRAM, main_spec
from lab.rackhosts.driver import BOOT_SECONDS, HostsDriver
from lab.rackhosts.site import Site

PORT = 5240


@dataclass
class RunningRack:
    """A MAAS whose machines run; `key` is the private key of main's user cloud, which may log in on main."""

    maas: RunningMaas
    hosts: Hosts = field(repr=False)
    driver: HostsDriver = field(repr=False)
    juju: JujuSite = field(repr=False)

    @property
    def key(self) -> Path:
        return self.hosts.key_file

    @property
    def public_key(self) -> str:
        return self.key.with_name("ssh-key.pub").read_text().strip()

    @property
    def fleet(self) -> Fleet:
        return self.hosts.fleet

    def ssh(self, address: str, command: str, user: str = "ubuntu", *, check: bool = True, stdin: str = "") -> str:
        """Run a shell command on a deployed host; its output, stderr included."""
        argv = ssh.command(self.key, user, address, [command])
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False, timeout=120)
        if check and done.returncode:
            raise AssertionError(f"{address}: `{command}` ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def main(self, command: str, *, check: bool = True, stdin: str = "") -> str:
        """Run a shell command on main, as cloud."""
        return self.ssh(self.hosts.net.main, command, "cloud", check=check, stdin=stdin)


@contextmanager
def running_rack(
    pace: Literal["immediate", "manual", "timed"] = "immediate",
    factor: float = 1.0,
    *,
    name: str = "course",
    bare: bool = False,
    main: bool = False,
    patience: float = BOOT_SECONDS,
) -> Generator[RunningRack]:
    """Run a rack (`name` as for `lab up --rack`) in a private network; with `main` or `bare`, main too. Root only."""
    with running_hosts() as hosts:
        service, key = _service(hosts, name, pace, factor, bare=bare)
        driver = HostsDriver(hosts.fleet, service.saw, patience)
        service.host(driver)
        url = f"http://{hosts.net.main}:{PORT}/MAAS"
        juju = JujuSite(service, JujuHosts(hosts.net, service), None, f"{hosts.net.main}:{CHARMHUB_PORT}")
        running = RunningRack(RunningMaas(url, key, AMT_PASSWORD, service), hosts, driver, juju)
        shared = hosts.home / MAIN if main or bare else None
        with enter.serving(hosts.net.namespace(MAIN), _start(service, hosts.net.main, shared, juju)):
            if shared:
                hosts.fleet.start(main_spec(hosts.net, running.public_key, shared, PROGRAM.read_text()))
                if not hosts.fleet.wait_booted(MAIN, BOOT):
                    raise TimeoutError(f"main did not answer by SSH. {hosts.fleet.failure(MAIN)}")
            try:
                yield running
            finally:
                juju.close()
                driver.close()


def _start(
    service: Service, address: str, shared: Path | None, juju: JujuSite
) -> Callable[[], Awaitable[Callable[[], Awaitable[None]]]]:
    async def start() -> Callable[[], Awaitable[None]]:
        site = Site(service, address, PORT, juju=juju)
        if shared:
            desk.prepare(shared)
        await site.start(shared)
        return site.close

    return start


def _service(hosts: Hosts, name: str, mode: str, factor: float, *, bare: bool) -> tuple[Service, str]:
    now = time.time()
    begin = paces.switch(Pace(), now, mode, factor)
    secrets = Secrets("testing", PASSWORD, AMT_PASSWORD)
    host = replace(Host(), address=hosts.net.main, network=hosts.net.subnet, router=hosts.net.router)
    machines = rack.load(name)
    if bare:
        world, key = seed.bare_world(secrets, machines, begin, host), ""
    else:
        world, token = seed.new_world(secrets, machines, now, begin, host)
        key = accounts.api_key(token)
    world.commit()
    return Service(world, time.time), key
