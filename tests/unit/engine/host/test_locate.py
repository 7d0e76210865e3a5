"""Plugins and interpreters are found where the documentation says, and their absence is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.host.interpreter import InterpreterError, interpreter_environment, resolve_interpreter
from engine.host.locate import PluginNotFoundError, best_version, parse_version, resolve_plugin
from engine.host.plugin import plugin_environment

PYTHON = Path("/venv/bin/python")


@pytest.mark.parametrize(
    ("available", "wanted", "best"),
    [
        (["1.0.0", "1.10.0", "1.9.0"], None, "1.10.0"),
        (["1.0.0", "1.10.0"], "1.0.0", "1.0.0"),
        (["1.0.0", "1.10.0"], "v1.0.1", "1.10.0"),
        (["1.0.0", "2.0.0"], "1.0.1", None),
        (["1.1.0-alpha.2", "1.1.0-alpha.10", "1.0.0"], None, "1.0.0"),
        (["1.1.0-alpha.2", "1.1.0-alpha.10"], None, "1.1.0-alpha.10"),
        (["1.1.0-alpha.2"], "1.1.0-alpha.2", "1.1.0-alpha.2"),
        (["junk", "1.0"], None, None),
        ([], "1.0.0", None),
    ],
)
def test_the_best_version(available: list[str], wanted: str | None, best: str | None) -> None:
    assert best_version(available, wanted) == best


versions = st.builds("{}.{}.{}".format, st.integers(0, 3), st.integers(0, 12), st.integers(0, 12))


@given(st.lists(versions, min_size=1), versions)
def test_a_chosen_version_can_stand_for_the_wanted_one(available: list[str], wanted: str) -> None:
    best = best_version(available, wanted)
    wish = parse_version(wanted)
    assert wish is not None
    fitting = [v for v in map(parse_version, available) if v is not None and v[0] == wish[0] and v >= wish]
    if best is None:
        assert not fitting
    else:
        assert parse_version(best) == (wish if wish in fitting else max(fitting))


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def places(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    return tmp_path / "project", {"PULUMI_HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "bin")}


def test_the_places_in_their_order(tmp_path: Path) -> None:
    root, env = places(tmp_path)
    module = executable(root / "plugins" / "my_rack" / "__main__.py")
    assert resolve_plugin("my-rack", None, root, PYTHON, env) == [str(PYTHON), "-u", "-m", "plugins.my_rack"]
    on_path = executable(tmp_path / "bin" / "pulumi-resource-my-rack")
    assert resolve_plugin("my-rack", None, root, PYTHON, env) == [str(on_path)]
    cached = executable(tmp_path / "home" / "plugins" / "resource-my-rack-v1.2.3" / "pulumi-resource-my-rack")
    assert resolve_plugin("my-rack", "v1.2.0", root, PYTHON, env) == [str(cached)]
    assert resolve_plugin("my-rack", "2.0.0", root, PYTHON, env) == [str(on_path)]
    (tmp_path / "home" / "plugins" / "resource-my-rack-v1.2.3.partial").touch()
    assert resolve_plugin("my-rack", None, root, PYTHON, env) == [str(on_path)]
    on_path.unlink()
    module.unlink()
    with pytest.raises(PluginNotFoundError) as caught:
        resolve_plugin("my-rack", "v1.2.0", root, PYTHON, env)
    for place in ("home/plugins/resource-my-rack-v1.2.0", "pulumi-resource-my-rack on PATH", "project/plugins/my_rack"):
        assert place in str(caught.value)


def test_dynamic_providers_run_in_the_programs_python() -> None:
    command = resolve_plugin("pulumi-python", None, Path("/project"), PYTHON, {})
    assert command[:2] == [str(PYTHON), "-u"]
    assert Path(command[2]).is_file()


def test_the_interpreter_in_its_order(tmp_path: Path) -> None:
    assert resolve_interpreter(tmp_path, None, {}) == Path(sys.executable)
    mine = executable(tmp_path / "bin" / "mypython")
    env = {"PULUMI_PYTHON_CMD": "mypython", "PATH": str(mine.parent)}
    assert resolve_interpreter(tmp_path, "", env) == mine
    python = executable(tmp_path / "venv" / "bin" / "python")
    assert resolve_interpreter(tmp_path, "venv", env) == python
    assert resolve_interpreter(tmp_path / "elsewhere", str(tmp_path / "venv"), env) == python


def test_a_missing_interpreter_is_told_with_the_way_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match=r"'venv', but .*/venv does not exist; make it with: python3 -m venv"):
        resolve_interpreter(tmp_path, "venv", {})
    (tmp_path / "venv").mkdir()
    with pytest.raises(InterpreterError, match="holds no bin/python"):
        resolve_interpreter(tmp_path, "venv", {})
    with pytest.raises(InterpreterError, match="PULUMI_PYTHON_CMD is 'absent'"):
        resolve_interpreter(tmp_path, None, {"PULUMI_PYTHON_CMD": "absent", "PATH": str(tmp_path)})


def test_a_virtual_environment_is_activated(tmp_path: Path) -> None:
    python = executable(tmp_path / "venv" / "bin" / "python")
    env = {"PATH": "/bin", "PYTHONHOME": "/x", "PYTHONSAFEPATH": "1"}
    assert interpreter_environment(python, env) == {"PATH": "/bin", "PYTHONHOME": "/x"}
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    assert interpreter_environment(python, env) == {
        "VIRTUAL_ENV": str(tmp_path / "venv"),
        "PATH": f"{python.parent}:/bin",
    }


def test_a_plugins_environment_names_the_stack() -> None:
    env = plugin_environment(
        {"PATH": "/bin"}, interpreter=PYTHON, project="shop", stack="dev", organization="org", root=Path("/project"),
        options={"virtualenv": ".venv"},
    )  # fmt: skip
    assert env == {
        "PATH": "/bin",
        "PULUMI_RUNTIME_VIRTUALENV": ".venv",
        "PULUMI_PROJECT": "shop",
        "PULUMI_STACK": "dev",
        "PULUMI_ORGANIZATION": "org",
        "PULUMI_ROOT_DIRECTORY": "/project",
    }
