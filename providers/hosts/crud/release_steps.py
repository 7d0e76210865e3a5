"""What runs on a server to make, check, pack and unpack a release: one shell script for each step. Pure.

source in RELEASE/app -> venv at its final path -> requirements -> static files -> release.env -> .manifest -> archive;
on the other servers: archive -> a folder beside -> checked against its .manifest -> renamed to its final path.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote

from providers.hosts.crud.appserver_layout import Layout

COMPLETE, DAMAGED, MISSING = "complete", "damaged", "missing"

_LISTING = r"""{
find app venv release.env -name __pycache__ -prune -o -type f -printf '%p %s %m %T@\n'
find app venv -name __pycache__ -prune -o -type l -printf '%p -> %l\n'
} | LC_ALL=C sort | sha256sum"""
"""One line for names, sizes, permissions and times: 0.1 s for Django's 5,000 files, where their contents take 1 s."""

PLATFORM = """. /etc/os-release
python3 -c 'import sys, platform; print("python%d.%d-%s" % (*sys.version_info[:2], platform.machine()))' |
sed "s/^/$ID$VERSION_ID-/"
"""
"""What a release depends on beyond its source: a virtual environment fits one Python of one system."""


@dataclass(frozen=True)
class Release:
    """One release of one app on a server."""

    layout: Layout
    name: str

    @property
    def folder(self) -> str:
        return self.layout.release(self.name)

    @property
    def archive(self) -> str:
        return f"{self.layout.home}/{self.name}.tar.gz"


def state(folder: str) -> str:
    """Print `complete`, `damaged` or `missing`."""
    return f"""\
cd {quote(folder)} 2>/dev/null && [ -s .manifest ] || {{ echo {MISSING}; exit 0; }}
now=$({_LISTING})
[ "$now" = "$(cat .manifest)" ] && echo {COMPLETE} || echo {DAMAGED}
"""


def begin(release: Release) -> str:
    """Make an empty folder that the app's user fills."""
    folder = quote(release.folder)
    return f"rm -rf {folder} && install -d -o {release.layout.app} -g {release.layout.app} {folder}"


def unpack_source(release: Release) -> str:
    """Unpack the source that was sent."""
    return f"mkdir {quote(release.folder)}/app && tar -xzf {quote(release.archive)} -C {quote(release.folder)}/app"


def list_remote(url: str) -> str:
    """Print commits and names of a repository's branches and tags, as ls-remote does."""
    return f"git ls-remote -- {quote(url)}"


def clone(release: Release, url: str, commit: str) -> str:
    """Clone a repository at a commit; dumb HTTP servers, which can't give a part, are served too."""
    folder = f"{quote(release.folder)}/app"
    return f"""\
set -e
git clone --quiet --no-checkout -- {quote(url)} {folder}
git -C {folder} -c advice.detachedHead=false checkout --quiet {quote(commit)} --
git -C {folder} submodule --quiet update --init --recursive
rm -rf {folder}/.git
"""


def complete_commit(url: str, ref: str) -> str:
    """Print the whole id of an abbreviated commit."""
    return f"""\
set -e
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet --bare -- {quote(url)} "$work/repository"
git -C "$work/repository" rev-parse --verify --quiet --end-of-options {quote(ref)}'^{{commit}}'
"""


def look_into(release: Release, requirements: str) -> str:
    """Fail with a sentence where the source lacks what a Django project has."""
    return f"""\
cd {quote(release.folder)}/app
for needed in manage.py {quote(requirements)}
do
    [ -f "$needed" ] && continue
    echo "The source holds no $needed, but: $(ls -A | head -20 | tr '\\n' ' ')" >&2
    exit 1
done
"""


def virtual_environment(release: Release) -> str:
    """Make the venv where it stays: its programs name their own path."""
    return f"python3 -m venv {quote(release.folder)}/venv"


def install(release: Release, requirements: str) -> str:
    """Install with the server's own pip configuration, and see that what serves the app is there.

    pip itself goes then: a release needs it no more, and a fifth of its files are pip's.
    """
    return f"""\
cd {quote(release.folder)}/app
../venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check --no-compile \\
    -r {quote(requirements)}
if [ ! -x ../venv/bin/gunicorn ]; then
    echo {quote(requirements)}" does not install gunicorn, which serves the app" >&2
    exit 1
fi
../venv/bin/python -m pip uninstall --quiet --yes pip
"""


def collect(release: Release) -> str:
    """Collect static files, and write down what gunicorn serves."""
    return f"""\
cd {quote(release.folder)}/app
../venv/bin/python manage.py collectstatic --noinput --verbosity 0
../venv/bin/python manage.py shell --verbosity 0 --command '
from django.conf import settings
module, _, name = (settings.WSGI_APPLICATION or "").rpartition(".")
if not module:
    raise SystemExit("The settings name no WSGI_APPLICATION, which gunicorn serves")
print(f"WSGI={{module}}:{{name}}")' > ../release.env
"""


def finish(release: Release) -> str:
    """Compile, hand all to root, and write the manifest: from here on the release is complete.

    Some packages carry Python files that are templates and don't compile.
    """
    return f"""\
cd {quote(release.folder)}
venv/bin/python -m compileall -q -j 0 app venv/lib >/dev/null 2>&1 || :
chown -R root:root . && chmod -R u=rwX,go=rX .
{_LISTING} > .manifest.new
mv .manifest.new .manifest
"""


def pack(release: Release) -> str:
    """Pack the release for the other servers; `posix` keeps times to the nanosecond."""
    return f"""\
set -e
umask 077
tar --format=posix -C {quote(release.layout.releases)} -cf - {quote(release.name)} | gzip -1 > {quote(release.archive)}
"""


def unpack(release: Release) -> str:
    """Unpack beside, compare with the manifest, and put it in place of what is there."""
    home, name = quote(release.layout.home), quote(release.name)
    return f"""\
set -e
cd {home}
rm -rf incoming && mkdir -m 700 incoming
trap 'rm -rf {home}/incoming {quote(release.archive)}' EXIT
tar -xzf {quote(release.archive)} --no-same-owner -p -C incoming
now=$(cd incoming/{name} && {_LISTING})
if [ "$now" != "$(cat incoming/{name}/.manifest)" ]; then
    echo "The archive of {release.name} is not complete" >&2
    exit 1
fi
mkdir -p releases
[ ! -e releases/{name} ] || mv releases/{name} incoming/before
mv incoming/{name} releases/{name}
"""


def forget_archive(release: Release) -> str:
    """Delete the archive from the server."""
    return f"rm -f {quote(release.archive)}"


def drop(release: Release) -> str:
    """Delete what was begun and not finished."""
    return f"rm -rf {quote(release.folder)} {quote(release.archive)}"


def there(layout: Layout) -> str:
    """Print the releases on the server, each with the time of its making (seconds since the epoch)."""
    return f"find {quote(layout.releases)} -mindepth 1 -maxdepth 1 -type d -printf '%T@ %f\\n' 2>/dev/null || :"


def remove(layout: Layout, names: list[str]) -> str:
    """Delete releases."""
    return f"cd {quote(layout.releases)} && rm -rf -- {' '.join(map(quote, names))}"


def parse_there(printed: str) -> Mapping[str, float]:
    """Read what `there` printed."""
    rows = (re.fullmatch(r"([0-9.]+) (\S+)", line) for line in printed.splitlines())
    return {row[2]: float(row[1]) for row in rows if row}
