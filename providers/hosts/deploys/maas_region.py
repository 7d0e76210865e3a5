"""MAAS itself on a server: the snaps of MAAS and of its database, initialised as region and rack, running.

data: `{channel, url, adopted}`. An adopted MAAS keeps its channel and URL; what is missing of it is added all the same.
"""

from collections.abc import Mapping

from pyinfra.api.facts import FactBase
from pyinfra.operations import server

from providers.common.raw import flag, text
from providers.hosts.crud import maas_region_facts as said
from providers.hosts.crud.maas_region_facts import MAAS, MARK, SNAP_BIN, TEST_DB, InstalledSnap
from providers.hosts.deploys.facts import look

_ANSWERS = """\
python3 -c '
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1] + "/api/2.0/version/", timeout=10) as answer:
    answer.read()
' {url} 2>/dev/null"""
# The database is made, and the API starts, minutes after `maas init` has returned.
_WAIT = """\
n=0
until {answers}; do
  n=$((n + 1))
  if [ $n -ge 150 ]; then echo "MAAS does not answer at {url}; its log: snap logs maas" >&2; exit 1; fi
  sleep 2
done"""


class Snaps(FactBase[dict[str, InstalledSnap]]):
    """The installed snaps."""

    default = dict

    def command(self) -> str:
        return "snap list 2>/dev/null || :"

    def process(self, output: list[str]) -> dict[str, InstalledSnap]:
        return said.snaps(output)


class Config(FactBase[dict[str, str]]):
    """What MAAS is configured as; nothing when it is not installed."""

    default = dict

    def command(self) -> str:
        return f"{SNAP_BIN}; command -v maas >/dev/null || exit 0; maas config --parsable 2>/dev/null || :"

    def process(self, output: list[str]) -> dict[str, str]:
        return said.config(output)


class Answers(FactBase[bool]):
    """Whether MAAS's API answers at a URL, asked on the server itself."""

    def command(self, url: str) -> str:
        return f"{_ANSWERS.format(url=url)} && echo yes || :"

    def process(self, output: list[str]) -> bool:
        return "yes" in output


def deploy(data: Mapping[str, object]) -> None:
    """Bring it there: minutes, most of them downloads and the first start."""
    url, adopted = text(data, "url"), flag(data, "adopted")
    _snap(MAAS, text(data, "channel"), adopted=adopted)
    _snap(TEST_DB, "", adopted=adopted)
    config = look(Config)
    if config.get("mode", "none") == "none":
        _do(
            f"MAAS is initialised as region and rack at {url}",
            f"maas init region+rack --maas-url {url} --database-uri {TEST_DB}:///",
            _waiting(url),
        )
        return
    if not adopted and config.get("maas_url") != url:
        _do(f"MAAS's own URL is {url}", f"maas config --maas-url {url}", _waiting(url))
        return
    if not look(Answers, url=url):
        _do(f"MAAS runs and answers at {url}", f"snap restart {MAAS}", _waiting(url))


def undo(data: Mapping[str, object]) -> None:
    """Take MAAS off with all that it knows, and its database."""
    del data
    installed = [name for name in (MAAS, TEST_DB) if name in look(Snaps)]
    if installed:
        _do("MAAS is removed", f"snap remove --purge {' '.join(installed)}", f"rm -f {MARK}")


def _snap(name: str, channel: str, *, adopted: bool) -> None:
    installed = look(Snaps).get(name)
    flag_of = f" --channel={channel}" if channel else ""
    if installed is None:
        _do(f"The snap {name} is installed", f"snap install {name}{flag_of}")
    elif channel and installed.channel != channel and not adopted:
        _do(f"The snap {name} is of {channel}", f"snap refresh {name}{flag_of}")


def _waiting(url: str) -> str:
    return _WAIT.format(answers=_ANSWERS.format(url=url), url=url)


def _do(sentence: str, *commands: str) -> None:
    script = "\n".join(("(", SNAP_BIN, "set -e", *commands, ")"))
    server.shell(name=sentence, commands=[script], _sudo=True)
