"""A thin client of a vault's HTTP API: what init and unseal need, and nothing else.

method -> one HTTP request, no proxy, at most `TIMEOUT` seconds -> JSON -> frozen answer, or one sentence of what went
wrong. Keys and tokens travel in bodies and headers only; whatever a vault says back is masked before it is shown.
Source: Vault 1.8 API, sys/seal-status, sys/init, sys/unseal, auth/token/create.
"""

import http.client
import json
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

from providers.common.raw import Raw, as_mapping, flag, text, texts, whole
from providers.hosts.masking import masker
from providers.juju.errors import JujuError

TIMEOUT = 10.0
"""Seconds for one request."""


class VaultError(JujuError):
    """A vault did not do what was asked of it."""


class VaultSilentError(VaultError):
    """Nothing answers at the vault's address, or what answers is not yet a vault."""


class VaultRefusedError(VaultError):
    """The vault said no, in its own words."""


@dataclass(frozen=True)
class Seal:
    """How a vault stands: `threshold` of `shares` keys open it, `progress` of them were given so far."""

    initialized: bool
    sealed: bool
    threshold: int
    shares: int
    progress: int


@dataclass(frozen=True)
class Keys:
    """What opens a vault; given out once, at init."""

    unseal: tuple[str, ...] = field(repr=False)
    root_token: str = field(repr=False)


def seal_of(raw: Raw) -> Seal:
    """Read an answer of sys/seal-status or sys/unseal."""
    return Seal(flag(raw, "initialized"), flag(raw, "sealed"), whole(raw, "t"), whole(raw, "n"), whole(raw, "progress"))


class Vault:
    """One vault at its URL, e.g. "http://10.0.0.7:8200". `ca` is a PEM bundle for https."""

    def __init__(self, url: str, ca: str = "", timeout: float = TIMEOUT) -> None:
        self.url = url
        self._ca = ca
        self._timeout = timeout

    def seal(self) -> Seal:
        """Ask how it stands."""
        return seal_of(self._ask("GET", "sys/seal-status", "say whether it is sealed"))

    def init(self, shares: int, threshold: int) -> Keys:
        """Initialise it; the keys are in this answer and nowhere else."""
        body = {"secret_shares": shares, "secret_threshold": threshold}
        answer = self._ask("PUT", "sys/init", "be initialised", body)
        return Keys(texts(answer, "keys_base64") or texts(answer, "keys"), text(answer, "root_token"))

    def reset(self) -> Seal:
        """Forget the keys that were given towards an unseal."""
        return seal_of(self._ask("PUT", "sys/unseal", "forget the keys given so far", {"reset": True}))

    def unseal(self, key: str) -> Seal:
        """Give one key."""
        return seal_of(self._ask("PUT", "sys/unseal", "take an unseal key", {"key": key}, secrets=(key,)))

    def token(self, root_token: str, minutes: int) -> str:
        """Make a token that lives for so many minutes."""
        body = {"ttl": f"{minutes}m"}
        head = {"X-Vault-Token": root_token}
        answer = self._ask("POST", "auth/token/create", "make a token", body, head, (root_token,))
        return text(as_mapping(answer.get("auth"), "auth"), "client_token")

    def _ask(
        self,
        method: str,
        path: str,
        purpose: str,
        body: Mapping[str, object] | None = None,
        head: Mapping[str, str] | None = None,
        secrets: Iterable[str] = (),
    ) -> Raw:
        mask = masker(secrets)
        try:
            status, answer = self._send(method, f"/v1/{path}", json.dumps(body or {}), head or {})
        except (OSError, http.client.HTTPException) as error:
            raise VaultSilentError(f"the vault at {self.url} does not answer: {_reason(error)}") from None
        if status >= 400:
            said = mask(_said(answer)) or f"HTTP {status}"
            raise VaultRefusedError(f"the vault at {self.url} refused to {purpose}: {said}")
        try:
            return as_mapping(json.loads(answer), "the answer")
        except (ValueError, TypeError):
            raise VaultSilentError(f"what answers at {self.url} is not a vault: it sent no JSON object") from None

    def _send(self, method: str, path: str, body: str, head: Mapping[str, str]) -> tuple[int, str]:
        connection = self._connection()
        try:
            connection.request(method, path, body.encode(), {"Content-Type": "application/json", **head})
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            context = ssl.create_default_context(cadata=self._ca or None)
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    reason = error.strerror if isinstance(error, OSError) else ""
    return (reason or str(error) or type(error).__name__).lower()


def _said(answer: str) -> str:
    try:
        parsed: object = json.loads(answer)
    except ValueError:
        return " ".join(answer.split())
    if not isinstance(parsed, dict):
        return ""
    errors = cast("Mapping[str, object]", parsed).get("errors")
    return "; ".join(str(error) for error in cast("list[object]", errors)) if isinstance(errors, list) else ""
