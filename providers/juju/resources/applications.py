"""Applications and the relations between them.

Arguments -> property bag -> the provider of the same name in `providers.juju.crud`. What lies on this machine (a local
charm, files of resources) is registered with its hash, so that a changed file is a changed input.
"""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a value of any kind

import pulumi

from providers.common.resource import DeclaredResource
from providers.juju.crud import resources_of_charms
from providers.juju.crud.applications import ApplicationProvider
from providers.juju.crud.integrations import IntegrationProvider
from providers.juju.crud.local_charm import fingerprint
from providers.juju.resources.models import claim


class Application(DeclaredResource, module="juju", name="Application"):
    """A charm deployed in a model, with its units.

    Everything but model, name, charm and base changes in place, in Juju's order: charm, config, bindings, exposure,
    constraints, units. Scaling in removes the units whose placement went, else the newest that don't lead, and keeps
    storage. A unit whose placement is exchanged for another one is made anew there, and goes once the new one works;
    the same place in other words moves nobody, and a unit that a person moved stays and is told (`misplaced`). The
    preview names all of them. Units that were added or removed, config, exposure and constraints that were changed by
    hand show after a refresh, and `up` puts them back. Destroy waits until it is gone. Marked with the annotation
    `pulumi`, by which a second try finds what the first one left. One of the same charm that nobody marked is taken
    over; it stays at destroy, unless the model is of this stack. Without `base` it runs on the model's default base,
    and where the model's config has none, on the charm's first.
    Source: juju 3.6 API, Application.
    """

    model: pulumi.Output[str]
    name: pulumi.Output[str]
    charm: pulumi.Output[str]
    channel: pulumi.Output[str]
    revision: pulumi.Output[int]
    base: pulumi.Output[str]
    config: pulumi.Output[Mapping[str, Any]]
    secret_config: pulumi.Output[Mapping[str, Any]]
    constraints: pulumi.Output[str]
    trust: pulumi.Output[bool]
    units: pulumi.Output[int]
    placement: pulumi.Output[Sequence[str]]
    spots: pulumi.Output[Sequence[str]]
    expose: pulumi.Output[Mapping[str, Any]]
    """Exposed endpoints ("" for all) -> {spaces, cidrs}; {} for none."""
    bindings: pulumi.Output[Mapping[str, str]]
    charm_url: pulumi.Output[str]
    status: pulumi.Output[str]
    message: pulumi.Output[str]
    unit_details: pulumi.Output[Sequence[Mapping[str, Any]]]
    """By number: `{name, machine, placement, spot, hostname, instance_id, zone, address, leader, status, message}`.

    `placement` and `spot` are those that the unit fills, "" where it is elsewhere or anywhere will do.
    """
    storage_ids: pulumi.Output[Sequence[str]]
    misplaced: pulumi.Output[Sequence[str]]
    """Units that are not where the placement would put them, with the place."""
    drift: pulumi.Output[Sequence[str]]
    """Empty after an update; after a refresh what is not as it was and no input shows."""
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        name: pulumi.Input[str],
        charm: pulumi.Input[str] | None = None,
        local_charm: str | None = None,
        metadata_overrides: Mapping[str, Any] | None = None,
        channel: pulumi.Input[str] | None = None,
        revision: pulumi.Input[int] | None = None,
        base: pulumi.Input[str] | None = None,
        config: pulumi.Input[Mapping[str, Any]] | None = None,
        secret_config: pulumi.Input[Mapping[str, Any]] | None = None,
        constraints: pulumi.Input[str | Mapping[str, Any]] | None = None,
        trust: pulumi.Input[bool] | None = None,
        units: pulumi.Input[int] | None = None,
        placement: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        spots: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        expose: pulumi.Input[bool | Mapping[str, Any]] | None = None,
        bindings: pulumi.Input[Mapping[str, str]] | None = None,
        storage: pulumi.Input[Mapping[str, Any]] | None = None,
        resources: Mapping[str, int | str] | None = None,
        annotations: pulumi.Input[Mapping[str, str]] | None = None,
        wait_for: pulumi.Input[bool | Mapping[str, Any]] | None = None,
        destroy_storage: pulumi.Input[bool] = False,
        force: pulumi.Input[str] | None = None,
        minutes: pulumi.Input[int] = 30,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`charm` on Charmhub, or `local_charm` (a directory, or a .charm or .zip file) with `metadata_overrides`.

        `units` is their number, `placement` says where ("3", "lxd:0", "lxd", "server3", "zone=a"), one per unit; both
        together place the first ones; `spots` is what a person calls each place ("server3", "lxd on server3"), which
        Juju never sees: a preview says it while a machine's number is still unknown. Without any of them a principal
        has one unit, whose number is then nobody's concern.
        `config` takes the types of the charm's options, `secret_config` is shown nowhere. `expose`: True, False, or
        {endpoint: {spaces, cidrs}}. `storage`: {label: "pool,count,size"}; `resources`: {name: revision or path}.
        `wait_for`: {workload: [words], messages: [patterns], agent_idle, units: "all" | "leader", on_error: "fail" |
        "wait", minutes}, or True for active and idle; None waits for machines only. `force`: the reason why units may
        be removed by force; `minutes` bounds removals. A refresh asks for `trust` in a call of its own, where it is
        given.
        """
        if (charm is None) == (local_charm is None):
            raise ValueError(f"{resource_name} must have charm or local_charm, one of the two")
        inputs = {
            "model": model,
            "name": name,
            "charm": charm,
            "local_charm": local_charm,
            "charm_hash": None if local_charm is None else fingerprint(local_charm, metadata_overrides or {}),
            "metadata_overrides": metadata_overrides,
            "channel": channel,
            "revision": revision,
            "base": base,
            "config": config,
            "secret_config": secret_config,
            "constraints": constraints,
            "trust": trust,
            "units": units,
            "placement": placement,
            "spots": spots,
            "expose": expose,
            "bindings": bindings,
            "storage": storage,
            "resources": resources,
            "resource_hashes": None if resources is None else resources_of_charms.fingerprints(resources),
            "annotations": annotations,
            "claim": claim(resource_name),
            "wait_for": wait_for,
            "destroy_storage": destroy_storage,
            "force": force,
            "minutes": minutes,
            "drift": None,
        }
        outputs = ("charm_url", "status", "message", "unit_details", "storage_ids", "misplaced", "adopted")
        super().__init__(ApplicationProvider(), resource_name, inputs, outputs, ("secret_config",), opts)


class Integration(DeclaredResource, module="juju", name="Integration"):
    """A relation between two applications, or between one and an offer that the model consumes.

    Natural key: its two ends; one that is there is taken. That both charms have the endpoints, that their interfaces
    meet and that there is room is said before Juju is asked. Removed by hand it is made again; destroy waits until it
    is gone. Source: juju 3.6 API, Application.AddRelation.
    """

    model: pulumi.Output[str]
    endpoints: pulumi.Output[Sequence[str]]
    via: pulumi.Output[Sequence[str]]
    key: pulumi.Output[str]
    """As Juju writes it: "requirer:endpoint provider:endpoint"."""
    relation_id: pulumi.Output[int]
    interface: pulumi.Output[str]
    status: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        model: pulumi.Input[str],
        endpoints: pulumi.Input[Sequence[pulumi.Input[str]]],
        via: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        wait: pulumi.Input[bool] = False,
        force: pulumi.Input[str] | None = None,
        minutes: pulumi.Input[int] = 30,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`endpoints`: two ends "application:endpoint", or "application" where the other end decides it.

        `via`: networks that traffic to another model comes from. `wait`: until Juju says joined.
        """
        inputs = {
            "model": model,
            "endpoints": endpoints,
            "via": via,
            "wait": wait,
            "force": force,
            "minutes": minutes,
        }
        outputs = ("key", "relation_id", "interface", "status")
        super().__init__(IntegrationProvider(), resource_name, inputs, outputs, opts=opts)
