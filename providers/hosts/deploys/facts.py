"""Looking at the server that a deploy is running for, as root.

a kind of fact and its arguments -> pyinfra -> the fact, with its type.
"""

from typing import Any, TypeVar, cast

from pyinfra.api.facts import FactBase
from pyinfra.context import host

T = TypeVar("T")


def look(kind: type[FactBase[T]], **arguments: object) -> T:
    """Ask for a fact, e.g. `look(File, path="/etc/hosts")`; `_sudo_user="postgres"` asks as somebody else."""
    return cast("Any", host).get_fact(kind, **{"_sudo": True, **arguments})
