"""`pulumi config`: show, get, set and remove a stack's config; secrets are opened only to be shown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from engine.cli.context import StackContext, open_stack
from engine.cli.options import Options
from engine.cli.text import json_text, table
from engine.workspace.config import merge_defaults
from engine.workspace.configvalues import (
    SECURE,
    ConfigError,
    Tree,
    full_key,
    get_path,
    has_secret,
    hidden,
    open_tree,
    program_text,
    split_path,
)


def show(_args: argparse.Namespace, options: Options) -> None:
    """List the config with the project's defaults."""
    context = open_stack(options)
    config = dict(sorted(merge_defaults(context.project, context.stack_file.config).items()))
    decrypt = _opener(context) if options.show_secrets else hidden
    if options.json:
        print(json_text({key: _json_entry(tree, decrypt) for key, tree in config.items()}))
        return
    own = f"{context.project.name}:"
    rows = [(key.removeprefix(own), program_text(open_tree(tree, decrypt))) for key, tree in config.items()]
    print(table(("KEY", "VALUE"), rows))


def _json_entry(tree: Tree, decrypt: Callable[[str], str]) -> dict[str, object]:
    """Give one value for --json; what is secret and not to be shown has no value."""
    secret = has_secret(tree)
    entry: dict[str, object] = {}
    if not secret or decrypt is not hidden:
        opened = open_tree(tree, decrypt)
        entry["value"] = program_text(opened)
        if isinstance(opened, dict | list):
            entry["objectValue"] = opened
    return {**entry, "secret": secret}


def get(args: argparse.Namespace, options: Options) -> None:
    """Show one value, a secret in clear."""
    context = open_stack(options)
    path = getattr(args, "path", False)
    project = context.project.name
    full, rest = split_path(args.key_argument, project) if path else (full_key(args.key_argument, project), ())
    config = merge_defaults(context.project, context.stack_file.config)
    tree, found = get_path(config[full], rest) if full in config else (None, False)
    if not found:
        raise ConfigError(f"stack {context.name!r} has no config value {args.key_argument!r}")
    if options.json:
        print(json_text(_json_entry(tree, _opener(context))))
    else:
        print(program_text(open_tree(tree, _opener(context))))


def _opener(context: StackContext) -> Callable[[str], str]:
    """Open secrets with the stack's crypter, which is made at the first one."""

    def decrypt(ciphertext: str) -> str:
        return context.crypter.decrypt(ciphertext)

    return decrypt


def set_value(args: argparse.Namespace, options: Options) -> None:
    """Set one value; without one on the command line, it is asked for or read from stdin."""
    context = open_stack(options)
    secret, plaintext = getattr(args, "secret", False), getattr(args, "plaintext", False)
    if secret and plaintext:
        raise ConfigError("--secret and --plaintext exclude each other")
    path = getattr(args, "path", False)
    value = args.value_argument
    if value is None:
        value = _read_value(context, secret=secret, raw=getattr(args, "raw", False))
    if secret:
        context.stack_file.set(args.key_argument, {SECURE: context.crypter.encrypt(value)}, path=path)
    elif kind := getattr(args, "type", ""):
        context.stack_file.set(args.key_argument, _typed(value, kind), path=path)
    else:
        context.stack_file.set_text(args.key_argument, value, path=path)
    context.stack_file.save()


def _read_value(context: StackContext, *, secret: bool, raw: bool) -> str:
    if context.workspace.interactive:
        from engine.cli.prompt import ask_passphrase, choose

        return ask_passphrase(confirm=False)("value: ") if secret else choose("value: ")
    text = sys.stdin.read()
    return text if raw else text.rstrip("\r\n")


def _typed(value: str, kind: str) -> Tree:
    """Take a value for what --type says."""
    try:
        match kind:
            case "string":
                return value
            case "bool":
                return {"true": True, "false": False}[value.lower()]
            case "int":
                return int(value)
            case "float":
                return float(value)
            case _:
                raise ConfigError(f"--type is {kind!r}: string, bool, int and float are allowed")
    except (ValueError, KeyError):
        raise ConfigError(f"{value!r} is no {kind}") from None


def remove(args: argparse.Namespace, options: Options) -> None:
    """Remove one value; one that is not there is no error."""
    context = open_stack(options)
    if context.stack_file.remove(args.key_argument, path=getattr(args, "path", False)):
        context.stack_file.save()
