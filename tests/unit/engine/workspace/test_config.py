"""A program's config: strings, defaults, secrets, and the project's declarations held against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.workspace.config import decrypt_config
from engine.workspace.configvalues import ConfigError, Tree, program_text
from engine.workspace.project import ConfigDeclaration, ItemsType, Project


def project(**config: ConfigDeclaration) -> Project:
    return Project("p", Path("/p/Pulumi.yaml"), "python", config={f"p:{key}": item for key, item in config.items()})


def opened(ciphertext: str) -> str:
    return ciphertext.upper()


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ("x", "x"),
        (5, "5"),
        (5.0, "5"),
        (1.5, "1.5"),
        (True, "true"),
        (None, ""),
        ([1, "a", None], '[1,"a",null]'),
        ({"b": {"y": 1.0}, "a": [True]}, '{"a":[true],"b":{"y":1}}'),
        ("", ""),
        ({}, "{}"),
    ],
)
def test_a_program_gets_strings(tree: Tree, text: str) -> None:
    assert program_text(tree) == text


def test_secrets_are_opened_and_their_keys_told() -> None:
    config: dict[str, Tree] = {"p:a": "x", "p:b": {"secure": "hush"}, "q:c": {"deep": [{"secure": "hi"}]}}
    found = decrypt_config(project(), "dev", config, opened)
    assert found.values == {"p:a": "x", "p:b": "HUSH", "q:c": '{"deep":["HI"]}'}
    assert found.secret_keys == {"p:b", "q:c"}
    assert found.shown() == {"p:a": "x", "p:b": "[secret]", "q:c": "[secret]"}


def test_the_stack_wins_over_the_projects_defaults() -> None:
    declared = project(size=ConfigDeclaration(default="small", has_default=True))
    assert decrypt_config(declared, "dev", {}, opened).values == {"p:size": "small"}
    assert decrypt_config(declared, "dev", {"p:size": "big"}, opened).values == {"p:size": "big"}


@pytest.mark.parametrize(
    ("declared", "config", "complaint"),
    [
        (ConfigDeclaration("string"), {}, "stack 'dev' has no value for k: `pulumi config set"),
        (ConfigDeclaration("integer"), {"p:k": "x"}, "the p:k 'x', the project declares it integer"),
        (ConfigDeclaration("boolean"), {"p:k": "yes"}, "declares it boolean"),
        (ConfigDeclaration("object"), {"p:k": [1]}, "declares it object"),
        (ConfigDeclaration("array", ItemsType("integer")), {"p:k": [1, "a"]}, "declares it array<integer>"),
        (
            ConfigDeclaration("string", secret=True),
            {"p:k": "x"},
            "has p:k in clear, and the project declares it secret",
        ),
        (ConfigDeclaration("integer"), {"p:k": {"secure": "hush"}}, "the p:k '[secret]', the project"),
    ],
)
def test_declarations_are_held_against_the_stack(
    declared: ConfigDeclaration, config: dict[str, Tree], complaint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        decrypt_config(project(k=declared), "dev", config, opened)
    assert complaint in str(caught.value)
    assert "HUSH" not in str(caught.value)


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (ConfigDeclaration("integer"), "-5"),
        (ConfigDeclaration("integer"), 5),
        (ConfigDeclaration("boolean"), "true"),
        (ConfigDeclaration("boolean"), True),
        (ConfigDeclaration("string"), 5),
        (ConfigDeclaration("object"), {"a": 1}),
        (ConfigDeclaration("array", ItemsType("array", ItemsType("integer"))), [[1], []]),
        (ConfigDeclaration(), [1]),
    ],
)
def test_what_fits_a_declaration(declared: ConfigDeclaration, value: Tree) -> None:
    assert decrypt_config(project(k=declared), "dev", {"p:k": value}, opened).values["p:k"]
