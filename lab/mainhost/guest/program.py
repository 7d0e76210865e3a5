#!/usr/bin/python3
"""`snap`, `maas` and `juju` as they are on main: one file under all names, with nothing but Python's own library.

juju ... ─> the daemon's socket, with the files of ~/.local/share/juju ─> lines, exit code, files; or: ask again
snap ..., maas init | status | config | createadmin | apikey ─> the daemon's socket ─> lines, exit code, or prompts
maas login | logout | list | refresh ─> ~/.maascli.json      maas PROFILE RESOURCE ACTION ─> HTTP, by what was described
"""

import getpass
import json
import os
import re
import secrets
import signal
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

SOCKET = os.environ.get("LAB_MAIN_SOCKET") or "/var/lib/lab/main.sock"
"""Where the daemon listens: on main, or (`lab main`) in the lab's home."""
PROFILES = Path("~/.maascli.json")
SECONDS = 600


def main(program: str, argv: Sequence[str]) -> int:
    """Run one command line; gives the exit code."""
    if program == "maas" and argv:
        if argv[0] in LOCAL:
            return LOCAL[argv[0]](argv[1:])
        if argv[0] in _profiles():
            return _call(_profiles()[argv[0]], argv[0], argv[1:])
    return _asked(program, argv)


def _asked(program: str, argv: Sequence[str]) -> int:
    """Let the daemon do it, answering its prompts as a person at the terminal does, until it is done."""
    answers: dict[str, str] = {}
    asked: dict[str, object] = {"program": program, "argv": list(argv), "unicode": _unicode(), "answers": answers}
    if program == "juju":
        asked["files"] = _client_files()
    while True:
        answer = _exchange(asked)
        for prompt in answer["prompts"]:
            answers[prompt["name"]] = _typed(prompt)
        sys.stderr.write(answer["err"])
        sys.stdout.write(answer["out"])
        if answer["again"]:
            asked["again"] = answer["again"]
            _stop_on_interrupt(asked)
        elif not answer["prompts"]:
            _write(answer["files"])
            return int(answer["code"])


def _stop_on_interrupt(asked: dict[str, object]) -> None:
    """Let the daemon stop what a person interrupts, and hear how that ends."""

    def stop(_number: int, _frame: object) -> None:
        asked["interrupt"] = True

    signal.signal(signal.SIGINT, stop)


def _exchange(document: Mapping[str, object]) -> Any:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(SECONDS)
            client.connect(SOCKET)
            client.sendall(json.dumps(document).encode() + b"\n")
            with client.makefile("rb") as lines:
                return json.loads(lines.readline())
    except (OSError, ValueError) as error:
        _fail(f"error: cannot communicate with server: {error}")


def _client_folder() -> Path:
    return Path(os.environ.get("JUJU_DATA") or "~/.local/share/juju").expanduser()


def _client_files() -> dict[str, str]:
    folder = _client_folder()
    return {each.name: each.read_text() for each in folder.glob("*.yaml")} if folder.is_dir() else {}


def _write(files: Mapping[str, str]) -> None:
    """Keep what the Juju client knows, for its user alone."""
    if files:
        _client_folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, text in files.items():
        descriptor = os.open(_client_folder() / Path(name).name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)


def _unicode() -> bool:
    language = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    return sys.stdout.isatty() and "UTF-8" in language.upper().replace("UTF8", "UTF-8")


def _typed(prompt: Mapping[str, Any]) -> str:
    if prompt.get("file"):
        return _read(prompt["text"])
    try:
        if not prompt["secret"]:
            return input(prompt["text"])
        value = getpass.getpass(prompt["text"])
        if prompt["again"] and getpass.getpass(prompt["again"]) != value:
            _fail("CommandError: Passwords don't match.")
    except (EOFError, KeyboardInterrupt):
        _fail(f"\nCommandError: '{prompt['text'].strip()}' was not answered.")
    else:
        return value


def _read(path: str) -> str:
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        _fail(f"ERROR open {path}: {getattr(error, 'strerror', None) or 'it holds no text'}")


def _fail(words: str, code: int = 1) -> NoReturn:
    print(words, file=sys.stderr)
    sys.exit(code)


# --- profiles


def _profiles() -> dict[str, Any]:
    path = PROFILES.expanduser()
    return json.loads(path.read_text()) if path.exists() else {}


def _keep(profiles: Mapping[str, object]) -> None:
    path = PROFILES.expanduser()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(profiles, file)


def _login(argv: Sequence[str]) -> int:
    if len(argv) < 2 or "-h" in argv or "--help" in argv:
        print("usage: maas login [-h] profile-name url [api-key]")
        return 0 if "--help" in argv or "-h" in argv else 2
    name, url = argv[0], f"{argv[1].partition('/api/')[0].rstrip('/')}/api/2.0/"
    key = (
        argv[2] if len(argv) > 2 else _typed({"text": "API key (leave empty for anonymous access): ", "secret": False})
    )
    key = sys.stdin.readline().strip() if key == "-" else key
    if key and len(key.split(":")) != 3:
        _fail(f"Malformed credentials string. Expected 3 colon-separated items, got '{len(key.split(':'))}'.")
    profile = {"url": url, "key": key, "description": _describe(url, key)}
    _keep({**_profiles(), name: profile})
    print(
        f"\nYou are now logged in to the MAAS server at\n{url} with the profile name\n'{name}'.\n\n"
        f"For help with the available commands, try:\n\n  maas {name} --help\n"
    )
    return 0


def _describe(url: str, key: str) -> Any:
    status, text = _http("GET", f"{url}describe/", key)
    if status != 200:
        _fail(f"{url}describe/ answered {status}: {text}")
    if key and _http("GET", f"{url}users/?op=whoami", key)[0] != 200:
        _fail("The MAAS server rejected your API key.")
    return json.loads(text)


def _logout(argv: Sequence[str]) -> int:
    profiles = _profiles()
    if not argv or argv[0] not in profiles:
        _fail(f"'{argv[0] if argv else ''}' is not the name of a profile", 2)
    _keep({name: each for name, each in profiles.items() if name != argv[0]})
    return 0


def _list(_argv: Sequence[str]) -> int:
    for name, each in _profiles().items():
        print(f"{name} {each['url']} {each['key']}")
    return 0


def _refresh(_argv: Sequence[str]) -> int:
    profiles = _profiles()
    _keep({name: {**each, "description": _describe(each["url"], each["key"])} for name, each in profiles.items()})
    return 0


LOCAL = {"login": _login, "logout": _logout, "list": _list, "refresh": _refresh}


# --- the API


def _call(profile: Mapping[str, Any], name: str, argv: Sequence[str]) -> int:
    """Call what `maas PROFILE RESOURCE ACTION [HOLE...] [name=value...]` names, as the API describes itself."""
    resources = {_command(each["name"]): each["auth"] or each["anon"] for each in profile["description"]["resources"]}
    handler = resources.get(argv[0]) if argv else None
    if handler is None:
        return _choices(f"maas {name}", argv, resources)
    actions = {each["name"].replace("_", "-"): each for each in handler["actions"]}
    action = actions.get(argv[1]) if len(argv) > 1 else None
    if action is None:
        return _choices(f"maas {name} {argv[0]}", argv[1:], actions)
    holes, pairs = argv[2 : 2 + len(handler["params"])], argv[2 + len(handler["params"]) :]
    if len(holes) < len(handler["params"]):
        _fail(f"usage: maas {name} {argv[0]} {argv[1]} {' '.join(handler['params'])} [data ...]", 2)
    uri = handler["uri"]
    for param, value in zip(handler["params"], holes, strict=True):
        uri = uri.replace("{%s}" % param, urllib.parse.quote(value, safe=""))  # noqa: UP031 # braces in the text itself
    return _printed(*_send(profile["key"], uri, action, [_pair(each) for each in pairs]))


def _command(resource: str) -> str:
    """Name a resource on the command line as the real one does: BootResourcesHandler is boot-resources."""
    parts = [part.lower() for part in re.findall(r"[A-Z]*[a-z0-9]+|[A-Z]+", resource)]
    return "-".join(part for part in parts if part != "handler")


def _choices(usage: str, argv: Sequence[str], choices: Mapping[str, object]) -> int:
    listed = "".join(f"    {each}\n" for each in sorted(choices))
    text = f"usage: {usage} [-h] COMMAND ...\n\ndrill down:\n  COMMAND\n{listed}"
    if argv and argv[0] not in {"-h", "--help"}:
        _fail(f"{text}{usage}: error: argument COMMAND: invalid choice: '{argv[0]}'", 2)
    print(text, end="")
    return 0 if argv else 2


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        _fail(f"{text!r} is not a name=value or name@=filename pair", 2)
    return (name[:-1], Path(value).read_text()) if name.endswith("@") else (name, value)


def _send(key: str, uri: str, action: Mapping[str, Any], pairs: Sequence[tuple[str, str]]) -> tuple[int, str]:
    query = [("op", action["op"])] if action["op"] else []
    in_query = action["method"] in {"GET", "DELETE"}
    query += pairs if in_query else []
    body = None if in_query else urllib.parse.urlencode(pairs).encode()
    url = f"{uri}?{urllib.parse.urlencode(query)}" if query else uri
    return _http(action["method"], url, key, body)


def _http(method: str, url: str, key: str, body: bytes | None = None) -> tuple[int, str]:
    request = urllib.request.Request(url, body, method=method)  # noqa: S310 # the URL is the caller's own
    if key:
        request.add_header("Authorization", _oauth(key))
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310 # likewise
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except (OSError, ValueError) as error:
        _fail(f"Unable to connect to {url}: {getattr(error, 'reason', error)}")


def _oauth(key: str) -> str:
    consumer, token, secret = key.split(":")
    return (
        f'OAuth realm="OAuth", oauth_nonce="{secrets.token_hex(8)}", oauth_timestamp="{int(time.time())}", '
        'oauth_version="1.0", '
        f'oauth_signature_method="PLAINTEXT", oauth_consumer_key="{consumer}", oauth_token="{token}", '
        f'oauth_signature="%26{secret}"'
    )


def _printed(status: int, text: str) -> int:
    if sys.stdout.isatty() and status < 300:
        print("Success.\nMachine-readable output follows:")
    try:
        print(json.dumps(json.loads(text), indent=4))
    except ValueError:
        print(text)
    return 0 if status < 300 else 2


if __name__ == "__main__":
    called = Path(sys.argv[0]).name
    # by its own name it is told which one to be
    sys.exit(main(sys.argv[1], sys.argv[2:]) if called == "program.py" else main(called, sys.argv[1:]))
