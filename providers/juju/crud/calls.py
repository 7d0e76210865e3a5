"""Lists that Juju gives in bulk, without the entries that are errors: gone meanwhile, or not for our eyes."""

from providers.common.raw import Raw
from providers.juju.errors import JujuError
from providers.juju.link import Link


def listed(link: Link, facade: str, method: str, params: Raw, purpose: str) -> tuple[Raw, ...]:
    """Make a bulk call that reads; `purpose` completes "Juju refused to ..."."""
    items = link.each(facade, method, params, purpose=purpose, repeatable=True)
    return tuple(item for item in items if not isinstance(item, JujuError))
