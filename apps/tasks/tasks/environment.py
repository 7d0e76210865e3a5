"""Reading settings from the environment: name -> typed value, or an error that names the variable. Pure."""

from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured

_FLAGS = {"1": True, "true": True, "yes": True, "": False, "0": False, "false": False, "no": False}


class Environment:
    """Environment variables, by name."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str | None = None) -> str:
        """Read a text; without a default it must be there and not empty."""
        value = self._variables.get(name, default)
        if value is None or (default is None and not value.strip()):
            raise ImproperlyConfigured(f"{name} is not set: the environment must hold it")
        return value

    def flag(self, name: str) -> bool:
        """Read a truth value; False where it is not set."""
        value = self._variables.get(name, "")
        if value.strip().lower() not in _FLAGS:
            raise ImproperlyConfigured(f"{name} is {value!r}, but must be 1 or 0")
        return _FLAGS[value.strip().lower()]

    def port(self, name: str, default: int) -> int:
        """Read a port."""
        value = self._variables.get(name, str(default))
        if not value.isascii() or not value.isdecimal() or not 0 < int(value) < 65536:
            raise ImproperlyConfigured(f"{name} is {value!r}, but must be a port from 1 to 65535")
        return int(value)

    def words(self, name: str) -> list[str]:
        """Read a list, its entries separated by commas or spaces."""
        return self._variables.get(name, "").replace(",", " ").split()
