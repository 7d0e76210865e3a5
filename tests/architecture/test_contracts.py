"""The import contracts of DESIGN, and the rules that no import tells."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("engine", "plugins", "lab", "providers", "components", "stacks", "tests", "benchmarks")
LONGEST_FILE = 600
LONGEST_MAIN = 20


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def test_the_layers_hold():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_two_things(path: Path):
    lines = len(path.read_text().splitlines())
    assert lines <= LONGEST_FILE, f"{path} has {lines} lines: more than one thing lives here"


def test_the_program_is_a_few_lines():
    assert len((ROOT / "__main__.py").read_text().splitlines()) <= LONGEST_MAIN


def test_what_is_pickled_into_state_is_importable_and_small():
    """A provider's module path is a public name: dill stores it, and `destroy` imports it a year later."""
    code = """
import inspect, sys
import dill
import providers.maas
from pulumi.dynamic import ResourceProvider

modules = [module for name, module in sys.modules.items() if name.startswith("providers.maas.crud")]
found = {item for module in modules for item in vars(module).values() if inspect.isclass(item)}
chosen = {item for item in found if issubclass(item, ResourceProvider) and item.__name__.endswith("Provider")}
concrete = {item for item in chosen if item.__module__.startswith("providers.maas.crud.")}
sizes = {item.__qualname__: len(dill.dumps(item())) for item in concrete if not inspect.isabstract(item)}
assert len(sizes) >= 16, sizes
assert max(sizes.values()) < 120, sizes
assert all(not vars(item()) for item in concrete if not inspect.isabstract(item))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
