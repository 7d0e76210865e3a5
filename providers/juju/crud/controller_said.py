"""The `juju` command in words: what it is told, and what it says. Pure.

inputs -> files and arguments of add-cloud, add-credential, bootstrap, destroy-controller; output of show-controller,
clouds, credentials, version, of the log of a long command -> values.
Sources: cmd/juju/{controller,cloud,commands} of 2.9.45, 3.6.11 and 4.0.12, whose flags and documents are alike here.
"""

import json
import re
import shlex
from dataclasses import dataclass, field
from typing import cast

from providers.common.raw import Raw, as_mapping, mapping, text, texts
from providers.juju.errors import JujuError
from providers.juju.facades import release
from providers.juju.status import SERIES

SNAP = "juju"
FOLDER = ".local/share/metal-to-cloud/juju"
"""Below the home of who runs juju: a folder per controller that we bootstrap."""


@dataclass(frozen=True)
class Shown:
    """A controller as show-controller shows it; without addresses it was never finished, or is being made."""

    uuid: str
    addresses: tuple[str, ...]
    ca_cert: str
    username: str
    password: str = field(repr=False)
    version: str
    machine: str

    @property
    def complete(self) -> bool:
        return bool(self.uuid and self.addresses and self.ca_cert and self.password)


@dataclass(frozen=True)
class Progress:
    """Where a long command is: `state` is none, running, lost, or its exit status; `lines` those not seen before."""

    state: str
    lines: tuple[str, ...]


def shown(output: str, name: str) -> Shown:
    """Read `juju show-controller NAME --show-password --format json`."""
    raw = mapping(_json(output, "show-controller"), name)
    details, account = mapping(raw, "details"), mapping(raw, "account")
    machines = [as_mapping(one, key) for key, one in mapping(raw, "controller-machines").items()]
    return Shown(
        uuid=text(details, "controller-uuid") or text(details, "uuid"),
        addresses=texts(details, "api-endpoints"),
        ca_cert=text(details, "ca-cert"),
        username=text(account, "user") or "admin",
        password=text(account, "password"),
        version=text(details, "agent-version"),
        machine=text(machines[0], "instance-id") if machines else "",
    )


def known(output: str, name: str) -> Shown | None:
    """Read `juju controllers --format json`, what the client knows by itself: neither password, version nor machine."""
    raw = mapping(mapping(_json(output, "controllers"), "controllers"), name)
    if not raw:
        return None
    return Shown(
        uuid=text(raw, "uuid"),
        addresses=texts(raw, "api-endpoints"),
        ca_cert=text(raw, "ca-cert"),
        username=text(raw, "user") or "admin",
        password="",
        version="",
        machine="",
    )


def is_unknown(output: str, name: str) -> bool:
    """Say whether show-controller failed because this client does not know the controller."""
    return bool(re.search(rf'controller "?{re.escape(name)}"? not found|No controllers registered', output))


def cloud_endpoint(output: str, name: str) -> str | None:
    """Read the endpoint of a cloud out of `juju clouds --format json`; None when there is no such cloud."""
    found = _json(output, "clouds").get(name)
    return None if found is None else text(as_mapping(found, name), "endpoint")


def has_credential(output: str, cloud: str, name: str) -> bool:
    """Look for a credential among the client's in `juju credentials --format json`."""
    listed = mapping(_json(output, "credentials"), "client-credentials")
    return name in mapping(mapping(listed, cloud), "cloud-credentials")


def parts(key: str) -> tuple[str, ...]:
    """List what of an API key of MAAS nothing may show: all of it, and its parts, which OAuth sends one by one."""
    return tuple(filter(None, (key, *key.split(":"))))


def cloud_file(cloud: Raw) -> str:
    """Write a definition for add-cloud and update-cloud; JSON is YAML.

    The region is the one that add-cloud makes of itself; update-cloud makes none, and models are in it.
    """
    definition = {"type": text(cloud, "type"), "auth-types": ["oauth1"], "endpoint": text(cloud, "endpoint")}
    return json.dumps({"clouds": {text(cloud, "name"): {**definition, "regions": {"default": {}}}}})


def credential_file(cloud: str, credential: Raw) -> str:
    """Write a credential for add-credential and update-credential; holds MAAS's API key."""
    secret = {"auth-type": "oauth1", "maas-oauth": text(credential, "key")}
    return json.dumps({"credentials": {cloud: {text(credential, "name"): secret}}})


def bootstrap(props: Raw, version: str) -> str:
    """Write the command line of bootstrap; settings come from the file "$settings", and no secret is in the line."""
    two = release(version) < (3, 0)
    words = ["juju", "bootstrap", text(mapping(props, "cloud"), "name"), text(props, "name")]
    words += ["--credential", text(mapping(props, "credential"), "name")]
    words += ["--to", text(props, "to")] if props.get("to") else []
    words += ["--constraints", text(props, "constraints")] if props.get("constraints") else []
    words += _base(text(props, "base"), two=two)
    return shlex.join(words) + (' --config "$settings"' if mapping(props, "config") else "")


def destroy(name: str, version: str, *, force: bool) -> str:
    """Write the command line that destroys a controller with its machines."""
    words = ["juju", "destroy-controller", name, _unasked(version), "--destroy-all-models", "--destroy-storage"]
    return shlex.join([*words, "--force"] if force else words)


def kill(name: str, version: str) -> str:
    """Write the command line that gives back the machines of a controller which does not answer."""
    return shlex.join(["juju", "kill-controller", name, _unasked(version)])


def unregister(name: str, version: str) -> str:
    """Write the command line that lets the client forget a controller."""
    return shlex.join(["juju", "unregister", name, _unasked(version)])


def progress(output: str) -> Progress:
    """Read what the script that follows a long command prints: its state, then the new lines of its log."""
    state, _, rest = output.partition("\n")
    *whole, begun = rest.split("\n")
    last = [begun] if begun and state != "running" else []  # while it runs, the line may not be complete
    return Progress(state.strip(), (*whole, *last))


def classic(channel: str) -> bool:
    """Say whether the snap of this channel is not confined: Juju's was until 3.0."""
    return release(channel) < (3, 0) and channel.partition("/")[0] not in {"", "latest"}


def client_version(output: str) -> str:
    """Read `juju version`: "3.6.14-ubuntu-amd64" is 3.6.14."""
    return output.strip().partition("-")[0]


def _base(base: str, *, two: bool) -> list[str]:
    if not base:
        return []
    if not two:
        return ["--bootstrap-base", base]
    number = base.partition("@")[2]
    series = next((name for name, known in SERIES.items() if known == number), number)
    return ["--bootstrap-series", series]


def _unasked(version: str) -> str:
    return "--yes" if release(version) < (3, 0) else "--no-prompt"


def _json(output: str, command: str) -> Raw:
    try:
        value: object = json.loads(output or "{}")
    except ValueError:
        raise JujuError(f"`juju {command}` did not print JSON, but: {output.strip()[:200]!r}") from None
    return cast("Raw", value) if isinstance(value, dict) else {}
