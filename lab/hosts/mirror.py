"""The packages that servers install, on this machine: a flat apt repository and a Python index.

packages.yaml: debs   -> apt-get --download-only against the base's dpkg status -> CACHE/debian-HASH
packages.yaml: wheels -> pip download for the base's Python                     -> CACHE/simple-HASH
"""

import email.utils
import gzip
import hashlib
import html
import re
import shutil
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.hosts import base, cache, packages, run

_GLIBC: Final = range(36, 4, -1)
"""The minor versions of glibc 2 whose wheels run on the base, the newest first."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where its parts lie."""

    debian: Path
    simple: Path


def get(base_path: Path, say: cache.Say) -> Mirror:
    """Give the mirror; fills it the first time (about half a minute)."""
    listed = packages.load()
    debian, simple = names(base_path.name)
    return Mirror(
        cache.get(debian, lambda to: _make_debian(to, base_path, listed.debs, say)),
        cache.get(simple, lambda to: _make_simple(to, packages.requirements(listed.wheels), say)),
    )


def names(base_name: str) -> list[str]:
    """Name the directories of the mirror that goes with this base."""
    listed = packages.load()
    return [debian_name(base_name, listed.debs), simple_name(packages.requirements(listed.wheels))]


def debian_name(base_name: str, debs: Sequence[str]) -> str:
    """Name the repository that completes this base."""
    return f"debian-{cache.digest((base_name, *debs))}"


def simple_name(requirements: Sequence[str]) -> str:
    """Name the index that fulfils these requirements."""
    return f"simple-{cache.digest(requirements)}"


def _make_debian(to: Path, base_path: Path, debs: Sequence[str], say: cache.Say) -> None:
    say(f"Fetching {len(debs)} Debian packages and what they need (once).")
    with_state = to / ".apt"
    for folder in ("state/lists/partial", "cache/archives/partial", "etc"):
        (with_state / folder).mkdir(parents=True)
    lines = base.archive() or (base_path / base.ARCHIVE).read_text().splitlines()
    (with_state / "etc/sources.list").write_text("".join(f"{line}\n" for line in lines))
    options = apt_options(with_state, base_path, base.apt_options())
    run.output(["apt-get", *options, "update"])
    run.output(["apt-get", *options, "--yes", "--no-install-recommends", "--download-only", "install", *debs])
    for deb in (with_state / "cache/archives").glob("*.deb"):
        deb.rename(to / deb.name)
    shutil.rmtree(with_state)
    index(to, run.output(["dpkg-scanpackages", "--multiversion", str(to)]), time.time())
    say(f"The mirror holds {len(list(to.glob('*.deb')))} Debian packages.")


def apt_options(scratch: Path, base_path: Path, reaching: Sequence[str]) -> list[str]:
    """Let this machine's apt work for the base (pure): what the base has counts as installed, nothing else."""
    given = {
        "Dir::State": scratch / "state",
        "Dir::State::status": base_path / "var/lib/dpkg/status",
        "Dir::Cache": scratch / "cache",
        "Dir::Etc": scratch / "etc",
        "Dir::Etc::Trusted": "/etc/apt/trusted.gpg",
        "Dir::Etc::TrustedParts": "/etc/apt/trusted.gpg.d",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "DPkg::Post-Invoke": "",
        "APT::Update::Post-Invoke": "",
        "APT::Update::Post-Invoke-Success": "",
        "APT::Install-Recommends": "false",
    }
    return ["-qq", *(f"-o{option}" for option in reaching), *(f"-o{name}={value}" for name, value in given.items())]


def index(to: Path, scanned: str, now: float) -> None:
    """Write Packages, Packages.gz and Release; `scanned` is dpkg-scanpackages' output for the absolute path `to`."""
    listed = scanned.replace(f"Filename: {to}/", "Filename: ./").encode()
    (to / "Packages").write_bytes(listed)
    (to / "Packages.gz").write_bytes(gzip.compress(listed, mtime=0))
    (to / "Release").write_text(release({name: (to / name).read_bytes() for name in ("Packages", "Packages.gz")}, now))


def release(files: Mapping[str, bytes], now: float) -> str:
    """Write a repository's Release file (pure): what its indices are, by size and SHA-256."""
    head = f"Origin: lab\nLabel: lab\nSuite: lab\nDate: {email.utils.formatdate(now, usegmt=True)}\nSHA256:\n"
    return head + "".join(
        f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}\n" for name, content in files.items()
    )


def _make_simple(to: Path, requirements: Sequence[str], say: cache.Say) -> None:
    say(f"Fetching the wheels of {len(requirements)} Python requirements (once).")
    run.output([sys.executable, "-m", "pip", *pip_download(to, requirements)])
    wheels = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in to.glob("*.whl")}
    for path, page in pages(wheels).items():
        (to / path).parent.mkdir(exist_ok=True)
        (to / path).write_text(page)
    say(f"The mirror holds {len(wheels)} wheels.")


def pip_download(to: Path, requirements: Sequence[str]) -> list[str]:
    """Give pip's arguments for the base's Python 3.11 and glibc, whatever runs here (pure)."""
    machine = _machine()
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in _GLIBC] + [f"manylinux2014_{machine}", "any"]
    return [
        *("--quiet", "--disable-pip-version-check", "download", "--only-binary=:all:"),
        *("--python-version=3.11", "--implementation=cp", "--abi=cp311", "--abi=abi3", "--abi=none"),
        *(f"--platform={each}" for each in platforms),
        *("--dest", str(to), *requirements),
    ]


def _machine() -> str:
    import platform

    return platform.machine()


def project(wheel: str) -> str:
    """Normalize a wheel's project name, as PEP 503 has it: psycopg_binary-3.3.9-... -> psycopg-binary."""
    return re.sub(r"[-_.]+", "-", wheel.split("-", 1)[0]).lower()


def pages(wheels: Mapping[str, str]) -> dict[str, str]:
    """Write the pages of a simple index (PEP 503) for file name -> SHA-256 (pure): relative path -> HTML.

    The files lie beside the projects' folders.
    """
    projects: dict[str, list[str]] = {}
    for wheel in sorted(wheels):
        projects.setdefault(project(wheel), []).append(wheel)
    shown = {
        f"{name}/index.html": _page((f"../{each}#sha256={wheels[each]}", each) for each in files)
        for name, files in projects.items()
    }
    return {"index.html": _page((f"{name}/", name) for name in projects), **shown}


def _page(links: Iterable[tuple[str, str]]) -> str:
    anchors = "\n".join(f'<a href="{html.escape(to)}">{html.escape(text)}</a><br>' for to, text in links)
    return f"<!DOCTYPE html>\n<html><body>\n{anchors}\n</body></html>\n"
