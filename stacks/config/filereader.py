"""Reading the small text files that a config names: each once, every problem kept, their content never told."""

from collections.abc import Callable
from pathlib import Path

from stacks.config.problems import Problem

Reader = Callable[[str], str]
"""From a path as written in the config to the file's text; raises OSError or UnicodeDecodeError."""


def read_text(path: str) -> str:
    """Read a file; `path` is relative to the project's folder, which is the working directory, or begins with ~."""
    return Path(path).expanduser().read_text(encoding="utf-8")


class Files:
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
