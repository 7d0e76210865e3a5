"""ImageMetadataManager: a cloud's images (juju apiserver/facades/client/imagemetadatamanager, version 1).

A MAAS has its own images, which Juju names by their release: there is no metadata to list or to keep.
"""

from typing import Final

from lab.juju.errors import NOT_SUPPORTED, JujuError
from lab.juju.facades import access
from lab.juju.models import Json
from lab.juju.rpc import MODEL, Call, Facade, Fields


def listed(call: Call, _: Fields) -> Json:
    """List no image."""
    access.need_superuser(call)
    return {"result": []}


def refused(call: Call, _: Fields) -> Json:
    """Refuse to keep metadata that nothing would look at."""
    access.need_superuser(call)
    raise JujuError("image metadata of a MAAS cloud not supported", NOT_SUPPORTED)


FACADE: Final = Facade("ImageMetadataManager", (1,), MODEL, {"Delete": refused, "List": listed, "Save": refused})
