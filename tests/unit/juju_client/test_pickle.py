"""What lands in each resource's state: a reference to a class, no secret, no code."""

import base64
import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from pulumi.dynamic import dynamic

from providers.common.provider import DeclaredProvider
from providers.juju import crud


def providers() -> Iterator[type[DeclaredProvider]]:
    """Find every class that a resource of Juju can hold: those that say what their inputs are."""
    for module in pkgutil.iter_modules(crud.__path__):
        found = vars(importlib.import_module(f"{crud.__name__}.{module.name}"))
        for value in found.values():
            own = isinstance(value, type) and value.__module__ == f"{crud.__name__}.{module.name}"
            if own and issubclass(value, DeclaredProvider) and hasattr(value, "schema"):
                yield value


PROVIDERS = sorted(providers(), key=lambda one: one.__name__)


def test_there_is_one_for_the_controller() -> None:
    assert "ControllerProvider" in [one.__name__ for one in PROVIDERS]


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.__name__)
def test_the_pickle_is_a_reference(provider: type[DeclaredProvider]) -> None:
    text = dynamic.serialize_provider(provider())  # pyright: ignore[reportUnknownMemberType] - untyped in the SDK
    pickled = base64.b64decode(text)
    assert len(pickled) < 120
    assert provider.__module__.encode() in pickled
    assert not vars(provider())
