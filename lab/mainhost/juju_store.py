"""The Juju client's own files, as they lie in ~/.local/share/juju on main (pure: texts in, changed texts out).

    {"controllers.yaml": text, ...} ─> Store ─> a command reads and changes ─> Store.changed() ─> the files to write

Shapes: juju/juju jujuclient/{controllers,accounts,models}.go, cloud/{clouds,credentials}.go.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Final, cast

import yaml

from lab.juju.models import Json
from lab.mainhost.juju_formats import as_yaml

FILES: Final = ("clouds.yaml", "credentials.yaml", "controllers.yaml", "accounts.yaml", "models.yaml")


class StoreError(Exception):
    """A file of the client is not what Juju writes; the message names it."""


def section(document: Json, *names: str) -> Json:
    """Give the mapping at these names, made where it is not there."""
    for name in names:
        inner = document.get(name)
        if not isinstance(inner, dict):
            inner = document[name] = {}
        document = cast("Json", inner)
    return document


class Store:
    """The client's files as documents, and which of them a command changed."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._documents = {name: _parsed(name, files.get(name, "")) for name in FILES}
        self._before = deepcopy(self._documents)

    def changed(self) -> dict[str, str]:
        """Give the files that are not as they were, as YAML texts."""
        return {name: as_yaml(document) for name, document in self._documents.items() if document != self._before[name]}

    @property
    def clouds(self) -> Json:
        """Clouds by name: type, auth-types, endpoint, regions, description?."""
        return section(self._documents["clouds.yaml"], "clouds")

    @property
    def credentials(self) -> Json:
        """Credentials by cloud, then by name: auth-type and attributes; "default-credential" among the names."""
        return section(self._documents["credentials.yaml"], "credentials")

    def credential_names(self, cloud: str) -> list[str]:
        """Name the credentials of a cloud."""
        known = cast("Json", self.credentials.get(cloud) or {})
        return [name for name in known if name not in {"default-credential", "default-region"}]

    @property
    def controllers(self) -> Json:
        """Controllers by name: uuid, api-endpoints, ca-cert, cloud, region, agent-version, machine counts."""
        return section(self._documents["controllers.yaml"], "controllers")

    @property
    def current(self) -> str:
        """The controller that commands are about, "" for none."""
        return str(self._documents["controllers.yaml"].get("current-controller") or "")

    @current.setter
    def current(self, name: str) -> None:
        self._documents["controllers.yaml"].pop("current-controller", None)
        if name:
            self._documents["controllers.yaml"]["current-controller"] = name

    def account(self, controller: str) -> Json:
        """Give user, password and last-known-access at a controller; {} where nobody is logged in."""
        return cast("Json", self._accounts.get(controller) or {})

    def models(self, controller: str) -> Json:
        """Give what is known of a controller's models: "models" by "OWNER/NAME", and "current-model"."""
        return section(self._documents["models.yaml"], "controllers", controller)

    def remember(self, controller: str, details: Json, account: Json) -> None:
        """Keep a controller and the account there, and make it the current one."""
        self.controllers[controller] = details
        self._accounts[controller] = account
        self.current = controller

    def log_in(self, controller: str, user: str, password: str) -> None:
        """Keep the account at a controller."""
        self._accounts[controller] = {"user": user, "password": password, "last-known-access": "login"}

    def log_out(self, controller: str) -> None:
        """Forget the account at a controller."""
        self._accounts.pop(controller, None)

    def forget(self, controller: str) -> None:
        """Forget a controller, the account there and its models."""
        self.controllers.pop(controller, None)
        self.log_out(controller)
        section(self._documents["models.yaml"], "controllers").pop(controller, None)
        if self.current == controller:
            self.current = ""

    @property
    def _accounts(self) -> Json:
        return section(self._documents["accounts.yaml"], "controllers")


def _parsed(name: str, text: str) -> Json:
    try:
        document: object = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise StoreError(f"cannot unmarshal {name}: {str(error).splitlines()[0]}") from error
    if not isinstance(document, dict):
        raise StoreError(f"cannot unmarshal {name}: it holds {type(document).__name__}, not a mapping")
    return cast("Json", document)
