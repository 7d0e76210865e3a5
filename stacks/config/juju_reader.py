"""The stage juju's part of the selected stack's Pulumi config, as checked values (see `reader`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import pulumi

from stacks.config.filereader import Files, read_text
from stacks.config.juju_models import JujuSettings
from stacks.config.juju_parse import parse_juju
from stacks.config.problems import ConfigError, Problem
from stacks.config.reader import explained, structured, tried


@dataclass(frozen=True)
class JujuConfig:
    """All that the stage juju is told. `controller_file` hands the controller on to what is made with it."""

    settings: JujuSettings
    controller_file: str


def read_juju() -> JujuConfig:
    """Read `juju` of the project's config, the files that it names, and `juju:controllerFile`.

    Raises RunError: every problem of all, one sentence each.
    """
    return explained(_read_juju)


def _read_juju() -> JujuConfig:
    problems: list[Problem] = []
    settings = tried(_read_juju_settings, problems)
    path = pulumi.Config("juju").get("controllerFile")
    if path is None:
        text = (
            "juju:controllerFile is missing: it must be a path, which the controller's address and login are written to"
        )
        problems.append(Problem("juju:controllerFile", f"{text}, such as .pulumi/juju-controller.json."))
    if settings is None or path is None or problems:
        raise ConfigError(problems)
    return JujuConfig(settings, path)


def _read_juju_settings() -> JujuSettings:
    raw = structured("juju")
    if not isinstance(raw, Mapping):
        text = f"juju is missing in Pulumi.{pulumi.get_stack()}.yaml; it must be a mapping that describes the stage"
        raise ConfigError([Problem("juju", f"{text}, as in Pulumi.juju.yaml.")])
    settings = parse_juju(cast("Mapping[str, object]", raw))
    files = Files(read_text)
    if settings.controller.private_key_file is not None:
        files.text("juju:controller.privateKeyFile", settings.controller.private_key_file)
    if files.problems:
        raise ConfigError(files.problems)
    return settings
