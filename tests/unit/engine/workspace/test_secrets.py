"""The passphrase provider: Pulumi's formats, one derivation per salt, wrong and missing passphrases."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.kdf import pbkdf2

from engine.workspace.secrets import (
    IncorrectPassphraseError,
    PassphraseCrypter,
    SecretsError,
    new_salt,
    read_passphrase,
)

SALT = "v1:DIq5+nC37V4=:v1:HF90uZ/DkATPnUt6:1r4tReDLthDaW0eKjyHA67yVBZBAiw=="
"""A salt that another implementation made for the passphrase 'x'."""
CIPHERTEXT = "v1:HxkFkP7RIW/kNwpH:hMLVtHrG2t6Iav1kNttPqXFvbcErmbw="
"""'hunter2', closed by another implementation."""


def crypter(phrase: str = "x", salt: str = SALT) -> PassphraseCrypter:
    return PassphraseCrypter(salt, lambda: phrase, "dev")


def test_what_others_closed_is_opened() -> None:
    assert crypter().decrypt(CIPHERTEXT) == "hunter2"


def test_what_is_closed_is_opened_by_another_and_never_looks_the_same() -> None:
    first = crypter()
    one, two = first.encrypt("é\n"), first.encrypt("é\n")
    assert one != two
    assert one.startswith("v1:")
    assert crypter().decrypt(two) == "é\n"


def test_a_crypter_remembers_what_it_has_seen_and_nothing_else() -> None:
    first = crypter()
    assert first.recall(CIPHERTEXT) is None
    first.decrypt(CIPHERTEXT)
    assert first.recall(CIPHERTEXT) == "hunter2"
    assert first.recall(first.encrypt("a")) == "a"


def test_a_new_salt_is_checked_against_its_passphrase() -> None:
    salt = new_salt("tram")
    crypter("tram", salt).warm()
    with pytest.raises(IncorrectPassphraseError):
        crypter("bus", salt).warm()


def test_a_key_is_derived_once(monkeypatch: pytest.MonkeyPatch) -> None:
    crypter().warm()

    def refuse(*_args: object) -> bytes:
        raise AssertionError("derived again")

    monkeypatch.setattr(pbkdf2, "PBKDF2HMAC", refuse)
    crypter().warm()


def test_a_passphrase_is_asked_for_only_when_it_is_needed() -> None:
    def nobody() -> str:
        raise SecretsError("asked")

    lazy = PassphraseCrypter(SALT, nobody, "dev")
    assert lazy.provider().state == {"salt": SALT}
    with pytest.raises(SecretsError, match="asked"):
        lazy.encrypt("x")


def test_a_wrong_passphrase_is_said_with_the_stacks_name() -> None:
    with pytest.raises(
        IncorrectPassphraseError, match="incorrect passphrase for stack 'dev': set PULUMI_CONFIG_PASSPHRASE"
    ):
        crypter("wrong").decrypt(CIPHERTEXT)


@pytest.mark.parametrize(
    "text", ["", "v1", "v2:a:b", "v1:!:!", "v1:HxkFkP7RIW/kNwpH:", "v1:AA==:AA==", CIPHERTEXT[:-4] + "AAA="]
)
def test_a_damaged_secret_is_no_traceback(text: str) -> None:
    with pytest.raises(SecretsError, match="was not closed with its passphrase"):
        crypter().decrypt(text)


@pytest.mark.parametrize("salt", ["", "v1", "v2:a:b", "v1:?:v1:a:b"])
def test_a_malformed_salt_is_named(salt: str) -> None:
    with pytest.raises(SecretsError, match="encryption salt of stack 'dev' is"):
        crypter(salt=salt).warm()


def test_where_the_passphrase_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "phrase"
    file.write_text(" from a file \n")
    named = {"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}
    assert read_passphrase({"PULUMI_CONFIG_PASSPHRASE": "", **named}, "dev", None) == ""
    assert read_passphrase(named, "dev", None) == "from a file"
    assert read_passphrase({}, "dev", lambda question: f"asked: {'dev' in question}") == "asked: True"
    with pytest.raises(SecretsError, match="set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"):
        read_passphrase({}, "dev", None)
    with pytest.raises(SecretsError, match=r"PULUMI_CONFIG_PASSPHRASE_FILE is .* cannot be read"):
        read_passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "none")}, "dev", None)
