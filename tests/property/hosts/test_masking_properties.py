"""No secret in what leaves, and everything else as it was."""

import json
import shlex
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from providers.hosts.masking import MASK, SHORTEST, masker

SECRETS = st.lists(st.text(min_size=SHORTEST, max_size=20).filter(lambda text: "*" not in text), min_size=1, max_size=4)
PIECES = st.lists(st.text(max_size=20), max_size=4)


@given(SECRETS, PIECES)
def test_no_secret_is_left(secrets: list[str], pieces: list[str]):
    text = "".join(f"{piece}{secret}" for piece, secret in zip([*pieces, ""], secrets * 5, strict=False))
    shown = masker(secrets)(text)
    assert not [secret for secret in secrets if len(secret.strip()) >= SHORTEST and secret.strip() in shown]


@given(SECRETS)
def test_no_spelling_is_left(secrets: list[str]):
    mask = masker(secrets)
    for secret in secrets:
        spellings = (json.dumps(secret), shlex.quote(secret), secret.replace("'", "''"), quote(secret, safe=""))
        for spelling in spellings:
            assert secret not in mask(spelling)
            assert MASK in mask(spelling)


@given(st.text(st.characters(min_codepoint=97, max_codepoint=122)), st.text("0123456789", min_size=SHORTEST))
def test_what_holds_no_secret_stays(text: str, secret: str):
    assert masker([secret])(text) == text


@given(st.text(), st.lists(st.text(max_size=SHORTEST - 1)))
def test_short_secrets_hide_nothing(text: str, secrets: list[str]):
    assert masker(secrets)(text) == text


@given(st.lists(st.text("abcdefXYZ", min_size=8, max_size=20), min_size=2, max_size=5))
def test_every_line_of_a_key_is_hidden(lines: list[str]):
    mask = masker(["-----BEGIN KEY-----\n" + "\n".join(lines) + "\n-----END KEY-----\n"])
    for line in lines:
        assert mask(f"printed {line}") == f"printed {MASK}"
    assert mask("-----BEGIN KEY-----") == "-----BEGIN KEY-----"
