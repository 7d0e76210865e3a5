"""From Pulumi's five operations to four effects on one server.

create / read / update / delete with property bags -> `make` / `look` / `alter` / `unmake` on the server that
`connection` names -> what was observed, back as outputs. State = inputs + observed (which wins) + `host_key` + `drift`.

`check` and `diff` are pure. Drift: `read` gives the names of the operations that would change something as `drift`, as
an output and as an input; a program's inputs have an empty one, so a preview after a refresh shows each by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar, cast

from pulumi.dynamic import ConfigureRequest, CreateResult, ReadResult, UpdateResult

from providers.common import cleaning, fields
from providers.common.fields import Cross, Field, Inputs, Schema
from providers.common.pool import widen
from providers.common.progress import warn
from providers.common.provider import DeclaredProvider, without_frames
from providers.common.raw import mapping, text, texts
from providers.hosts import session
from providers.hosts.connection import connection_field, parse
from providers.hosts.errors import HostError, HostKeyError, LoginError, UnreachableError
from providers.hosts.session import Server

Props = Mapping[str, object]
T = TypeVar("T")

GLANCE = 10.0
"""Seconds that a server has to answer when it is only looked at, or left."""


@dataclass(frozen=True)
class Seen:
    """What a look found: names of the operations that would change something, and observed outputs."""

    drift: tuple[str, ...] = ()
    outs: Props = field(default_factory=dict[str, object])


def host_schema(*own: Field, cross: Cross | None = None, moves: bool = False) -> Schema:
    """Declare a resource's own inputs, beside those of every resource here: connection, machine, drift.

    `moves`: a changed machine is an update, since the resource can take what it holds to another installation.
    """
    shared = (
        connection_field(),
        Field("machine", clean=cleaning.text, required=True, replaces=not moves),
        Field("drift", default=cast("list[str]", [])),
    )
    return Schema((*shared, *own), cross=cross, delete_first=_installed_anew)


def server_of(props: Props, patience: float | None = None) -> Server:
    """Choose the server that a state, or inputs, speak of, bound to the host key that is known of it.

    `patience`: seconds to wait at most, less than the connection says.
    """
    connection = parse(mapping(props, "connection")).knowing(text(props, "host_key"))
    return session.current().on(connection if patience is None else connection.waiting(patience))


def still_knows(olds: Props, news: Props) -> Props:
    """Give the new inputs the known host key, if it is still that of the same installation at the same address."""
    before, after = (parse(mapping(props, "connection")) for props in (olds, news))
    same = text(olds, "machine") == text(news, "machine") and (before.host, before.port) == (after.host, after.port)
    return {**news, "host_key": text(olds, "host_key")} if same else news


def _installed_anew(olds: Inputs, news: Inputs) -> bool:
    """Make the new part after the old one is forgotten: both are the same files on the same server."""
    return not fields.has_unknown(news.get("machine")) and olds.get("machine") != news.get("machine")


class HostProvider(DeclaredProvider):
    """Base of all providers here. Subclasses set `schema` (see `host_schema`), `deploy` and `data`.

    `secret_inputs`: names of inputs whose strings, at any depth, no output of a step may show.
    `undoes`: whether the deploy's module has an `undo`; without one, delete leaves everything as it is.
    """

    deploy: ClassVar[str] = ""
    secret_inputs: ClassVar[tuple[str, ...]] = ()
    undoes: ClassVar[bool] = True

    def data(self, props: Props) -> Mapping[str, object]:
        """Choose what the deploy is given: JSON values only."""
        raise NotImplementedError

    def label(self, props: Props) -> str:
        """Name it for Pulumi: the resource's id."""
        return f"{text(mapping(props, 'connection'), 'name')}/{self.deploy}"

    def make(self, server: Server, props: Props) -> Props:
        """Bring the server to what is wanted; return what was observed."""
        server.apply(self.deploy, self.data(props), secrets=self.secrets(props))
        return {}

    def look(self, server: Server, props: Props) -> Seen:
        """Look what would change; change nothing."""
        return Seen(server.plan(self.deploy, self.data(props), secrets=self.secrets(props)))

    def alter(self, server: Server, olds: Props, news: Props) -> Props:
        """Bring the server from one to the other; return what was observed."""
        del olds
        return self.make(server, news)

    def unmake(self, server: Server, props: Props) -> None:
        """Take it off the server."""
        if self.undoes:
            server.apply(f"{self.deploy}:undo", self.data(props), secrets=self.secrets(props))

    def secrets(self, props: Props) -> tuple[str, ...]:
        """List every string in the secret inputs."""
        return tuple(leaf for name in self.secret_inputs for leaf in _leaves(props.get(name)))

    def configure(self, req: ConfigureRequest) -> None:
        """Widen the pool of serving threads: a step holds one for as long as it takes."""
        del req
        widen()

    def create(self, props: dict[str, object]) -> CreateResult:
        """Bring the server to what is wanted."""
        server = server_of(props)
        outs = _told(lambda: self._state(server, props, self.make(server, props)))
        return CreateResult(self.label(props), outs)

    def read(self, id_: str, props: dict[str, object]) -> ReadResult:
        """Look what differs; a server that does not answer is told, and its state stays as it is."""
        if not mapping(props, "connection"):
            raise HostError(f"{id_} can't be imported: only its inputs say which server it is on, and what is there")
        managed = texts(props, fields.MANAGED) or fields.given(self.schema, props)
        outs = _told(lambda: self._observed(props))
        inputs = {name: outs[name] for name in (*managed, "drift") if name in outs}
        return ReadResult(id_, outs, inputs)

    def update(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> UpdateResult:
        """Change in place, and repair what drifted."""
        server = server_of(still_knows(_olds, _news))
        return UpdateResult(_told(lambda: self._state(server, _news, self.alter(server, _olds, _news))))

    def delete(self, _id: str, _props: dict[str, object]) -> None:
        """Take it off; a server that is gone, or was installed anew, has nothing to take off."""
        server = server_of(_props, GLANCE)
        try:
            _told(lambda: self.unmake(server, _props))
        except (UnreachableError, HostKeyError) as error:
            warn(f"{_id} counts as deleted, although nothing was done on {server.name}: {error}")

    def _observed(self, props: Props) -> dict[str, object]:
        server = server_of(props, GLANCE)
        try:
            seen = self.look(server, props)
        except (UnreachableError, LoginError) as error:
            warn(f"{server.name} could not be looked at, so its state is kept as it was: {error}")
            return dict(props)
        except HostKeyError as error:
            warn(str(error))
            return {**props, "drift": [f"{server.name} shows the host key that is known"]}
        return {**props, **seen.outs, "host_key": server.host_key, "drift": list(seen.drift)}

    def _state(self, server: Server, inputs: Props, observed: Props) -> dict[str, object]:
        names = fields.given(self.schema, inputs)
        given = {name: inputs[name] for name in names}
        return {**given, **observed, "host_key": server.host_key, "drift": [], fields.MANAGED: list(names)}


def _told(effect: Callable[[], T]) -> T:
    return without_frames(HostError, effect)


def _leaves(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Mapping):
        items: Sequence[object] = list(cast("Mapping[str, object]", value).values())
    else:
        items = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
    return tuple(leaf for item in items for leaf in _leaves(item))
