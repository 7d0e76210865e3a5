"""Bare metal to cloud: declares the stages that the selected stack holds (config `stages`, else the stack's name)."""

import stacks

stacks.declare()
