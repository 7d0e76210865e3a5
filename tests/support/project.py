"""A Pulumi project of its own for one test: a folder, a backend, a passphrase, and the `pulumi` command on it.

Nothing of it touches the checkout's own stacks: home, backend and stack files lie in the test's folder.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml

ROOT = Path(__file__).resolve().parents[2]
PULUMI = Path(sys.executable).with_name("pulumi")
PASSPHRASE = "correct-horse-battery"


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str
    args: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.out + self.err

    def ok(self) -> Ran:
        """Insist on success; a failure shows everything that was printed."""
        assert self.code == 0, f"pulumi {' '.join(self.args)} ended with {self.code}\n{self.out}\n{self.err}"
        return self


@dataclass(frozen=True)
class Project:
    """A project folder and how `pulumi` is run in it."""

    folder: Path
    stack: str
    extra: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "PULUMI_ENGINE": "embedded",
            "PULUMI_HOME": str(self.folder / ".home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / '.state'}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "NO_COLOR": "1",
        }
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "MAAS_"))}
        return {**kept, **own, **self.extra}

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start a command and don't wait for it."""
        command = [str(PULUMI), "-C", str(self.folder), *args]
        return subprocess.Popen(
            command,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )

    def pulumi(self, *args: str, stdin: str = "", timeout: float = 300) -> Ran:
        """Run a command to its end."""
        command = [str(PULUMI), "-C", str(self.folder), *args]
        done = subprocess.run(
            command, env=self.environment, text=True, capture_output=True, input=stdin, timeout=timeout, check=False
        )
        return Ran(done.returncode, done.stdout, done.stderr, args)

    def up(self, *args: str) -> Ran:
        return self.pulumi("up", "-s", self.stack, "--yes", "--skip-preview", *args)

    def planned(self, *args: str) -> dict[str, set[str]]:
        """Preview, and give the operations that it announces for each resource, by the resource's name."""
        done = self.pulumi("preview", "-s", self.stack, "--json", *args).ok()
        steps: list[dict[str, str]] = json.loads(done.out).get("steps", [])
        found: dict[str, set[str]] = {}
        for step in steps:
            found.setdefault(step["urn"].rpartition("::")[2], set()).add(step["op"])
        return found

    def configure(self, values: Mapping[str, object]) -> None:
        """Write plain config values into the stack's file; `key` stands for `<project>:key`."""
        path = self.folder / f"Pulumi.{self.stack}.yaml"
        document: dict[str, dict[str, object]] = yaml.safe_load(path.read_text())
        name = yaml.safe_load((self.folder / "Pulumi.yaml").read_text())["name"]
        named = {key if ":" in key else f"{name}:{key}": value for key, value in values.items()}
        document["config"] = {**document.get("config", {}), **named}
        path.write_text(yaml.safe_dump(document))

    def configure_maas(self, url: str, api_key: str) -> None:
        """Point the stack to a MAAS; the key lies in a file of the project's folder."""
        (self.folder / "maas-api-key").write_text(api_key)
        self.configure({"maas:apiUrl": url, "maas:apiKeyFile": "maas-api-key"})

    @property
    def state_path(self) -> Path:
        """Where the state file lies."""
        (found,) = (self.folder / ".state" / ".pulumi" / "stacks").rglob(f"{self.stack}.json")
        return found

    def state(self) -> dict[str, object]:
        """Give the stack's state, secrets open."""
        exported = self.pulumi("stack", "export", "-s", self.stack, "--show-secrets").ok()
        return json.loads(exported.out)

    def deployment(self) -> dict[str, list[dict[str, object]]]:
        return cast("dict[str, list[dict[str, object]]]", self.state()["deployment"])

    def resources(self) -> list[dict[str, object]]:
        return self.deployment().get("resources", [])

    def pending(self) -> list[dict[str, object]]:
        """Give the operations that began and whose end is not known."""
        return self.deployment().get("pending_operations", [])

    def outputs(self) -> dict[str, object]:
        return json.loads(self.pulumi("stack", "output", "-s", self.stack, "--json", "--show-secrets").ok().out)


def make_project(folder: Path, program: str, *, name: str = "trial", stack: str = "dev") -> Project:
    """Make a project from a program's text, with the checkout's packages importable, and its stack."""
    (folder / ".state").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: {{name: python, options: {{virtualenv: {venv()}}}}}\n")
    (folder / "__main__.py").write_text(program)
    for package in ("providers", "components", "stacks"):
        (folder / package).symlink_to(ROOT / package)
    project = Project(folder, stack)
    project.pulumi("stack", "init", stack).ok()
    return project


def make_kit(folder: Path, url: str, api_key: str, amt_password: str) -> Project:
    """Make the course's own stack `baremetal` against a MAAS at `url`."""
    (folder / ".state").mkdir(parents=True)
    (folder / ".lab").mkdir()
    (folder / ".lab" / "maas-api-key").write_text(api_key)
    (folder / ".lab" / "amt-password").write_text(amt_password)
    (folder / ".lab" / "ssh-key.pub").write_text(SSH_KEY)
    text = (ROOT / "Pulumi.yaml").read_text()
    (folder / "Pulumi.yaml").write_text(text.replace("virtualenv: .venv", f"virtualenv: {venv()}"))
    (folder / "Pulumi.baremetal.yaml").write_text(bare_kit().replace("http://172.16.0.3:5240/MAAS", url))
    for part in ("__main__.py", "providers", "components", "stacks"):
        (folder / part).symlink_to(ROOT / part)
    project = Project(folder, "baremetal")
    project.pulumi("stack", "init", "baremetal").ok()
    return project


def bare_kit() -> str:
    """Give the course's kit as far as MAAS alone carries it: no server of it is ever logged in to."""
    text = (ROOT / "Pulumi.baremetal.yaml").read_text().replace(".pulumi/maas-api-key", ".lab/maas-api-key")
    for part in ("controller", "app"):
        text = re.sub(rf"^    {part}:\n(      .*\n)+", "", text, flags=re.MULTILINE)
    return re.sub(r"^encryptionsalt:.*\n", "", text, flags=re.MULTILINE)


SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIfmWSbP3AwdL3vdY5rSbpFCkYXBVV5bUDmjKlhNIs1b cloud@main\n"


def venv() -> Path:
    """The environment that runs this."""
    return Path(sys.prefix)
