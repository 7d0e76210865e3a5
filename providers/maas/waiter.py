"""Waits on machines: one list call serves all of them (`providers.common.waiter`), judged by each for itself."""

import time
from collections.abc import Callable, Mapping

from providers.common import waiter
from providers.common.waiter import Now, Say, Verdict
from providers.maas.errors import MaasError, Temporary, WaitFailed
from providers.maas.models import Machine

Judge = Callable[[Machine], Verdict]
Machines = Mapping[str, Machine]

_ERRORS = waiter.Errors("MAAS", known=MaasError, temporary=Temporary, failed=WaitFailed)


class Waiter:
    """Polls while somebody waits; its thread ends with the last wait."""

    def __init__(self, poll: waiter.Poll[Machines], now: Now = time.monotonic) -> None:
        self._waiter = waiter.Waiter(poll, _ERRORS, now)

    def wait(self, system_id: str, name: str, judge: Judge, seconds: float, say: Say) -> Machine:
        """Block until `judge` is content with the machine; raises WaitFailed, or the error of a refused poll."""

        def stands(machines: Machines) -> Verdict:
            machine = machines.get(system_id)
            gone = Verdict("gone", failed="was removed from MAAS while it was waited for")
            return gone if machine is None else judge(machine)

        return self._waiter.wait(system_id, name, stands, seconds, say, f"{name} ({system_id})")[system_id]
