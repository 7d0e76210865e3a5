"""The command line: options before and after, lists, refusals, and the frozen options that come of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.options import ImportOptions, OperationOptions, command_options, operation_options
from engine.cli.parser import UsageError, parse


def operation(*argv: str, **env: str) -> OperationOptions:
    return operation_options(parse(argv), env)


def test_global_options_stand_before_and_after() -> None:
    before = operation("-s", "dev", "-C", "/srv", "--non-interactive", "--color", "never", "up", "-y")
    after = operation("up", "-y", "-s", "dev", "-C", "/srv", "--non-interactive", "--color", "never")
    assert before == after
    assert (after.kind, after.stack, after.cwd, after.yes, after.color) == ("up", "dev", Path("/srv"), True, "never")
    nested = command_options(parse(["-s", "a", "stack", "--debug", "output", "-s", "b", "-j"]), {})
    assert (nested.stack, nested.debug, nested.json) == ("b", True, True)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("up", "up"),
        ("update", "up"),
        ("pre", "preview"),
        ("refresh", "refresh"),
        ("down", "destroy"),
        ("import", "import"),
    ],
)
def test_operations_and_their_other_names(word: str, kind: str) -> None:
    assert operation(word).kind == kind


def test_everything_of_an_update() -> None:
    options = operation(
        *(
            "up",
            "-f",
            "--diff",
            "-j",
            "-r",
            "-p",
            "7",
            "-t",
            "a",
            "--target",
            "b",
            "--target-dependents",
            "--replace",
            "c",
        ),
        *("--target-replace", "d", "--exclude", "e", "--expect-no-changes", "--show-secrets", "--suppress-outputs"),
        *("-m", "why", "-d", "--continue-on-error", "-c", "k=v", "--config-path", "-v", "3"),
    )
    assert options == OperationOptions(
        cwd=Path.cwd(),
        kind="up",
        skip_preview=True,
        diff=True,
        json=True,
        refresh=True,
        parallel=7,
        targets=("a", "b", "d"),
        target_dependents=True,
        replace=("c", "d"),
        exclude=("e",),
        expect_no_changes=True,
        show_secrets=True,
        suppress_outputs=True,
        message="why",
        debug=True,
        continue_on_error=True,
        config=("k=v",),
        config_path=True,
        verbose=3,
    )


def test_defaults() -> None:
    assert operation("preview") == OperationOptions(cwd=Path.cwd(), kind="preview")
    assert operation("up", "--refresh=false").refresh is False
    assert operation("destroy", "--remove", "--exclude-protected", "--preview-only").remove


def test_imports() -> None:
    options = operation("import", "a:b:C", "name", "id-1", "--parent", "p=urn", "--protect=false", "-f", "x.json")
    assert options.imports == ImportOptions("a:b:C", "name", "id-1", "p=urn", file="x.json", protect=False)
    assert operation("up").imports is None


def test_the_environment_speaks_where_no_option_does() -> None:
    options = operation("up", PULUMI_SKIP_CONFIRMATIONS="true", NO_COLOR="", PULUMI_CONTINUE_ON_ERROR="1")
    assert (options.yes, options.color, options.continue_on_error) == (True, "never", True)
    assert operation("up", "--color", "always", NO_COLOR="1").color == "always"


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (("upp",), "unknown command 'upp' for `pulumi` - did you mean 'up'?"),
        (("new",), "`pulumi new` is not there in this engine yet: use the official pulumi for it"),
        (("stack", "rename"), "`pulumi stack rename` is not there in this engine yet"),
        (("up", "--skip-previw"), "unknown option '--skip-previw' for `pulumi up` - did you mean '--skip-preview'?"),
        (("up", "--skip-prev"), "unknown option '--skip-prev'"),
        (("up", "--policy-pack", "x"), "--policy-pack is not there in this engine yet"),
        (("up", "--plan=x"), "--plan is not there in this engine yet"),
        (("preview", "--yes", "extra"), "unknown argument 'extra' for `pulumi preview`"),
        (("up", "--parallel", "many"), "argument -p/--parallel: invalid int value: 'many' (see `pulumi up --help`)"),
        (("up", "--refresh=maybe"), "'maybe' is neither true nor false"),
        (("up", "--target"), "argument -t/--target: expected one argument"),
        (("stack", "output", "--jsn"), "unknown option '--jsn' for `pulumi stack output` - did you mean '--json'?"),
        ((), "required: <command>"),
    ],
)
def test_what_nobody_knows_is_refused(argv: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(argv)
    assert complaint in str(caught.value)
