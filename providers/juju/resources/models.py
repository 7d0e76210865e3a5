"""Models and machines: the room that applications are in, and what they can be placed on.

Arguments -> property bag -> the provider of the same name in `providers.juju.crud`.
"""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a value of any kind

import pulumi

from providers.common.resource import DeclaredResource
from providers.juju.crud.machines import MachineProvider
from providers.juju.crud.models import ModelProvider


def claim(resource_name: str) -> str:
    """Name the resource in Juju's annotation `pulumi`: project/stack/resource name."""
    return f"{pulumi.get_project()}/{pulumi.get_stack()}/{resource_name}"


class Model(DeclaredResource, module="juju", name="Model"):
    """A model of the controller.

    Natural key: its name. One that is empty, or that its annotation says is ours, is taken; one that holds somebody's
    applications only with `adopt`, and then stays at destroy. Destroy takes everything in it along and waits until it
    is gone; Juju refuses while persistent storage is there, unless `destroy_storage`.
    Source: juju 3.6 API, ModelManager, ModelConfig.
    """

    name: pulumi.Output[str]
    cloud: pulumi.Output[str]
    region: pulumi.Output[str]
    credential: pulumi.Output[str]
    config: pulumi.Output[Mapping[str, Any]]
    constraints: pulumi.Output[str]
    annotations: pulumi.Output[Mapping[str, str]]
    uuid: pulumi.Output[str]
    type: pulumi.Output[str]
    """"iaas" or "caas"."""
    owner: pulumi.Output[str]
    agent_version: pulumi.Output[str]
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        cloud: pulumi.Input[str] | None = None,
        region: pulumi.Input[str] | None = None,
        credential: pulumi.Input[str] | None = None,
        config: pulumi.Input[Mapping[str, Any]] | None = None,
        constraints: pulumi.Input[str | Mapping[str, Any]] | None = None,
        annotations: pulumi.Input[Mapping[str, str]] | None = None,
        adopt: pulumi.Input[bool] = False,
        destroy_storage: pulumi.Input[bool] = False,
        force: pulumi.Input[str] | None = None,
        minutes: pulumi.Input[int] = 30,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`cloud`: None is the controller's own. `constraints`: "mem=8G tags=compute" or an object of the same.

        Only options in `config` are managed; one that is taken out goes back to its default. `force`: the reason why
        what does not go by itself may be taken by force at destroy. `minutes` bounds the destroy.
        """
        inputs = {
            "name": name,
            "cloud": cloud,
            "region": region,
            "credential": credential,
            "config": config,
            "constraints": constraints,
            "annotations": annotations,
            "claim": claim(resource_name),
            "adopt": adopt,
            "destroy_storage": destroy_storage,
            "force": force,
            "minutes": minutes,
        }
        super().__init__(
            ModelProvider(), resource_name, inputs, ("uuid", "type", "owner", "agent_version", "adopted"), opts=opts
        )


class Machine(DeclaredResource, module="juju", name="Machine"):
    """A machine of a model, from its cloud, or a container on one.

    create waits until Juju's agent on it is up; destroy removes it (which gives it back to the cloud) and waits, and is
    refused by Juju while units are on it. Marked with the annotation `pulumi`, by which a second try finds what the
    first one left; what the cloud did not give then is added anew. A machine whose agent is lost is named by a
    refresh, and `up` fails with what helps: only with `force` is it replaced, with what is on it. One that moves to
    another place is made before the old one goes, so that the units on it can move.
    Source: juju 3.6 API, MachineManager.
    """

    model: pulumi.Output[str]
    base: pulumi.Output[str]
    constraints: pulumi.Output[str]
    placement: pulumi.Output[str]
    disks: pulumi.Output[Sequence[str]]
    annotations: pulumi.Output[Mapping[str, str]]
    machine_id: pulumi.Output[str]
    """Juju's number of it, which placements name: "3", or "0/lxd/1"."""
    instance_id: pulumi.Output[str]
    """The cloud's name of it: MAAS's system_id."""
    hostname: pulumi.Output[str]
    addresses: pulumi.Output[Sequence[str]]
    hardware: pulumi.Output[str]
    zone: pulumi.Output[str]
    status: pulumi.Output[str]
    containers: pulumi.Output[Sequence[str]]

    def __init__(
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        base: pulumi.Input[str] | None = None,
        constraints: pulumi.Input[str | Mapping[str, Any]] | None = None,
        placement: pulumi.Input[str] | None = None,
        disks: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        annotations: pulumi.Input[Mapping[str, str]] | None = None,
        wait: pulumi.Input[bool] = True,
        keep_instance: pulumi.Input[bool] = False,
        force: pulumi.Input[str] | None = None,
        minutes: pulumi.Input[int] = 45,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`model`: a Model's `uuid`. `placement`: "server3", "zone=rack1", "system-id=abc123", "lxd:0" or "lxd".

        `disks`: storage directives such as "maas,1,100G". `wait=False`: don't wait for the agent. `keep_instance`: at
        destroy leave the machine running in its cloud. `force`: the reason why units on it may be lost, at destroy or
        when a lost machine is replaced.
        """
        inputs = {
            "model": model,
            "base": base,
            "constraints": constraints,
            "placement": placement,
            "disks": disks,
            "annotations": annotations,
            "claim": claim(resource_name),
            "wait": wait,
            "keep_instance": keep_instance,
            "force": force,
            "minutes": minutes,
            "drift": None,
        }
        outputs = (
            *("machine_id", "instance_id", "hostname", "addresses", "hardware", "zone", "status"),
            "containers",
        )
        super().__init__(MachineProvider(), resource_name, inputs, outputs, opts=opts)
