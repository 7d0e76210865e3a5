"""PULUMI_HOME: where logins, stack selections and plugins live. Source: pulumi/pulumi sdk/go/common/util/pulumihome."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from engine.errors import EngineError


def pulumi_home(env: Mapping[str, str]) -> Path:
    """Give the folder that PULUMI_HOME names, else ~/.pulumi."""
    return Path(env.get("PULUMI_HOME") or Path(env.get("HOME") or Path.home()) / ".pulumi")


def read_json(path: Path) -> dict[str, object]:
    """Read a JSON object, empty where there is no file.

    Raises
    ------
    EngineError: the file holds something else.

    """
    try:
        raw: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise EngineError(f"{path} cannot be read: {error}") from error
    if not isinstance(raw, dict):
        raise EngineError(f"{path} should hold a JSON object, it holds {type(raw).__name__}")
    return cast("dict[str, object]", raw)


def write_json(data: Mapping[str, object]) -> bytes:
    """Write a JSON object the way Pulumi keeps its own files."""
    return json.dumps(data, indent=4, ensure_ascii=False).encode()
