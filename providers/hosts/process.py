"""The worker process as its parent sees it.

call (any thread) -> request line -> worker -> reply lines -> a reader thread -> the calling thread's inbox. It starts
at the first call, and again after it ended. It ends when this process does, however that ends: its input then ends.
"""

import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from providers.hosts import errors, wire
from providers.hosts.errors import WorkerEndedError
from providers.hosts.masking import masker

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "providers.hosts.worker")
GRACE = 3.0
"""Seconds that a worker has to end by itself."""
_LAST_WORDS = 30

Inbox = SimpleQueue[wire.Reply | None]


class _Running:
    """One life of the worker: its process, and who waits for an answer."""

    def __init__(self, command: tuple[str, ...]) -> None:
        # A session of its own: Ctrl-C in the terminal is for the engine, which ends the calls in order.
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.lock = threading.Lock()
        self.inboxes: dict[int, Inbox] = {}
        self.ended = False
        self.last_words: deque[str] = deque(maxlen=_LAST_WORDS)
        self.listening = threading.Thread(target=self._listen, args=(self.process.stderr,), daemon=True)
        self.reading = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self.listening.start()
        self.reading.start()

    def send(self, request: wire.Request, line: bytes, inbox: Inbox) -> bool:
        """Send a request whose replies go to `inbox`; False when the worker has ended."""
        with self.lock:
            if self.ended or self.process.stdin is None:
                return False
            self.inboxes[request.id] = inbox
            with suppress(BrokenPipeError):  # the reader sees the end too, and tells the inbox
                self.process.stdin.write(line)
                self.process.stdin.flush()
        return True

    def obituary(self) -> str:
        """Say how it ended, in words that complete "the process ...". Waits for its end."""
        code = self._end()
        self.listening.join(GRACE)
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        words = "\n".join(f"  {line}" for line in self.last_words)
        return f"{how}. Its last words were:\n{words}" if words else f"{how} and said nothing"

    def close(self) -> None:
        """End its input, which ends it; after `GRACE` seconds it is killed."""
        with self.lock, suppress(BrokenPipeError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        self._end()
        self.reading.join(GRACE)
        self.listening.join(GRACE)

    def _end(self) -> int:
        try:
            return self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def _listen(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self.last_words.append(line.decode(errors="replace").rstrip())

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                if line.endswith(b"\n"):  # else it was killed in the middle of a word
                    self._deliver(wire.reply(line))
        with self.lock:
            self.ended = True
            waiting = list(self.inboxes.values())
            self.inboxes.clear()
        for inbox in waiting:
            inbox.put(None)

    def _deliver(self, reply: wire.Reply) -> None:
        with self.lock:
            inbox = self.inboxes.get(reply.id) if reply.kind == wire.SAY else self.inboxes.pop(reply.id, None)
        if inbox is not None:
            inbox.put(reply)


class Worker:
    """The worker process, whichever life it is in. Safe for many threads."""

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._count = 0

    @property
    def pid(self) -> int | None:
        """Process id of the running worker, None before the first call."""
        return self._running.process.pid if self._running else None

    def call(
        self,
        do: str,
        body: Mapping[str, object],
        say: Callable[[str], None],
        purpose: str,
        secrets: tuple[str, ...] = (),
    ) -> Mapping[str, object]:
        """Have something done and wait for its result; `say` gets lines of progress, in the calling thread.

        `purpose` completes "the process ended while it was to ...". Raises HostError.
        """
        inbox: Inbox = SimpleQueue()
        running = self._send(do, body, inbox)
        while True:
            reply = inbox.get()
            if reply is None:
                raise WorkerEndedError(masker(secrets)(_ended(running, purpose)))
            if reply.kind == wire.DONE:
                return reply.body
            if reply.kind == wire.FAILED:
                raise errors.from_raw(reply.body)
            say(str(reply.body.get("line", "")))

    def close(self) -> None:
        """End the process, if one runs."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            running.close()

    def _send(self, do: str, body: Mapping[str, object], inbox: Inbox) -> _Running:
        with self._lock:
            self._count += 1
            request = wire.Request(self._count, do, body)
            line = wire.encode(request)
            if self._running is None or not self._running.send(request, line, inbox):
                if self._running is not None:
                    self._running.close()
                self._running = _Running(self._command)
                if not self._running.send(request, line, inbox):
                    inbox.put(None)  # it ended as soon as it began
            return self._running


def _ended(running: _Running, purpose: str) -> str:
    return (
        f"The process that speaks to the servers {running.obituary()}\nIt was to {purpose}. "
        "Run the same again: what is done is seen, and another process is started."
    )
