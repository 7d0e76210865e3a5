"""The controller's certificates: what Go's client and ours check when they dial."""

import ssl
import time
from dataclasses import replace
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from lab.juju import tls
from lab.juju.models import Meta

NOW = time.time()


def names(pem: str) -> x509.SubjectAlternativeName:
    found = x509.load_pem_x509_certificate(pem.encode()).extensions
    value = found.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    assert isinstance(value, x509.SubjectAlternativeName)
    return value


def test_server_certificate_has_jujus_names_and_the_addresses() -> None:
    shown = names(tls.issue(["10.0.0.4", "127.0.0.1"], NOW).cert)
    assert set(shown.get_values_for_type(x509.DNSName)) == {"localhost", "juju-apiserver", "juju-mongodb", "anything"}
    assert shown.get_values_for_type(x509.IPAddress) == [ip_address("127.0.0.1"), ip_address("10.0.0.4")]


def handshake(issued: tls.Issued, trusted: str, name: str) -> None:
    """Let a client that trusts `trusted` greet a server of `issued` under `name`, without a network."""
    server = tls.context(Meta("", "", "", ca_cert=issued.ca_cert, cert=issued.cert, key=issued.key))
    client = ssl.create_default_context(cadata=trusted)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert ours.version() is not None
    assert ours.getpeercert()


@pytest.mark.parametrize("name", ["juju-apiserver", "anything", "10.0.0.4", "127.0.0.1"])
def test_clients_trust_the_server_under_its_names(name: str) -> None:
    issued = tls.issue(["10.0.0.4"], NOW)
    handshake(issued, issued.ca_cert, name)


def test_another_controllers_authority_is_refused() -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tls.issue([], NOW), tls.issue([], NOW).ca_cert, "juju-apiserver")


def test_another_name_is_refused() -> None:
    issued = tls.issue([], NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(issued, issued.ca_cert, "juju.example.com")


def test_a_key_of_another_certificate_is_no_server() -> None:
    issued, other = tls.issue([], NOW), tls.issue([], NOW)
    mixed = replace(issued, key=other.key)
    with pytest.raises(ssl.SSLError):
        tls.context(Meta("", "", "", cert=mixed.cert, key=mixed.key))
