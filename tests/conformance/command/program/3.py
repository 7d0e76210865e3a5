"""A command that fails, beside one that does not."""

from pulumi_command import local

local.Command("first", create="echo midway; exit 3")
