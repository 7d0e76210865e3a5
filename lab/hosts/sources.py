"""This machine's own apt configuration, for the archive and the proxy it is set up with: parsing is pure.

/etc/apt/sources.list{,.d/*} -> [Source] of one suite        `apt-config dump` -> options
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

_OPTION = re.compile(r'^(Acquire::(?:http|https|Check|Retries)\S*) "(.*)";$', re.MULTILINE)
_LINE = re.compile(r"^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+)$")
APT: Final = Path("/etc/apt")


@dataclass(frozen=True, slots=True)
class Source:
    """One archive that apt reads."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""

    @property
    def line(self) -> str:
        """In the one-line form of sources.list(5)."""
        options = f"[signed-by={self.signed_by}] " if self.signed_by else ""
        return f"deb {options}{self.uri} {self.suite} {' '.join(self.components)}"


def of_suite(sources: Iterable[Source], suite: str) -> list[Source]:
    """Choose the release, its updates and its security fixes, with `main` alone; no archive of anybody else."""
    names = {suite, f"{suite}-updates", f"{suite}-security"}
    return [
        replace(each, components=("main",)) for each in sources if each.suite in names and "main" in each.components
    ]


def parse_list(text: str) -> list[Source]:
    """Parse the one-line form; lines that are none of `deb` are left out."""
    found: list[Source] = []
    for line in text.splitlines():
        match = _LINE.match(line.split("#", 1)[0].strip())
        if match:
            options = dict(each.split("=", 1) for each in (match[1] or "").split() if "=" in each)
            found.append(Source(match[2], match[3], tuple(match[4].split()), options.get("signed-by", "")))
    return found


def parse_deb822(text: str) -> list[Source]:
    """Parse the stanzas of a .sources file; a stanza gives one source for each of its URIs and suites."""
    return [
        Source(uri, suite, tuple(fields.get("components", "").split()), _one_word(fields.get("signed-by", "")))
        for fields in _stanzas(text)
        if "deb" in fields.get("types", "").split() and fields.get("enabled", "yes").lower() != "no"
        for uri in fields.get("uris", "").split()
        for suite in fields.get("suites", "").split()
    ]


def _one_word(signed_by: str) -> str:
    """Keep the path of a keyring; a key written into the stanza has no place in a line."""
    return signed_by if len(signed_by.split()) == 1 else ""


def _stanzas(text: str) -> list[dict[str, str]]:
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    stanzas: list[dict[str, str]] = []
    for block in re.split(r"\n\s*\n", lines):
        unfolded = re.sub(r"\n[ \t]+", " ", block)
        pairs = (line.split(":", 1) for line in unfolded.splitlines() if ":" in line)
        stanzas.append({name.strip().lower(): value.strip() for name, value in pairs})
    return stanzas


def parse_options(dumped: str) -> list[str]:
    """Choose from `apt-config dump` how archives are reached: proxies, certificates, time checks; as NAME=VALUE."""
    return [f"{name}={value}" for name, value in _OPTION.findall(dumped)]


def of_this_machine(apt: Path = APT) -> list[Source]:
    """Read every source that this machine's apt knows."""
    folder = apt / "sources.list.d"
    lists = [apt / "sources.list", *sorted(folder.glob("*.list"))]
    found = [each for path in lists if path.is_file() for each in parse_list(path.read_text())]
    return found + [each for path in sorted(folder.glob("*.sources")) for each in parse_deb822(path.read_text())]
