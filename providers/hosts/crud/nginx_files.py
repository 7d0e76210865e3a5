"""The files of a site under /etc/nginx: what is wanted, what is found, the shell that makes one of the other. Pure.

Settings, certificate, key -> `files_of` -> File... -> `install` -> shell
File..., what is found -> `differences` -> sentences

`install` tries the new config as a whole, where nobody else sees it, before anything is replaced: a copy of /etc/nginx
with the change in it is laid over /etc/nginx for `nginx -t` alone, in a mount namespace of its own.
"""

import shlex
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from providers.common.raw import Raw, mappings, text
from providers.hosts.crud.nginx_config import CERTIFICATE, KEY, Settings, render

ROOT = "/etc/nginx"


@dataclass(frozen=True)
class File:
    """A path under /etc/nginx with what is wanted there: a text, a link, or nothing."""

    path: str
    text: str | None = None
    mode: str = "644"
    target: str | None = None

    @property
    def shown(self) -> str:
        """What the fact says of it when it is as wanted; "" when there is nothing."""
        if self.target is not None:
            return f"link {self.target}"
        return "" if self.text is None else f"{self.mode} {sha256(self.text.encode()).hexdigest()}"

    @property
    def sentence(self) -> str:
        """The wanted state, for people."""
        if self.target is not None:
            return f"{ROOT}/{self.path} leads to {self.target}"
        return f"There is no {ROOT}/{self.path}" if self.text is None else f"{ROOT}/{self.path} is as described"

    def raw(self) -> dict[str, object]:
        """Write it as JSON; `parse` reads it back."""
        return dict(vars(self))


def parse(data: Raw) -> tuple[File, ...]:
    """Read the files of a deploy's data."""
    return tuple(
        File(
            text(raw, "path"),
            None if raw.get("text") is None else text(raw, "text"),
            text(raw, "mode"),
            None if raw.get("target") is None else text(raw, "target"),
        )
        for raw in mappings(data, "files")
    )


def files_of(site: Settings, certificate: str, key: str) -> tuple[File, ...]:
    """List a site's files; without TLS there are neither certificate nor key."""
    body = f"sites-available/{site.name}"
    tls = site.tls_port is not None
    return (
        File(CERTIFICATE.format(site.name), certificate if tls else None),
        File(KEY.format(site.name), key if tls else None, mode="600"),
        File(body, render(site)),
        File(f"sites-enabled/{site.name}", target=f"{ROOT}/{body}"),
    )


def differences(wanted: Iterable[File], found: Mapping[str, str], others: Sequence[str]) -> tuple[str, ...]:
    """Name what is not as wanted; `found` is what the fact says by path, `others` the sites that take our port."""
    own = tuple(file.sentence for file in wanted if found.get(file.path, "") != file.shown)
    return (*own, *(f"{ROOT}/{other} takes none of its requests" for other in others))


def foreign(enabled: Iterable[str], wanted: Iterable[File]) -> tuple[str, ...]:
    """Choose from the files that listen on the site's ports those that are not its own."""
    own = {file.path for file in wanted}
    return tuple(sorted(path for path in enabled if path not in own))


def find_files(wanted: Iterable[str]) -> str:
    """Write the shell that says of each path what `File.shown` says; relative paths."""
    return f"""\
cd {ROOT} 2>/dev/null || exit 0
for path in {shlex.join(wanted)}; do
  if [ -L "$path" ]; then echo "$path link $(readlink "$path")"
  elif [ -f "$path" ]; then echo "$path $(stat -c %a "$path") $(sha256sum < "$path" | cut -d ' ' -f 1)"; fi
done"""


def find_listeners(ports: Iterable[int]) -> str:
    """Write the shell that lists the enabled files that listen on one of these ports."""
    numbers = "|".join(map(str, sorted(ports)))
    pattern = rf"^([^#]*[[:space:];{{])?listen[[:space:]]+([^;#]*:)?({numbers})[[:space:];]"
    return f"cd {ROOT} 2>/dev/null && grep -lsE {shlex.quote(pattern)} sites-enabled/* conf.d/*.conf || :"


_RELOAD = """\
workers() { pgrep -P "$(systemctl show nginx -p MainPID --value)" -f '^nginx: worker process *$' | tr '\\n' ' ' || :; }
replaced() { now=" $(workers)"; for pid in $1; do case $now in *" $pid "*) return 1 ;; esac; done; }
if systemctl is-active -q nginx; then
  old=$(workers)
  systemctl reload nginx
  tries=0
  until replaced "$old"; do
    tries=$((tries + 1))
    if [ $tries -gt 300 ]; then
      echo "NGINX goes on with its old configuration:" >&2
      tail -n 3 /var/log/nginx/error.log >&2
      exit 1
    fi
    sleep 0.1
  done
fi"""
"""A reload is over before NGINX has done it: whoever asks right after it may be served by a worker of the old config.

Those end, or are called "shutting down", as soon as their successors serve; if not, NGINX didn't take the new one.
"""


def install(wanted: Iterable[File], others: Iterable[str]) -> str:
    """Write the shell that brings all files into place at once, if NGINX takes them, and has it read them."""
    files = tuple(wanted)
    puts = "\n".join(f"put {_argument(file)}" for file in files)
    aside = "\n".join(f"aside {shlex.quote(path)}" for path in others)
    return f"""\
( set -eu
umask 077
new=$(mktemp -d {ROOT}.XXXXXX)
trap 'rm -rf "$new"' EXIT
cp -a {ROOT}/. "$new"
put() {{
  mkdir -p -m 755 "$1/$(dirname "$3")"
  case $2 in
    none) rm -f "$1/$3" ;;
    link) rm -f "$1/$3"; ln -s "$4" "$1/$3" ;;
    *) rm -f "$1/$3.part"; printf %s "$4" | base64 -d > "$1/$3.part"; chmod "$2" "$1/$3.part"
       mv "$1/$3.part" "$1/$3" ;;
  esac
}}
aside() {{
  if [ -L "$1/$2" ]; then rm -f "$1/$2"; else mv "$1/$2" "$1/sites-available/$(basename "$2").off"; fi
}}
change() {{
{_with_root(puts, aside)}
}}
change "$new"
unshare --mount sh -c 'mount --bind "$1" {ROOT} && exec nginx -t -q' sh "$new"
trap '' HUP INT TERM
change {ROOT}
{_RELOAD} )"""


def _argument(file: File) -> str:
    if file.target is not None:
        return shlex.join(["link", file.path, file.target])
    if file.text is None:
        return shlex.join(["none", file.path])
    return shlex.join([file.mode, file.path, b64encode(file.text.encode()).decode()])


def _with_root(puts: str, aside: str) -> str:
    """Give each call the folder that it works in."""
    lines = [line.split(" ", 1) for line in (*puts.splitlines(), *aside.splitlines()) if line]
    return "\n".join(f'  {command} "$1" {rest}' for command, rest in lines)
