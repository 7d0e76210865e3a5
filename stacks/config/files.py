"""The texts that a kit keeps in files of its own: SSH keys, power passwords, user data.

settings + a function that reads a file -> `Texts`, or every unreadable file at once. Nothing read here is ever shown.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stacks.config.models import BaremetalSettings, Power, PowerDefaults, is_public_key
from stacks.config.problems import ConfigError, Problem

Reader = Callable[[str], str]
"""From a path as written in the config to the file's text; raises OSError or UnicodeDecodeError."""


@dataclass(frozen=True)
class Texts:
    """What the kit's secrets and files say: public keys in order, passwords and user data by server."""

    ssh_keys: tuple[str, ...]
    passwords: Mapping[str, str] = field(repr=False)
    user_data: Mapping[str, str] = field(repr=False)


def read_text(path: str) -> str:
    """Read a file; `path` is relative to the project's folder, which is the working directory, or begins with ~."""
    return Path(path).expanduser().read_text(encoding="utf-8")


def load_texts(settings: BaremetalSettings, read: Reader = read_text) -> Texts:
    """Read each file that is needed, once; a secret in the config wins over a file.

    Raises ConfigError: one sentence for each file that can't be used.
    """
    files = _Files(read)
    texts = Texts(
        ssh_keys=tuple(_ssh_keys(settings, files)),
        passwords=dict(_passwords(settings, files)),
        user_data=dict(_user_data(settings, files)),
    )
    if files.problems:
        raise ConfigError(files.problems)
    return texts


class _Files:
    """The files read so far, and what was wrong with them."""

    def __init__(self, read: Reader) -> None:
        self.problems: list[Problem] = []
        self._read = read
        self._seen: dict[str, str | None] = {}

    def text(self, path: str, file: str) -> str | None:
        """Give the text of `file`, which the config names at `path`; None, and one problem, where it has none."""
        if file not in self._seen:
            self._seen[file] = self._load(path, file)
        return self._seen[file]

    def refuse(self, path: str, file: str, allowed: str) -> None:
        self.problems.append(Problem(path, f"{path} is '{file}', but must be {allowed}."))

    def _load(self, path: str, file: str) -> str | None:
        try:
            text = self._read(file)
        except OSError as error:
            self.refuse(path, file, f"a file that can be read, from the project's folder ({error.strerror})")
            return None
        except UnicodeDecodeError:
            self.refuse(path, file, "a text file in UTF-8")
            return None
        if not text.strip():
            self.refuse(path, file, "a file that is not empty")
            return None
        return text


def _ssh_keys(settings: BaremetalSettings, files: _Files) -> Iterator[str]:
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


def _passwords(settings: BaremetalSettings, files: _Files) -> Iterator[tuple[str, str]]:
    for index, server in enumerate(settings.servers):
        own = (f"baremetal:servers[{index}].power", server.power)
        for path, power in (own, ("baremetal:power", settings.power)):
            if power.password is not None or power.password_file is not None:
                password = _password(path, power, files)
                if password is not None:
                    yield server.name, password
                break


def _password(path: str, power: Power | PowerDefaults, files: _Files) -> str | None:
    if power.password is not None:
        return power.password.get_secret_value()
    text = files.text(f"{path}.passwordFile", power.password_file or "")
    return None if text is None else text.strip()


def _user_data(settings: BaremetalSettings, files: _Files) -> Iterator[tuple[str, str]]:
    for name, deploy in settings.deploy.items():
        if deploy.user_data is not None:
            yield name, deploy.user_data.get_secret_value()
        elif deploy.user_data_file is not None:
            read = files.text(f"baremetal:deploy.{name}.userDataFile", deploy.user_data_file)
            if read is not None:
                yield name, read
