"""Boot images: what MAAS should mirror (`BootSelection`), and the wait until it has (`BootImages`).

Arguments -> property bag -> the provider of the same name in `providers.maas.crud.images`.
"""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi

from providers.common.resource import DeclaredResource
from providers.maas.crud.images import BootImagesProvider, BootSelectionProvider


class BootSelection(DeclaredResource, module="maas", name="BootSelection"):
    """One release that MAAS mirrors from a boot source.

    An existing selection of the same os and release, MAAS's default one included, is adopted: its arches are
    changed in place, and destroy puts back what was found. Nothing is downloaded yet: see `BootImages`.
    Source: MAAS 3.5 API, boot-sources/{id}/selections/.
    """

    os: pulumi.Output[str]
    release: pulumi.Output[str]
    arches: pulumi.Output[Sequence[str]]
    subarches: pulumi.Output[Sequence[str]]
    labels: pulumi.Output[Sequence[str]]
    source_url: pulumi.Output[str]
    source_id: pulumi.Output[int]
    adopted: pulumi.Output[bool]
    previous: pulumi.Output[Mapping[str, Any]]
    """What an adopted selection held before: arches, subarches, labels."""

    def __init__(
        self,
        resource_name: str,
        *,
        release: pulumi.Input[str],
        os: pulumi.Input[str] = "ubuntu",
        arches: pulumi.Input[Sequence[pulumi.Input[str]]] = ("amd64",),
        subarches: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        labels: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        source_url: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`source_url` None: MAAS's only boot source; subarches and labels default to `["*"]`."""
        inputs = {
            "os": os,
            "release": release,
            "arches": arches,
            "subarches": subarches,
            "labels": labels,
            "source_url": source_url,
        }
        super().__init__(
            BootSelectionProvider(), resource_name, inputs, ("source_id", "adopted", "previous"), opts=opts
        )


class BootImages(DeclaredResource, module="maas", name="BootImages"):
    """The selected images, synced: starts the import where one is missing and waits until all are complete.

    Depends on the `BootSelection`s of its releases (`opts.depends_on`). Destroy leaves the images in MAAS.
    Source: MAAS 3.5 API, boot-resources/?op=import.
    """

    os: pulumi.Output[str]
    releases: pulumi.Output[Sequence[str]]
    arches: pulumi.Output[Sequence[str]]
    deadline_minutes: pulumi.Output[int]
    images: pulumi.Output[Sequence[Mapping[str, Any]]]
    """`{name: "ubuntu/jammy", architecture: "amd64", version: "20240603", label: "stable"}` for each image."""

    def __init__(
        self,
        resource_name: str,
        *,
        releases: pulumi.Input[Sequence[pulumi.Input[str]]],
        arches: pulumi.Input[Sequence[pulumi.Input[str]]] = ("amd64",),
        os: pulumi.Input[str] = "ubuntu",
        deadline_minutes: pulumi.Input[int] = 120,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"os": os, "releases": releases, "arches": arches, "deadline_minutes": deadline_minutes}
        super().__init__(BootImagesProvider(), resource_name, inputs, ("images",), opts=opts)
