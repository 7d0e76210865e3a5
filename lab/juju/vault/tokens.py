"""Vault's tokens: made from others, alive for their time, known by their digest only (pure).

Sources: Vault 1.8 API, /auth/token/create, /auth/token/lookup-self, /auth/token/revoke-self.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, cast

from lab.juju.hub.document import section, texts
from lab.juju.models import Application, Json
from lab.juju.vault.state import Answer, Place, Request, VaultError, keep
from lab.juju.world import World

MAX_TTL: Final = 32 * 24 * 3600
"""Seconds: what Vault gives a token that names no time, and the most that it gives."""


def digest(token: str) -> str:
    """Give what a token is kept as."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token(world: World) -> str:
    """Draw a token, as Vault 1.8 writes service tokens."""
    return f"s.{world.draw(24)}"


def check_token(app: Application, token: str, now: float) -> Mapping[str, object]:
    """Give the row of a live token: policies, ttl, expires; VaultError 403 "permission denied" for any other.

    A token lives no longer than the one that it was made with.
    """
    tokens = section(section(app.facts.get("vault")).get("tokens"))
    row = found = section(tokens.get(digest(token)))
    while row and not 0 < _expires(row) <= now:
        if not row["parent"]:
            return found
        row = section(tokens.get(str(row["parent"])))
    raise VaultError(403, "permission denied")


def _expires(row: object) -> float:
    return cast("float", section(row).get("expires") or 0.0)


def root_row(place: Place) -> Json:
    """Make the row of the first token."""
    return _row(place, ttl=0.0, policies=["root"], parent="", name="root")


def _row(place: Place, *, ttl: float, policies: list[str], parent: str, name: str) -> Json:
    return {
        "accessor": place.world.draw(24),
        "policies": policies,
        "display_name": name,
        "path": "auth/token/root" if name == "root" else "auth/token/create",
        "parent": parent,
        "created": place.now,
        "ttl": ttl,
        "expires": place.now + ttl if ttl else 0.0,
    }


def need_root(place: Place, request: Request) -> None:
    """Refuse who is not root."""
    if "root" not in texts(check_token(place.app, request.token, place.now)["policies"]):
        raise VaultError(403, "1 error occurred:\n\t* permission denied\n\n")


def create(place: Place, request: Request) -> Answer:
    """Make a child token."""
    held = texts(check_token(place.app, request.token, place.now)["policies"])
    policies = _policies(held, request)
    asked = seconds(request.body.get("ttl")) or (0.0 if policies == ["root"] else MAX_TTL)
    ttl = min(asked, seconds(request.body.get("explicit_max_ttl")) or MAX_TTL, MAX_TTL)
    token = new_token(place.world)
    parent = "" if request.body.get("no_parent") else digest(request.token)
    row = _row(place, ttl=ttl, policies=policies, parent=parent, name="token")
    tokens = section(place.kept.get("tokens"))
    live = {name: each for name, each in tokens.items() if not 0 < _expires(each) <= place.now}
    keep(place, {**place.kept, "tokens": {**live, digest(token): row}})
    auth: Json = {
        "client_token": token,
        "accessor": row["accessor"],
        "policies": policies,
        "token_policies": policies,
        "metadata": None,
        "lease_duration": int(ttl),
        "renewable": bool(ttl),
        "entity_id": "",
        "token_type": "service",
        "orphan": not parent,
    }
    return Answer(200, _envelope(place, auth=auth))


def _policies(held: Sequence[str], request: Request) -> list[str]:
    """Give a child's policies: its parent's, or those asked for; only root may name some that it has not."""
    policies = list(texts(request.body.get("policies")) or held)
    if "root" not in held and not set(policies) <= {*held, "default"}:
        raise VaultError(400, "child policies must be subset of parent")
    if "root" in policies or request.body.get("no_default_policy"):
        return policies
    return sorted({"default", *policies})


def _envelope(place: Place, *, data: Json | None = None, auth: Json | None = None) -> Json:
    return {
        "request_id": place.world.draw_uuid(),
        "lease_id": "",
        "renewable": False,
        "lease_duration": 0,
        "data": data,
        "wrap_info": None,
        "warnings": None,
        "auth": auth,
    }


def lookup_self(place: Place, request: Request) -> Answer:
    """Tell a token about itself."""
    row = check_token(place.app, request.token, place.now)
    expires, created = _expires(row), cast("float", row["created"])
    data: Json = {
        "accessor": row["accessor"],
        "creation_time": int(created),
        "creation_ttl": int(cast("float", row["ttl"])),
        "display_name": row["display_name"],
        "entity_id": "",
        "expire_time": _time(expires) if expires else None,
        "explicit_max_ttl": 0,
        "id": request.token,
        "issue_time": _time(created),
        "meta": None,
        "num_uses": 0,
        "orphan": not row["parent"],
        "path": row["path"],
        "policies": row["policies"],
        "renewable": bool(expires),
        "ttl": int(expires - place.now) if expires else 0,
        "type": "service",
    }
    return Answer(200, _envelope(place, data=data))


def _time(seconds_: float) -> str:
    return datetime.fromtimestamp(seconds_, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def revoke_self(place: Place, request: Request) -> Answer:
    """End a token, and with it those that it made."""
    check_token(place.app, request.token, place.now)
    gone = digest(request.token)
    tokens = {name: row for name, row in section(place.kept.get("tokens")).items() if name != gone}
    keep(place, {**place.kept, "tokens": tokens})
    return Answer(204)


_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(value: object) -> float:
    """Read a duration as Vault does: "10m", "1h30m", "600", 600; none is 0. VaultError 400 for anything else."""
    if value is None or value == "":
        return 0.0
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    text = str(value)
    if text.isdigit():
        return float(text)
    found = _DURATION.findall(text)
    if not found or "".join(number + unit for number, unit in found) != text:
        raise VaultError(400, f'time: invalid duration "{text}"')
    return sum(float(number) * _UNITS[unit] for number, unit in found)
