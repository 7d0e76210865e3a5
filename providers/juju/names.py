"""Names that a person writes: an offer's URL, a user with or without a domain, and the nearest of known names. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

MANY = 30
"""So many known names are listed where none is near."""


def plain_user(name: str) -> str:
    """Write a user as a person does: "bob", "bob@local" and "user-bob" are the same."""
    return name.removeprefix("user-").removesuffix("@local")


@dataclass(frozen=True)
class OfferUrl:
    """An offer by address: "controller:owner/model.offer"; `controller` is "" for this one."""

    owner: str
    model: str
    name: str
    controller: str = ""

    def __str__(self) -> str:
        return f"{self.controller}:{self.local}" if self.controller else self.local

    @property
    def local(self) -> str:
        """The address within its controller, as its API wants it."""
        return f"{self.owner}/{self.model}.{self.name}"


def offer_url(text: str) -> OfferUrl:
    """Read "[controller:]owner/model.offer"; ValueError completes "<field> ..."."""
    controller, colon, rest = text.rpartition(":")
    owner, slash, tail = rest.partition("/")
    model, dot, name = tail.partition(".")
    if not (owner and slash and model and dot and name) or bool(controller) != bool(colon) or "/" in tail:
        raise ValueError(f"is {text!r}, but must be an offer's URL such as admin/monitoring.prometheus")
    return OfferUrl(plain_user(owner), model, name, controller)


def nearest(word: str, known: Iterable[str]) -> str:
    """Complete a message about an unknown word: which known one was meant, or what there is."""
    names = sorted(known)
    match = get_close_matches(word, names, n=1)
    if match:
        return f"did you mean {match[0]}?"
    if not names:
        return "there is none"
    shown = ", ".join(names[:MANY])
    return f"there is {shown}" if len(names) <= MANY else f"there is {shown} and {len(names) - MANY} more"
