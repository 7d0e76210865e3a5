"""From the selected stack's Pulumi config to checked values; only this module and juju_reader ask Pulumi.

pulumi.Config (text, secrets opened) -> JSON -> the pure parsers; what they refuse becomes a RunError, which Pulumi
shows as its sentences, without a traceback.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

import pulumi

from providers.maas import endpoint
from providers.maas.errors import SetupError
from stacks.config.filereader import read_text
from stacks.config.files import Texts, load_texts
from stacks.config.models import BaremetalSettings
from stacks.config.parse import parse_baremetal
from stacks.config.problems import ConfigError, Problem

T = TypeVar("T")


def explained(work: Callable[[], T]) -> T:
    """Do `work`, and turn a ConfigError into Pulumi's error without traceback."""
    try:
        return work()
    except ConfigError as error:
        count = len(error.problems)
        head = f"The config of stack {pulumi.get_stack()} has {count} problem{'s' if count > 1 else ''}:"
        raise pulumi.RunError("\n".join([head, *(f"  {problem.text}" for problem in error.problems)])) from None


@dataclass(frozen=True)
class Maas:
    """Where MAAS is. `key` is None where the kit has MAAS installed: then it is handed on in `key_file`."""

    url: str
    key: str | None = field(repr=False)
    key_file: str | None


@dataclass(frozen=True)
class BaremetalConfig:
    """All that the stage baremetal is told: the kit, the texts in its files, and where MAAS is."""

    settings: BaremetalSettings
    texts: Texts
    maas: Maas


def read_baremetal() -> BaremetalConfig:
    """Read `baremetal` of the project's config, the files that it names, and `maas:*`.

    Raises RunError: every problem of all three, one sentence each.
    """
    return explained(_read_baremetal)


def _read_baremetal() -> BaremetalConfig:
    problems: list[Problem] = []
    kit = tried(_read_kit, problems)
    installed = kit is not None and kit[0].controller is not None
    found = tried(lambda: _read_maas(installed=installed), problems)
    if found is None or kit is None:
        raise ConfigError(problems)
    return BaremetalConfig(*kit, found)


def tried(work: Callable[[], T], problems: list[Problem]) -> T | None:
    """Do `work`, and keep what is wrong with it beside the problems of other parts."""
    try:
        return work()
    except ConfigError as error:
        problems.extend(error.problems)
        return None


def _read_maas(*, installed: bool) -> Maas:
    """Find MAAS's address, and its key unless the kit has it `installed`."""
    config = pulumi.Config("maas")

    def get(key: str) -> str | None:
        return config.get(key.removeprefix("maas:"))

    try:
        url, key_file = endpoint.find_url(get, os.environ), endpoint.key_file(get) or None
        given = get("maas:apiKey")
        key = endpoint.find_key(get, os.environ, read_text) if given or not installed else None
    except SetupError as error:
        raise ConfigError([Problem("maas", f"{error}.")]) from None
    if key is None and key_file is None:
        text = "maas:apiKeyFile is missing: controller has MAAS installed, and its API key is handed on in that file"
        raise ConfigError([Problem("maas:apiKeyFile", f"{text}.")])
    return Maas(url, key, key_file)


def _read_kit() -> tuple[BaremetalSettings, Texts]:
    raw = structured("baremetal")
    if not isinstance(raw, Mapping):
        text = f"baremetal is missing in Pulumi.{pulumi.get_stack()}.yaml; it must be a mapping that describes the kit"
        raise ConfigError([Problem("baremetal", f"{text}, as in Pulumi.baremetal.yaml.")])
    settings = parse_baremetal(cast("Mapping[str, object]", raw))
    return settings, load_texts(settings)


def read_stages() -> Sequence[object] | None:
    """Read `stages` of the project's config as it stands; None where the stack doesn't set it."""
    raw = structured("stages")
    return None if raw is None else cast("Sequence[object]", raw if isinstance(raw, list) else [raw])


def structured(key: str) -> object:
    """Read a key whose value is a YAML mapping or list, which Pulumi hands over as JSON; plain text stays text."""
    text = pulumi.Config().get(key)
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
