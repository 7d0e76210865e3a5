"""How the tests that need real processes are spread over workers."""

import pytest

_ALONE = ("maas", "providers", "stack")
"""Folders whose tests make all that they need themselves, within a moment."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one module together: their servers, and what is installed on them, are made once for all."""
    for item in items:
        folder = item.path.parent
        if folder.parent.name == "lab" and folder.name not in _ALONE and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(f"{folder.name}/{item.path.stem}"))
