"""The desk that every test of the facades has."""

import pytest

from tests.unit.lab.juju_facades.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
