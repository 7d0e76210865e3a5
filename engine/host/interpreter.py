"""Which Python runs the program: Pulumi.yaml's virtualenv, else $PULUMI_PYTHON_CMD, else the one that runs the engine.

Source: pulumi/pulumi sdk/python/toolchain (the `pip` toolchain); the last step is this engine's own.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.errors import EngineError


class InterpreterError(EngineError):
    """The program's Python cannot be started."""


def resolve_interpreter(root: Path, virtualenv: str | None, env: Mapping[str, str]) -> Path:
    """Give the program's Python. `virtualenv` is runtime.options.virtualenv, relative to the project's `root`."""
    if virtualenv:
        return _from_virtualenv(root, virtualenv)
    if command := env.get("PULUMI_PYTHON_CMD"):
        return _from_command(command, env)
    return Path(sys.executable)


def interpreter_environment(interpreter: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Give the environment a program sees: as after `activate`, where its Python belongs to a virtual environment."""
    # it would take the script's folder, or the project for `-m`, off the import path
    child = {key: value for key, value in env.items() if key != "PYTHONSAFEPATH"}
    home = interpreter.parent.parent
    if (home / "pyvenv.cfg").is_file():
        child["VIRTUAL_ENV"] = str(home)
        child["PATH"] = os.pathsep.join(filter(None, [str(interpreter.parent), env.get("PATH")]))
        child.pop("PYTHONHOME", None)
    return child


def _from_virtualenv(root: Path, virtualenv: str) -> Path:
    folder = root / virtualenv
    interpreter = folder / "bin" / "python"
    if not os.access(interpreter, os.X_OK):
        what = "holds no bin/python" if folder.exists() else "does not exist"
        raise InterpreterError(
            f"Pulumi.yaml sets runtime.options.virtualenv to {virtualenv!r}, but {folder} {what}; make it with: "
            f"python3 -m venv {folder} && {interpreter} -m pip install -r {root / 'requirements.txt'}"
        )
    return interpreter


def _from_command(command: str, env: Mapping[str, str]) -> Path:
    found = shutil.which(command, path=env.get("PATH"))
    if found is None:
        raise InterpreterError(
            f"PULUMI_PYTHON_CMD is {command!r}, which is no executable on PATH; "
            "set it to a Python 3.9 or later, or unset it"
        )
    return Path(found)
