"""WordPress: a blog and its MySQL, each on a machine of its own, or both on one.

model ─> machines ─> wordpress, mysql ─> integrated ─> settled ─> URL
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a value of any kind

import pulumi
from pulumi import Input, Output, ResourceOptions

from components.juju_parts import CharmArgs, ModelArgs, PairArgs, pair


@dataclass(frozen=True, kw_only=True)
class WordPressArgs:
    """`placements`: none (a machine that MAAS chooses, for both), one (for both), or one each: wordpress, mysql."""

    model: ModelArgs
    placements: Sequence[Input[str]] = ()
    base: str = "ubuntu@22.04"
    wordpress: CharmArgs = field(default_factory=lambda: CharmArgs(base="ubuntu@18.04"))
    mysql: CharmArgs = field(default_factory=CharmArgs)
    minutes: int = 60


class WordPress(pulumi.ComponentResource):
    """WordPress with its database, active."""

    url: Output[str]
    statuses: Output[Mapping[str, Any]]
    """By application, "active: Ready" as its units say."""

    def __init__(self, name: str, args: WordPressArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("metal-to-cloud:juju:WordPress", name, None, opts)
        wanted = PairArgs(
            model=args.model,
            charms={"wordpress": args.wordpress, "mysql": args.mysql},
            endpoints=("wordpress:db", "mysql"),
            placements=args.placements,
            base=args.base,
            minutes=args.minutes,
        )
        made = pair(self, name, wanted)
        self.url = Output.format("http://{}/", made.addresses["wordpress"])
        self.statuses = made.statuses
        self.register_outputs({"url": self.url})
