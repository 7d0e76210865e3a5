"""What VaultInit is asked for. Pure."""

from collections.abc import Iterator
from typing import cast

from providers.common.cleaning import filled, flag, one_of, secret_text, whole
from providers.common.fields import Field, Inputs, Schema
from providers.common.raw import text as read_text
from providers.common.raw import whole as read_whole
from providers.juju.crud.base import model_field
from providers.juju.crud.cleaners import application_name, scalars
from providers.juju.signing import Authority, read_certificate


def _pem(value: object) -> str:
    pem = filled(value)
    read_certificate(pem)
    return pem + "\n"


def _keys(value: object) -> list[str]:
    listed = cast("list[object]", value) if isinstance(value, list | tuple) else []
    keys = [key.strip() for key in listed if isinstance(key, str)]
    if keys and all(keys) and len(keys) == len(listed):
        return keys
    raise ValueError("must be a list of unseal keys (they are secret and are not shown)")


def _agree(inputs: Inputs) -> Iterator[tuple[str, str]]:
    shares, threshold = read_whole(inputs, "shares"), read_whole(inputs, "threshold")
    if shares and threshold > shares:
        yield "threshold", f"is {threshold}, but at most all {shares} keys (shares) can be needed to unseal"
    if shares > 1 and threshold == 1:
        yield "threshold", f"is 1, but with {shares} keys at least 2 must be needed"
    if bool(inputs.get("keys")) != bool(inputs.get("root_token")):
        name, other = ("root_token", "keys") if inputs.get("keys") else ("keys", "root_token")
        yield name, f"is required where {other} is given: both are a vault's that is initialised already"
    yield from _own_ca(inputs)


def _own_ca(inputs: Inputs) -> Iterator[tuple[str, str]]:
    certificate, key = read_text(inputs, "ca_certificate"), read_text(inputs, "ca_key")
    if bool(certificate) != bool(key):
        name, other = ("ca_key", "ca_certificate") if certificate else ("ca_certificate", "ca_key")
        yield name, f"is required where {other} is given"
    elif certificate:
        try:
            Authority(certificate, key)
        except ValueError as error:
            yield "ca_key", str(error)


SCHEMA = Schema(
    (
        model_field(),
        Field("application", clean=application_name, default="vault", replaces=True),
        Field("shares", clean=whole(1, 255), default=5),
        Field("threshold", clean=whole(1, 255), default=3),
        Field("port", clean=whole(1, 65535), default=8200),
        Field("scheme", clean=one_of("http", "https"), default="http"),
        Field("tls_ca", clean=filled),
        Field("keys", clean=_keys),
        Field("root_token", clean=secret_text),
        Field("keys_file", clean=filled),
        Field("authorize", clean=flag, default=True),
        Field("generate_root_ca", clean=flag, default=True),
        Field("ca_certificate", clean=_pem),
        Field("ca_key", clean=secret_text),
        Field("csr_options", clean=scalars),
        Field("ca_options", clean=scalars),
        Field("minutes", clean=whole(1, 1440), default=30),
        Field("triggers", default={}),
        Field("troubles", default={}),
    ),
    cross=_agree,
)
