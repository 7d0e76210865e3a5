"""MAAS itself as a resource. Arguments -> property bag -> `providers.hosts.crud.maas_region`."""

from collections.abc import Mapping
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi

from providers.hosts.crud.maas_region import MaasRegionProvider
from providers.hosts.resources.base import HostResource


class MaasRegion(HostResource, module="hosts", name="MaasRegion"):
    """MAAS as region and rack on one server, from its snap, with the database snap maas-test-db and an administrator.

    `url`: where MAAS is to be reached, `http://ADDRESS:5240/MAAS`. `admin_password` is used when the administrator is
    made, never again. `key_file`: a file of this machine that gets the API key, for its owner only. A MAAS that is
    there already is adopted: it keeps its channel and URL, and stays when this is deleted, as it does with `keep`.
    """

    api_url: pulumi.Output[str]
    api_key: pulumi.Output[str]
    """An API key of the administrator, "consumer:token:secret"; a secret."""
    version: pulumi.Output[str]
    """MAAS's own, such as 3.5.3."""
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        connection: pulumi.Input[Mapping[str, Any]],
        machine: pulumi.Input[str],
        url: pulumi.Input[str],
        admin_username: pulumi.Input[str],
        admin_password: pulumi.Input[str],
        admin_email: pulumi.Input[str],
        channel: pulumi.Input[str] = "3.5/stable",
        key_file: pulumi.Input[str] | None = None,
        keep: pulumi.Input[bool] = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs: dict[str, object] = {
            "url": url,
            "admin_username": admin_username,
            "admin_password": admin_password,
            "admin_email": admin_email,
            "channel": channel,
            "key_file": key_file,
            "keep": keep,
        }
        super().__init__(
            MaasRegionProvider(),
            resource_name,
            connection,
            machine,
            inputs,
            ("api_url", "api_key", "version", "adopted"),
            secrets=("admin_password", "api_key"),
            opts=opts,
        )
