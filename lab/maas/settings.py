"""MAAS's configuration values: names, defaults and what each admits (source: MAAS 3.5 forms/settings.py)."""

import ipaddress
from collections.abc import Callable
from typing import Final

from lab.maas import images
from lab.maas.errors import FormError
from lab.maas.world import World

DEFAULTS: Final[dict[str, str | bool | int | None]] = {
    "active_discovery_interval": 10800,
    "auto_vlan_creation": True,
    "boot_images_auto_import": True,
    "boot_images_no_proxy": False,
    "commissioning_distro_series": "jammy",
    "completed_intro": True,
    "curtin_verbose": True,
    "default_boot_interface_link_type": "auto",
    "default_distro_series": "jammy",
    "default_dns_ttl": 30,
    "default_min_hwe_kernel": "",
    "default_osystem": "ubuntu",
    "default_storage_layout": "flat",
    "disk_erase_with_quick_erase": False,
    "disk_erase_with_secure_erase": True,
    "dns_trusted_acl": None,
    "dnssec_validation": "auto",
    "enable_analytics": True,
    "enable_disk_erasing_on_release": False,
    "enable_http_proxy": True,
    "enable_kernel_crash_dump": False,
    "enable_third_party_drivers": True,
    "enlist_commissioning": True,
    "force_v1_network_yaml": False,
    "hardware_sync_interval": "15m",
    "http_proxy": None,
    "kernel_opts": None,
    "maas_auto_ipmi_k_g_bmc_key": "",
    "maas_auto_ipmi_user": "maas",
    "maas_auto_ipmi_user_privilege_level": "ADMIN",
    "maas_internal_domain": "maas-internal",
    "maas_name": "main",
    "maas_proxy_port": 8000,
    "maas_syslog_port": 5247,
    "max_node_commissioning_results": 10,
    "max_node_installation_results": 3,
    "max_node_testing_results": 10,
    "network_discovery": "enabled",
    "node_timeout": 30,
    "ntp_external_only": False,
    "ntp_servers": "ntp.ubuntu.com",
    "prefer_v4_proxy": False,
    "prometheus_enabled": False,
    "promtail_enabled": False,
    "promtail_port": 5238,
    "release_notifications": True,
    "remote_syslog": None,
    "session_length": 1209600,
    "subnet_ip_exhaustion_threshold_count": 16,
    "tls_cert_expiration_notification_enabled": False,
    "tls_cert_expiration_notification_interval": 30,
    "upstream_dns": None,
    "use_peer_proxy": False,
    "use_rack_proxy": True,
    "vcenter_datacenter": "",
    "vcenter_password": "",
    "vcenter_server": "",
    "vcenter_username": "",
    "windows_kms_host": None,
    "main_archive": "http://archive.ubuntu.com/ubuntu",
    "ports_archive": "http://ports.ubuntu.com/ubuntu-ports",
}

ALIASES: Final = {"ntp_server": "ntp_servers"}

_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "default_storage_layout": ("bcache", "blank", "custom", "flat", "lvm", "vmfs6", "vmfs7"),
    "dnssec_validation": ("auto", "yes", "no"),
    "network_discovery": ("enabled", "disabled"),
    "default_boot_interface_link_type": ("auto", "dhcp", "link_up"),
}
_SERIES: Final = ("commissioning_distro_series", "default_distro_series")


def canonical(name: str) -> str:
    """Resolve an alias; 400 for a name that MAAS has not."""
    name = ALIASES.get(name, name)
    if name not in DEFAULTS:
        valid = ", ".join(sorted([*DEFAULTS, *ALIASES]))
        raise FormError({name: f"{name} is not a valid config setting (valid settings are: {valid})."})
    return name


def parse(world: World, name: str, text: str) -> str | bool | int | None:
    """Turn what was sent into the setting's type, or 400 with MAAS's own message."""
    default = DEFAULTS[name]
    if isinstance(default, bool):
        return text.lower() in {"true", "1", "on", "yes"}
    if isinstance(default, int):
        return _number(name, text)
    if name in _CHOICES and text not in _CHOICES[name]:
        valid = ", ".join(f"'{each}'" for each in _CHOICES[name])
        raise FormError({name: f"Select a valid choice. {text} is not one of the available choices ({valid})."})
    if name in _SERIES:
        _series(world, name, text)
    return _CHECKS.get(name, lambda _name, sent: sent)(name, text) or (None if default is None else "")


def _number(name: str, text: str) -> int:
    try:
        value = int(text)
    except ValueError as error:
        raise FormError({name: "Enter a whole number."}) from error
    if value < 0 or (name == "node_timeout" and value < 1):
        raise FormError({name: "Ensure this value is greater than or equal to 1."})
    return value


def _series(world: World, name: str, text: str) -> None:
    ready = sorted(row.name.partition("/")[2] for row in world.boot_resources if row.progress >= 100)
    if text not in ready or (name == "commissioning_distro_series" and not images.synced(world, f"ubuntu/{text}")):
        said = f"'{text}' is not a valid {name}.  It should be one of: {', '.join(repr(each) for each in ready)}."
        raise FormError({name: said})


def _addresses(name: str, text: str) -> str:
    for part in text.replace(",", " ").split():
        try:
            ipaddress.ip_address(part)
        except ValueError as error:
            raise FormError({name: f"Invalid IP address: {part}; provide a list of IP addresses"}) from error
    return " ".join(text.replace(",", " ").split())


_CHECKS: Final[dict[str, Callable[[str, str], str]]] = {"upstream_dns": _addresses}
