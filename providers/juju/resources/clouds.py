"""What the controller knows of clouds, and our credentials for them.

Arguments -> property bag -> the provider of the same name in `providers.juju.crud.clouds`.
"""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi

from providers.common.resource import DeclaredResource
from providers.juju.crud.clouds import CloudProvider, CredentialProvider


class Cloud(DeclaredResource, module="juju", name="Cloud"):
    """A cloud that models may live in besides the controller's own, e.g. a second MAAS.

    Natural key: the name. One that is there with the same type is adopted, and then stays at destroy. `regions` holds
    names, or objects {name, endpoint}. `force`: the reason why a cloud may be added that does not fit the controller's.
    Source: Juju 3.6 API, Cloud.AddCloud, UpdateCloud, RemoveClouds.
    """

    name: pulumi.Output[str]
    type: pulumi.Output[str]
    """maas, openstack, lxd, manual, ..."""
    auth_types: pulumi.Output[Sequence[str]]
    endpoint: pulumi.Output[str]
    """The cloud's API, of a MAAS e.g. http://10.0.0.2:5240/MAAS."""
    identity_endpoint: pulumi.Output[str]
    storage_endpoint: pulumi.Output[str]
    regions: pulumi.Output[Sequence[Mapping[str, str]]]
    config: pulumi.Output[Mapping[str, Any]]
    """Model config that every model in this cloud begins with."""
    ca_certificates: pulumi.Output[Sequence[str]]
    skip_tls_verify: pulumi.Output[bool]
    adopted: pulumi.Output[bool]
    """True when the cloud was there before this resource."""

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        type: pulumi.Input[str],  # noqa: A002 - Juju's own name of it
        auth_types: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        endpoint: pulumi.Input[str] | None = None,
        identity_endpoint: pulumi.Input[str] | None = None,
        storage_endpoint: pulumi.Input[str] | None = None,
        regions: pulumi.Input[Sequence[pulumi.Input[str | Mapping[str, str]]]] | None = None,
        config: pulumi.Input[Mapping[str, pulumi.Input[Any]]] | None = None,
        ca_certificates: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        skip_tls_verify: pulumi.Input[bool] | None = None,
        force: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "name": name,
            "type": type,
            "auth_types": auth_types,
            "endpoint": endpoint,
            "identity_endpoint": identity_endpoint,
            "storage_endpoint": storage_endpoint,
            "regions": regions,
            "config": config,
            "ca_certificates": ca_certificates,
            "skip_tls_verify": skip_tls_verify,
            "force": force,
        }
        super().__init__(CloudProvider(), resource_name, inputs, ("adopted",), opts=opts)


class Credential(DeclaredResource, module="juju", name="Credential"):
    """A credential of our user for a cloud; for a MAAS: auth_type oauth1, attributes {"maas-oauth": the API key}.

    Natural key: cloud and name. One that is there is adopted, changed to what is given, and stays at destroy.
    Import id: `cloud/name`. `force`: the reason why models that could no longer use their cloud don't count.
    Source: Juju 3.6 API, Cloud.UpdateCredentialsCheckModels, CredentialContents, RevokeCredentialsCheckModels.
    """

    cloud: pulumi.Output[str]
    name: pulumi.Output[str]
    auth_type: pulumi.Output[str]
    attributes: pulumi.Output[Mapping[str, str]]
    """Secret."""
    owner: pulumi.Output[str]
    valid: pulumi.Output[bool]
    """False when the cloud refused it."""
    models: pulumi.Output[Sequence[str]]
    """Names of the models that use it."""
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        cloud: pulumi.Input[str],
        name: pulumi.Input[str],
        auth_type: pulumi.Input[str],
        attributes: pulumi.Input[Mapping[str, pulumi.Input[str]]],
        force: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"cloud": cloud, "name": name, "auth_type": auth_type, "attributes": attributes, "force": force}
        outputs = ("owner", "valid", "models", "adopted")
        super().__init__(CredentialProvider(), resource_name, inputs, outputs, ("attributes",), opts)
