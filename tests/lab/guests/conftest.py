"""Real guests, in a private rack of the session."""

from tests.support.guests import rack

__all__ = ["rack"]
