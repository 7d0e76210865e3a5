"""Taking a rack away, whatever is left of it: processes, cgroups, namespaces, links. Mounts end with their processes.

Used at the end of a lab, and before the next one begins: a daemon that was killed cleans nothing.
"""

from lab.hosts import cgroups, network
from lab.hosts.net import RackNet


def sweep(net: RackNet) -> None:
    """Remove everything that bears the rack's prefix; nothing else."""
    trees = cgroups.here()
    if trees is not None:
        cgroups.empty(trees, net.prefix)
        cgroups.remove(trees, net.prefix)
    network.rack_down(net)
