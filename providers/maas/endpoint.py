"""Where MAAS is and with which key: from stack config, a key file, or the environment.

config getter + environment + file reader -> `find` -> a checked `Endpoint`. The key appears in no message and no repr.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from providers.maas.errors import SetupError

_KEY = re.compile(r"[^\s:]+:[^\s:]+:[^\s:]+")

_ORIGIN = ". On the server of MAAS `sudo maas apikey --username USER` shows the key"

Getter = Callable[[str], object]
Reader = Callable[[str], str]


@dataclass(frozen=True)
class Endpoint:
    """`url` up to and including /MAAS, no slash at the end; `key` is "consumer:token:secret"."""

    url: str
    key: str = field(repr=False)

    @property
    def api(self) -> str:
        """The root of the API's version 2.0, with a slash at the end."""
        return f"{self.url}/api/2.0/"


def find(config: Getter, environment: Mapping[str, str], read: Reader) -> Endpoint:
    """Take `maas:apiUrl` and `maas:apiKey`, else `maas:apiKeyFile`, else MAAS_API_URL and MAAS_API_KEY.

    `read` returns a file's text and raises OSError. Raises SetupError naming what is missing or malformed.
    """
    return Endpoint(find_url(config, environment), find_key(config, environment, read))


def find_url(config: Getter, environment: Mapping[str, str]) -> str:
    """Take `maas:apiUrl`, else MAAS_API_URL, and check it; no key is needed for that. Raises SetupError."""
    url = _text(config("maas:apiUrl")) or environment.get("MAAS_API_URL", "")
    if not url:
        raise SetupError("MAAS's URL is not set: give maas:apiUrl in the stack's config, or MAAS_API_URL")
    return _checked_url(url)


def find_key(config: Getter, environment: Mapping[str, str], read: Reader) -> str:
    """Take `maas:apiKey`, else what is in `maas:apiKeyFile`, else MAAS_API_KEY, and check it. Raises SetupError."""
    return _checked_key(*_key(config, environment, read))


def key_file(config: Getter) -> str:
    """Name the file that the key comes from, "" when it doesn't come from one. It may be written later in the run."""
    return "" if _text(config("maas:apiKey")) else _text(config("maas:apiKeyFile"))


def _key(config: Getter, environment: Mapping[str, str], read: Reader) -> tuple[str, str]:
    key = _text(config("maas:apiKey"))
    if key:
        return key, "maas:apiKey"
    path = key_file(config)
    if path:
        try:
            return read(path).strip(), f"the file {path} (maas:apiKeyFile)"
        except OSError as error:
            raise SetupError(f"maas:apiKeyFile names {path}, which can't be read: {error.strerror}{_ORIGIN}") from None
    key = environment.get("MAAS_API_KEY", "")
    if key:
        return key, "MAAS_API_KEY"
    raise SetupError(
        "MAAS's API key is not set: give maas:apiKey (a secret) or maas:apiKeyFile in the stack's config, "
        "or MAAS_API_KEY"
    )


def _checked_key(key: str, origin: str) -> str:
    if _KEY.fullmatch(key):
        return key
    raise SetupError(f"{origin} holds no MAAS API key: it must have three parts joined by colons, as MAAS shows it")


def _checked_url(url: str) -> str:
    trimmed = re.sub(r"/api/2\.0/?$", "", url.strip()).rstrip("/")
    parts = urlsplit(trimmed)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise SetupError(
            "maas:apiUrl must be an http(s) URL such as http://172.16.0.3:5240/MAAS, without user or query"
        )
    return trimmed


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
