"""What runs on an app server around a switch: who has the port, does the release work, put back what was. Pure.

Before the switch the new release answers one request in a process of its own, with the new environment; after it the
port must answer with the new release. Each step is a script; what it prints goes into the error.
"""

import re
from shlex import quote

from providers.hosts.crud.appserver_layout import Layout

SMOKE = """
import io, json, os, sys
from importlib import import_module
sys.path.insert(0, os.getcwd())
module, _, name = os.environ["WSGI"].partition(":")
application = getattr(import_module(module), name)
path, host = os.environ["SMOKE_PATH"], os.environ["SMOKE_HOST"]
answer = {}
environ = {
    "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": "", "SERVER_NAME": host,
    "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": host, "REMOTE_ADDR": "127.0.0.1",
    "wsgi.version": (1, 0), "wsgi.url_scheme": os.environ["SMOKE_SCHEME"], "wsgi.input": io.BytesIO(),
    "wsgi.errors": sys.stderr, "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": True,
}
if environ["wsgi.url_scheme"] == "https":
    environ["HTTP_X_FORWARDED_PROTO"] = "https"
body = b"".join(application(environ, lambda status, headers, exc_info=None: answer.update(status=status)))
if not answer["status"].startswith("200"):
    sys.exit(f"GET {path} answered {answer['status']}: {body.decode(errors='replace')[:500]}")
"""
"""One request to the WSGI application in the current folder, in this process; ends with a sentence unless it is 200."""

ASK = """
import json, sys, time, urllib.error, urllib.request
port, path, host, release, scheme, seconds = sys.argv[1:]
request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host, "X-Forwarded-Proto": scheme})
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
end, said = time.monotonic() + float(seconds), "nothing"
while time.monotonic() < end:
    try:
        with opener.open(request, timeout=10) as answer:
            body = answer.read().decode(errors="replace")
        try:
            told = json.loads(body)
        except ValueError:
            told = {}
        running = told.get("release", release) if isinstance(told, dict) else release
        if running == release:
            sys.exit(0)
        said = f"release {running}"
    except urllib.error.HTTPError as error:
        said = f"{error.code}: {error.read().decode(errors='replace')[:500]}"
    except OSError as error:
        said = str(error)
    time.sleep(0.3)
sys.exit(f"GET {path} on port {port} did not answer with release {release} within {seconds} s, but with {said}")
"""
"""GET of a path until it is 200 and, where it tells its release, of the right one; standard library only."""


def smoke(layout: Layout, release: str) -> str:
    """Run SMOKE in the release's folder; the environment comes with the step, the script on standard input."""
    folder = quote(layout.release(release))
    return f"""\
cd {folder}/app
set -a; . ../release.env; set +a
PYTHONDONTWRITEBYTECODE=1 exec ../venv/bin/python -
"""


def ask(port: int, path: str, host: str, release: str, scheme: str, seconds: int) -> str:
    """Run ASK, given on standard input."""
    return f"python3 - {port} {quote(path)} {quote(host)} {quote(release)} {scheme} {seconds}"


def journal(layout: Layout) -> str:
    """Print what the service itself said last, without what systemd says of it."""
    return f"journalctl _SYSTEMD_UNIT={layout.app}.service -n 15 --no-pager -o cat 2>/dev/null || :"


def save(layout: Layout) -> str:
    """Keep what a switch will write, and print the release that is in use ("" for none)."""
    files = " ".join(layout.switched)
    return f"""\
umask 077
rm -rf {layout.home}/previous && mkdir {layout.home}/previous
for file in {files}; do [ ! -e $file ] || cp -a $file {layout.home}/previous/; done
[ ! -e {layout.home}/previous/{layout.app}.service ] || readlink {layout.home}/current | sed 's#.*/##'
"""


def restore(layout: Layout) -> str:
    """Put back what was saved and run it; where there was nothing, stop what was begun.

    The socket stays as it is unless the switch moved it to another port: then no request is refused.
    """
    unit, saved = layout.app, f"{layout.home}/previous/{layout.app}"
    puts = "\n".join(f"    cp -a {layout.home}/previous/{path.rpartition('/')[2]} {path}" for path in layout.switched)
    return f"""\
systemctl stop {unit}.service
cmp -s {saved}.socket {layout.socket} || systemctl stop {unit}.socket
if [ -e {saved}.service ]; then
    set -e
{puts}
    systemctl daemon-reload
    systemctl start {unit}.socket
    systemctl start {unit}.service
else
    systemctl disable --quiet {unit}.service {unit}.socket
fi
"""


def point(layout: Layout, release: str) -> str:
    """Point the link for people at a release."""
    return f"ln -sfn {quote(layout.release(release))} {layout.home}/current"


def settled(layout: Layout) -> str:
    """Forget what was saved for a switch that went well."""
    return f"rm -rf {layout.home}/previous"


def listeners(layout: Layout, port: int) -> str:
    """Print who listens on a port: first the port of the app's own socket, where it runs, then lines of ss(8)."""
    return f"""\
systemctl show {layout.app}.socket -p ActiveState,Listen --value | tr '\\n' ' '; echo
ss -ltnpH 'sport = :{port}'
"""


def holder(printed: str, port: int) -> str:
    """Name the processes that hold the port and aren't the app's own socket; "" where it is free or ours."""
    own, _, rows = printed.partition("\n")
    ours = "active" in own.split() and re.search(rf":{port}\b", own)
    if ours or not rows.strip():
        return ""
    found = dict.fromkeys(re.findall(r'\("([^"]+)",pid=(\d+)', rows))
    return " and ".join(f"{name} (process {pid})" for name, pid in found) or "a process that it doesn't show"
