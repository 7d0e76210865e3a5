"""Where a resource plugin comes from: the SDK's dynamic providers, an official binary, else the project's `plugins/`.

(name, version) ─> PULUMI_HOME/plugins/resource-NAME-vVERSION ─> PATH ─> ROOT/plugins/NAME ─> a sentence of the three

Nothing is downloaded. Source of the folder names: pulumi/pulumi sdk/go/common/workspace/plugins.go.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from engine.errors import EngineError
from engine.host.process import HERE
from engine.workspace.home import pulumi_home

DYNAMIC = "pulumi-python"
"""The package of the SDK's dynamic providers."""

DYNAMIC_MAIN = HERE / "_dynamic_main.py"
"""What serves them."""

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")


class PluginNotFoundError(EngineError):
    """No resource plugin of that name in any place."""


Version = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]


def parse_version(text: str) -> Version | None:
    """Give a key that sorts as semantic versioning 2.0.0 does; None for what is no version."""
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    major, minor, patch, pre = match.groups()
    # a release sorts after its pre-releases; numbers sort before words
    parts = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre.split(".")) if pre else ()
    return int(major), int(minor), int(patch), 0 if pre else 1, parts


def best_version(available: Iterable[str], wanted: str | None) -> str | None:
    """Choose a version: the wanted one, else the newest later one of its major version; without a wish the newest.

    Pre-releases are taken only by name, or where there is nothing else.
    """
    found = {text: version for text in available if (version := parse_version(text))}
    wish = parse_version(wanted) if wanted else None
    if wish is not None:
        exact = [text for text, version in found.items() if version == wish]
        if exact:
            return exact[0]
        found = {text: version for text, version in found.items() if version[0] == wish[0] and version > wish}
    return max(found, key=lambda text: (found[text][3], found[text]), default=None)


def resolve_plugin(
    name: str, version: str | None, root: Path, interpreter: Path, env: Mapping[str, str] | None = None
) -> list[str]:
    """Give the command of a resource plugin; PluginProcess appends the engine's address and must run it in `root`.

    `name` is the package (`command`, `openstack`, `pulumi-python`), `version` may begin with a v, `root` is the folder
    of Pulumi.yaml, `interpreter` the program's Python.

    Raises
    ------
    PluginNotFoundError: it is in none of the places, which the message lists.

    """
    if name == DYNAMIC:
        return [str(interpreter), "-u", str(DYNAMIC_MAIN)]
    env = os.environ if env is None else env
    cache = pulumi_home(env) / "plugins"
    binary = _cached(cache, name, version) or shutil.which(f"pulumi-resource-{name}", path=env.get("PATH"))
    if binary:
        return [str(binary)]
    module = name.replace("-", "_")
    if (root / "plugins" / module / "__main__.py").is_file():
        return [str(interpreter), "-u", "-m", f"plugins.{module}"]
    which = f"{name} {version}" if version else name
    folder = cache / f"resource-{name}-v{version or '*'}"
    folder = f"resource-{name}-v{version.removeprefix('v') if version else '*'}"
    raise PluginNotFoundError(
        f"no resource plugin {which}: looked for {cache / folder}, "
        f"for pulumi-resource-{name} on PATH, and for {root / 'plugins' / module / '__main__.py'}"
    )


def _cached(cache: Path, name: str, version: str | None) -> Path | None:
    prefix = f"resource-{name}-v"
    binary = f"pulumi-resource-{name}"
    available = {
        folder.name.removeprefix(prefix): folder / binary
        for folder in cache.glob(f"{prefix}*")
        # the official command leaves NAME.partial beside a folder that it has not finished
        if os.access(folder / binary, os.X_OK) and not folder.with_name(f"{folder.name}.partial").exists()
    }
    best = best_version(available, version)
    return available[best] if best else None
