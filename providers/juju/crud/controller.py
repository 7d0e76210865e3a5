"""A controller: bootstrapped by the `juju` command where there is none of that name, adopted where there is one.

inputs -> is one there? -> snap, cloud, credential, bootstrap (followed line by line) -> its API answers -> outputs, and
`controller_file`. A run that was interrupted is taken up where it is. Delete: refused while models of others are there.
Sources: the `juju` command of 2.9 and 3.6; facades ModelManager and Controller.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from providers.common.fields import equal
from providers.common.pool import widen
from providers.common.progress import say, warn
from providers.common.provider import without_frames
from providers.common.raw import Raw, flag, mapping, text, texts
from providers.hosts.crud.base import GLANCE
from providers.hosts.errors import HostError, UnreachableError
from providers.juju.crud import controller_file
from providers.juju.crud.base import Found, Props, StateProvider
from providers.juju.crud.controller_client import Client
from providers.juju.crud.controller_inputs import AT_BOOTSTRAP, SCHEMA, exchanged, without_effect
from providers.juju.crud.controller_place import place_of, still_knows
from providers.juju.crud.controller_reclaim import OWNER, kill
from providers.juju.crud.controller_said import Shown
from providers.juju.endpoint import Endpoint
from providers.juju.errors import ForeignError, JujuError, LoginRefused, Refused, SetupError, Temporary, Unreached
from providers.juju.models import ModelSummary
from providers.juju.pool import Pool
from providers.juju.session import Session

T = TypeVar("T")

_TRIES, _PAUSE = 12, 2.0
"""How often a controller that was shown is dialled, and seconds between; a try of silence takes ten seconds."""

_OBSERVED = ("uuid", "addresses", "ca_cert", "username", "password", "version", "machine")


class ControllerProvider(StateProvider):
    """See `providers.juju.resources.controller.Controller`."""

    schema = SCHEMA
    carried = ("owned", "host_key")

    def configure(self, req: ConfigureRequest) -> None:
        """Widen the pool of serving threads; the controller of the stack's config is what this one makes."""
        del req
        widen()

    def check(self, _olds: dict[str, object], news: dict[str, object]) -> CheckResult:
        """Bring the inputs to normal form, or say what is wrong; what needs another controller is refused."""
        checked = super().check(_olds, news)
        if checked.failures:
            return checked
        return CheckResult(checked.inputs, [CheckFailure(name, why) for name, why in exchanged(_olds, checked.inputs)])

    def diff(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> DiffResult:
        """Say what `update` would change, and warn of what nothing but a bootstrap can."""
        for line in without_effect(_olds, _news):
            warn(line)
        return super().diff(_id, _olds, _news)

    def create(self, props: dict[str, object]) -> CreateResult:
        """Adopt or bootstrap."""
        outs = _told(lambda: _make(props))
        return CreateResult(text(props, "name"), self.state_of(props, {}, {**outs, "drift": []}))

    def read(self, id_: str, props: dict[str, object]) -> ReadResult:
        """Look whether it answers; one that does not is told, and its state stays while the client knows it."""
        outs = _told(lambda: _look({"name": id_, **props}))
        result = self.read_back(None if outs is None else Found(id_, outs), props)
        if outs is not None and result.inputs is not None:
            result.inputs["drift"] = outs["drift"]
        return result

    def update(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> UpdateResult:
        """Change in place, and repair what drifted."""
        outs = _told(lambda: _alter(_olds, _news))
        return UpdateResult(self.state_of(_news, _olds, {**outs, "drift": []}))

    def delete(self, _id: str, _props: dict[str, object]) -> None:
        """Destroy it with its models, unless it was there before or is to be kept."""
        _told(lambda: _unmake(_props))


def _told(effect: Callable[[], T]) -> T:
    return without_frames(HostError, lambda: without_frames(JujuError, effect))


def _client(props: Props, patience: float | None = None) -> Client:
    key = text(mapping(props, "credential"), "key")
    return Client(place_of(props, patience), text(props, "name"), text(props, "claim"), key)


def _patient(props: Props) -> Client:
    """Give the client of a server that may be booting; one that does not answer is told soon: it may be a wrong one."""
    try:
        _ = place_of(props, GLANCE).host_key
    except UnreachableError as error:
        warn(f"{error}; it is waited for, since it may be booting")
    return _client(props)


def _make(props: Props) -> Props:
    client = _patient(props)
    client.install(text(props, "channel"))
    if client.task.runs():
        say(f"{client.place.name}: a bootstrap of {client.name} goes on there, and is waited for")
        client.task.follow("juju bootstrap", say)
    found, ours = client.show(), client.is_ours()
    if found is not None and not found.complete:
        _clear_half(client, props, found.uuid, ours=ours)
        found = None
    if found is None:
        found, ours = _bootstrapped(client, props), True
    elif not ours:
        say(f"{client.place.name}: there is a controller {client.name} already: it is adopted, and stays in the end")
    client.note()
    return {**_settled(props, found), "owned": ours, "host_key": client.place.host_key}


def _clear_half(client: Client, props: Props, uuid: str, *, ours: bool) -> None:
    if not ours:
        raise ForeignError(
            f"{client.place.name}: juju knows a controller {client.name} without addresses: somebody else's bootstrap "
            f"runs, or failed. One that failed is forgotten by `juju unregister {client.name}` there; its machine, "
            f"whose owner data in MAAS say {OWNER}={uuid}, is to be released"
        )
    say(f"{client.place.name}: an earlier bootstrap of {client.name} did not get to its end: it is cleared away")
    kill(client, props, uuid)


def _bootstrapped(client: Client, props: Props) -> Shown:
    client.claim()
    client.cloud(props)
    client.credential(props)
    client.bootstrap(props)
    found = client.show()
    if found is None or not found.complete:
        raise JujuError(f"{client.place.name}: juju bootstrapped {client.name}, but then shows no address of it")
    return found


def _settled(props: Props, found: Shown) -> Props:
    """Log in, and write the file: only a controller that answers is done."""
    outs = _outputs(found)
    outs = {**outs, "version": version_soon(outs, text(props, "name"))}
    controller_file.write(text(props, "controller_file"), {**outs, "name": text(props, "name")})
    return outs


def version_soon(outs: Props, name: str, pause: Callable[[float], None] = time.sleep) -> str:
    """Ask for the version; a controller whose machine has just booted may not be reached from here at once."""
    for left in reversed(range(_TRIES)):
        try:
            with _talking(outs, name) as juju:
                return juju.version
        except Unreached as error:
            if left == 0:
                raise
            say(f"{name}: {error}; it is tried again")
            pause(_PAUSE)
    raise AssertionError("the loop returns or raises")


def _outputs(found: Shown) -> Props:
    shown: Raw = vars(found)
    return {**{name: shown[name] for name in _OBSERVED}, "addresses": list(found.addresses)}


@contextmanager
def _talking(outs: Props, name: str) -> Generator[Session]:
    endpoint = Endpoint(
        texts(outs, "addresses"),
        text(outs, "ca_cert"),
        text(outs, "username"),
        text(outs, "password"),
        text(outs, "version"),
        origin=f"the state of the controller {name}",
    )
    juju = Session(Pool(endpoint))
    try:
        yield juju
    finally:
        juju.close()


def _look(props: Props) -> Props | None:
    """Say what is there; None: gone."""
    name = text(props, "name")
    if not props.get("uuid"):  # an import
        found = _client(props).show()
        return None if found is None else _answering(props, found)
    try:
        with _talking(props, name) as juju:
            outs = {**{key: props.get(key) for key in _OBSERVED}, "version": juju.version}
    except (Temporary, SetupError) as error:
        return _asked_of_client(props, error)
    return _with_drift(props, outs)


def _answering(props: Props, found: Shown) -> Props:
    outs = _outputs(found)
    with _talking(outs, text(props, "name")) as juju:
        return _with_drift(props, {**outs, "version": juju.version})


def _asked_of_client(props: Props, error: JujuError) -> Props | None:
    """Ask the client for a controller that can't be spoken to as the state says; kept as it was while in doubt."""
    client = _client(props, GLANCE)
    try:
        found = client.show()
        if found is not None and found.uuid == props.get("uuid"):
            return _answering(props, found)
        # a client that was installed anew knows no controller, and a refused login was refused by one that is there
        if client.is_noted() and not isinstance(error, LoginRefused):
            return None
    except (HostError, Temporary, SetupError) as trouble:
        error = error if isinstance(trouble, HostError) else trouble
    warn(f"the controller {client.name} could not be looked at, so its state is kept as it was: {error}")
    return dict(props)


def _with_drift(props: Props, outs: Props) -> Props:
    path = text(props, "controller_file")
    fresh = controller_file.holds(path, {**outs, "name": text(props, "name")})
    drift = [] if fresh else [f"The controller's login is in {path}"]
    return {"owned": flag(props, "owned"), **outs, "drift": drift}


def _alter(olds: Props, news: Props) -> Props:
    client = _patient(still_knows(olds, news))
    outs = {key: olds.get(key) for key in (*_OBSERVED, *AT_BOOTSTRAP)}
    if text(olds, "channel") != text(news, "channel"):
        client.refresh(text(news, "channel"))
    if not equal(olds.get("cloud"), news.get("cloud")):
        client.move_cloud(news)
    if not equal(olds.get("credential"), news.get("credential")):
        client.renew_credential(news)
    _set_config(olds, news, outs)
    before, after = text(olds, "controller_file"), text(news, "controller_file")
    named = {**outs, "name": text(news, "name")}
    controller_file.write(after, named)
    if before != after:
        controller_file.forget(before, named)
    return {**outs, "host_key": client.place.host_key}


def _set_config(olds: Props, news: Props, outs: Props) -> None:
    before, after = mapping(olds, "config"), mapping(news, "config")
    changed = {key: value for key, value in after.items() if not equal(before.get(key), value)}
    if changed:
        name = text(news, "name")
        with _talking(outs, name) as juju:
            purpose = f"set {', '.join(sorted(changed))} of the controller {name}"
            try:
                juju.controller.change("Controller", "ConfigSet", {"config": changed}, purpose=purpose)
            except Refused as error:
                raise JujuError(f"{error}; what Juju takes only at the bootstrap must stay as it was then") from None


def _unmake(props: Props) -> None:
    client = _client(props, GLANCE)
    if not flag(props, "owned") or flag(props, "keep"):
        why = "keep is set" if flag(props, "owned") else "it was there before"
        say(f"{client.place.name}: the controller {client.name} stays, since {why}")
        return
    if client.task.runs():
        _ended(client)
    found = client.known()
    if found is not None and found.uuid == text(props, "uuid"):
        _destroy(client, props)
        found = None
    else:
        _check_gone(client, props)
    if found is None:  # else what we brought serves somebody else's controller of that name by now
        client.forget(props)
    controller_file.forget(text(props, "controller_file"), props)


def _ended(client: Client) -> None:
    """Wait for a command that an earlier run began; whatever came of it, the controller is looked at next."""
    try:
        client.task.follow("juju", say)
    except JujuError as error:
        say(str(error))


def _check_gone(client: Client, props: Props) -> None:
    """Raise JujuError while a controller that the client does not know may be there."""
    if _answers(props):
        raise JujuError(
            f"The controller {client.name} runs, but juju on {client.place.name} does not know it any more: "
            "destroy it with a client that does, then refresh"
        )
    if not _reason(props) and not client.is_noted():
        raise JujuError(
            f"The controller {client.name} does not answer, and juju on {client.place.name}, which was installed anew, "
            "does not know it: whether it is gone can't be seen. Release its machine "
            f"{text(props, 'machine')} in MAAS, then take it out of the state with `pulumi state delete`"
        )


def _destroy(client: Client, props: Props) -> None:
    force = bool(_reason(props))
    if force:
        say(f"{client.name}: forced, because {_reason(props)}")
    try:
        with _talking(props, client.name) as juju:
            foreign = sorted(model.name for model in juju.models().values() if _holds_something(model))
    except (Temporary, SetupError):
        if not force:
            raise
        kill(client, props, text(props, "uuid"))
        return
    if foreign and not force:
        raise ForeignError(
            f"The controller {client.name} still has the models {', '.join(foreign)}: it is not destroyed with them. "
            "Destroy them first (`pulumi destroy` does those of its stack), or give it force with a reason"
        )
    client.destroy(force=force)


def _reason(props: Props) -> str:
    """Give the reason for force; a state of an earlier version has true or false, which is none."""
    given = props.get("force")
    return given if isinstance(given, str) else ""


def _holds_something(model: ModelSummary) -> bool:
    """Leave out the controller's own model, and the empty one that Juju 2 begins with."""
    return not model.is_controller and not (model.name == "default" and not any(model.counts.values()))


def _answers(props: Props) -> bool:
    """Say whether it is there still; another one at its address has another certificate."""
    try:
        with _talking(props, text(props, "name")) as juju:
            return juju.uuid == text(props, "uuid")
    except LoginRefused:
        return True
    except (Unreached, SetupError):
        return False
