"""A home directory: where one MAAS keeps its state, its keys and what says that it runs.

maas-api-key, maas-password, amt-password   0600, written at the first start
ssh-key, ssh-key.pub                        the key of the user cloud on main, likewise
state.json, state.journal                   see `store`
maas.pid, maas.sock, maas.log, maas.json    of the running daemon
charms/                                     data files of charms besides the catalogue's, where somebody put some
"""

import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from lab.maas import accounts, rack, seed
from lab.maas.models import Pace
from lab.maas.seed import Secrets
from lab.maas.service import Service
from lab.maas.store import FileStore
from lab.maas.world import World


def fresh_secrets() -> Secrets:
    """Draw secrets that nobody knows; the AMT password meets Intel's rules (8-32 characters, all four classes)."""
    return Secrets(secrets.token_hex(32), secrets.token_urlsafe(15), f"Aa1!{secrets.token_hex(10)}")


@dataclass(frozen=True, slots=True)
class Home:
    """The files of a home directory by their names."""

    path: Path

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def key(self) -> Path:
        return self.path / "maas-api-key"

    @property
    def password(self) -> Path:
        return self.path / "maas-password"

    @property
    def amt_password(self) -> Path:
        return self.path / "amt-password"

    @property
    def ssh_key(self) -> Path:
        return self.path / "ssh-key"

    @property
    def charms(self) -> Path:
        return self.path / "charms"

    @property
    def pid(self) -> Path:
        return self.path / "maas.pid"

    @property
    def socket(self) -> Path:
        return self.path / "maas.sock"

    @property
    def log(self) -> Path:
        return self.path / "maas.log"

    @property
    def facts(self) -> Path:
        return self.path / "maas.json"

    def open(
        self, rack_name: str, pace: Pace | None, now: float, given: Secrets | None = None, *, bare: bool = False
    ) -> tuple[Service, str]:
        """Open the MAAS that lives here, or make one, with `bare` a host without MAAS.

        Gives the service and cloud's API key, "" while there is no user cloud.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        store = FileStore(self.path)
        changes = store.read()
        if changes:
            world = World()
            world.load(changes)
            seed.complete(world)
        else:
            world = self._new(given or fresh_secrets(), rack_name, pace or Pace(), now, bare=bare)
        world.commit()
        store.snapshot(world.dump())
        key = self.keep_key(world)
        private(self.amt_password, world.meta.amt_password)
        if not self.ssh_key.exists():
            write_key_pair(self.ssh_key)
        store.on_growth(world.dump)
        return Service(world, time.time, store), key

    def _new(self, drawn: Secrets, rack_name: str, pace: Pace, now: float, *, bare: bool) -> World:
        machines, host = rack.load(rack_name), rack.host(rack_name)
        if bare:
            return seed.bare_world(drawn, machines, pace, host)
        world, _ = seed.new_world(drawn, machines, now, pace, host)
        private(self.password, drawn.password)
        return world

    def keep_key(self, world: World) -> str:
        """Let the key file hold cloud's API key as long as there is a user cloud; gives the key, or ""."""
        tokens = [each for each in world.tokens if each.username == seed.ADMIN]
        if not tokens:
            self.key.unlink(missing_ok=True)
            return ""
        key = accounts.api_key(tokens[0])
        private(self.key, key)
        return key


def write_key_pair(path: Path) -> None:
    """Make the SSH key that a person on main would have: an Ed25519 pair in OpenSSH's own formats."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
    path.with_name(f"{path.name}.pub").write_text(f"{public.decode()} cloud@main\n")
    private(path, pem.decode().rstrip("\n"))


def private(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, 0o600)
        file.write(f"{text}\n")
