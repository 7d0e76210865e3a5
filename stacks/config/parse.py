"""`metal-to-cloud:baremetal` as Pulumi hands it over -> `BaremetalSettings`, or every problem in it at once.

raw mapping -> shape (models) + relations between the well-formed parts (draft, checks) -> settings. Pure.
"""

from collections.abc import Mapping

from pydantic import ValidationError

from stacks.config.checks import relation_problems
from stacks.config.draft import draft
from stacks.config.models import BaremetalSettings
from stacks.config.problems import ConfigError, Problem, shape_problems

ROOT = "baremetal"


def parse_baremetal(raw: Mapping[str, object]) -> BaremetalSettings:
    """Check the whole kit.

    Raises ConfigError: one sentence for each problem, with its path (`baremetal:servers[2].mac`).
    """
    shape: list[Problem] = []
    settings: BaremetalSettings | None = None
    try:
        settings = BaremetalSettings.model_validate(raw)
    except ValidationError as error:
        shape = shape_problems(ROOT, BaremetalSettings, error)
    told = {problem.path for problem in shape}
    relations = relation_problems(ROOT, draft(ROOT, raw))
    problems = [*shape, *(problem for problem in relations if problem.path not in told)]
    if settings is None or problems:
        raise ConfigError(problems)
    return settings
