"""What main says of its snaps and its MAAS: output of commands -> values. Pure.

Sources: `snap list` of snapd 2.6x, `maas config --parsable` and `maas apikey` of the MAAS 3.5 snap.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from providers.common import cleaning

MAAS = "maas"
TEST_DB = "maas-test-db"
MARK = "/var/lib/metal-to-cloud/maas-region"
"""On a server whose MAAS was installed by us, also by a run that did not get to its end."""
SNAP_BIN = 'PATH="$PATH:/snap/bin"'
"""Where the snap's command is found by a login that reads no profile."""
_KEY = re.compile(r"[^\s:]+:[^\s:]+:[^\s:]+")


@dataclass(frozen=True)
class InstalledSnap:
    """A row of `snap list`; `channel` is what it tracks, e.g. "3.5/stable"."""

    name: str
    version: str
    channel: str


def snaps(lines: Iterable[str]) -> dict[str, InstalledSnap]:
    """Read the rows of `snap list`: Name Version Rev Tracking Publisher Notes."""
    rows = [fields for fields in (line.split() for line in lines) if len(fields) >= 4 and fields[2] != "Rev"]
    return {row[0]: InstalledSnap(row[0], row[1], row[3]) for row in rows}


def release(version: str) -> str:
    """Shorten a snap's version to MAAS's own: "3.5.3-16341-g.b1dd70a" is 3.5.3."""
    return version.partition("-")[0]


def config(lines: Iterable[str]) -> dict[str, str]:
    """Read `maas config --parsable`: `mode` ("none" before `maas init`), `maas_url`, ..."""
    pairs = [line.strip().partition("=") for line in lines]
    return {name: value for name, equals, value in pairs if equals}


def keys(text: str) -> tuple[str, ...]:
    """Read `maas apikey`: a key per line, "consumer:token:secret", a name may follow it."""
    words = [line.split()[0] for line in text.splitlines() if line.split()]
    return tuple(word for word in words if _KEY.fullmatch(word))


def chosen(listed: tuple[str, ...], known: str) -> str:
    """Choose the key to use: the known one while it is listed, else the first; "" when there is none."""
    return known if known in listed else next(iter(listed), "")


def url(value: object) -> str:
    """Clean MAAS's URL: http(s)://HOST[:PORT]/MAAS, no slash at the end."""
    given = cleaning.filled(value).rstrip("/")
    parts = urlsplit(given)
    try:
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and parts.path == "/MAAS"
    except ValueError:
        usable = False
    if usable and re.fullmatch(r"[A-Za-z0-9:/.\[\]-]+", given):
        return given
    raise ValueError(f"is {value!r}, but must be a URL such as http://172.16.0.3:5240/MAAS")


def password(value: object) -> str:
    """Clean a password that goes through a prompt: one line."""
    given = cleaning.secret_text(value)
    if given and not re.search(r"[\x00-\x1f\x7f]", given):
        return given
    raise ValueError("must be one line of at least one character (its value is a secret and is not shown)")
