"""A deployment engine for Pulumi programs in Python, from PyPI alone.

Pulumi's nouns: a Source proposes Goals, the planner turns each into Steps, a Deployment runs the steps and tells the
journal; the Snapshot is folded from the journal. `model` and `plan` are pure; `deploy`, `host`, `backend`, `workspace`
hold the I/O; `display` reads events and never answers; `cli` puts them together.
"""

VERSION = "0.1.0"
"""This engine's own version (`pulumi version` prints it with the SDK's)."""

COMPATIBLE_VERSION = "3.260.0"
"""The official engine whose state layout and protocol this one follows; written into manifests."""
