"""Storage pools of a model.

Source: Juju 3.6 API, Storage.ListPools, CreatePool, UpdatePool (which replaces all attributes), RemovePool. Juju
4.0 has the last two, and answers "not yet available in 4.0.12".
"""

from providers.common.cleaning import filled
from providers.common.fields import Field, Schema
from providers.common.progress import warn
from providers.common.raw import Raw, mapping, mappings, text
from providers.juju.crud.base import Props, model_field
from providers.juju.crud.calls import listed
from providers.juju.crud.cleaners import pool_name, strings
from providers.juju.crud.rows import RowProvider
from providers.juju.errors import NotSupported
from providers.juju.session import Session

POOLS = "StoragePools"
"""Name of the shared list."""


class StoragePoolProvider(RowProvider):
    """Adopts a pool of the same name and provider."""

    schema = Schema(
        (
            model_field(),
            Field("name", clean=pool_name, required=True, replaces=True),
            Field("storage_provider", clean=filled, required=True, replaces=True),
            Field("attributes", clean=strings),
        ),
        delete_first=True,
    )

    def rows(self, juju: Session, model: str) -> tuple[Raw, ...]:
        return juju.model(model).shared(POOLS, lambda: _pools(juju, model))

    def observe(self, juju: Session, raw: Raw, props: Props) -> Props:
        return {
            "name": text(raw, "name"),
            "storage_provider": text(raw, "provider"),
            "attributes": strings(mapping(raw, "attrs")),
        }

    def fits(self, raw: Raw, props: Props) -> str:
        has, wants = text(raw, "provider"), text(props, "storage_provider")
        return "" if has == wants else f"its provider is {has}, not {wants}: give this one another name"

    def add(self, juju: Session, props: Props) -> None:
        self._send(juju, props, "CreatePool", f"make {self.title(props)}")

    def change(self, juju: Session, raw: Raw, props: Props, names: frozenset[str]) -> None:
        self._send(juju, props, "UpdatePool", f"change {self.title(props)}")

    def remove(self, juju: Session, raw: Raw, props: Props) -> None:
        params = {"pools": [{"name": props["name"]}]}
        try:
            self._change(juju, props, "RemovePool", params, f"remove {self.title(props)}")
        except NotSupported as error:
            warn(f"{self.title(props)} stays, and goes with its model: {error}")

    def title(self, props: Props) -> str:
        return f"the storage pool {text(props, 'name')}"

    def _send(self, juju: Session, props: Props, method: str, purpose: str) -> None:
        attributes = mapping(props, "attributes")
        pool = {"name": props["name"], "provider": props["storage_provider"], "attrs": attributes}
        self._change(juju, props, method, {"pools": [pool]}, purpose)

    def _change(self, juju: Session, props: Props, method: str, params: Raw, purpose: str) -> None:
        link = juju.model(text(props, "model"))
        link.change("Storage", method, params, purpose=purpose, touches=(POOLS,))


def _pools(juju: Session, model: str) -> tuple[Raw, ...]:
    params = {"filters": [dict[str, object]()]}
    items = listed(juju.model(model), "Storage", "ListPools", params, "list its storage pools")
    return tuple(pool for item in items for pool in mappings(item, "storage-pools"))
