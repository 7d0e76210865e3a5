"""The Vault that runs in a vault unit: its seal, its tokens, its HTTP API (pure).

request ─> `answer(world, model, unit, Request, now)` ─> Answer(status, body)      facts of application and unit change
"""

from lab.juju.vault.api import answer
from lab.juju.vault.state import (
    ACCESS,
    PORT,
    ROOT_CA,
    Answer,
    Health,
    Request,
    VaultError,
    authorized,
    has_ca,
    health,
    sealed,
    unlocked,
)
from lab.juju.vault.tokens import check_token, seconds

__all__ = [
    "ACCESS",
    "PORT",
    "ROOT_CA",
    "Answer",
    "Health",
    "Request",
    "VaultError",
    "answer",
    "authorized",
    "check_token",
    "has_ca",
    "health",
    "sealed",
    "seconds",
    "unlocked",
]
