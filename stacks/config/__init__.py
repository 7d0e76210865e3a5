"""From `Pulumi.<stack>.yaml` to validated, frozen settings: `read_baremetal` for programs, `parse_baremetal` pure."""

from stacks.config.models import BaremetalSettings
from stacks.config.parse import parse_baremetal
from stacks.config.problems import ConfigError, Problem

__all__ = ["BaremetalSettings", "ConfigError", "Problem", "parse_baremetal"]
