"""What a model holds besides applications: secrets, SSH keys, spaces, storage pools.

Arguments -> property bag -> the provider of the same name in `providers.juju.crud`.
"""

from collections.abc import Mapping, Sequence

import pulumi

from providers.common.resource import DeclaredResource
from providers.juju.crud.pools import StoragePoolProvider
from providers.juju.crud.secrets import SecretProvider
from providers.juju.crud.spaces import SpaceProvider
from providers.juju.crud.ssh_keys import SshKeyProvider


class Secret(DeclaredResource, module="juju", name="Secret"):
    """A secret that applications of the model may read (Juju 3.3 and newer).

    Natural key: model and name. One that is there is adopted, changed to what is given, and stays at destroy. What
    another person wrote since is seen by its revision. Import id: `MODEL_UUID/name`.
    Source: Juju 3.6 API, facade Secrets.
    """

    model: pulumi.Output[str]
    name: pulumi.Output[str]
    """Juju's label of it."""
    content: pulumi.Output[Mapping[str, str]]
    """Secret; each key has three or more lower-case letters, digits and '-'."""
    description: pulumi.Output[str]
    grants: pulumi.Output[Sequence[str]]
    """Applications that may read it."""
    auto_prune: pulumi.Output[bool | None]
    """True: Juju forgets revisions that nobody reads any more."""
    uri: pulumi.Output[str]
    """E.g. secret:d1p3vf7mp25c77bpvjp0; what a charm's option of type secret takes."""
    secret_id: pulumi.Output[str]
    revision: pulumi.Output[int]
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        name: pulumi.Input[str],
        content: pulumi.Input[Mapping[str, pulumi.Input[str]]],
        description: pulumi.Input[str] | None = None,
        grants: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        auto_prune: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "model": model,
            "name": name,
            "content": content,
            "description": description,
            "grants": grants,
            "auto_prune": auto_prune,
        }
        outputs = ("uri", "secret_id", "revision", "adopted")
        super().__init__(SecretProvider(), resource_name, inputs, outputs, ("content",), opts)


class SshKey(DeclaredResource, module="juju", name="SshKey"):
    """A public SSH key that may log in to every machine of the model.

    Natural key: model and the key's text without its comment. One that is there is adopted, and then stays at destroy.
    Import id: `MODEL_UUID/fingerprint`. Source: Juju 3.6 API, facade KeyManager.
    """

    model: pulumi.Output[str]
    key: pulumi.Output[str]
    """The public key, `type base64 comment`."""
    fingerprint: pulumi.Output[str]
    """MD5, as Juju shows it."""
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        key: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"model": model, "key": key}
        super().__init__(SshKeyProvider(), resource_name, inputs, ("fingerprint", "adopted"), opts=opts)


class Space(DeclaredResource, module="juju", name="Space"):
    """A space: subnets that endpoints can be bound to. On MAAS spaces come from MAAS, and are adopted.

    Natural key: model and name; a rename happens in place. `cidrs`: exactly these subnets; those that leave go to the
    space alpha. `force`: the reason why it may be removed, or lose subnets, although it is used.
    Import id: `MODEL_UUID/name`. Source: Juju 3.6 API, facade Spaces.
    """

    model: pulumi.Output[str]
    name: pulumi.Output[str]
    cidrs: pulumi.Output[Sequence[str]]
    space_id: pulumi.Output[str]
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        name: pulumi.Input[str],
        cidrs: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        force: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"model": model, "name": name, "cidrs": cidrs, "force": force}
        super().__init__(SpaceProvider(), resource_name, inputs, ("space_id", "adopted"), opts=opts)


class StoragePool(DeclaredResource, module="juju", name="StoragePool"):
    """A storage pool: a provider such as loop, maas or cinder, with attributes.

    Natural key: model and name. One that is there with the same provider is adopted, and then stays at destroy.
    Import id: `MODEL_UUID/name`. Source: Juju 3.6 API, facade Storage.
    """

    model: pulumi.Output[str]
    name: pulumi.Output[str]
    storage_provider: pulumi.Output[str]
    attributes: pulumi.Output[Mapping[str, str]]
    """All of them: what is not given is taken away."""
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        name: pulumi.Input[str],
        storage_provider: pulumi.Input[str],
        attributes: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"model": model, "name": name, "storage_provider": storage_provider, "attributes": attributes}
        super().__init__(StoragePoolProvider(), resource_name, inputs, ("adopted",), opts=opts)
