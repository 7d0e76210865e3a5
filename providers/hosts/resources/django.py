"""A Django app on servers: `Release` is built once, `Migration` runs once, `AppServer` is one per server.

Arguments -> property bag -> the provider of the same name in `providers.hosts.crud`.
"""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list or a mapping

import pulumi

from providers.hosts.crud.appserver import AppServerProvider
from providers.hosts.crud.migration import MigrationProvider
from providers.hosts.crud.release import ReleaseProvider
from providers.hosts.resources.base import HostResource, guard

Variables = pulumi.Input[Mapping[str, pulumi.Input[str]]]


class Release(HostResource, module="hosts", name="Release"):
    """The app's code with all it needs, built on one server for all servers of the same system.

    The source is a folder of the operator's machine (`path`), of which every change shows in a preview, or a git
    repository at a branch, tag or commit (`git`, `ref`), of which a refresh sees that a branch moved on. It holds
    manage.py, and `requirements` names gunicorn and everything else; pip asks where the server's own configuration
    says. The archive lies in .pulumi/releases; a server keeps its last three releases.
    """

    release: pulumi.Output[str]
    """What the release is called: twelve digits of its content's hash or its commit."""
    commit: pulumi.Output[str]
    """The commit of a git source, "" for a folder."""
    platform: pulumi.Output[str]
    """The system that it fits: `debian12-python3.11-x86_64`."""

    def __init__(
        self,
        resource_name: str,
        *,
        connection: pulumi.Input[Mapping[str, Any]],
        machine: pulumi.Input[str],
        path: pulumi.Input[str] | None = None,
        git: pulumi.Input[str] | None = None,
        ref: pulumi.Input[str] | None = None,
        requirements: pulumi.Input[str] = "requirements.txt",
        app: pulumi.Input[str] = "tasks",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`app` names user, unit and folders; `ref` left out is the repository's default branch."""
        inputs = {"app": app, "path": path, "git": git, "ref": ref, "requirements": requirements}
        outputs = ("content", "release", "commit", "platform")
        super().__init__(ReleaseProvider(), resource_name, connection, machine, inputs, outputs, opts=opts)


class Migration(HostResource, module="hosts", name="Migration"):
    """The database at the state that a release wants, and its superuser; destroy leaves both.

    `env` and `secret_env` are what the app servers get too; `hosts` are names of other servers with their addresses.
    """

    release: pulumi.Output[str]
    applied: pulumi.Output[Sequence[str]]
    """The migrations that the last run applied, such as `tasks.0001_initial`."""

    def __init__(
        self,
        resource_name: str,
        *,
        connection: pulumi.Input[Mapping[str, Any]],
        machine: pulumi.Input[str],
        release: pulumi.Input[str],
        env: Variables | None = None,
        secret_env: Variables | None = None,
        hosts: Variables | None = None,
        admin_user: pulumi.Input[str] | None = None,
        admin_email: pulumi.Input[str] = "",
        admin_password: pulumi.Input[str] | None = None,
        app: pulumi.Input[str] = "tasks",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Without `admin_user` no superuser is made."""
        inputs = {
            "app": app,
            "release": release,
            "env": env,
            "secret_env": secret_env,
            "hosts": hosts,
            "admin_user": admin_user,
            "admin_email": admin_email,
            "admin_password": admin_password,
        }
        hidden = ("secret_env", "admin_password")
        super().__init__(
            MigrationProvider(), resource_name, connection, machine, inputs, ("applied",), secrets=hidden, opts=opts
        )


class AppServer(HostResource, module="hosts", name="AppServer"):
    """One server that runs a release behind a port.

    Servers are made at the same time. An update takes those of one `cluster` one after another, in the order of
    `place`: the new release has to answer before and after the switch, else the one before is put back, and the servers
    after it are left alone. While a server switches, systemd holds its port and requests wait.
    """

    release: pulumi.Output[str]
    port: pulumi.Output[int]
    cluster: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        connection: pulumi.Input[Mapping[str, Any]],
        machine: pulumi.Input[str],
        release: pulumi.Input[str],
        cluster: pulumi.Input[str],
        place: pulumi.Input[int] = 0,
        peers: Sequence[pulumi.Input[Mapping[str, Any]]] = (),
        env: Variables | None = None,
        secret_env: Variables | None = None,
        hosts: Variables | None = None,
        port: pulumi.Input[int] = 8080,
        workers: pulumi.Input[int] = 2,
        threads: pulumi.Input[int] = 4,
        health_path: pulumi.Input[str] = "/health",
        health_host: pulumi.Input[str] = "localhost",
        https: pulumi.Input[bool] = False,
        firewall: pulumi.Input[bool] = True,
        app: pulumi.Input[str] = "tasks",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`peers` are connections of servers that may have the release when the copy here is gone.

        `health_path` must answer 200 to the host name `health_host`; `https` says that users come by HTTPS. `firewall`
        opens the port where ufw filters.
        """
        inputs = {
            "app": app,
            "release": release,
            "env": env,
            "secret_env": secret_env,
            "hosts": hosts,
            "port": port,
            "workers": workers,
            "threads": threads,
            "health_path": health_path,
            "health_host": health_host,
            "https": https,
            "firewall": firewall,
            "cluster": cluster,
            "place": place,
            "peers": [guard(peer) for peer in peers],
        }
        hidden = ("secret_env",)
        super().__init__(AppServerProvider(), resource_name, connection, machine, inputs, secrets=hidden, opts=opts)
