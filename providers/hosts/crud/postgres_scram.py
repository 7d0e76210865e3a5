"""PostgreSQL's way to store a password, so that it can be set, and compared, without ever sending it.

password + salt + iterations -> verifier ("SCRAM-SHA-256$4096:salt$stored:server"), the text that is in
`pg_authid.rolpassword`, and that ALTER ROLE ... PASSWORD accepts in the place of a password. Pure.
Source: RFC 5802, RFC 7677; PostgreSQL 15, chapter 53.8 (pg_authid).
"""

import base64
import hashlib
import hmac
import re

ITERATIONS = 4096
"""What PostgreSQL itself uses, and RFC 7677 asks for at least."""
SALT_BYTES = 16
_VERIFIER = re.compile(r"SCRAM-SHA-256\$(?P<iterations>\d{1,7}):(?P<salt>[^$:]+)\$(?P<keys>.+)")


def verifier(password: str, salt: bytes, iterations: int = ITERATIONS) -> str:
    """Compute what PostgreSQL stores. `password`: printable ASCII, which SASLprep leaves as it is."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    keys = f"{_base64(hashlib.sha256(client).digest())}:{_base64(server)}"
    return f"SCRAM-SHA-256${iterations}:{_base64(salt)}${keys}"


def matches(password: str, stored: str) -> bool:
    """Say whether the stored text is this password's verifier; anything else that may be stored there is not."""
    found = _VERIFIER.fullmatch(stored)
    if found is None or int(found["iterations"]) < 1:
        return False
    try:
        salt = base64.b64decode(found["salt"], validate=True)
    except ValueError:
        return False
    return hmac.compare_digest(verifier(password, salt, int(found["iterations"])).encode(), stored.encode())


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
