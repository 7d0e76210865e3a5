"""How a person on this machine reaches a server (pure)."""

from collections.abc import Sequence
from pathlib import Path


def command(key: Path, user: str, address: str, words: Sequence[str] = ()) -> list[str]:
    """Give the arguments of ssh. Host keys are not remembered: a server installed anew has another one."""
    return [
        "ssh",
        *("-i", str(key), "-o", "IdentitiesOnly=yes", "-o", "PasswordAuthentication=no"),
        *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
        *("-o", "ConnectTimeout=10", f"{user}@{address}", *(["--", *words] if words else [])),
    ]
