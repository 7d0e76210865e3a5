"""Admin.Login, version 3: what is sent, and what a controller says of itself. Pure.

endpoint + client version -> `request`; result -> `welcome`, or the error that says why nobody was let in.
Source: Juju 3.6 facade Admin; apiserver/restrict_newer_client.go of 2.9: it refuses most calls of a client of another
major version, whose version is what it says at login. 3.x and 4.0 serve clients of any.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.common.raw import Raw, as_mapping, items, mapping, mappings, text, whole
from providers.juju import tags
from providers.juju.endpoint import Endpoint
from providers.juju.errors import JujuError, LoginRefused, NotFound, SetupError, from_answer
from providers.juju.facades import check_release, negotiate, release

CLIENT_VERSION = "3.6.14"
"""Said at the first login, when the controller's own version is not known yet."""
ADMIN_VERSION = 3

_REFUSED = ("unauthorized access", "no credentials provided", "login expired", "session token invalid", "forbidden")
_NO_MODEL = "model not found"
_MOVED = "redirection required"
_UNPARTICULAR = 3
"""The first major version of Juju whose controllers serve clients of all versions."""


@dataclass(frozen=True)
class Welcome:
    """What a login told. `facades`: name -> versions; `address`: where it was made."""

    address: str
    version: str
    controller: str
    user: str
    access: str
    facades: Mapping[str, tuple[int, ...]] = field(repr=False)

    def version_of(self, facade: str) -> int:
        """Choose the version of a facade to speak; raises NotSupported."""
        return negotiate(self.version, self.facades, facade)

    def speaks_like(self, client: str) -> bool:
        """Say whether this controller serves a client that calls itself `client`: 2.9 only one of its own version."""
        ours = release(self.version)[0]
        return ours >= _UNPARTICULAR or release(client)[0] == ours


def request(endpoint: Endpoint, client: str) -> Raw:
    """Make the parameters of Login."""
    return {
        "auth-tag": tags.user(endpoint.username),
        "credentials": endpoint.password,
        "client-version": client,
        "nonce": "",
        "macaroons": [],
        "user-data": "",
    }


def welcome(address: str, result: Raw) -> Welcome:
    """Read Login's result; raises SetupError for a controller, or a way to log in, that is not supported."""
    version = text(result, "server-version")
    if any(result.get(name) for name in ("discharge-required", "bakery-discharge-required")):
        raise SetupError(
            f"The controller at {address} asks for a login with an external identity provider: "
            "juju:username must name a user with a password of its own"
        )
    check_release(address, version)
    user = mapping(result, "user-info")
    return Welcome(
        address=address,
        version=version,
        controller=tags.name(text(result, "controller-tag")),
        user=tags.name(text(user, "identity")),
        access=text(user, "controller-access"),
        facades={text(one, "name"): _versions(one) for one in mappings(result, "facades")},
    )


def refusal(endpoint: Endpoint, address: str, model: str, said: str, code: str, info: Raw) -> JujuError:
    """Make the error of a login that was answered with one; `model`: the model's UUID, "" for the controller."""
    if code == _NO_MODEL:
        return no_model(endpoint, model)
    if code == _MOVED:
        places = ", ".join(_places(info)) or "another controller"
        return SetupError(f"The model {model} is not at {address} any more: it was migrated to {places}")
    if code in _REFUSED:
        return LoginRefused(
            f"Juju refused the login of {endpoint.username} at {address}: {said}; "
            f"user and password of {endpoint.origin} must be those of a user of this controller"
        )
    return from_answer(f"log {endpoint.username} in at {address}", said, code, info, (endpoint.password,))


def no_model(endpoint: Endpoint, model: str) -> NotFound:
    """Make the error of a model that is gone, or hidden: Juju does not say which."""
    return NotFound(
        f"Juju has no model {model} any more, or {endpoint.username} may not see it", _NO_MODEL, said="model not found"
    )


def _versions(raw: Raw) -> tuple[int, ...]:
    return tuple(whole({"versions": one}, "versions") for one in items(raw, "versions"))


def _places(info: Raw) -> list[str]:
    groups = [one for group in items(info, "servers") for one in items({"servers": group}, "servers")]
    servers = [as_mapping(one, "servers") for one in groups]
    return [f"{text(one, 'value')}:{whole(one, 'port')}" for one in servers]
