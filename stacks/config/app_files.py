"""The texts that `controller`, `ssh` and `app` keep in files: passwords, TLS. Private SSH keys are only looked for.

A private key's file is named in the state and read when a server is reached, so its text goes nowhere else.
"""

from dataclasses import dataclass, field

from stacks.config.app_models import Admin, App, Controller, Database, Login, Ssh
from stacks.config.filereader import Files


@dataclass(frozen=True)
class AppTexts:
    """Secrets by their owner, None where the config gives none; the TLS texts come together or not at all."""

    maas_password: str | None = field(default=None, repr=False)
    database_password: str | None = field(default=None, repr=False)
    admin_password: str | None = field(default=None, repr=False)
    certificate: str | None = None
    certificate_key: str | None = field(default=None, repr=False)


def load_app_texts(controller: Controller | None, ssh: Ssh, app: App | None, files: Files) -> AppTexts:
    """Read what is needed; problems stay with `files`."""
    maas_password = None
    if controller is not None:
        _look(files, "baremetal:controller", controller)
        maas_password = _secret(files, "baremetal:controller.admin", controller.admin)
    if app is None:
        return AppTexts(maas_password)
    _look(files, "baremetal:ssh", ssh)
    if ssh.through is not None:
        _look(files, "baremetal:ssh.through", ssh.through)
    tls, path = app.balancer.tls, "baremetal:app.balancer.tls"
    return AppTexts(
        maas_password,
        _secret(files, "baremetal:app.database", app.database),
        _secret(files, "baremetal:app.admin", app.admin),
        files.text(f"{path}.certificateFile", tls.certificate_file) if tls else None,
        files.text(f"{path}.keyFile", tls.key_file) if tls else None,
    )


def _look(files: Files, path: str, login: Login) -> None:
    if login.private_key_file is not None:
        files.text(f"{path}.privateKeyFile", login.private_key_file)


def _secret(files: Files, path: str, owner: Admin | Database) -> str | None:
    if owner.password is not None:
        return owner.password.get_secret_value()
    if owner.password_file is None:
        return None
    text = files.text(f"{path}.passwordFile", owner.password_file)
    return None if text is None else text.strip()
