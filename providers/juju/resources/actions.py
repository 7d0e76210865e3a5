"""What is done rather than kept: actions of charms, and the ceremony that opens a vault.

Arguments -> property bag -> `providers.juju.crud.actions` and `providers.juju.crud.vault_init`.
"""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi

from providers.common.resource import DeclaredResource
from providers.juju.crud.actions import ActionProvider
from providers.juju.crud.vault_init import VaultInitProvider


class Action(DeclaredResource, module="juju", name="Action"):
    """One run of a charm's action on a unit ("vault/0", or "vault/leader"), and a new one when an argument changes.

    `triggers`: any values; their change runs it again. `secret_params`: parameters that stay encrypted.
    `secret_output`: true, or the names of the results that are secret; they are in `secret_result`. A preview runs
    nothing. An action that fails, or takes longer than `minutes`, fails the resource with the action's own message and
    log, and runs again with the next `up`. Source: Juju 3.6 API, Action.EnqueueOperation.
    """

    model: pulumi.Output[str]
    unit: pulumi.Output[str]
    name: pulumi.Output[str]
    result: pulumi.Output[Mapping[str, Any]]
    """What may be seen of its results."""
    secret_result: pulumi.Output[Mapping[str, Any]]
    """The rest of them; secret."""
    status: pulumi.Output[str]
    message: pulumi.Output[str]
    action_id: pulumi.Output[str]
    operation_id: pulumi.Output[str]
    ran_on: pulumi.Output[str]
    """The unit that it ran on, where a leader was asked for."""

    def __init__(
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        unit: pulumi.Input[str],
        name: pulumi.Input[str],
        params: pulumi.Input[Mapping[str, pulumi.Input[Any]]] | None = None,
        secret_params: pulumi.Input[Mapping[str, pulumi.Input[Any]]] | None = None,
        triggers: pulumi.Input[Mapping[str, pulumi.Input[Any]]] | None = None,
        secret_output: pulumi.Input[bool | Sequence[str]] | None = None,
        minutes: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "model": model,
            "unit": unit,
            "name": name,
            "params": params,
            "secret_params": secret_params,
            "triggers": triggers,
            "secret_output": secret_output,
            "minutes": minutes,
        }
        outputs = ("result", "secret_result", "status", "message", "action_id", "operation_id", "ran_on")
        super().__init__(ActionProvider(), resource_name, inputs, outputs, ("secret_params", "secret_result"), opts)


class VaultInit(DeclaredResource, module="juju", name="VaultInit"):
    """The ceremony that opens the vault of a charm: init, unseal of every unit, authorization, root CA.

    It waits at most `minutes` until the vault of every unit answers at `scheme`://address:`port`. A vault that was
    initialised before is taken over with `keys` and `root_token`. Vault gives its keys out once, at init: with
    `keys_file` they are written there (mode 0600) before anything else is done, so that nothing can lose them;
    without it, a ceremony that fails after the init is recorded in `troubles`, and the next `up` goes on with it.
    Sealed units (after a reboot) are seen by a refresh, named in `troubles`, and unsealed by `up`; so are those that
    came since, when a value of `triggers` changes.
    An own CA (`ca_certificate`, `ca_key`: PEM) signs the vault's request instead of `generate_root_ca`; `csr_options`
    and `ca_options` are further parameters of the actions get-csr and upload-signed-csr. Destroy leaves the vault as
    it is. Import id: `MODEL_UUID/application`. Source: openstack/charm-vault, Vault 1.8 HTTP API.
    """

    model: pulumi.Output[str]
    application: pulumi.Output[str]
    keys: pulumi.Output[Sequence[str]]
    """The unseal keys; secret."""
    root_token: pulumi.Output[str]
    """Secret."""
    root_ca: pulumi.Output[str]
    """Certificate of the authority behind all others, PEM; "" where none was asked for."""
    units: pulumi.Output[Sequence[str]]
    authorized: pulumi.Output[bool]
    troubles: pulumi.Output[Mapping[str, str]]
    """Unit (or "ceremony") -> what is wrong; empty when all is well."""

    def __init__(
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        application: pulumi.Input[str] | None = None,
        shares: pulumi.Input[int] | None = None,
        threshold: pulumi.Input[int] | None = None,
        port: pulumi.Input[int] | None = None,
        scheme: pulumi.Input[str] | None = None,
        tls_ca: pulumi.Input[str] | None = None,
        keys: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        root_token: pulumi.Input[str] | None = None,
        keys_file: pulumi.Input[str] | None = None,
        authorize: pulumi.Input[bool] | None = None,
        generate_root_ca: pulumi.Input[bool] | None = None,
        ca_certificate: pulumi.Input[str] | None = None,
        ca_key: pulumi.Input[str] | None = None,
        csr_options: pulumi.Input[Mapping[str, pulumi.Input[Any]]] | None = None,
        ca_options: pulumi.Input[Mapping[str, pulumi.Input[Any]]] | None = None,
        minutes: pulumi.Input[int] | None = None,
        triggers: pulumi.Input[Mapping[str, pulumi.Input[Any]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`triggers`: values whose change means another look at every unit, such as the names of the units."""
        inputs = {
            "model": model,
            "application": application,
            "shares": shares,
            "threshold": threshold,
            "port": port,
            "scheme": scheme,
            "tls_ca": tls_ca,
            "keys": keys,
            "root_token": root_token,
            "keys_file": keys_file,
            "authorize": authorize,
            "generate_root_ca": generate_root_ca,
            "ca_certificate": ca_certificate,
            "ca_key": ca_key,
            "csr_options": csr_options,
            "ca_options": ca_options,
            "minutes": minutes,
            "triggers": triggers,
        }
        outputs = ("root_ca", "units", "authorized", "troubles")
        super().__init__(VaultInitProvider(), resource_name, inputs, outputs, ("keys", "root_token", "ca_key"), opts)
