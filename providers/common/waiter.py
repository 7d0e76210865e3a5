"""One poll for all waits on one source.

`wait(subject, judge, seconds)` in many threads -> one polling thread asks the source for all subjects at once ->
`judge(what was seen)` says where each stands -> the waiting thread tells the person (only when the line changes) and
returns or raises. Pure parts: `interval` and `judged`; the clock is injected.
"""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

FASTEST, SLOWEST = 0.1, 5.0
"""Seconds between polls."""
GRACE = 2 * SLOWEST
"""Seconds for which a wait whose time is over still hopes for the last word of a poll."""

S = TypeVar("S")
Now = Callable[[], float]
Say = Callable[[str], None]
Poll = Callable[[list[str]], S]


@dataclass(frozen=True)
class Verdict:
    """Where a subject stands: `line` for a person; `done`, or `failed` with the reason, else wait on."""

    line: str
    done: bool = False
    failed: str = ""


@dataclass(frozen=True)
class Errors:
    """How a source fails: `temporary` errors of a poll are outlived, those of `known` are passed on as they are.

    `failed` makes the error of a wait that ended badly; `source` is what messages call the source.
    """

    source: str
    known: type[Exception]
    temporary: type[Exception]
    failed: Callable[[str], Exception]


@dataclass(frozen=True)
class Wait(Generic[S]):
    """One wait. Times are seconds of the injected clock; `name`, and in errors `title`, are what it is called."""

    subject: str
    name: str
    title: str
    judge: Callable[[S], Verdict]
    started: float
    deadline: float


@dataclass(frozen=True)
class News(Generic[S]):
    """What one poll means for one wait: `seen` is set when it ended well, `failed` when it ended badly.

    `line` is worth telling when `gist` is another than before: where the subject stands, and the minutes so far.
    """

    line: str = ""
    gist: tuple[str, int] = ("", 0)
    seen: S | None = None
    failed: Exception | None = None


def interval(youngest: float, cost: float) -> float:
    """Seconds until the next poll, by the age of the youngest wait and the seconds that the last poll took.

    Fast at first, since a lab or a warm machine is ready at once; later a sixth of the age; and never so fast that
    the source spends more than a third of its time on us.
    """
    return min(SLOWEST, max(FASTEST, youngest / 6, 2 * cost))


def judged(wait: Wait[S], seen: S, now: float, errors: Errors) -> News[S]:
    """Fold one poll into one wait."""
    verdict = wait.judge(seen)
    age = now - wait.started
    line = f"{wait.name}: {verdict.line} ({elapsed(age)})"
    if verdict.done:
        return News(line, seen=seen)
    if verdict.failed:
        return News(line, failed=errors.failed(f"{wait.title} {verdict.failed}"))
    if now >= wait.deadline:
        return News(line, failed=errors.failed(_late(wait, f"is still {verdict.line}")))
    return News(line, (verdict.line, int(age // 60)))


def elapsed(seconds: float) -> str:
    """Write a span as a person does: 9s, 2m10s, 1h05m."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}m{rest:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"


@dataclass(eq=False)
class _Waiting(Generic[S]):
    wait: Wait[S]
    news: "queue.SimpleQueue[News[S]]" = field(default_factory=queue.SimpleQueue)


class Waiter(Generic[S]):
    """Polls while somebody waits; its thread ends with the last wait."""

    def __init__(self, poll: Poll[S], errors: Errors, now: Now = time.monotonic) -> None:
        self._poll = poll
        self._errors = errors
        self._now = now
        self._lock = threading.Lock()
        self._waiting: list[_Waiting[S]] = []
        self._thread: threading.Thread | None = None
        self._newcomer = threading.Event()

    def wait(
        self, subject: str, name: str, judge: Callable[[S], Verdict], seconds: float, say: Say, title: str = ""
    ) -> S:
        """Block until `judge` is content with what was seen; raises a failed wait, or the error of a refused poll."""
        started = self._now()
        mine = _Waiting(Wait(subject, name, title or name, judge, started, started + seconds))
        self._join(mine)
        try:
            return self._follow(mine, say)
        finally:
            self._leave(mine)

    def _leave(self, one: _Waiting[S]) -> None:
        with self._lock:
            if one in self._waiting:
                self._waiting.remove(one)

    def _join(self, mine: _Waiting[S]) -> None:
        with self._lock:
            self._waiting.append(mine)
            self._newcomer.set()
            if self._thread is None:
                name = f"{self._errors.source.lower()}-waiter"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()

    def _follow(self, mine: _Waiting[S], say: Say) -> S:
        said = ("", 0)
        while True:
            news = self._next(mine)
            if news.failed is not None:
                raise news.failed
            if news.seen is not None:
                return news.seen
            if news.gist != said:
                said = news.gist
                say(news.line)

    def _next(self, mine: _Waiting[S]) -> News[S]:
        """Take the next news; a poll that is never answered does not hold the wait beyond its time."""
        while True:
            try:
                return mine.news.get(timeout=max(GRACE, mine.wait.deadline - self._now()))
            except queue.Empty:
                if self._now() >= mine.wait.deadline:
                    reason = f"{self._errors.source} has not answered when it was asked for it"
                    return News(failed=self._errors.failed(_late(mine.wait, reason)))

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
            self._rest(begun, interval(youngest, cost))

    def _rest(self, begun: float, seconds: float) -> None:
        """Rest until the next poll is due, or somebody joins; those who join together are polled for together."""
        if self._newcomer.wait(seconds):
            left = begun + min(FASTEST, seconds) - self._now()
            threading.Event().wait(max(0.0, left))

    def _deliver(self, present: tuple[_Waiting[S], ...]) -> None:
        try:
            seen = self._poll([one.wait.subject for one in present])
        except Exception as error:  # noqa: BLE001 - a waiting thread must get whatever ended the poll, or it hangs
            self._deliver_error(present, error)
        else:
            now = self._now()
            for one in present:
                self._tell(one, self._news(one.wait, seen, now))

    def _deliver_error(self, present: tuple[_Waiting[S], ...], error: Exception) -> None:
        now = self._now()
        for one in present:
            if not isinstance(error, self._errors.temporary):
                self._tell(one, News(failed=self._passed_on(error)))
            elif now >= one.wait.deadline:
                self._tell(one, News(failed=self._errors.failed(_late(one.wait, str(error)))))
            else:
                self._tell(one, _unasked(one.wait, error, now))

    def _news(self, wait: Wait[S], seen: S, now: float) -> News[S]:
        try:
            return judged(wait, seen, now, self._errors)
        except Exception as error:  # noqa: BLE001 - one wait's judge must not end the polling for all others
            return News(failed=self._passed_on(error))

    def _passed_on(self, error: Exception) -> Exception:
        if isinstance(error, self._errors.known):
            return error
        return self._errors.failed(f"polling {self._errors.source} failed: {error!r}")

    def _tell(self, one: _Waiting[S], news: News[S]) -> None:
        if news.seen is not None or news.failed is not None:
            self._leave(one)  # no poll is made for a wait that is over
        one.news.put(news)


def _unasked(wait: Wait[S], error: Exception, now: float) -> News[S]:
    line, age = f"can't be asked for: {error}", now - wait.started
    return News(f"{wait.name}: {line} ({elapsed(age)})", (line, int(age // 60)))


def _late(wait: Wait[S], reason: str) -> str:
    return f"{wait.title} did not get there within {elapsed(wait.deadline - wait.started)}: {reason}"
