"""What runs on servers, as Pulumi resources over SSH.

program: a resource -> property bag (`resources`) -> engine -> `python -m pulumi.dynamic` -> provider class (`crud`) ->
session -> one worker process -> one SSH connection per server -> pyinfra's operations (`deploys`); back: names of what
changed, what a look found (`drift`), the server's host key.
"""

from providers.hosts.resources.check import Check
from providers.hosts.resources.django import AppServer, Migration, Release
from providers.hosts.resources.maas_region import MaasRegion
from providers.hosts.resources.nginx import NginxSite
from providers.hosts.resources.password import Password
from providers.hosts.resources.postgres import Backups, PostgresInstance

__all__ = [
    "AppServer",
    "Backups",
    "Check",
    "MaasRegion",
    "Migration",
    "NginxSite",
    "Password",
    "PostgresInstance",
    "Release",
]
