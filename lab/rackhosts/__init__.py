"""The rack's machines as hosts that run: MAAS's orders carried out by a fleet, and what became of them told back."""
