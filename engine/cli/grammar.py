"""The words of the command line, as tables: each command's options, arguments, and the function that carries it out.

A handler is named as `module:function` and imported when it is needed: `pulumi version` loads nothing else.
"""

from __future__ import annotations

import argparse
from typing import Final, Literal, TypeAlias

from engine.cli.parser import Missing, Parser

_Take: TypeAlias = Literal["flag", "text", "int", "list", "maybe"]
_Option: TypeAlias = tuple[str, str, _Take, str]
"""Names (separated by blanks), where the value goes, what it takes, what it is for."""

GLOBAL: Final[tuple[_Option, ...]] = (
    ("-s --stack", "stack", "text", "the stack to work on, instead of the selected one"),
    ("-C --cwd", "cwd", "text", "work as if started in this folder"),
    ("-y --yes", "yes", "flag", "go on without asking"),
    ("--color", "color", "text", "always, never, auto or raw"),
    ("--config-file", "config_file", "text", "the stack's config file, instead of Pulumi.<stack>.yaml"),
    ("--non-interactive", "non_interactive", "flag", "ask nothing"),
    ("--disable-integrity-checking", "disable_integrity_checking", "flag", "use state that contradicts itself"),
    ("--debug", "debug", "flag", "show debug messages, and tracebacks of errors"),
    ("-v --verbose", "verbose", "int", "how much to log, 1 to 9"),
    ("--logtostderr", "logtostderr", "flag", "log to stderr"),
    ("--logflow", "logflow", "flag", "hand the log settings on to plugins"),
    ("-e --emoji", "emoji", "flag", "use emojis"),
    ("-Q --fully-qualify-stack-names", "qualify", "flag", "show full stack names"),
)

_OPERATION: Final[tuple[_Option, ...]] = (
    ("-d", "debug", "flag", "show debug messages"),
    ("--diff", "diff", "flag", "show each change property by property"),
    ("-j --json", "json", "flag", "write JSON"),
    ("-m --message", "message", "text", "a note for the stack's history"),
    ("-p --parallel", "parallel", "int", "how many resources at once; 1 for one after the other"),
    ("--suppress-outputs", "suppress_outputs", "flag", "do not show the stack's outputs"),
    ("--suppress-progress", "suppress_progress", "flag", "do not show progress"),
    ("--suppress-permalink", "suppress_permalink", "maybe", "(file backends have no permalink)"),
    ("--urns", "show_urns", "flag", "show URNs instead of names"),
    ("--skip-plugin-pre-install", "skip_plugin_pre_install", "flag", "(plugins are never installed by this engine)"),
)
_CHOICE: Final[tuple[_Option, ...]] = (
    ("-c --config", "config", "list", "key=value to put into the stack's config file first"),
    ("--config-path", "config_path", "flag", "the keys of --config are paths"),
    ("-t --target", "targets", "list", "work on this URN only; * and ** are patterns"),
    ("--target-dependents", "target_dependents", "flag", "and on what depends on the targets"),
    ("-x --exclude", "exclude", "list", "leave this URN alone"),
    ("--show-sames", "show_sames", "flag", "show what does not change, too"),
    ("--show-replacement-steps", "show_replacement_steps", "flag", "show a replacement's steps one by one"),
    ("--show-full-output", "show_full_output", "flag", "shorten nothing"),
    ("--show-config", "show_config", "flag", "show the config"),
    ("--show-secrets", "show_secrets", "flag", "show secrets in clear"),
    ("--skip-config-validation", "skip_config_validation", "flag", "do not check config against the project's types"),
    ("--run-program", "run_program", "flag", "run the program, for up-to-date provider settings"),
)
_APPLY: Final[tuple[_Option, ...]] = (("-f --skip-preview", "skip_preview", "flag", "do it without a preview"),)
_UPDATE: Final[tuple[_Option, ...]] = (
    ("-r --refresh", "refresh", "maybe", "read the resources' real state first"),
    ("--replace", "replace", "list", "replace this URN"),
    ("--target-replace", "target_replace", "list", "work on this URN only, and replace it"),
    ("--exclude-dependents", "exclude_dependents", "flag", "leave alone what depends on the excluded"),
    ("--expect-no-changes", "expect_no_changes", "flag", "fail if anything changes"),
    ("--show-reads", "show_reads", "flag", "show resources that are only read"),
)
_CONTINUE: Final[_Option] = (
    "--continue-on-error",
    "continue_on_error",
    "flag",
    "go on with what does not need the failed",
)
_PREVIEW_ONLY: Final[_Option] = ("--preview-only", "preview_only", "flag", "only show what would be done")

OPERATIONS: Final[dict[str, tuple[tuple[str, ...], tuple[_Option, ...], str, str]]] = {
    "preview": (
        ("pre",),
        (*_CHOICE, *_UPDATE),
        "Show what `up` would do.",
        "--import-file --save-plan --ignore-protect",
    ),
    "up": (
        ("update",),
        (*_CHOICE, *_UPDATE, *_APPLY, _CONTINUE),
        "Create, update and delete resources until they are what the program says.",
        "--plan --strict --ignore-protect --secrets-provider",
    ),
    "refresh": (
        (),
        (
            *_CHOICE,
            *_APPLY,
            _PREVIEW_ONLY,
            ("--exclude-dependents", "exclude_dependents", "flag", "leave alone what depends on the excluded"),
            ("--expect-no-changes", "expect_no_changes", "flag", "fail if anything changed"),
            ("--clear-pending-creates", "clear_pending_creates", "flag", "forget creations whose end is unknown"),
            (
                "--import-pending-creates",
                "import_pending_creates",
                "list",
                "URN and id of a creation whose end is unknown",
            ),
            (
                "--skip-pending-creates",
                "skip_pending_creates",
                "flag",
                "do not ask about creations whose end is unknown",
            ),
        ),
        "Read the resources' real state into the stack's.",
        "",
    ),
    "destroy": (
        ("down", "dn"),
        (
            *_CHOICE,
            *_APPLY,
            _CONTINUE,
            _PREVIEW_ONLY,
            ("-r --refresh", "refresh", "maybe", "read the resources' real state first"),
            ("--exclude-protected", "exclude_protected", "flag", "leave protected resources alone"),
            ("--remove", "remove", "flag", "and remove the stack and its config file"),
        ),
        "Delete all resources of a stack.",
        "--ignore-protect",
    ),
    "import": (
        (),
        (
            ("--skip-preview", "skip_preview", "flag", "do it without a preview"),
            _PREVIEW_ONLY,
            ("-f --file", "import_file", "text", "a JSON file of resources to import"),
            ("--parent", "import_parent", "text", "name=urn of the parent"),
            ("--provider", "import_provider", "text", "name=urn of the provider"),
            ("--properties", "import_properties", "list", "only these properties"),
            ("--protect", "import_protect", "maybe", "guard what is imported against deletion (the default)"),
            ("-o --out", "import_out", "text", "where to write the program text"),
            ("--generate-code", "import_generate_code", "maybe", "write program text (the default)"),
        ),
        "Take existing things over as resources of the stack.",
        "--from --generate-resources",
    ),
}
_MISSING: Final = "--policy-pack --policy-pack-config --attach-debugger --override-env --neo --show-policy-remediations"

_SHOW: Final[_Option] = ("--show-secrets", "show_secrets", "flag", "show secrets in clear")
_JSON: Final[_Option] = ("-j --json", "json", "flag", "write JSON")
_PATH: Final[_Option] = ("--path", "path", "flag", "the key is a path, such as a.b[0]")
_OUTPUT: Final[_Option] = ("--output", "output", "text", "default or json")
_PROVIDER: Final[_Option] = ("--secrets-provider", "secrets_provider", "text", "passphrase or default")

COMMANDS: Final[dict[str, tuple[str, str, tuple[_Option, ...], str]]] = {
    # path: handler, arguments (? for one that may be left out), options, help
    "stack": (
        "stackcmd:show",
        "",
        (
            _SHOW,
            ("-i --show-ids", "show_ids", "flag", "show the resources' ids"),
            ("-u --show-urns", "show_urns", "flag", "show the resources' URNs"),
            ("--show-name", "show_name", "flag", "show the stack's name only"),
        ),
        "Show a stack, and manage stacks.",
    ),
    "stack init": (
        "stackcmd:init",
        "name?",
        (
            _PROVIDER,
            ("--no-select", "no_select", "flag", "do not select the new stack"),
            ("--copy-config-from", "copy_config_from", "text", "begin with another stack's config"),
        ),
        "Make an empty stack and select it.",
    ),
    "stack ls": (
        "stackcmd:list_stacks",
        "",
        (
            _JSON,
            _OUTPUT,
            ("-a --all", "all", "flag", "of all projects"),
            ("-p --project", "of_project", "text", "of this project"),
        ),
        "List stacks.",
    ),
    "stack select": (
        "stackcmd:select",
        "name?",
        (_PROVIDER, ("-c --create", "create", "flag", "make it if it is not there")),
        "Choose the stack that commands work on.",
    ),
    "stack unselect": ("stackcmd:unselect", "", (), "Choose no stack."),
    "stack rm": (
        "stackcmd:remove",
        "name?",
        (
            ("-f --force", "force", "flag", "even with resources, which stay behind unmanaged"),
            ("--preserve-config", "preserve_config", "flag", "keep the stack's config file"),
            ("--remove-backups", "remove_backups", "flag", "remove the backups of its state, too"),
        ),
        "Remove a stack.",
    ),
    "stack output": (
        "outputcmd:show",
        "name?",
        (_JSON, _SHOW, ("--shell", "shell", "flag", "write shell assignments")),
        "Show a stack's outputs.",
    ),
    "stack export": (
        "statecmd:export",
        "",
        (_SHOW, ("--file", "file", "text", "where to write, instead of stdout"), ("--version", "version", "text", "")),
        "Write a stack's state as JSON.",
    ),
    "stack import": (
        "statecmd:import_state",
        "",
        (("-f --force", "force", "flag", "even if it contradicts itself"), ("--file", "file", "text", "what to read")),
        "Replace a stack's state by JSON.",
    ),
    "config": ("configcmd:show", "", (_JSON, _SHOW, ("--open", "open", "maybe", "")), "Show and change config."),
    "config get": ("configcmd:get", "key", (_JSON, _PATH, ("--open", "open", "maybe", "")), "Show one value."),
    "config set": (
        "configcmd:set_value",
        "key value?",
        (
            _PATH,
            ("--secret", "secret", "flag", "encrypt the value"),
            ("--plaintext", "plaintext", "flag", "do not encrypt the value"),
            ("--type", "type", "text", "string, bool, int or float"),
            ("--raw", "raw", "flag", "keep trailing newlines of stdin"),
        ),
        "Set one value; without one, it is read from stdin.",
    ),
    "config rm": ("configcmd:remove", "key", (_PATH,), "Remove one value."),
    "cancel": ("backendcmd:cancel", "name?", (), "Remove a stack's locks, of an update that will never end."),
    "login": (
        "backendcmd:login",
        "url?",
        (("-l --local", "local", "flag", "file://~"), ("-c --cloud-url", "cloud_url", "text", "the URL")),
        "Choose where state is kept.",
    ),
    "logout": (
        "backendcmd:logout",
        "url?",
        (
            ("-l --local", "local", "flag", "file://~"),
            ("-c --cloud-url", "cloud_url", "text", "the URL"),
            ("--all", "all", "flag", "forget all"),
        ),
        "Forget where state is kept.",
    ),
    "whoami": (
        "backendcmd:whoami",
        "",
        (_JSON, _OUTPUT, ("-v --verbose", "details", "flag", "and where state is kept")),
        "Show the user.",
    ),
    "about": (
        "aboutcmd:about",
        "",
        (_JSON, _OUTPUT, ("-t --transitive", "transitive", "flag", "")),
        "Show what runs here.",
    ),
    "version": ("aboutcmd:version", "", (), "Show the version."),
}
_ALIASES: Final = {
    "stack init": ("new", "create", "setup"),
    "stack ls": ("list",),
    "stack rm": ("remove", "delete"),
    "config rm": ("remove", "delete"),
}
_TRUE: Final = {"": True, "true": True, "1": True, "false": False, "0": False}


def build_parser() -> Parser:
    """Make the parser of the whole command line."""
    parser = Parser(prog="pulumi", description="Deploy programs: see each command's --help.")
    _add_options(parser, GLOBAL)
    groups = {"": _commands(parser)}
    for path, (handler, arguments, options, text) in COMMANDS.items():
        group, _, name = path.rpartition(" ")
        aliases = list(_ALIASES.get(path, ()))
        command = groups[group].add_parser(name, prog=f"pulumi {path}", aliases=aliases, description=text, help=text)
        if path in {"stack", "config"}:
            groups[path] = _commands(command, required=False)
        _finish(command, options, arguments)
        command.set_defaults(handler=handler)
    for kind, (aliases, options, text, missing) in OPERATIONS.items():
        command = groups[""].add_parser(kind, prog=f"pulumi {kind}", aliases=list(aliases), description=text, help=text)
        _finish(command, (*_OPERATION, *options), "type? name? id?" if kind == "import" else "")
        for name in f"{_MISSING} {missing}".split():
            command.add_argument(name, action=Missing, nargs="?", help=argparse.SUPPRESS, default=argparse.SUPPRESS)
        command.set_defaults(kind=kind)
    return parser


def _commands(parser: Parser, *, required: bool = True) -> argparse._SubParsersAction[Parser]:  # pyright: ignore[reportPrivateUsage] # argparse has no public name for it
    return parser.add_subparsers(metavar="<command>", required=required)


def _finish(command: Parser, options: tuple[_Option, ...], arguments: str) -> None:
    taken = {name for names, *_ in options for name in names.split()}
    _add_options(command, options)
    for names, *rest in GLOBAL:
        if free := [name for name in names.split() if name not in taken]:
            _add_options(command, ((" ".join(free), *rest),))  # pyright: ignore[reportArgumentType] # a row with fewer names
    for argument in arguments.split():
        name = argument.removesuffix("?")
        dest = f"import_{name}" if "type?" in arguments else f"{name}_argument"
        command.add_argument(dest, metavar=name, nargs="?" if argument.endswith("?") else None, default=None)
    command.set_defaults(parser=command)


def _add_options(parser: Parser, options: tuple[_Option, ...]) -> None:
    """Add options that leave no trace where they are not given: a command does not undo what stood before it."""
    for names, dest, take, text in options:
        keywords: dict[str, object] = {"dest": dest, "default": argparse.SUPPRESS, "help": text or argparse.SUPPRESS}
        if take == "flag":
            keywords["action"] = "store_true"
        elif take == "list":
            keywords |= {"action": "append", "metavar": "X"}
        elif take == "maybe":
            keywords |= {"nargs": "?", "const": True, "type": _truth, "metavar": "true|false"}
        else:
            keywords |= {"type": int if take == "int" else str, "metavar": "N" if take == "int" else "X"}
        parser.add_argument(*names.split(), **keywords)  # pyright: ignore[reportArgumentType] # the keywords of the row's kind


def _truth(text: str) -> bool:
    try:
        return _TRUE[text.lower()]
    except KeyError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false") from None
