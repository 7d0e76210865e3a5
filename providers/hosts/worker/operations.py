"""A deploy carried out, or only looked at, with pyinfra.

name -> module in `providers.hosts.deploys` -> its function, called in pyinfra's context of one server -> each operation
it calls runs at once, through `Watch` -> names of those that changed, or would change, something.

pyinfra's way of preparing everything before running anything is not used: an operation would be judged by what the
server was before the operations in front of it. Its `State.is_executing` runs each where it is called; in a plan,
`Watch` puts a command that does nothing in the place of what the operation would run.
"""

import importlib
import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from contextvars import ContextVar
from types import ModuleType
from typing import Any, cast

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.config import Config
from pyinfra.api.exceptions import NestedOperationError, PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import BaseStateCallback, State, StateStage
from pyinfra.api.util import FILE_SHAS, TEMPLATES
from pyinfra.context import ctx_host, ctx_state

from providers.common.raw import mapping, text
from providers.hosts.errors import HostError, StepFailedError, plain
from providers.hosts.worker.command import LostError
from providers.hosts.worker.connector import Connector
from providers.hosts.worker.job import Job
from providers.hosts.worker.link import Link

DEPLOYS = "providers.hosts.deploys"
Deploy = Callable[[Mapping[str, object]], None]


def perform(job: Job, link: Link, *, effective: bool) -> tuple[str, ...]:
    """Run a deploy, or look at it; raises StepFailedError and LostError."""
    deploy = find(text(job.body, "deploy"))
    FILE_SHAS.clear()  # pyinfra remembers local files by name for ever, and a release is built while we live
    TEMPLATES.clear()
    state, host, connector = _context(job.connection.name, link, effective=effective)
    watch = Watch(job, effective=effective)
    state.callback_handlers.append(watch)
    _context_of(ctx_state).set(state)
    _context_of(ctx_host).set(host)
    _said.set(watch.log)
    try:
        deploy(mapping(job.body, "data"))
    except (NestedOperationError, PyinfraError) as error:
        if watch.names and not effective:
            return tuple(watch.names)
        raise StepFailedError(job.connection.name, watch.step, _printed(connector, watch, error)) from None
    return tuple(watch.names)


def find(name: str) -> Deploy:
    """Find a deploy by its name: "postgres", "postgres:undo"; a name with dots is a module of somebody else's."""
    module_name, _, part = name.partition(":")
    path = module_name if "." in module_name else f"{DEPLOYS}.{module_name}"
    try:
        module = importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise
        raise HostError(f"There is no deploy {name!r}: no module {path}") from None
    return _function(module, part or "deploy")


def _function(module: ModuleType, part: str) -> Deploy:
    found: object = getattr(module, part, None)
    if not callable(found):
        raise HostError(f"The deploy {module.__name__} has no {part}(data)")
    return cast("Deploy", found)


class Nothing(PyinfraCommand):
    """What runs in a plan in the place of an operation's commands."""

    def execute(self, state: object, host: object, connector_arguments: object) -> bool:
        """Do nothing, with success."""
        del state, host, connector_arguments
        return True


class Watch(BaseStateCallback):
    """Sees every operation of one job: names those that change something, and in a plan keeps them from it."""

    def __init__(self, job: Job, *, effective: bool) -> None:
        self._job = job
        self._effective = effective
        self.names: list[str] = []
        self.step = "the look at what is there"
        self.log: list[str] = []

    def operation_host_start(self, state: Any, host: Any, op_hash: str) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - pyinfra calls it on the object, although its base declares it static
        """Get between an operation and its commands, before pyinfra asks for them."""
        self.step = ", ".join(sorted(state.get_op_meta(op_hash).names))
        self.log.clear()
        operation = state.get_op_data_for_host(host, op_hash)
        commands: Callable[[], Generator[PyinfraCommand]] = operation.command_generator
        if self._effective:
            operation.command_generator = lambda: self._told(self.step, commands())
            return
        operation.global_arguments["_retries"] = 0
        operation.command_generator = lambda: self._noted(self.step, commands(), state, host)

    def operation_host_success(self, state: Any, host: Any, op_hash: str, retry_count: int = 0) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - see operation_host_start
        """Leave the operation."""
        del state, host, op_hash, retry_count
        self.step = "the look at what is there"

    def _told(self, name: str, commands: Iterator[PyinfraCommand]) -> Iterator[PyinfraCommand]:
        for number, command in enumerate(commands):
            if number == 0:
                self._note(name)
                self._job.say(f"{self._job.connection.name}: {name}")
            yield command

    def _noted(
        self, name: str, commands: Generator[PyinfraCommand], state: State, host: Host
    ) -> Iterator[PyinfraCommand]:
        if self._changes(commands, state, host):
            self._note(name)
            yield Nothing()

    def _changes(self, commands: Generator[PyinfraCommand], state: State, host: Host) -> bool:
        try:
            with closing(commands):
                return next(commands, None) is not None
        except LostError:
            raise
        except Exception:  # what stumbles over what an earlier operation would have made can stumble in any way
            if not self.names:
                raise
            state.active_hosts.add(host)
            return True

    def _note(self, name: str) -> None:
        if name not in self.names:
            self.names.append(name)


def _context_of(manager: object) -> Any:
    """Give one of pyinfra's contexts; its methods carry no types."""
    return manager


class _One(Inventory):
    """An inventory of one server, without pyinfra's search for connectors in all installed packages."""

    def make_hosts_and_groups(self, names: Any, groups: Any) -> None:
        del groups
        self.hosts = {name: Host(name, inventory=self, groups=[], connector_cls=Connector) for name in names}


def _context(name: str, link: Link, *, effective: bool) -> tuple[State, Host, Connector]:
    """Make pyinfra's context of one job; nothing in it outlives the job."""
    inventory = _One(([name], dict[str, object]()))
    state = State(inventory, Config(), check_for_changes=False)
    # pyinfra takes a fact whose program is missing for an empty one in the stage Prepare, and for a fault in Execute
    state.current_stage = StateStage.Execute if effective else StateStage.Prepare
    state.is_executing = True
    host = inventory.hosts[name]
    state.activate_host(host)
    host.connected = True
    connector = cast("Connector", host.connector)
    connector.link = link
    return state, host, connector


def _printed(connector: Connector, watch: Watch, error: PyinfraError) -> str:
    """Choose what tells best why it failed: what the command printed, else what pyinfra logged, else what it raised."""
    if connector.last is not None:
        return connector.last.told
    if watch.log:
        return "\n".join(watch.log)
    return "" if isinstance(error, NestedOperationError) else str(error)


class _Shared:
    """What is behind `pyinfra.state` here: one value per job, seen by the greenlets that it starts.

    pyinfra keeps it in a plain global, since it runs one deploy per process.
    """

    _state: ContextVar[State | None] = ContextVar("state of the job", default=None)

    @property
    def module(self) -> State | None:
        return self._state.get()

    @module.setter
    def module(self, state: State | None) -> None:
        self._state.set(state)


_said: ContextVar[list[str] | None] = ContextVar("what pyinfra logged in the job", default=None)


class _Log(logging.Handler):
    """pyinfra's warnings and errors, to the job that they are about."""

    def emit(self, record: logging.LogRecord) -> None:
        lines = _said.get()
        if lines is not None:
            lines.extend(plain(record.getMessage()).splitlines())


def _install() -> None:
    logger = logging.getLogger("pyinfra")
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(_Log())
    _context_of(ctx_state).context._container = _Shared()  # noqa: SLF001 - see _Shared: pyinfra offers no other way


_install()
