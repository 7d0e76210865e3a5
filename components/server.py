"""Server: one machine from its MAC address to a running system, as one branch of the tree.

    machine (enrolled, commissioned, Ready) ─> hardware as expected? ─> tags, bridges ─> deployment

A bridge made before the deployment stays when the machine is released; MAAS removes one that was made later.
"""

from collections.abc import Mapping, Sequence
from typing import (
    Any,  # the SDK checks outputs against annotations, and only Any may hold a list
    cast,
)

import pulumi
from pulumi import Output, Resource, ResourceOptions

from components.hardware import found, shortfalls
from components.rack_args import DeployArgs, ServerArgs
from components.servers import Login, ServerAccess
from providers import maas


class Server(pulumi.ComponentResource):
    """A machine of the rack with its tags, its bridges and, where asked for, its deployment."""

    system_id: Output[str]
    summary: Output[Mapping[str, Any]]
    """What later stages need to know: see docs/course.md, "What the stack hands on"."""

    def __init__(
        self,
        name: str,
        args: ServerArgs,
        tags: Mapping[str, maas.Tag],
        requires: Sequence[Resource] = (),
        opts: ResourceOptions | None = None,
    ) -> None:
        """`tags` are the rack's tags by name; `requires` must be there before the machine is switched on."""
        super().__init__("metal-to-cloud:baremetal:Server", name, None, opts)
        self._server = name
        self._name = args.name
        self._machine = self._enrolled(args, requires)
        self.system_id = self._checked(args)
        prepared = [*self._memberships(args, tags), *self._bridges(args)]
        self._deployment = self._deployed(args.deploy, prepared) if args.deploy else None
        self.summary = _summary(args, self._machine, self._deployment)
        self.register_outputs({"system_id": self.system_id, "summary": self.summary})

    def _child(self, *after: Resource) -> ResourceOptions:
        return ResourceOptions(parent=self, depends_on=list(after))

    def _enrolled(self, args: ServerArgs, requires: Sequence[Resource]) -> maas.Machine:
        return maas.Machine(
            f"{self._server}-machine",
            hostname=args.name,
            mac_addresses=[args.mac_address],
            architecture=args.architecture,
            power_type=args.power_type,
            power_address=args.power_address,
            power_password=args.power_password,
            power_parameters=args.power_parameters,
            zone=args.zone,
            pool=args.pool,
            deadline_minutes=args.commission_deadline_minutes,
            opts=self._child(*requires),
        )

    def _checked(self, args: ServerArgs) -> Output[str]:
        """Hand on the machine's id once its hardware was compared with what is expected."""
        machine = self._machine

        def check(values: Sequence[object]) -> str:
            system_id, memory_mib, cpus, disks, nics = values
            _compare(args, machine, memory_mib, cpus, disks, nics)
            return str(system_id)

        return Output.all(
            machine.system_id, machine.memory_mib, machine.cpu_count, machine.disks, machine.interfaces
        ).apply(check)

    def _memberships(self, args: ServerArgs, tags: Mapping[str, maas.Tag]) -> list[Resource]:
        return [
            maas.TagMembership(
                f"{self._server}-tag-{tag}", tag=tags[tag].name, system_id=self.system_id, opts=self._child()
            )
            for tag in args.tags
        ]

    def _bridges(self, args: ServerArgs) -> list[Resource]:
        return [
            maas.Bridge(
                f"{self._server}-{bridge.name}",
                system_id=self.system_id,
                name=bridge.name,
                parent=bridge.parent,
                bridge_type=bridge.type,
                opts=self._child(),
            )
            for bridge in args.bridges
        ]

    def access(self, login: Login) -> ServerAccess:
        """Tell how this server is reached once its system runs.

        Raises ValueError for a server that the rack leaves without a system.
        """
        if self._deployment is None:
            raise ValueError(f"{self._server} is not deployed, so nothing can be installed on it")
        address = self._deployment.ip_addresses.apply(_first)
        return ServerAccess(
            name=self._name,
            connection=login.connection(self._name, address),
            machine=Output.format("{0}/{1}", self._deployment.system_id, self._deployment.installation),
            address=address,
            memory_mib=self._machine.memory_mib,
        )

    def _deployed(self, args: DeployArgs, prepared: Sequence[Resource]) -> maas.Deployment:
        return maas.Deployment(
            f"{self._server}-deployment",
            system_id=self.system_id,
            distro_series=args.distro,
            hwe_kernel=args.hwe_kernel,
            user_data=args.user_data,
            locked=args.lock,
            erase=args.erase,
            deadline_minutes=args.deadline_minutes,
            opts=self._child(*prepared),
        )


def _first(addresses: Sequence[str]) -> str:
    if not addresses:
        raise pulumi.RunError("MAAS tells no address of a server that it has deployed.")
    return addresses[0]


def _compare(args: ServerArgs, machine: maas.Machine, *reported: object) -> None:
    """Warn of, or refuse, a machine with less hardware than expected.

    Raises RunError, which Pulumi shows without a traceback.
    """
    memory_mib, cpus, disks, nics = reported
    has = found(_count(memory_mib), _count(cpus), _count(disks), _count(_physical(nics)))
    missing = shortfalls(args.expect, has)
    if not missing:
        return
    text = f"{args.name} has less hardware than its config expects: {'; '.join(missing)}"
    if args.on_mismatch == "fail":
        raise pulumi.RunError(f"{text}. Repair it, or lower expect, or set onMismatch to warn.")
    pulumi.log.warn(f"{text}.", machine)


def _count(value: object) -> int:
    """Count what MAAS reports: a number, or the entries of a list; before commissioning there is nothing."""
    if isinstance(value, int | float):
        return int(value)
    return len(cast("Sequence[object]", value)) if isinstance(value, list | tuple) else 0


def _physical(interfaces: object) -> list[Mapping[str, object]]:
    """Leave out bridges and the like, which are not network cards."""
    entries = cast("Sequence[Mapping[str, object]]", interfaces or ())
    return [entry for entry in entries if entry.get("type") == "physical"]


def _summary(args: ServerArgs, machine: maas.Machine, deployment: maas.Deployment | None) -> Output[dict[str, object]]:
    return Output.from_input(
        {
            "system_id": machine.system_id,
            "hostname": machine.hostname,
            "fqdn": machine.fqdn,
            "mac_address": args.mac_address,
            "deployed": deployment is not None,
            "status": machine.status if deployment is None else deployment.status,
            "distro": None if deployment is None else deployment.distro_series,
            "addresses": [] if deployment is None else deployment.ip_addresses,
            "zone": machine.zone,
            "pool": machine.pool,
            "tags": list(args.tags),
            "bridges": [bridge.name for bridge in args.bridges],
            "cpu_count": machine.cpu_count,
            "memory_mib": machine.memory_mib,
            "disks": machine.disks,
            "boot_interface": machine.boot_interface,
        }
    )
