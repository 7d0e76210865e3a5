"""One state file: bytes <─> Checkpoint, plain or gzip; a file that cannot be read is named and left as it is."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

from engine.errors import EngineError
from engine.model.checkpoint import Checkpoint, decode_checkpoint, encode_checkpoint
from engine.model.reading import CodecError

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


class StateFileError(EngineError):
    """A state file is not what it should be."""


def unpack(data: bytes, path: Path) -> bytes:
    """Take the compression off, whatever the file's name says."""
    if data.startswith(_ZSTD):
        raise StateFileError(
            f"{path} is compressed with zstd: this engine reads plain and gzip state, the official both"
        )
    if not data.startswith(_GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise StateFileError(f"{path} is corrupt: its gzip data breaks off or is damaged ({error})") from error


def pack(data: bytes, path: Path) -> bytes:
    """Compress what goes into a .gz file; the same data gives the same bytes."""
    return gzip.compress(data, compresslevel=6, mtime=0) if path.suffix == ".gz" else data


def parse_state(data: bytes, path: Path) -> Checkpoint:
    """Read a state file's bytes.

    Raises
    ------
    StateFileError: they are no checkpoint that this engine reads.

    """
    try:
        return decode_checkpoint(json.loads(unpack(data, path)))
    except json.JSONDecodeError as error:
        raise StateFileError(f"{path} is corrupt: {error.msg} in line {error.lineno}, column {error.colno}") from error
    except UnicodeDecodeError as error:
        raise StateFileError(f"{path} is corrupt: it is no text ({error.reason} at byte {error.start})") from error
    except CodecError as error:
        raise StateFileError(f"{path} cannot be used: {error}") from error


def render_json(document: object) -> bytes:
    """Write JSON as the backend keeps it: compact, UTF-8; half a surrogate pair stays an escape."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", errors="backslashreplace")


def render_state(checkpoint: Checkpoint, path: Path) -> bytes:
    """Write a state file's bytes."""
    return pack(render_json(encode_checkpoint(checkpoint)), path)
