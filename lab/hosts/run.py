"""Running another program to its end, with its last words in the error."""

import subprocess
from collections.abc import Mapping, Sequence

from lab.hosts.cache import CacheError


def output(argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> str:
    """Run it and give what it printed; CacheError says which program failed and with which words."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, env=env, umask=0o022)
    except FileNotFoundError as error:
        raise CacheError(f"The command `{argv[0]}` is missing; scripts/setup installs what the lab needs.") from error
    if done.returncode:
        words = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise CacheError(f"`{argv[0]}` failed with status {done.returncode}: {' / '.join(words[-3:]) or 'no word'}.")
    return done.stdout
