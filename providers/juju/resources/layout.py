"""Layout: where the units of a deployment are to be, as its program has planned it.

Arguments -> property bag -> `providers.juju.crud.layout`.
"""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a value of any kind

import pulumi

from providers.common.resource import DeclaredResource
from providers.juju.crud.layout import SAID, LayoutProvider


class Layout(DeclaredResource, module="juju", name="Layout"):
    """Keeps a deployment's plan beside it, and is no object of Juju.

    A first preview shows it as a table by node. Another layout that would take a container away from its node, and with
    it what only that holds, is refused before anything is changed, unless `moves` says that it is meant.
    """

    nodes: pulumi.Output[Sequence[str]]
    spread: pulumi.Output[int]
    spots: pulumi.Output[Mapping[str, Any]]
    moves: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        nodes: Sequence[str],
        spread: int,
        spots: Mapping[str, Sequence[str]],
        moves: bool = False,
        setting: str | None = None,
        critical_path: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`spots`: of each application's units, by application: "server3", or "lxd on server3" for a container there.

        Containers are spread over the first `spread` of `nodes`. `setting` stands before the names nodes, servers and
        spread in a refusal; `critical_path` is told with the table and not kept.
        """
        inputs = {
            "nodes": list(nodes),
            "spread": spread,
            "spots": {name: list(places) for name, places in spots.items()},
            "moves": moves,
            "setting": setting,
            SAID: critical_path,
        }
        super().__init__(LayoutProvider(), resource_name, inputs, opts=opts)
