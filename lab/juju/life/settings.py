"""Model config: Juju's own options with their defaults (pure). Source: juju environs/config, model-config of 3.6."""

from collections.abc import Mapping
from typing import Final

from lab.juju.models import Model
from lab.juju.world import World

DEFAULTS: Final[Mapping[str, object]] = {
    "agent-metadata-url": "",
    "agent-stream": "released",
    "apt-ftp-proxy": "",
    "apt-http-proxy": "",
    "apt-https-proxy": "",
    "apt-mirror": "",
    "apt-no-proxy": "",
    "automatically-retry-hooks": True,
    "backup-dir": "",
    "charmhub-url": "https://api.charmhub.io",
    "cloudinit-userdata": "",
    "container-image-metadata-defaults-disabled": False,
    "container-image-metadata-url": "",
    "container-image-stream": "released",
    "container-inherit-properties": "",
    "container-networking-method": "",
    "default-base": "",
    "default-space": "",
    "development": False,
    "disable-network-management": False,
    "disable-telemetry": False,
    "egress-subnets": "",
    "enable-os-refresh-update": True,
    "enable-os-upgrade": True,
    "fan-config": "",
    "firewall-mode": "instance",
    "ftp-proxy": "",
    "http-proxy": "",
    "https-proxy": "",
    "ignore-machine-addresses": False,
    "image-metadata-defaults-disabled": False,
    "image-metadata-url": "",
    "image-stream": "released",
    "juju-ftp-proxy": "",
    "juju-http-proxy": "",
    "juju-https-proxy": "",
    "juju-no-proxy": "127.0.0.1,localhost,::1",
    "logging-config": "<root>=INFO",
    "logforward-enabled": False,
    "logging-output": "",
    "lxd-snap-channel": "5.0/stable",
    "max-action-results-age": "336h",
    "max-action-results-size": "5G",
    "max-status-history-age": "336h",
    "max-status-history-size": "5G",
    "mode": "requires-prompts",
    "net-bond-reconfigure-delay": 17,
    "no-proxy": "127.0.0.1,localhost,::1",
    "num-container-provision-workers": 4,
    "num-provision-workers": 16,
    "provisioner-harvest-mode": "destroyed",
    "proxy-ssh": False,
    "resource-tags": "",
    "saas-ingress-allow": "0.0.0.0/0,::/0",
    "secret-backend": "auto",
    "snap-http-proxy": "",
    "snap-https-proxy": "",
    "snap-store-assertions": "",
    "snap-store-proxy": "",
    "snap-store-proxy-url": "",
    "ssh-allow": "0.0.0.0/0,::/0",
    "ssl-hostname-verification": True,
    "storage-default-block-source": "maas",
    "test-mode": False,
    "transmit-vendor-metrics": True,
    "update-status-hook-interval": "5m",
}


def effective(world: World, model: Model) -> dict[str, tuple[object, str]]:
    """Give a model's whole config: name -> (value, source), source being default, controller or model."""
    found: dict[str, tuple[object, str]] = {name: (value, "default") for name, value in DEFAULTS.items()}
    if world.meta.charmhub_url:
        found["charmhub-url"] = (world.meta.charmhub_url, "controller")
    # a model is told at its creation how its containers get addresses: from MAAS (state/containernetworking.go)
    found["container-networking-method"] = ("provider", "model")
    found |= {name: (value, "model") for name, value in model.config.items()}
    told: dict[str, object] = {
        "agent-version": model.agent_version,
        "name": model.name,
        "type": world.clouds.get(model.cloud).type,
        "uuid": model.uuid,
    }
    return found | {name: (value, "model") for name, value in told.items()}
