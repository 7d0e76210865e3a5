"""The file in which a vault's keys stand from the instant of its init, so that nothing that fails later loses them.

Keys + which vault they are of -> JSON, mode 0600, replaced as a whole; back: the same vault's keys, or none. Another
vault's file is put aside under its model's UUID, never overwritten.
"""

import json
import os
from pathlib import Path
from typing import cast

from providers.common.raw import Raw, text, texts
from providers.juju.errors import SetupError
from providers.juju.vault import Keys


def keep(path: str, model: str, application: str, keys: Keys) -> None:
    """Write the keys down; raises SetupError when the file can't be written."""
    held = {"model": model, "application": application, "keys": list(keys.unseal), "root_token": keys.root_token}
    target = Path(path).expanduser()
    new = target.with_name(f".{target.name}.new")
    other = _held(path)
    try:
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(held, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        if other and not _same(other, model, application):
            target.rename(target.with_name(f"{target.name}.{text(other, 'model') or 'unknown'}"))
        new.replace(target)
    except OSError as error:
        raise SetupError(f"keys_file {path} can't be written: {error.strerror}") from None


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
    if isinstance(held, dict):
        return cast("Raw", held)
    raise SetupError(f"keys_file {path} can't be read, or is not what VaultInit writes: give it another path")
