"""The file in which a vault's keys stand from the instant of its init, so that nothing that fails later loses them.

Keys + which vault they are of -> JSON, mode 0600, replaced as a whole; back: the same vault's keys, or none. Another
vault's file is put aside under its model's UUID and its application, and none that is there is overwritten.
"""

import json
import os
import re
from itertools import count
from pathlib import Path
from threading import Lock
from typing import cast

from providers.common.raw import Raw, text, texts
from providers.juju.errors import SetupError
from providers.juju.vault import Keys

_WRITING = Lock()
"""Two vaults of one program may name one file."""


def keep(path: str, model: str, application: str, keys: Keys) -> None:
    """Write the keys down; raises SetupError when the file can't be written."""
    held = {"model": model, "application": application, "keys": list(keys.unseal), "root_token": keys.root_token}
    target = Path(path).expanduser()
    with _WRITING:
        other = _held(path)
        try:
            new = _written(target, json.dumps(held, indent=2))
            if other and not _same(other, model, application):
                target.rename(_aside(target, other))
            new.replace(target)
        except OSError as error:
            raise SetupError(f"keys_file {path} can't be written: {error.strerror}") from None


def _written(target: Path, content: str) -> Path:
    """Write what is to stand at `target` into a file beside it, on the disk when this returns."""
    new = target.with_name(f".{target.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return new


def _aside(target: Path, held: Raw) -> Path:
    """Name a file for another vault's keys, which is not there yet: an earlier one may hold what is needed still."""
    name = f"{target.name}.{text(held, 'model')}.{text(held, 'application')}"
    names = (name if number == 0 else f"{name}.{number}" for number in count())
    return next(free for free in map(target.with_name, names) if not free.exists())


def check(path: str) -> None:
    """Find out before the init whether keys can be kept there; raises as `keep` does."""
    _held(path)
    folder = Path(path).expanduser().parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SetupError(f"keys_file {path} can't be written: {folder} is no folder that this user may write to")


def find(path: str, model: str, application: str) -> Keys | None:
    """Read the keys of this vault; None when the file is not there, or is another vault's."""
    held = _held(path)
    return Keys(texts(held, "keys"), text(held, "root_token")) if _same(held, model, application) else None


def _same(held: Raw, model: str, application: str) -> bool:
    return (text(held, "model"), text(held, "application")) == (model, application)


def _held(path: str) -> Raw:
    try:
        held: object = json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        held = None
    if isinstance(held, dict) and _names_a_vault(cast("Raw", held)):
        return cast("Raw", held)
    raise SetupError(f"keys_file {path} can't be read, or is not what VaultInit writes: give it another path")


def _names_a_vault(held: Raw) -> bool:
    """Say whether it is of a vault, under names that a file can have."""
    return all(re.fullmatch(r"[a-z0-9-]+", str(held.get(name))) for name in ("model", "application"))
