"""The way to a controller: whichever of its addresses answers first, over TLS that is checked.

endpoint -> `tls_for`; addresses -> `first_of` (each has a head start on the next) -> an open websocket, or `NoDial`
with what went wrong at each -> `unreachable` makes the one sentence of it. websockets is imported with the first dial:
programs and previews, which make none, start without it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from providers.juju.endpoint import Endpoint
from providers.juju.errors import JujuError, SetupError, Unreached

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

CONNECT = 10.0
"""Seconds that a connection may take."""
HEAD_START = 0.5
"""Seconds after which the next address is tried too."""
LARGEST = 256 * 2**20
"""Bytes of the largest answer that is read: the status of thousands of units."""
CERTIFIED = "juju-apiserver"
"""The name that the certificate of every controller is good for, whatever its address."""

_OTHER_SIGNER = frozenset({2, 7, 18, 19, 20, 21, 24})
"""OpenSSL's codes of a certificate whose issuer is not the known one, or did not sign it (x509_vfy.h)."""


class NoDial(Exception):  # noqa: N818 - what it means is said by `unreachable`
    """No address let us in; `failures`: address -> why."""

    def __init__(self, failures: Mapping[str, BaseException]) -> None:
        super().__init__(", ".join(failures))
        self.failures = failures


@dataclass(frozen=True)
class Tls:
    """How a controller is known: by its own authority under one name for all, or by a public one under its own."""

    context: ssl.SSLContext
    name: str | None


def tls_for(endpoint: Endpoint) -> Tls:
    """Choose by whether the endpoint names a certificate."""
    if not endpoint.ca_cert:
        return Tls(ssl.create_default_context(), None)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=endpoint.ca_cert)
    return Tls(context, CERTIFIED)


async def dial(address: str, path: str, tls: Tls, client: str) -> ClientConnection:
    """Open a websocket; raises OSError, TimeoutError, ssl.SSLError or websockets' InvalidHandshake."""
    from websockets.asyncio.client import connect

    named: dict[str, Any] = {} if tls.name is None else {"server_hostname": tls.name}
    return await connect(
        f"wss://{address}{path}",
        ssl=tls.context,
        proxy=None,
        compression=None,
        max_size=LARGEST,
        open_timeout=CONNECT,
        close_timeout=1,
        ping_interval=None,  # Juju counts calls of its own Pinger, not frames
        additional_headers={"X-Juju-ClientVersion": client},
        **named,
    )


async def first_of(
    addresses: Sequence[str], open_one: Callable[[str], Awaitable[ClientConnection]], head_start: float = HEAD_START
) -> tuple[str, ClientConnection]:
    """Open the first address that answers, and no other; raises NoDial when none does."""
    waiting, failures = list(addresses), dict[str, BaseException]()
    trying: dict[asyncio.Task[ClientConnection], str] = {}
    try:
        while waiting or trying:
            if waiting:
                address = waiting.pop(0)
                trying[asyncio.create_task(_awaited(open_one(address)))] = address
            done, _ = await asyncio.wait(
                trying, timeout=head_start if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                address, error = trying[task], task.exception()
                if error is None:
                    del trying[task]
                    return address, task.result()
                failures[address] = error
                del trying[task]
    finally:
        await _abandon(trying)
    raise NoDial(failures)


async def _awaited(opening: Awaitable[ClientConnection]) -> ClientConnection:
    return await opening


async def _abandon(trying: Mapping[asyncio.Task[ClientConnection], str]) -> None:
    for task in trying:
        task.cancel()
    for result in await asyncio.gather(*trying, return_exceptions=True):
        if not isinstance(result, BaseException):
            await result.close()


def unreachable(purpose: str, endpoint: Endpoint, failures: Mapping[str, BaseException]) -> JujuError:
    """Make the sentence of a dial that failed everywhere: about the certificate where one was refused."""
    for address, error in failures.items():
        if isinstance(error, ssl.SSLCertVerificationError):
            return SetupError(_distrust(address, endpoint, error))
    reasons = "; ".join(f"{address} {why(error)}" for address, error in failures.items())
    return Unreached(
        f"Juju could not be reached to {purpose}: {reasons}; {endpoint.origin} must name where its controller answers"
    )


def why(error: BaseException) -> str:
    """Say why a dial failed, as a clause whose subject is the address."""
    if isinstance(error, ssl.SSLError):
        return f"does not speak TLS as a controller does ({(error.reason or str(error)).lower().replace('_', ' ')})"
    if isinstance(error, TimeoutError):
        return f"did not answer within {CONNECT:.0f} s"
    if isinstance(error, ConnectionRefusedError):
        return "refused the connection"
    if isinstance(error, OSError):
        return f"can't be reached ({error.strerror or error})"
    return f"does not answer as a controller does ({error})"


def _distrust(address: str, endpoint: Endpoint, error: ssl.SSLCertVerificationError) -> str:
    reason = error.verify_message
    if error.verify_code not in _OTHER_SIGNER:
        return f"The certificate of the controller at {address} can't be trusted: {reason}"
    if not endpoint.ca_cert:
        return (
            f"The certificate of the controller at {address} is not signed by an authority that this machine trusts "
            f"({reason}): {endpoint.origin} needs the controller's CA certificate beside it (juju:caCertificate)"
        )
    return (
        f"The certificate of the controller at {address} is not signed by the given CA certificate ({reason}): "
        f"the one beside {endpoint.origin} must be this controller's, as `juju show-controller` shows it"
    )
