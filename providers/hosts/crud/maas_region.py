"""MAAS itself, installed where there is none, adopted where there is one.

inputs -> is one there already? -> deploy `maas_region` -> the administrator -> an API key -> outputs, and `key_file`.
Drift: a snap removed, MAAS silent, the key withdrawn, the key file gone or another.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from providers.common import cleaning
from providers.common.fields import Field
from providers.common.progress import say
from providers.common.raw import flag, mapping, text
from providers.hosts.crud import maas_region_facts as said
from providers.hosts.crud.base import HostProvider, Props, Seen, host_schema
from providers.hosts.errors import HostError, StepFailedError
from providers.hosts.session import Server


def _once(_old: object, _new: object) -> bool:
    """Count a changed password as no change: it is for the making of the administrator, who may change it since."""
    return True


class MaasRegionProvider(HostProvider):
    """See `providers.hosts.resources.maas_region.MaasRegion`."""

    schema = host_schema(
        Field("url", clean=said.url, required=True),
        Field(
            "channel",
            clean=cleaning.matching(r"[0-9a-z.]+/(stable|candidate|beta|edge)", "a channel such as 3.5/stable"),
            default="3.5/stable",
        ),
        Field(
            "admin_username",
            clean=cleaning.matching(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,29}", "a user name such as cloud"),
            required=True,
        ),
        Field("admin_password", clean=said.password, required=True, same=_once),
        Field(
            "admin_email",
            clean=cleaning.matching(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+", "an e-mail address such as cloud@example.org"),
            required=True,
        ),
        Field("key_file", clean=cleaning.filled),
        Field("keep", clean=cleaning.flag, default=False),
    )
    deploy = "maas_region"
    secret_inputs = ("admin_password",)

    def label(self, props: Props) -> str:
        return f"{text(mapping(props, 'connection'), 'name')}/maas"

    def data(self, props: Props) -> Mapping[str, object]:
        return {name: props.get(name) for name in ("url", "channel", "adopted")}

    def make(self, server: Server, props: Props) -> Props:
        adopted = _is_of_others(server)
        if adopted:
            say(f"{server.name}: there is a MAAS already: it is adopted, and stays when this is deleted")
        return self._bring(server, props, adopted=adopted, known="")

    def alter(self, server: Server, olds: Props, news: Props) -> Props:
        outs = self._bring(server, news, adopted=flag(olds, "adopted"), known=text(olds, "api_key"))
        if text(olds, "key_file") != text(news, "key_file"):
            forget_key(text(olds, "key_file"), text(olds, "api_key"))
        return outs

    def look(self, server: Server, props: Props) -> Seen:
        drift = server.plan(self.deploy, self.data(props), secrets=self.secrets(props))
        if drift:
            return Seen(drift)
        found, outs = list[str](), {"version": _version(server)}
        if text(props, "api_key") not in (_keys(server, text(props, "admin_username")) or ()):
            found.append(f"MAAS accepts the API key of {text(props, 'admin_username')}")
        if not holds_key(text(props, "key_file"), text(props, "api_key")):
            found.append(f"The API key is in {text(props, 'key_file')}")
        return Seen(tuple(found), outs)

    def unmake(self, server: Server, props: Props) -> None:
        if flag(props, "adopted") or flag(props, "keep"):
            why = "it was there before" if flag(props, "adopted") else "keep is set"
            say(f"{server.name}: MAAS stays installed, since {why}")
            return
        super().unmake(server, props)
        forget_key(text(props, "key_file"), text(props, "api_key"))

    def secrets(self, props: Props) -> tuple[str, ...]:
        return (*super().secrets(props), *filter(None, [text(props, "api_key")]))

    def _bring(self, server: Server, props: Props, *, adopted: bool, known: str) -> Props:
        server.apply(self.deploy, self.data({**props, "adopted": adopted}), secrets=self.secrets(props))
        key = _key(server, props, known)
        write_key(text(props, "key_file"), key)
        return {"adopted": adopted, "api_url": text(props, "url"), "api_key": key, "version": _version(server)}


def _is_of_others(server: Server) -> bool:
    """Say whether MAAS is installed, and not by us; from here on, one that is not is ours."""
    script = f"""\
if [ ! -e {said.MARK} ] && snap list {said.MAAS} >/dev/null 2>&1; then echo adopted; exit 0; fi
mkdir -p {Path(said.MARK).parent}
touch {said.MARK}"""
    return server.run("It is seen whether MAAS is there", script).strip() == "adopted"


def _version(server: Server) -> str:
    rows = said.snaps(server.run("Its snaps are listed", "snap list").splitlines())
    return said.release(rows[said.MAAS].version) if said.MAAS in rows else ""


def _key(server: Server, props: Props, known: str) -> str:
    user = text(props, "admin_username")
    listed = _keys(server, user)
    if listed is None:
        _create_admin(server, props)
        listed = _keys(server, user) or ()
    if not listed:
        step = f"{user} has an API key"
        listed = said.keys(_maas(server, step, f"apikey --username {shlex.quote(user)} --generate"))
    if not listed:
        raise HostError(f"{server.name}: `maas apikey --username {user}` shows no API key of three parts")
    return said.chosen(listed, known)


def _keys(server: Server, user: str) -> tuple[str, ...] | None:
    """List a user's API keys; None when there is no such user."""
    try:
        return said.keys(_maas(server, f"The API keys of {user} are listed", f"apikey --username {shlex.quote(user)}"))
    except StepFailedError as error:
        if "User does not exist" in error.output:
            return None
        raise


def _create_admin(server: Server, props: Props) -> None:
    user, email, password = (text(props, f"admin_{name}") for name in ("username", "email", "password"))
    command = f"createadmin --username {shlex.quote(user)} --email {shlex.quote(email)}"
    # It prompts: password, again, and whose SSH keys to import; without a terminal it reads its standard input.
    _maas(server, f"MAAS has the administrator {user}", command, f"{password}\n{password}\n\n", (password,))


def _maas(server: Server, step: str, command: str, stdin: str = "", secrets: tuple[str, ...] = ()) -> str:
    return server.run(step, f"{said.SNAP_BIN}; maas {command}", stdin=stdin, secrets=secrets)


def write_key(path: str, key: str) -> None:
    """Write the key for its owner only, in one instant; "" writes nothing."""
    if not path or holds_key(path, key):
        return
    target = Path(path).expanduser()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=target.parent, prefix=f".{target.name}.", delete=False) as file:  # 0600
            file.write(f"{key}\n")
        Path(file.name).replace(target)
    except OSError as error:
        raise HostError(f"key_file is {path}, where MAAS's API key can't be written: {error.strerror}") from None


def holds_key(path: str, key: str) -> bool:
    """Say whether the file holds this key, for its owner only; "" is no file and needs none."""
    if not path:
        return True
    target = Path(path).expanduser()
    try:
        return target.read_text(encoding="utf-8").strip() == key and target.stat().st_mode & 0o077 == 0
    except (OSError, UnicodeDecodeError):
        return False


def forget_key(path: str, key: str) -> None:
    """Remove the file while it is ours: one with another key was written by somebody else since."""
    if path and holds_key(path, key):
        Path(path).expanduser().unlink(missing_ok=True)
