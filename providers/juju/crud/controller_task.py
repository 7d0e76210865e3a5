"""A command that takes minutes, and goes on when Pulumi does not.

`start` -> the command runs by itself on its machine, its output in a log -> `follow` shows the log's new lines until
it ends. A second `start` while it runs joins it: a run that was interrupted is taken up where it is. Whether it runs is
told by a lock that it holds, which no crash and no reboot can leave behind.
"""

import shlex
import time
from collections.abc import Callable

from providers.common.waiter import interval
from providers.hosts.errors import LAST_LINES, StepFailedError, plain
from providers.hosts.masking import masker
from providers.juju.crud.controller_place import Place
from providers.juju.crud.controller_said import FOLDER, Progress, progress
from providers.juju.errors import JujuError

Say = Callable[[str], None]

# juju's snap is confined: it can read what is in the home of its user, but nothing hidden there, and no other's /tmp
_START = """\
umask 077
export folder="$HOME/{folder}"
mkdir -p "$folder"
exec 9>"$folder/lock"
flock -n 9 || exit 0
rm -f "$folder/status"
: >"$folder/log"
export settings="$(mktemp "$HOME/juju-settings-XXXXXX.yaml")"
cat >"$settings"
setsid sh -c {inner} </dev/null >/dev/null 2>&1 &
"""
_INNER = """\
{command} 9>&- </dev/null >>"$folder/log" 2>&1
code=$?
rm -f "$settings"
echo $code >"$folder/status"
"""
_LOOK = """\
folder="$HOME/{folder}"
if [ -e "$folder/status" ]; then cat "$folder/status"
elif [ ! -e "$folder/lock" ]; then echo none
elif flock -n "$folder/lock" true && [ ! -e "$folder/status" ]; then echo lost
else echo running
fi
tail -n +{first} "$folder/log" 2>/dev/null || :
"""


class Task:
    """The long commands about one controller: one at a time, none of the secrets in what they print.

    `now` and `pause` are the clock.
    """

    def __init__(
        self,
        place: Place,
        controller: str,
        secrets: tuple[str, ...] = (),
        now: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._place = place
        self._folder = f"{FOLDER}/{controller}"
        self._secrets = secrets
        self._mask = masker(secrets)
        self._now = now
        self._pause = pause

    def runs(self) -> bool:
        """Say whether one runs now."""
        return self._look(0).state == "running"

    def finish(self, title: str, command: str, say: Say, *, settings: str = "") -> None:
        """Run a command to its end, or join it where it runs; raises JujuError with its last words.

        `settings` is in the file "$settings" while the command runs.
        """
        script = _START.format(folder=self._folder, inner=shlex.quote(_INNER.format(command=command)))
        self._place.run(f"{title} is begun", script, stdin=settings, secrets=self._secrets)
        self.follow(title, say)

    def follow(self, title: str, say: Say) -> None:
        """Wait for the end of one that runs; raises JujuError with its last words."""
        began, lines = self._now(), list[str]()
        while True:
            asked = self._now()
            seen = self._look(len(lines))
            for line in seen.lines:
                lines.append(self._mask(plain(line).strip()))
                if lines[-1]:
                    say(f"{self._place.name}: {title}: {lines[-1]}")
            if seen.state != "running":
                break
            self._pause(interval(asked - began, self._now() - asked))
        if seen.state != "0":
            raise JujuError(f"{self._place.name}: {title} {_ending(seen.state)}{_shown(lines)}")

    def _look(self, seen: int) -> Progress:
        script = _LOOK.format(folder=self._folder, first=seen + 1)
        for left in (2, 1, 0):
            try:
                return progress(self._place.run("It is seen how far juju is", script))
            except StepFailedError:  # a connection that broke meanwhile: the command goes on without it
                if not left:
                    raise
        raise AssertionError("the loop returns or raises")


def _ending(state: str) -> str:
    if state == "lost":
        return "was ended before it was done."
    return f"failed with status {state}."


def _shown(lines: list[str]) -> str:
    printed = [line for line in lines if line]
    if not printed:
        return " It printed nothing."
    return " It printed:\n" + "\n".join(f"  {line}" for line in printed[-LAST_LINES:])
