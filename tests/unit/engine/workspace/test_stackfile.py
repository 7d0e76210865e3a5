"""Stack files: paths, layout, salts, and the sentences about malformed ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.workspace.configvalues import ConfigError, Tree, split_path
from engine.workspace.stackfile import StackFile
from engine.workspace.yamlfile import YamlFileError


def stack_file(folder: Path, text: str = "") -> StackFile:
    path = folder / "Pulumi.dev.yaml"
    if text:
        path.write_text(text)
    return StackFile(path, "p")


def text_after(file: StackFile) -> str:
    file.save()
    return file.path.read_text()


def test_a_new_file_is_written_as_pulumi_writes_it(tmp_path: Path) -> None:
    file = stack_file(tmp_path)
    file.set("a", "1")
    file.set("b", {"secure": "v1:x:y"})
    file.set("c", "plain")
    file.set("list[0]", "first", path=True)
    file.set("list[1].deep", 5, path=True)
    file.set_salt("v1:s")
    assert text_after(file) == (
        'encryptionsalt: v1:s\nconfig:\n  p:a: "1"\n  p:b:\n    secure: v1:x:y\n  p:c: plain\n'
        "  p:list:\n    - first\n    - deep: 5\n"
    )


def test_nothing_is_written_where_nothing_was_said(tmp_path: Path) -> None:
    file = stack_file(tmp_path)
    file.save()
    assert not file.path.exists()


def test_comments_of_a_file_without_content_stay(tmp_path: Path) -> None:
    file = stack_file(tmp_path, "# about this stack")
    file.set("a", "x")
    assert text_after(file) == "# about this stack\nconfig:\n  p:a: x\n"


def test_an_edit_keeps_comments_order_and_unknown_keys(tmp_path: Path) -> None:
    text = "# top\nenvironment: [e]\nconfig:\n  # about a\n  p:a: 5 # trailing\n  p:z: z\n  p:b: b\n"
    file = stack_file(tmp_path, text)
    file.set("a", "7")
    file.remove("z")
    assert text_after(file) == '# top\nenvironment: [e]\nconfig:\n  # about a\n  p:a: "7" # trailing\n  p:b: b\n'


def test_keys_without_a_namespace_are_the_projects(tmp_path: Path) -> None:
    file = stack_file(tmp_path, "config:\n  a: 1\n  aws:config:region: eu\n")
    assert file.config == {"p:a": 1, "aws:region": "eu"}
    file.set("a", "x")
    file.set("aws:region", "us")
    assert text_after(file) == "config:\n  a: x\n  aws:config:region: us\n"


def test_a_new_salt_replaces_another_provider(tmp_path: Path) -> None:
    file = stack_file(tmp_path, "secretsprovider: awskms://x\nencryptedkey: k\nconfig:\n  p:a: b\n")
    assert file.secrets_provider == "awskms://x"
    file.set_salt("v1:s")
    assert text_after(file) == "encryptionsalt: v1:s\nconfig:\n  p:a: b\n"


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("a", ("p:a", ())),
        ("a.b[0]", ("p:a", ("b", 0))),
        ("ns:a.b", ("ns:a", ("b",))),
        ('a["x.y"][2]', ("p:a", ("x.y", 2))),
        ('["a.b"].c', ("p:a.b", ("c",))),
        ("a.b:c", ("p:a", ("b:c",))),
    ],
)
def test_paths(key: str, parts: tuple[str, tuple[str | int, ...]]) -> None:
    assert split_path(key, "p") == parts


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("list[5]", "x", r"list is a list of 1, the indices 0 to 1 are allowed"),
        ("list.a", "x", "is a list of 1"),
        ("obj[0]", "x", "is an object, whose keys are names"),
        ("obj.text.deep", "x", "is neither a list nor an object"),
        ("closed.a", "x", "is a secret"),
        ("new.secure", "x", "stands for a secret"),
        ("[0]", "x", "should begin with a name"),
        ("a..b", "x", "is no config path"),
        ("a[", "x", "is no config path"),
        ("", "x", "is no config path"),
    ],
)
def test_paths_that_lead_nowhere(tmp_path: Path, key: str, value: Tree, complaint: str) -> None:
    text = "config:\n  p:list:\n    - a\n  p:obj:\n    text: t\n  p:closed:\n    secure: v1:x\n"
    file = stack_file(tmp_path, text)
    with pytest.raises(ConfigError, match=complaint):
        file.set(key, value, path=True)


def test_what_is_left_must_not_look_like_a_secret(tmp_path: Path) -> None:
    file = stack_file(tmp_path, "config:\n  p:o:\n    secure: text\n    other: 1\n")
    with pytest.raises(ConfigError, match="what is left would look like a secret"):
        file.remove("o.other", path=True)


def test_a_scalar_gives_way_to_an_object_at_the_top(tmp_path: Path) -> None:
    file = stack_file(tmp_path, "config:\n  p:a: text\n")
    file.set("a.b", True, path=True)
    assert file.config == {"p:a": {"b": True}}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("config:\n  a: [\n", "line 3 is not valid YAML"),
        ("config:\n\tx: y\n", "line 2 is not valid YAML"),
        ("- a\n", "should hold keys and values"),
        ("x: 1\nconfig: text\n", "line 2: config should hold keys and values"),
        ("config:\n  p:a: 1\n  a:b:c:d: 2\n", "line 3: 'a:b:c:d' is no config key"),
        ("config:\n  'p:': 2\n", "line 2: 'p:' is no config key"),
        ("encryptionsalt: [1]\n", "line 1: encryptionsalt should be a text"),
        ("config:\n  p:a: !!binary aGk=\n", "line 2: b'hi' is no config value"),
        ("a: 1\na: 2\n", "is not valid YAML"),
        ("a: *nothing\n", "is not valid YAML"),
    ],
)
def test_a_malformed_file_is_named_and_left(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(YamlFileError) as caught:
        stack_file(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "Pulumi.dev.yaml"))
    assert complaint in str(caught.value)
    assert (tmp_path / "Pulumi.dev.yaml").read_text() == text
