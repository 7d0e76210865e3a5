"""Pulumi.yaml: found upwards, read whole, refused with file, line and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.workspace.project import ConfigDeclaration, ItemsType, ProjectError, find_project, load_project
from engine.workspace.yamlfile import YamlFileError

FULL = """\
name: p1
runtime:
  name: python
  options: {virtualenv: .venv, n: 1}
main: src
description: what it is
backend: {url: "file://./state"}
stackConfigDir: conf
options: {refresh: always}
config:
  size: small
  aws:region: eu
  count: {type: integer, default: 3, description: how many}
  names: {type: array, items: {type: string}}
  token: {type: string, secret: true}
"""


def project_in(folder: Path, text: str) -> Path:
    path = folder / "Pulumi.yaml"
    path.write_text(text)
    return path


def test_everything_of_a_project(tmp_path: Path) -> None:
    project = load_project(project_in(tmp_path, FULL))
    assert (project.name, project.runtime, project.main) == ("p1", "python", "src")
    assert project.runtime_options == {"virtualenv": ".venv", "n": 1}
    assert project.backend_url == "file://./state"
    assert project.refresh_always
    assert project.root == tmp_path
    assert project.program_dir == tmp_path / "src"
    assert project.stack_file("dev") == tmp_path / "conf" / "Pulumi.dev.yaml"
    assert project.config == {
        "p1:size": ConfigDeclaration(default="small", has_default=True),
        "aws:region": ConfigDeclaration(default="eu", has_default=True),
        "p1:count": ConfigDeclaration("integer", default=3, has_default=True, description="how many"),
        "p1:names": ConfigDeclaration("array", ItemsType("string")),
        "p1:token": ConfigDeclaration("string", secret=True),
    }


def test_a_short_project(tmp_path: Path) -> None:
    project = load_project(project_in(tmp_path, "name: p\nruntime: python\nconfig: conf\n"))
    assert (project.runtime, project.runtime_options, project.config) == ("python", {}, {})
    assert project.stack_file("dev") == tmp_path / "conf" / "Pulumi.dev.yaml"


def test_a_project_is_found_upwards(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    path = project_in(tmp_path, FULL)
    assert find_project(below) == path
    (below / "Pulumi.yaml").mkdir()
    assert find_project(below) == path
    path.unlink()
    with pytest.raises(ProjectError, match=r"no Pulumi\.yaml in .* or above it"):
        find_project(below)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "has no name: a project needs one"),
        ("runtime: python", "has no name"),
        ("name: a b\nruntime: python", "line 1: name is 'a b': letters, digits"),
        ("name: [x]\nruntime: python", "line 1: name should be a text"),
        ("name: p\n", "runtime should be a name such as python"),
        ("name: p\nruntime: {options: {}}", "line 2: runtime should be a name"),
        ("name: p\nruntime: {name: python, options: 3}", "line 2: runtime has options that are no keys and values"),
        ("name: p\nruntime: python\nbackend: x", "line 3: backend should hold keys and values"),
        ("name: p\nruntime: python\nconfig: [1]", "line 3: config should hold keys and values"),
        ("name: p\nruntime: python\nconfig: {a: {type: text}}", "a has the type 'text': string, integer"),
        (
            "name: p\nruntime: python\nconfig: {a: {type: integer, default: x}}",
            "a has the default 'x', which is no integer",
        ),
        ("name: p\nruntime: python\nconfig: {a: {default: 1, value: 2}}", "a has both a default and a value"),
        ("name: p\nruntime: python\nconfig: {a: {type: array}}", "a is an array and should say of what"),
        ("name: p\nruntime: python\nconfig: {'q:a': {type: string}}", "q:a belongs to another namespace"),
        ("name: p\n  x: y\n", "line 2 is not valid YAML"),
        ("name: p\nname: q\n", "is not valid YAML"),
        ("- a", "should hold keys and values"),
        ("a: 'b", "is not valid YAML"),
    ],
)
def test_a_malformed_project_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = project_in(tmp_path, text)
    with pytest.raises(YamlFileError) as caught:
        load_project(path)
    assert str(caught.value).startswith(str(path))
    assert complaint in str(caught.value)
    assert path.read_text() == text


def test_a_project_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(YamlFileError, match="cannot be read"):
        load_project(path)
