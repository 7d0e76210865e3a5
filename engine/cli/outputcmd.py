"""`pulumi stack output`: the root stack resource's outputs, as a table, one value, JSON or shell assignments."""

from __future__ import annotations

import argparse
import shlex

from engine.cli.context import StackContext, open_stack
from engine.cli.options import Options
from engine.cli.text import json_text, table
from engine.errors import EngineError
from engine.model.codec import decode_resource
from engine.model.reading import CodecError, as_list, as_object
from engine.model.state import STACK_TYPE
from engine.model.valuecodec import BlindCrypter, encode_value, secret_text
from engine.model.values import Archive, Asset, Output, ResourceReference, Secret, Unknown, Value

HIDDEN = "[secret]"


def read_outputs(context: StackContext, *, show_secrets: bool) -> dict[str, object]:
    """Read the stack's outputs as JSON values, sorted; no other resource is decoded, no passphrase needed to hide."""
    latest = context.checkpoint().latest or {}
    try:
        resources = (as_object(item, "a resource") for item in as_list(latest.get("resources"), "resources"))
        root = next((item for item in resources if item.get("type") == STACK_TYPE and not item.get("delete")), None)
        if root is None:
            return {}
        crypter = context.crypter_for(latest) if show_secrets else BlindCrypter()
        outputs = decode_resource(root, crypter).outputs
    except CodecError as error:
        raise EngineError(f"{context.backend.state_file(context.ref)} is corrupt: {error}") from error
    return {key: plain(outputs[key], show_secrets=show_secrets) for key in sorted(outputs)}


def plain(value: Value, *, show_secrets: bool) -> object:
    """Give a value as JSON for people: secrets open or hidden, references as what they point at."""
    match value:
        case Secret():
            return plain(value.element, show_secrets=True) if show_secrets else HIDDEN
        case Output():
            return HIDDEN if value.secret and not show_secrets else plain(value.element, show_secrets=show_secrets)
        case Unknown():
            return "[unknown]"
        case ResourceReference():
            return value.urn if value.id is None else str(value.id)
        case Asset() | Archive():
            return encode_value(value, BlindCrypter())
        case list():
            return [plain(item, show_secrets=show_secrets) for item in value]
        case dict():
            return {key: plain(value[key], show_secrets=show_secrets) for key in sorted(value)}
        case _:
            return encode_value(value, BlindCrypter())


def one_line(value: object) -> str:
    """Write a value for a person or a shell: a text as it is, everything else as JSON."""
    return value if isinstance(value, str) else secret_text(value)


def output_table(outputs: dict[str, object], indent: str) -> str:
    """Set outputs in a table."""
    return table(("OUTPUT", "VALUE"), [(key, one_line(value)) for key, value in outputs.items()], indent)


def show(args: argparse.Namespace, options: Options) -> None:
    """Show all outputs, or one."""
    shell = getattr(args, "shell", False)
    if shell and options.json:
        raise EngineError("--json and --shell exclude each other")
    outputs = read_outputs(open_stack(options), show_secrets=options.show_secrets)
    name = args.name_argument
    if name is not None:
        if name not in outputs:
            known = f"it has {', '.join(outputs)}" if outputs else "it has none"
            raise EngineError(f"the stack has no output {name!r}: {known}")
        outputs = {name: outputs[name]}
    if shell:
        for key, value in outputs.items():
            print(f"{key}={shlex.quote(one_line(value))}")
    elif options.json:
        print(json_text(outputs if name is None else outputs[name]))
    elif name is not None:
        print(one_line(outputs[name]))
    elif outputs:
        print(f"Current stack outputs ({len(outputs)}):\n{output_table(outputs, '    ')}")
    else:
        print("Current stack outputs (0):\n    No output values currently in this stack")
