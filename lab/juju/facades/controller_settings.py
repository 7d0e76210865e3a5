"""The controller's config: Juju's options with their defaults, and which of them can change later (pure).

Source: juju controller/config.go of 3.6.
"""

from collections.abc import Mapping
from typing import Final

from lab.juju.errors import NOT_VALID, JujuError
from lab.juju.models import Meta

DEFAULTS: Final[Mapping[str, object]] = {
    "agent-logfile-max-backups": 2,
    "agent-logfile-max-size": "100M",
    "agent-ratelimit-max": 10,
    "agent-ratelimit-rate": "250ms",
    "allow-model-access": False,
    "api-port-open-delay": "2s",
    "application-resource-download-limit": 0,
    "audit-log-capture-args": False,
    "audit-log-exclude-methods": ["ReadOnlyMethods"],
    "audit-log-max-backups": 10,
    "audit-log-max-size": "300M",
    "auditing-enabled": True,
    "controller-resource-download-limit": 0,
    "features": [],
    "identity-url": "",
    "juju-db-snap-channel": "4.4/stable",
    "juju-ha-space": "",
    "juju-mgmt-space": "",
    "jujud-controller-snap-source": "legacy",
    "max-agent-state-size": 524288,
    "max-charm-state-size": 2097152,
    "max-debug-log-duration": "24h0m0s",
    "max-prune-txn-batch-size": 1000000,
    "max-prune-txn-passes": 100,
    "max-txn-log-size": "10M",
    "metering-url": "",
    "migration-agent-wait-time": "15m",
    "model-logfile-max-backups": 2,
    "model-logfile-max-size": "10M",
    "model-logs-size": "20M",
    "mongo-memory-profile": "default",
    "object-store-type": "file",
    "prune-txn-query-count": 1000,
    "prune-txn-sleep-time": "10ms",
    "public-dns-address": "",
    "query-tracing-enabled": False,
    "query-tracing-threshold": "1s",
    "ssh-max-concurrent-connections": 100,
    "ssh-server-port": 17022,
}
_FIXED: Final = (
    "allow-model-access", "api-port", "ca-cert", "controller-name", "controller-uuid", "identity-url",
    "juju-db-snap-channel", "max-txn-log-size", "state-port",
)  # fmt: skip # a list to be read at a glance


def effective(meta: Meta) -> dict[str, object]:
    """Give the whole config; options that are empty are not told, as in Juju."""
    found = {**DEFAULTS, **meta.config}
    told: dict[str, object] = {
        "api-port": meta.port,
        "ca-cert": meta.ca_cert,
        "controller-name": meta.name,
        "controller-uuid": meta.uuid,
        "state-port": 37017,
    }
    return {name: value for name, value in sorted({**found, **told}.items()) if value not in (None, "", [])}


def changed(meta: Meta, values: Mapping[str, object]) -> dict[str, object]:
    """Give what is set with values set; JujuError for options that there are not, or that only bootstrap sets."""
    for name, value in values.items():
        if name in _FIXED:
            raise JujuError(f'can\'t change "{name}" after bootstrap', NOT_VALID)
        if name not in DEFAULTS:
            raise JujuError(f'unknown controller config setting "{name}"', NOT_VALID)
        _check(name, value)
    return {**meta.config, **values}


def _check(name: str, value: object) -> None:
    default = DEFAULTS[name]
    if isinstance(default, bool) and not isinstance(value, bool):
        raise JujuError(f'{name}: expected bool, got {type(value).__name__}("{value}")', NOT_VALID)
    if isinstance(default, int) and not isinstance(default, bool) and not isinstance(value, int | float):
        raise JujuError(f'{name}: expected number, got {type(value).__name__}("{value}")', NOT_VALID)
