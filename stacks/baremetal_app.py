"""The application of the stage baremetal: checked settings and a rack's servers -> components -> outputs.

    placement ─> PostgresServer ─> DjangoCluster ─> NginxBalancer        passwords: given, or drawn once
                     └─> backups, on another server

Where each role goes was decided by `components.placement`, with the same question that the config was checked with.
"""

from collections.abc import Mapping, Sequence

from pulumi import Output, Resource

from components.balancer import NginxBalancer, NginxBalancerArgs, TlsArgs
from components.controller import MaasController, MaasControllerArgs
from components.django import AdminArgs, DatabaseAccess, DjangoCluster, DjangoClusterArgs, SourceArgs
from components.placement import Placement, place
from components.postgres import BackupArgs, PostgresServer, PostgresServerArgs
from components.rack import Rack
from components.servers import Login, ServerAccess
from stacks.config import app_models
from stacks.config.app_checks import candidates, wanted
from stacks.config.app_files import AppTexts
from stacks.config.models import BaremetalSettings
from stacks.config.reader import Maas
from stacks.passwords import password_of

NAME = "tasks"
"""The application's name: of its resources, its user and its folder on servers."""


def declare_controller(controller: app_models.Controller, texts: AppTexts, maas: Maas) -> MaasController:
    """Declare MAAS itself on main."""
    login = _login(controller)
    host = controller.host
    main = ServerAccess(
        name="main", connection=login.connection("main", host), machine=host, address=host, memory_mib=0
    )
    admin = controller.admin
    return MaasController(
        "controller",
        MaasControllerArgs(
            server=main,
            url=maas.url,
            channel=controller.channel,
            admin_username=admin.user,
            admin_email=admin.email,
            admin_password=password_of("controller-admin-password", texts.maas_password),
            key_file=maas.key_file,
            keep=controller.keep,
        ),
    )


def declare_app(
    settings: BaremetalSettings, app: app_models.App, texts: AppTexts, rack: Rack
) -> tuple[Mapping[str, object], Sequence[Resource]]:
    """Declare the application on the rack's servers; return what the stack tells of it, and its components."""
    placement = place(wanted(app), candidates(settings.servers, settings.deploy))
    login = _login(settings.ssh, settings.ssh.patience_minutes * 60)
    servers = {name: rack.servers[name].access(login) for name in placement.servers()}
    database_password = password_of(f"{NAME}-database-password", texts.database_password)
    admin_password = password_of(f"{NAME}-admin-password", texts.admin_password)
    database = _database(settings, app, placement, servers, database_password)
    cluster = _cluster(app, placement, servers, database, database_password, admin_password)
    balancer = _balancer(app, texts, placement, servers, cluster)
    outputs = {
        "app": {
            "url": balancer.url,
            "admin_user": app.admin.user,
            "release": cluster.release,
            "servers": cluster.upstreams,
            "database": {
                "server": placement.database,
                "address": database.address,
                "port": database.port,
                "name": app.database.name,
                "owner": app.database.owner,
            },
            "balancer": {"server": placement.balancer, "address": balancer.address, "port": balancer.port},
            "ssh": _way_in(settings),
        },
        "admin_password": admin_password,
        "database_password": database_password,
    }
    return outputs, (database, cluster, balancer)


def _login(login: app_models.Login, patience: int = 600) -> Login:
    """Say how servers are reached; a server on the way is a connection of its own."""
    jump = login.through if isinstance(login, app_models.Ssh) else None
    return Login(
        user=login.user,
        port=login.port,
        private_key_file=login.private_key_file,
        private_key=_secret(login),
        patience=patience,
        proxy=_login(jump).connection(jump.host, jump.host) if jump else None,
    )


def _secret(login: app_models.Login) -> Output[str] | None:
    return None if login.private_key is None else Output.secret(login.private_key.get_secret_value())


def _database(
    settings: BaremetalSettings,
    app: app_models.App,
    placement: Placement,
    servers: Mapping[str, ServerAccess],
    password: Output[str],
) -> PostgresServer:
    wishes = app.database
    keeper = servers[placement.backups] if placement.backups else None
    return PostgresServer(
        f"{NAME}-database",
        PostgresServerArgs(
            server=servers[placement.database],
            database=wishes.name,
            owner=wishes.owner,
            superuser=wishes.superuser,
            password=password,
            port=wishes.port,
            listen=",".join(wishes.listen),
            allow=[str(network) for network in wishes.allow or [subnet.cidr for subnet in settings.subnets]],
            firewall=wishes.firewall,
            on_lost_data=wishes.on_lost_data,
            verify_from=servers[placement.app[0]],
            backups=BackupArgs(server=keeper, schedule=app.backups.schedule, keep=app.backups.keep) if keeper else None,
        ),
    )


def _cluster(
    app: app_models.App,
    placement: Placement,
    servers: Mapping[str, ServerAccess],
    database: PostgresServer,
    database_password: Output[str],
    admin_password: Output[str],
) -> DjangoCluster:
    source = app.source
    return DjangoCluster(
        NAME,
        DjangoClusterArgs(
            servers=[servers[name] for name in placement.app],
            database=DatabaseAccess(
                host_name="database",
                address=database.address,
                port=database.port,
                name=app.database.name,
                user=app.database.owner,
                password=database_password,
            ),
            source=SourceArgs(path=source.path, git=source.git, ref=source.ref, requirements=source.requirements),
            admin=AdminArgs(user=app.admin.user, email=app.admin.email, password=admin_password),
            environment=app.environment,
            allowed_hosts=[servers[placement.balancer].address, placement.balancer],
            https=app.balancer.tls is not None,
            port=app.port,
        ),
    )


def _balancer(
    app: app_models.App,
    texts: AppTexts,
    placement: Placement,
    servers: Mapping[str, ServerAccess],
    cluster: DjangoCluster,
) -> NginxBalancer:
    tls = None
    if texts.certificate is not None and texts.certificate_key is not None:
        tls = TlsArgs(certificate=texts.certificate, private_key=Output.secret(texts.certificate_key))
    return NginxBalancer(
        f"{NAME}-balancer",
        NginxBalancerArgs(
            server=servers[placement.balancer],
            upstreams=cluster.upstreams,
            port=app.balancer.port,
            server_name=app.balancer.server_name,
            weights=app.balancer.weights,
            tls=tls,
        ),
    )


def _way_in(settings: BaremetalSettings) -> Mapping[str, object]:
    """Say through which server a tunnel leads to the balancer: the jump host, else main, else none."""
    way = settings.ssh.through or settings.controller
    if way is None:
        return {}
    return {"host": way.host, "user": way.user, "port": way.port, "key_file": way.private_key_file}
