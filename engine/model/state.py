"""A resource as the state knows it, and a resource as the program wants it.

Source: pulumi/pulumi sdk/go/common/apitype/core.go (ResourceV3) and resource.Goal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engine.model.values import Properties, Value

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"


class Op(StrEnum):
    """What a step does; the strings are Pulumi's own (apitype.OpType)."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    READ = "read"
    READ_REPLACEMENT = "read-replacement"
    REFRESH = "refresh"
    DISCARD = "discard"
    DISCARD_REPLACED = "discard-replaced"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"
    IMPORT = "import"
    IMPORT_REPLACEMENT = "import-replacement"


@dataclass(frozen=True, slots=True)
class CustomTimeouts:
    """How long each operation may take, in seconds; 0 means the provider's default."""

    create: float = 0.0
    update: float = 0.0
    delete: float = 0.0


@dataclass(frozen=True, slots=True)
class ResourceState:
    """One resource in a snapshot: inputs are what the program asked for (checked), outputs what the provider said."""

    urn: str
    type: str
    custom: bool = False
    id: str = ""
    delete: bool = False
    inputs: Properties = field(default_factory=dict[str, Value])
    outputs: Properties = field(default_factory=dict[str, Value])
    parent: str = ""
    protect: bool = False
    taint: bool = False
    external: bool = False
    dependencies: tuple[str, ...] = ()
    init_errors: tuple[str, ...] = ()
    provider: str = ""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    pending_replacement: bool = False
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    custom_timeouts: CustomTimeouts | None = None
    import_id: str = ""
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    created: datetime | None = None
    modified: datetime | None = None
    source_position: str = ""
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    hide_diff: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict[str, object])
    """Fields of the checkpoint that this engine does not read; carried along untouched."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A resource as the program registers it, options resolved, before any provider has seen it."""

    urn: str
    type: str
    name: str
    custom: bool
    properties: Properties
    parent: str = ""
    protect: bool | None = None
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    provider: str = ""
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    hide_diff: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    import_id: str = ""
    custom_timeouts: CustomTimeouts | None = None
    retain_on_delete: bool | None = None
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    source_position: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """An effect that was begun and whose end is not known: 'creating', 'updating', 'deleting' or 'reading'."""

    resource: ResourceState
    type: str
