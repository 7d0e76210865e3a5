"""Command lines that take their time: each runs in a thread, and main asks again for what it has said meanwhile.

Asked ─> Jobs.ask ─> thread: run(Job) ─> Answer          main <─ what it said so far, "again" <─ Jobs.ask <─ "again"
                        └ say, check: raises once the person at main gave up, or nobody has asked for long
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lab.mainhost.asked import Answer, Asked, failed

PATIENCE: Final = 0.5
"""Seconds that an answer waits for something to say."""
SILENCE: Final = 60.0
"""Seconds after which nobody will ask again."""

_log = logging.getLogger("lab")


class InterruptedJobError(Exception):
    """The person gave up, or went away."""


class Job:
    """One command line under way."""

    def __init__(self, run: Callable[["Job"], Answer]) -> None:
        self._changed = threading.Condition()
        self._said = ""
        self._answer: Answer | None = None
        self._interrupted = False
        self._asked = time.monotonic()
        self._run = run
        self.thread = threading.Thread(target=self._work, name="juju command", daemon=True)
        self.thread.start()

    def say(self, line: str) -> None:
        """Tell the person how it goes, on stderr."""
        with self._changed:
            self._said += f"{line}\n"
            self._changed.notify_all()

    def check(self) -> None:
        """Raise InterruptedJobError when it is to stop."""
        if self._interrupted or time.monotonic() - self._asked > SILENCE:
            raise InterruptedJobError

    def interrupt(self) -> None:
        self._interrupted = True

    def heard(self, patience: float) -> tuple[Answer, bool]:
        """Give what was said since last time, and whether that is the end."""
        with self._changed:
            self._asked = time.monotonic()
            self._changed.wait_for(lambda: self._answer is not None or bool(self._said), patience)
            said, self._said = self._said, ""
            if self._answer is None:
                return Answer(err=said), False
            return replace(self._answer, err=said + self._answer.err), True

    @property
    def forgotten(self) -> bool:
        """Whether it has ended, and nobody will hear of it."""
        return self._answer is not None and time.monotonic() - self._asked > SILENCE

    def _work(self) -> None:
        try:
            answer = self._run(self)
        except InterruptedJobError:
            answer = failed("ERROR interrupted", 1)
        except Exception:  # noqa: BLE001 # whatever a command does wrong, main must hear of an end
            _log.exception("a command of main failed")
            answer = failed("ERROR the lab failed to do it; its log says why")
        with self._changed:
            self._answer = answer
            self._changed.notify_all()


class Jobs:
    """The command lines under way, by token."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def ask(self, asked: Asked, run: Callable[[Job], Answer], patience: float = PATIENCE) -> Answer:
        """Begin a command line, or hear how one goes on."""
        token = asked.again or secrets.token_hex(8)
        with self._lock:
            self._jobs = {each: one for each, one in self._jobs.items() if not one.forgotten}
            job = self._jobs.get(token)
            if job is None and not asked.again:
                job = self._jobs[token] = Job(run)
        if job is None:
            return failed("ERROR this command is no longer under way")
        if asked.interrupt:
            job.interrupt()
        answer, done = job.heard(patience)
        if not done:
            return replace(answer, again=token)
        with self._lock:
            self._jobs.pop(token, None)
        return answer

    def close(self) -> None:
        """Interrupt all, and wait for them."""
        for job in list(self._jobs.values()):
            job.interrupt()
            job.thread.join()
        self._jobs.clear()
