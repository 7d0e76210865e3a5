"""A server of an app: a release unpacked, its environment, a socket that systemd holds, gunicorn behind it.

    port free? ─> release there? (else shipped) ─> user, names of others ─> one request in a process of its own
        ─> [saved] files, units, restart ─> the port answers with the new release ─> old releases go
                                    └─ if not: put back what was, and say so

Servers are made together; those of a cluster are updated one after another (`appserver_rollout`).
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, cast

from pulumi.dynamic import DiffResult

from providers.common import cleaning, fields
from providers.common.fields import Field
from providers.common.raw import flag, mapping, mappings, text, whole
from providers.hosts import session
from providers.hosts.connection import clean as clean_connection
from providers.hosts.connection import parse
from providers.hosts.crud import appserver_layout as layouts
from providers.hosts.crud import appserver_rollout, appserver_steps, release, release_steps
from providers.hosts.crud.appserver_layout import Layout, Serving, app_name, variables
from providers.hosts.crud.base import GLANCE, HostProvider, Props, Seen, host_schema
from providers.hosts.errors import HostError
from providers.hosts.session import Server

ANSWERS = 40
"""Seconds that a restarted server has to answer."""
QUIET = frozenset({"place", "peers"})
"""Inputs that only say how to update: their change alone is none."""


def addresses(value: object) -> dict[str, str]:
    """Accept names of other servers with their addresses."""
    if not isinstance(value, Mapping):
        raise ValueError("must be an object of names and addresses")  # noqa: TRY004 - the contract of cleaners
    name = cleaning.matching(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", "a host name")
    pairs = cast("Mapping[object, object]", value).items()
    return {str(name(given)): cleaning.ip(address) for given, address in pairs}


def _connections(value: object) -> list[object]:
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of connections")  # noqa: TRY004 - the contract of cleaners
    return [clean_connection(item) for item in cast("Sequence[object]", value)]


def release_name(value: object) -> object:
    """Accept a release's id: it becomes the name of a folder."""
    return cleaning.matching(r"[0-9a-f]{12}(-[0-9a-f]{4})?", "the release of a hosts.Release")(value)


RUNNING = (
    Field("app", clean=app_name, default="tasks", replaces=True),
    Field("release", clean=release_name, required=True),
    Field("env", clean=variables, default={}),
    Field("secret_env", clean=variables, default={}),
    Field("hosts", clean=addresses, default={}),
)
"""Inputs of whatever runs a release's code: which app and release, in which environment, knowing which servers."""


class AppServerProvider(HostProvider):
    """See `providers.hosts.resources.django.AppServer`."""

    deploy: ClassVar[str] = "django"
    secret_inputs: ClassVar[tuple[str, ...]] = ("secret_env",)
    schema = host_schema(
        *RUNNING,
        Field("port", clean=cleaning.whole(1, 65_535), default=8080),
        Field("workers", clean=cleaning.whole(1, 64), default=2),
        Field("threads", clean=cleaning.whole(1, 64), default=4),
        Field("health_path", clean=cleaning.matching(r"/\S*", "a path such as /health"), default="/health"),
        Field("health_host", clean=cleaning.filled, default="localhost"),
        Field("https", clean=cleaning.flag, default=False),
        Field("firewall", clean=cleaning.flag, default=True),
        Field("cluster", clean=cleaning.filled, required=True),
        Field("place", clean=cleaning.whole(0, 10_000), default=0),
        Field("peers", clean=_connections),
    )

    def diff(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> DiffResult:
        """Compare; a server's place among the others and the ways to them are no change of it."""
        result = super().diff(_id, _olds, _news)
        if not result.replaces:
            result.changes = bool(frozenset(fields.diff(self.schema, _olds, _news).changed) - QUIET)
        return result

    def label(self, props: Props) -> str:
        return f"{super().label(props)}/{text(props, 'app')}"

    def data(self, props: Props) -> Mapping[str, object]:
        serving = _serving(props)
        files, mark = layouts.files(serving, _settings(props))
        return {
            "app": serving.layout.app,
            "packages": ["python3"],
            "hosts": mapping(props, "hosts"),
            "release": serving.release,
            "port": serving.port,
            "firewall": flag(props, "firewall"),
            "files": files,
            "mark": mark,
        }

    def make(self, server: Server, props: Props) -> Props:
        """Bring the server to the release and settings that are wanted."""
        serving = _serving(props)
        _port_is_free(server, serving)
        release.have(server, release_steps.Release(serving.layout, serving.release), _peers(server, props))
        data, secrets = self.data(props), self.secrets(props)
        server.apply("django_base", data)
        _smoke(server, serving, props, secrets)
        if server.plan(self.deploy, data, secrets=secrets):
            self._switch(server, serving, props, secrets)
        else:
            _answers(server, serving.layout, props, serving.release)
        _let_go(server, serving)
        return {}

    def alter(self, server: Server, olds: Props, news: Props) -> Props:
        """Like `make`, when it is this server's turn among those of its cluster."""
        del olds
        with appserver_rollout.of(text(news, "cluster")).turn(whole(news, "place"), server.name):
            return self.make(server, news)

    def look(self, server: Server, props: Props) -> Seen:
        """See what was edited, stopped or damaged."""
        serving = _serving(props)
        there = release.state_of(server, release_steps.Release(serving.layout, serving.release))
        damage = () if there == release_steps.COMPLETE else (f"Release {serving.release} is complete",)
        return Seen((*damage, *server.plan(self.deploy, self.data(props), secrets=self.secrets(props))))

    def _switch(self, server: Server, serving: Serving, props: Props, secrets: tuple[str, ...]) -> None:
        """Write, restart and ask; where that fails, put back what was and say so."""
        layout = serving.layout
        before = server.run("What is there is kept", appserver_steps.save(layout)).strip()
        try:
            server.apply(self.deploy, self.data(props), secrets=secrets)
            _answers(server, layout, props, serving.release)
        except HostError as error:
            said = _last_words(server, layout, secrets)
            back = _put_back(server, serving, before)
            raise HostError(f"{server.name}: release {serving.release} does not run, {back}: {error}{said}") from None
        server.run("What was kept is forgotten", appserver_steps.settled(layout))


def _serving(props: Props) -> Serving:
    return Serving(
        Layout(text(props, "app")),
        text(props, "release"),
        whole(props, "port"),
        whole(props, "workers"),
        whole(props, "threads"),
        tuple((name, str(address)) for name, address in mapping(props, "hosts").items()),
    )


def _settings(props: Props) -> dict[str, str]:
    given = {name: str(value) for part in ("env", "secret_env") for name, value in mapping(props, part).items()}
    return layouts.settings_of(given, text(mapping(props, "connection"), "name"), text(props, "release"))


def _port_is_free(server: Server, serving: Serving) -> None:
    printed = server.run("The server says who listens", appserver_steps.listeners(serving.layout, serving.port))
    holder = appserver_steps.holder(printed, serving.port)
    if holder:
        raise HostError(
            f"{server.name}: port {serving.port} is in use by {holder}, so {serving.layout.app} can't listen there:"
            " stop that, or choose another port"
        )


def _peers(server: Server, props: Props) -> list[Server]:
    connections = [parse(raw).waiting(GLANCE) for raw in mappings(props, "peers")]
    return [session.current().on(found) for found in connections if found.name != server.name]


def _smoke(server: Server, serving: Serving, props: Props, secrets: tuple[str, ...]) -> None:
    smoked = {"SMOKE_PATH": text(props, "health_path"), "SMOKE_HOST": text(props, "health_host")}
    server.run(
        f"Release {serving.release} answers in a process of its own",
        appserver_steps.smoke(serving.layout, serving.release),
        stdin=appserver_steps.SMOKE,
        env={**_settings(props), **smoked, "SMOKE_SCHEME": _scheme(props)},
        as_user=serving.layout.app,
        secrets=secrets,
        timeout=120,
    )


def _scheme(props: Props) -> str:
    return "https" if flag(props, "https") else "http"


def _answers(server: Server, layout: Layout, props: Props, wanted: str) -> None:
    path, host, port = text(props, "health_path"), text(props, "health_host"), whole(props, "port")
    command = appserver_steps.ask(port, path, host, wanted, _scheme(props), ANSWERS)
    step = f"{layout.app} answers on port {port} with release {wanted}"
    server.run(step, command, stdin=appserver_steps.ASK, timeout=ANSWERS + 30)


def _last_words(server: Server, layout: Layout, secrets: tuple[str, ...]) -> str:
    try:
        said = server.run("The service says why", appserver_steps.journal(layout), secrets=secrets).strip()
    except HostError:  # the server itself is gone, and that is what the caller's error says
        return ""
    return f"\nThe service's last lines:\n{said}" if said else ""


def _put_back(server: Server, serving: Serving, before: str) -> str:
    """Put the earlier release back; say what came of it."""
    layout = serving.layout
    try:
        server.run("What was is put back", appserver_steps.restore(layout), timeout=180)
        if not before:
            return "and was stopped, since there was none before it"
        server.run(f"{layout.home}/current is {before}", appserver_steps.point(layout, before))
    except HostError as error:
        return f"and what was could not be put back ({error})"
    return f"so release {before} was put back"


def _let_go(server: Server, serving: Serving) -> None:
    printed = server.run("The server lists its releases", release_steps.there(serving.layout))
    old = layouts.surplus(release_steps.parse_there(printed), serving.release)
    if old:
        server.run("Old releases are deleted", release_steps.remove(serving.layout, old))
