"""MaasController: MAAS itself on main, with an administrator and an API key for everything that comes after.

server, url, administrator ─> MaasRegion ─> api_url, api_key, version, adopted;  the key also in a file of this machine
"""

from dataclasses import dataclass, field

import pulumi
from pulumi import Input, Output, ResourceOptions

from components.servers import ServerAccess
from providers.hosts.resources.maas_region import MaasRegion


@dataclass(frozen=True, kw_only=True)
class MaasControllerArgs:
    """MAAS on `server`, reached at `url` (http://ADDRESS:5240/MAAS), from the snap's `channel`.

    `admin_password` is used when the administrator is made, never again. `key_file`: where the API key is written, for
    providers that read it in the same run (`maas:apiKeyFile`). `keep`: leave MAAS installed when this is deleted; one
    that was there before stays in any case.
    """

    server: ServerAccess
    url: Input[str]
    admin_username: Input[str] = "cloud"
    admin_password: Input[str] = field(repr=False)
    admin_email: Input[str] = "cloud@example.org"
    channel: Input[str] = "3.5/stable"
    key_file: Input[str] | None = None
    keep: Input[bool] = False


class MaasController(pulumi.ComponentResource):
    """A MAAS of region and rack. What speaks to it depends on it: `MaasSiteArgs.requires`, `depends_on`."""

    api_url: Output[str]
    api_key: Output[str]
    """"consumer:token:secret", a secret."""
    version: Output[str]
    adopted: Output[bool]
    """Whether it was there before."""

    def __init__(self, name: str, args: MaasControllerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("metal-to-cloud:baremetal:MaasController", name, None, opts)
        region = MaasRegion(
            f"{name}-region",
            connection=args.server.connection,
            machine=args.server.machine,
            url=args.url,
            admin_username=args.admin_username,
            admin_password=args.admin_password,
            admin_email=args.admin_email,
            channel=args.channel,
            key_file=args.key_file,
            keep=args.keep,
            opts=ResourceOptions(parent=self),
        )
        self.api_url = region.api_url
        self.api_key = Output.secret(region.api_key)
        self.version = region.version
        self.adopted = region.adopted
        self.register_outputs(
            {"api_url": self.api_url, "api_key": self.api_key, "version": self.version, "adopted": self.adopted}
        )
