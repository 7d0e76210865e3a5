"""An own CA signs a vault's request."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from providers.juju.signing import Authority

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PEM = serialization.Encoding.PEM


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def key_text(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain).decode()


def own_ca(*, ca: bool = True, path: int | None = None, years: int = 5) -> tuple[str, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    built = (
        x509.CertificateBuilder()
        .subject_name(named("own root"))
        .issuer_name(named("own root"))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(PEM).decode(), key


def request(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    built = x509.CertificateSigningRequestBuilder().subject_name(named("Vault Intermediate"))
    return built.sign(key, hashes.SHA256()).public_bytes(PEM).decode()


def leaf(issuer: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    server = ec.generate_private_key(ec.SECP256R1())
    address = x509.IPAddress(ipaddress.ip_address("10.0.0.7"))
    return (
        x509.CertificateBuilder()
        .subject_name(named("server"))
        .issuer_name(issuer.subject)
        .public_key(server.public_key())
        .serial_number(2)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def test_what_the_vault_signs_is_trusted_through_the_own_ca() -> None:
    certificate, key = own_ca()
    vault = ec.generate_private_key(ec.SECP256R1())
    signed = x509.load_pem_x509_certificate(Authority(certificate, key_text(key)).sign(request(vault), NOW).encode())
    root = x509.load_pem_x509_certificate(certificate.encode())
    assert signed.subject == named("Vault Intermediate")
    assert signed.not_valid_after_utc == root.not_valid_after_utc, "it does not outlive the CA"
    address = x509.IPAddress(ipaddress.ip_address("10.0.0.7"))
    verifier = PolicyBuilder().store(Store([root])).time(NOW + timedelta(hours=1)).build_server_verifier(address)
    chain = verifier.verify(leaf(signed, vault), [signed])
    assert [one.subject for one in chain] == [named("server"), named("Vault Intermediate"), named("own root")]


def test_a_key_of_another_ca_is_refused() -> None:
    certificate, _ = own_ca()
    _, other = own_ca()
    with pytest.raises(ValueError, match="is not the key of ca_certificate"):
        Authority(certificate, key_text(other))


@pytest.mark.parametrize(("ca", "path"), [(False, None), (True, 0)])
def test_a_certificate_that_may_not_sign_an_authority_is_refused(ca: bool, path: int | None) -> None:
    certificate, key = own_ca(ca=ca, path=path)
    with pytest.raises(ValueError, match="must be a CA's with room below it"):
        Authority(certificate, key_text(key))


@pytest.mark.parametrize("text", ["", "no pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_what_is_no_pem_is_refused_without_quoting_it(text: str) -> None:
    certificate, key = own_ca()
    with pytest.raises(ValueError, match="is no CA's certificate in PEM"):
        Authority(text, key_text(key))
    with pytest.raises(ValueError, match="is no private key in PEM without a passphrase"):
        Authority(certificate, text)
    with pytest.raises(ValueError, match="is no certificate signing request in PEM"):
        Authority(certificate, key_text(key)).sign(text, NOW)


def test_a_key_that_can_not_sign_certificates_here_is_refused() -> None:
    certificate, _ = own_ca()
    with pytest.raises(ValueError, match="is neither an RSA nor an EC key"):
        Authority(certificate, key_text(ed25519.Ed25519PrivateKey.generate()))
