"""The file that tells providers where a controller is and who they are there (`juju:controllerFile`).

outputs of a Controller -> JSON -> a file for its owner only, in one instant. Removed only while it is ours.
"""

import json
from pathlib import Path
from tempfile import NamedTemporaryFile

from providers.common.raw import Raw
from providers.juju.errors import JujuError

KEYS = ("name", "uuid", "addresses", "ca_cert", "username", "password", "version")


def content(outs: Raw) -> str:
    """Write what the file holds."""
    return json.dumps({key: outs.get(key) for key in KEYS}, indent=2) + "\n"


def write(path: str, outs: Raw) -> None:
    """Write the file; "" writes none. Raises JujuError where it can't be written."""
    if not path or holds(path, outs):
        return
    target = Path(path).expanduser()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=target.parent, prefix=f".{target.name}.", delete=False) as file:  # 0600
            file.write(content(outs))
        Path(file.name).replace(target)
    except OSError as error:
        raise JujuError(
            f"controller_file is {path}, where the controller's login can't be written: {error.strerror}"
        ) from None


def holds(path: str, outs: Raw) -> bool:
    """Say whether the file holds just this, for its owner only; "" is no file and needs none."""
    if not path:
        return True
    target = Path(path).expanduser()
    try:
        return target.read_text(encoding="utf-8") == content(outs) and target.stat().st_mode & 0o077 == 0
    except (OSError, UnicodeDecodeError):
        return False


def forget(path: str, outs: Raw) -> None:
    """Remove the file while it is ours: one of another controller was written by somebody else since."""
    if path and _names(path) == outs.get("uuid"):
        Path(path).expanduser().unlink(missing_ok=True)


def _names(path: str) -> object:
    try:
        held: object = json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return held.get("uuid", "") if isinstance(held, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - JSON is anything
