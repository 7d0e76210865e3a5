"""The texts that a kit keeps in files of its own: SSH keys, power passwords, user data.

settings + a function that reads a file -> `Texts`, or every unreadable file at once. Nothing read here is ever shown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stacks.config.app_files import AppTexts, load_app_texts
from stacks.config.filereader import Files, Reader, read_text
from stacks.config.models import BaremetalSettings, Power, PowerDefaults, is_public_key
from stacks.config.problems import ConfigError


@dataclass(frozen=True)
class Texts:
    """What the kit's secrets and files say: public keys in order, passwords and user data by server."""

    ssh_keys: tuple[str, ...]
    passwords: Mapping[str, str] = field(repr=False)
    user_data: Mapping[str, str] = field(repr=False)
    app: AppTexts = field(default_factory=AppTexts, repr=False)


def load_texts(settings: BaremetalSettings, read: Reader = read_text) -> Texts:
    """Read each file that is needed, once; a secret in the config wins over a file.

    Raises ConfigError: one sentence for each file that can't be used.
    """
    files = Files(read)
    texts = Texts(
        ssh_keys=tuple(_ssh_keys(settings, files)),
        passwords=dict(_passwords(settings, files)),
        user_data=dict(_user_data(settings, files)),
        app=load_app_texts(settings.controller, settings.ssh, settings.app, files),
    )
    if files.problems:
        raise ConfigError(files.problems)
    return texts


def _ssh_keys(settings: BaremetalSettings, files: Files) -> Iterator[str]:
    for index, entry in enumerate(settings.ssh_keys):
        if entry.key is not None:
            yield entry.key
        elif entry.file is not None:
            path = f"baremetal:sshKeys[{index}].file"
            text = files.text(path, entry.file)
            if text is not None and not is_public_key(text):
                files.refuse(path, entry.file, "a file with the public half of an SSH key (.pub)")
            elif text is not None:
                yield " ".join(text.split())


def _passwords(settings: BaremetalSettings, files: Files) -> Iterator[tuple[str, str]]:
    for index, server in enumerate(settings.servers):
        own = (f"baremetal:servers[{index}].power", server.power)
        for path, power in (own, ("baremetal:power", settings.power)):
            if power.password is not None or power.password_file is not None:
                password = _password(path, power, files)
                if password is not None:
                    yield server.name, password
                break


def _password(path: str, power: Power | PowerDefaults, files: Files) -> str | None:
    if power.password is not None:
        return power.password.get_secret_value()
    text = files.text(f"{path}.passwordFile", power.password_file or "")
    return None if text is None else text.strip()


def _user_data(settings: BaremetalSettings, files: Files) -> Iterator[tuple[str, str]]:
    for name, deploy in settings.deploy.items():
        if deploy.user_data is not None:
            yield name, deploy.user_data.get_secret_value()
        elif deploy.user_data_file is not None:
            read = files.text(f"baremetal:deploy.{name}.userDataFile", deploy.user_data_file)
            if read is not None:
                yield name, read
