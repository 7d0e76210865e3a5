"""One poll for all waits of the process.

`wait(system_id, judge, seconds)` in many threads -> one polling thread asks MAAS for all their machines at once ->
`judge(machine)` says where each stands -> the waiting thread tells the person (only when the line changes) and
returns or raises. Pure parts: `interval` and `judged`; the clock is injected.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from providers.maas.errors import MaasError, Temporary, WaitFailed
from providers.maas.models import Machine

FASTEST, SLOWEST = 0.1, 5.0
"""Seconds between polls."""

Now = Callable[[], float]
Say = Callable[[str], None]
Poll = Callable[[Iterable[str]], Mapping[str, Machine]]


@dataclass(frozen=True)
class Verdict:
    """Where a machine stands: `line` for a person; `done`, or `failed` with the reason, else wait on."""

    line: str
    done: bool = False
    failed: str = ""


Judge = Callable[[Machine], Verdict]


@dataclass(frozen=True)
class Wait:
    """One wait. Times are seconds of the injected clock; `name` is what messages call the machine."""

    system_id: str
    name: str
    judge: Judge
    started: float
    deadline: float


@dataclass(frozen=True)
class News:
    """What one poll means for one wait; `machine` is set when it ended well, `error` when it ended badly.

    `line` is worth telling when `gist` is another than before: where the machine stands, and the minutes so far.
    """

    line: str
    gist: tuple[str, int] = ("", 0)
    machine: Machine | None = None
    error: MaasError | None = None


def interval(youngest: float, cost: float) -> float:
    """Seconds until the next poll, by the age of the youngest wait and the seconds that the last poll took.

    Fast at first, since a lab or a warm machine is ready at once; later a sixth of the age; and never so fast that
    MAAS spends more than a third of its time on us.
    """
    return min(SLOWEST, max(FASTEST, youngest / 6, 2 * cost))


def judged(wait: Wait, machine: Machine | None, now: float) -> News:
    """Fold one poll into one wait."""
    if machine is None:
        return News(
            "", error=WaitFailed(f"{wait.name} ({wait.system_id}) was removed from MAAS while it was waited for")
        )
    verdict = wait.judge(machine)
    age = now - wait.started
    line = f"{wait.name}: {verdict.line} ({elapsed(age)})"
    if verdict.done:
        return News(line, machine=machine)
    if verdict.failed:
        return News(line, error=WaitFailed(f"{wait.name} ({wait.system_id}) {verdict.failed}"))
    if now >= wait.deadline:
        return News(line, error=_late(wait, f"is still {verdict.line}"))
    return News(line, (verdict.line, int(age // 60)))


def elapsed(seconds: float) -> str:
    """Write a span as a person does: 9s, 2m10s, 1h05m."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}m{rest:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"


@dataclass(eq=False)
class _Waiting:
    wait: Wait
    news: queue.SimpleQueue[News] = field(default_factory=queue.SimpleQueue[News])


class Waiter:
    """Polls while somebody waits; its thread ends with the last wait."""

    def __init__(self, poll: Poll, now: Now = time.monotonic) -> None:
        self._poll = poll
        self._now = now
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._thread: threading.Thread | None = None
        self._newcomer = threading.Event()

    def wait(self, system_id: str, name: str, judge: Judge, seconds: float, say: Say) -> Machine:
        """Block until `judge` is content with the machine; raises WaitFailed, or the error of a refused poll."""
        started = self._now()
        mine = _Waiting(Wait(system_id, name, judge, started, started + seconds))
        self._join(mine)
        try:
            return self._follow(mine, say)
        finally:
            self._leave(mine)

    def _leave(self, one: _Waiting) -> None:
        with self._lock:
            if one in self._waiting:
                self._waiting.remove(one)

    def _join(self, mine: _Waiting) -> None:
        with self._lock:
            self._waiting.append(mine)
            self._newcomer.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="maas-waiter", daemon=True)
                self._thread.start()

    def _follow(self, mine: _Waiting, say: Say) -> Machine:
        said = ("", 0)
        while True:
            news = mine.news.get()
            if news.error is not None:
                raise news.error
            if news.machine is not None:
                return news.machine
            if news.gist != said:
                said = news.gist
                say(news.line)

    def _run(self) -> None:
        while True:
            with self._lock:
                present = tuple(self._waiting)
                if not present:
                    self._thread = None
                    return
                self._newcomer.clear()
            begun = self._now()
            self._deliver(present)
            cost = self._now() - begun
            youngest = begun - max(one.wait.started for one in present)
            self._newcomer.wait(interval(youngest, cost))

    def _deliver(self, present: tuple[_Waiting, ...]) -> None:
        try:
            found = self._poll([one.wait.system_id for one in present])
        except Temporary as error:
            now = self._now()
            for one in present:
                if now >= one.wait.deadline:
                    self._tell(one, News("", error=_late(one.wait, str(error))))
        except Exception as error:  # noqa: BLE001 - a waiting thread must get whatever ended the poll, or it hangs
            wrapped = error if isinstance(error, MaasError) else WaitFailed(f"polling MAAS failed: {error!r}")
            for one in present:
                self._tell(one, News("", error=wrapped))
        else:
            now = self._now()
            for one in present:
                self._tell(one, judged(one.wait, found.get(one.wait.system_id), now))

    def _tell(self, one: _Waiting, news: News) -> None:
        if news.machine is not None or news.error is not None:
            self._leave(one)  # no poll is made for a wait that is over
        one.news.put(news)


def _late(wait: Wait, reason: str) -> WaitFailed:
    allowed = elapsed(wait.deadline - wait.started)
    return WaitFailed(f"{wait.name} ({wait.system_id}) did not get there within {allowed}: {reason}")
