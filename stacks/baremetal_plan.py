"""What a checked kit means in resources: settings and texts -> the arguments of its MaasSite and its Rack. Pure."""

from collections.abc import Iterable

from components.hardware import Hardware
from components.rack_args import BridgeArgs, DeployArgs, RackArgs, ServerArgs, TagArgs
from components.site_args import (
    DeviceArgs,
    DnsRecordArgs,
    ImageArgs,
    MaasSiteArgs,
    PlaceArgs,
    RangeArgs,
    SubnetArgs,
)
from stacks.config.files import Texts
from stacks.config.models import BaremetalSettings, Members, Pool, Server, Subnet, Zone


def plan_site(settings: BaremetalSettings, texts: Texts) -> MaasSiteArgs:
    """Plan all that must be there before the machines."""
    return MaasSiteArgs(
        settings=settings.settings,
        ssh_keys=texts.ssh_keys,
        images=[ImageArgs(os=image.os, release=image.release, arches=image.arches) for image in settings.images],
        images_deadline_minutes=settings.deadlines.images,
        zones=_places(settings.zones),
        pools=_places(settings.pools),
        subnets=[_subnet(subnet) for subnet in settings.subnets],
        devices=[
            DeviceArgs(name=device.name, mac_address=device.mac, address=_text(device.address))
            for device in settings.devices
        ],
        dns_records=[
            DnsRecordArgs(name=record.name, type=record.type, data=record.data, ttl=record.ttl)
            for record in settings.dns_records
        ],
    )


def plan_rack(settings: BaremetalSettings, texts: Texts) -> RackArgs:
    """Plan the machines with their tags, bridges and deployments; `requires` is left for the stage to fill."""
    return RackArgs(
        servers=[_server(server, settings, texts) for server in settings.servers],
        tags=[TagArgs(name=tag.name, comment=tag.comment, kernel_opts=tag.kernel_opts) for tag in settings.tags],
    )


def _places(places: Iterable[Zone | Pool]) -> list[PlaceArgs]:
    return [PlaceArgs(name=place.name, description=place.description) for place in places]


def _subnet(subnet: Subnet) -> SubnetArgs:
    return SubnetArgs(
        cidr=str(subnet.cidr),
        name=subnet.name,
        gateway=_text(subnet.gateway),
        dns_servers=[str(server) for server in subnet.dns] if subnet.dns else None,
        dhcp=subnet.dhcp,
        ranges=[
            RangeArgs(type=entry.type, start=str(entry.start), end=str(entry.end), comment=entry.comment)
            for entry in subnet.ranges
        ],
    )


def _server(server: Server, settings: BaremetalSettings, texts: Texts) -> ServerArgs:
    least = server.expect
    return ServerArgs(
        name=server.name,
        mac_address=server.mac,
        architecture=server.architecture,
        power_type=server.power.type or settings.power.type,
        power_address=_text(server.power.address),
        power_password=texts.passwords.get(server.name),
        power_parameters=dict(server.power.parameters) or None,
        zone=server.zone,
        pool=server.pool,
        commission_deadline_minutes=settings.deadlines.commission,
        expect=Hardware(memory_gib=least.memory_gb, cpus=least.cpus, disks=least.disks, nics=least.nics),
        on_mismatch=settings.on_mismatch,
        tags=[tag.name for tag in settings.tags if _holds(tag.servers, server)],
        bridges=[
            BridgeArgs(name=bridge.name, type=bridge.type, parent=bridge.parent)
            for bridge in settings.bridges
            if _holds(bridge.servers, server)
        ],
        deploy=_deploy(server, settings, texts),
    )


def _deploy(server: Server, settings: BaremetalSettings, texts: Texts) -> DeployArgs | None:
    deploy = settings.deploy.get(server.name)
    if deploy is None or deploy.released:
        return None
    default = settings.settings.get("default_distro_series")
    return DeployArgs(
        distro=deploy.distro or (str(default) if default else None),
        hwe_kernel=deploy.hwe_kernel,
        user_data=texts.user_data.get(server.name),
        lock=deploy.lock,
        erase=deploy.erase,
        deadline_minutes=settings.deadlines.deploy,
    )


def _holds(members: Members, server: Server) -> bool:
    return members is None or server.name in members


def _text(value: object) -> str | None:
    return None if value is None else str(value)
