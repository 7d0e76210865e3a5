"""A stack's config as a program gets it: stack file + project's defaults, validated, decrypted. Pure but for `decrypt`.

    {key: tree with {secure: ...}} + declarations ─> StackConfig(values {key: string}, secret_keys)

Source: pulumi/pulumi pkg/workspace/config.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.model.reading import shown
from engine.workspace.configvalues import ConfigError, Tree, has_secret, hidden, open_tree, program_text
from engine.workspace.project import ConfigDeclaration, Project, matches_type


@dataclass(frozen=True, slots=True)
class StackConfig:
    """What PULUMI_CONFIG and PULUMI_CONFIG_SECRET_KEYS say; keys are `namespace:name`."""

    values: Mapping[str, str]
    secret_keys: frozenset[str]

    def shown(self) -> dict[str, str]:
        """Give the values with '[secret]' for those that hold one: fit for events and displays."""
        return {key: "[secret]" if key in self.secret_keys else value for key, value in self.values.items()}


def merge_defaults(project: Project, config: Mapping[str, Tree]) -> dict[str, Tree]:
    """Add what the project declares for keys on which the stack says nothing."""
    defaults = {key: item.default for key, item in project.config.items() if item.has_default}
    return {**defaults, **config}


def decrypt_config(
    project: Project, stack: str, config: Mapping[str, Tree], decrypt: Callable[[str], str]
) -> StackConfig:
    """Merge, validate and decrypt a stack's config.

    Raises
    ------
    ConfigError: a declared key has no value, one of another type, or a plain one where a secret is declared.

    """
    merged = merge_defaults(project, config)
    missing = [key for key in sorted(project.config) if key not in merged]
    if missing:
        names = ", ".join(key.removeprefix(f"{project.name}:") for key in missing)
        raise ConfigError(f"stack {stack!r} has no value for {names}: `pulumi config set <key> <value>`")
    opened = {key: open_tree(tree, decrypt) for key, tree in merged.items()}
    for key, declared in project.config.items():
        _check(stack, key, declared, merged[key], opened[key])
    secret = frozenset(key for key, tree in merged.items() if has_secret(tree))
    return StackConfig({key: program_text(tree) for key, tree in sorted(opened.items())}, secret)


def _check(stack: str, key: str, declared: ConfigDeclaration, tree: Tree, opened: Tree) -> None:
    if declared.secret and declared.type and not has_secret(tree):
        raise ConfigError(
            f"stack {stack!r} has {key} in clear, and the project declares it secret: set it with --secret"
        )
    value = opened if isinstance(opened, dict | list) else program_text(opened)
    if declared.type and not matches_type(declared.type, declared.items, value):
        kind = f"array<{declared.items}>" if declared.items else declared.type
        value = open_tree(tree, hidden)
        raise ConfigError(f"stack {stack!r} has the {key} {shown(value)}, the project declares it {kind}")
