"""Juju as Pulumi resources: controllers 2.9, 3.x and 4.x, spoken to over their websocket API.

program: `Application(...)` -> property bag (`resources`) -> engine -> `python -m pulumi.dynamic` -> provider class
(`crud`) -> `session` -> `link` -> `pool` -> `wire` -> the controller; back: answer -> frozen values -> outputs.

The controller is config, never an argument: `juju:controllerFile` (a path from the project's folder to what the
resource Controller writes), or `juju:controllerAddresses`, `juju:caCertificate`, `juju:username` and `juju:password`
(secret), or the environment's JUJU_CONTROLLER_ADDRESSES, JUJU_CA_CERT, JUJU_USERNAME and JUJU_PASSWORD.
"""

from providers.juju.resources.actions import Action, VaultInit
from providers.juju.resources.applications import Application, Integration
from providers.juju.resources.clouds import Cloud, Credential
from providers.juju.resources.contents import Secret, Space, SshKey, StoragePool
from providers.juju.resources.controller import Controller
from providers.juju.resources.layout import Layout
from providers.juju.resources.models import Machine, Model
from providers.juju.resources.offers import ConsumedOffer, Offer
from providers.juju.resources.settled import Settled
from providers.juju.resources.users import Access, User

__all__ = [
    "Access",
    "Action",
    "Application",
    "Cloud",
    "ConsumedOffer",
    "Controller",
    "Credential",
    "Integration",
    "Layout",
    "Machine",
    "Model",
    "Offer",
    "Secret",
    "Settled",
    "Space",
    "SshKey",
    "StoragePool",
    "User",
    "VaultInit",
]
