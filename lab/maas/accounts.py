"""Who calls: OAuth 1 PLAINTEXT headers, API keys and passwords (pure)."""

import hashlib
import hmac
import re
from urllib.parse import unquote

from lab.maas.errors import UnauthorizedError
from lab.maas.models import Token, User
from lab.maas.world import World

_FIELD = re.compile(r'(\w+)="?([^",]*)"?')


def caller_of(world: World, authorization: str) -> User | None:
    """Find the user whose key signed the call: None without a header, 401 for a key that is not one."""
    if not authorization:
        return None
    fields = {name: unquote(value) for name, value in _FIELD.findall(authorization.partition(" ")[2])}
    token = world.tokens.find(fields.get("oauth_token", ""))
    if token is None or token.consumer_key != fields.get("oauth_consumer_key", ""):
        raise UnauthorizedError("Authorization Error: Invalid API key.")
    # PLAINTEXT: the consumer's secret, which MAAS leaves empty, then the token's
    if not hmac.compare_digest(fields.get("oauth_signature", "").encode(), f"&{token.secret}".encode()):
        raise UnauthorizedError("Authorization Error: Invalid API key.")
    return world.users.find(token.username)


def new_token(world: World, username: str, name: str) -> Token:
    token = Token(world.draw(18), world.draw(18), world.draw(32), username, name)
    return world.tokens.put(token.key, token)


def api_key(token: Token) -> str:
    """Join the three parts as MAAS prints them: consumer:token:secret."""
    return f"{token.consumer_key}:{token.key}:{token.secret}"


def digest(salt: str, password: str) -> str:
    """Keep a password as salt$hex, never in clear."""
    return f"{salt}${hashlib.sha256(f'{salt}{password}'.encode()).hexdigest()}"


def password_fits(user: User, password: str) -> bool:
    salt = user.password.partition("$")[0]
    return bool(user.password) and hmac.compare_digest(user.password, digest(salt, password))
