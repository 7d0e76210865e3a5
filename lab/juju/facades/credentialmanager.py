"""CredentialManager: the credential of the login's model (juju apiserver/facades/client/credentialmanager, 1)."""

from typing import Final

from lab.juju.facades import credentials
from lab.juju.rpc import MODEL, Facade

FACADE: Final = Facade("CredentialManager", (1,), MODEL, {"InvalidateModelCredential": credentials.invalidate})
