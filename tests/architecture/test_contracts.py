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
    code = (
        "import dill, pulumi, providers.maas as m, inspect, sys\n"
        "from pulumi.dynamic import ResourceProvider\n"
        "mods = [x for n, x in sys.modules.items() if n.startswith('providers.')]\n"
        "found = {c for mod in mods for c in vars(mod).values()\n"
        "         if inspect.isclass(c) and issubclass(c, ResourceProvider)}\n"
        "found = {c for c in found if c.__module__.startswith('providers.')}\n"
        "found = {c for c in found if not inspect.isabstract(c) and c.__init__ is object.__init__}\n"
        "sizes = {c.__qualname__: len(dill.dumps(c())) for c in found}\n"
        "assert len(sizes) >= 13, sizes\n"
        "assert max(sizes.values()) < 200, sizes\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
