"""SSH keys, tags, zones and pools: plain rows (see `rows`).

Sources: MAAS 3.5 API, account/prefs/sshkeys/, tags/, zones/, resourcepools/.
"""

from providers.common.cleaning import each, filled, matching, text
from providers.common.fields import Field, Schema
from providers.common.raw import Raw
from providers.common.raw import text as read_text
from providers.maas.bones import Data
from providers.maas.crud.base import Found, Props
from providers.maas.crud.rows import RowProvider
from providers.maas.session import Session

tag_name = matching(r"[A-Za-z0-9_-]{1,256}", "a tag name: letters, digits, '_' and '-' only")
object_name = matching(r"[A-Za-z0-9]([A-Za-z0-9 _-]*[A-Za-z0-9])?", "a name of letters, digits, spaces, '_' and '-'")
tag_names = each(tag_name)


def _key_body(value: object) -> str:
    """Compare keys by type and body: the comment is free text."""
    return " ".join(str(value).split()[:2])


_public_key = matching(r"(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/=]+( .*)?", "an OpenSSH public key: type, base64, comment")


class SshKeyProvider(RowProvider):
    """Adopts by the key's text; nothing to change in place."""

    schema = Schema(
        (
            Field(
                "key",
                clean=lambda value: _public_key(filled(value)),
                required=True,
                replaces=True,
                same=lambda old, new: _key_body(old) == _key_body(new),
            ),
        ),
    )
    many = "SSHKeys"
    single = "SSHKey"

    def ident(self, raw: Raw) -> str:
        return read_text(raw, "id")

    def key(self, raw: Raw) -> str:
        return _key_body(raw.get("key"))

    def wanted(self, props: Props) -> str:
        return _key_body(props.get("key"))

    def uri(self, raw: Raw) -> Data:
        return {"id": read_text(raw, "id")}

    def observe(self, raw: Raw) -> Props:
        return {"key": read_text(raw, "key"), "keysource": read_text(raw, "keysource")}

    def title(self, props: Props) -> str:
        return f"the SSH key ending in {read_text(props, 'key')[-24:]}"


class NamedProvider(RowProvider):
    """A row whose natural key is its name."""

    def key(self, raw: Raw) -> str:
        return read_text(raw, "name")

    def wanted(self, props: Props) -> str:
        return read_text(props, "name")


class TagProvider(NamedProvider):
    """A tag has no id but its name, so a rename by hand reads as gone; our own rename happens in place."""

    schema = Schema(
        (
            Field("name", clean=tag_name, required=True),
            Field("comment", clean=text),
            Field("kernel_opts", clean=text),
            Field("definition", clean=text),
        ),
    )
    many = "Tags"
    single = "Tag"
    touches = ("Machines",)

    def ident(self, raw: Raw) -> str:
        return read_text(raw, "name")

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        return super().look(maas, read_text(props, "name") or id_, props)

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        return super().alter(maas, read_text(olds, "name") or id_, olds, news)

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        super().unmake(maas, read_text(props, "name") or id_, props)

    def uri(self, raw: Raw) -> Data:
        return {"name": read_text(raw, "name")}

    def observe(self, raw: Raw) -> Props:
        return {name: read_text(raw, name) for name in ("name", "comment", "kernel_opts", "definition")}

    def title(self, props: Props) -> str:
        return f"the tag {read_text(props, 'name')}"


class ZoneProvider(NamedProvider):
    """A physical zone; renamed in place, by id."""

    schema = Schema((Field("name", clean=object_name, required=True), Field("description", clean=text)))
    many = "Zones"
    single = "Zone"
    touches = ("Machines",)

    def ident(self, raw: Raw) -> str:
        return read_text(raw, "id")

    def uri(self, raw: Raw) -> Data:
        return {"name": read_text(raw, "name")}

    def observe(self, raw: Raw) -> Props:
        return {name: read_text(raw, name) for name in ("name", "description")}

    def title(self, props: Props) -> str:
        return f"the zone {read_text(props, 'name')}"


class ResourcePoolProvider(NamedProvider):
    """A resource pool; renamed in place, by id."""

    schema = Schema((Field("name", clean=object_name, required=True), Field("description", clean=text)))
    many = "ResourcePools"
    single = "ResourcePool"
    touches = ("Machines",)

    def ident(self, raw: Raw) -> str:
        return read_text(raw, "id")

    def uri(self, raw: Raw) -> Data:
        return {"id": read_text(raw, "id")}

    def observe(self, raw: Raw) -> Props:
        return {name: read_text(raw, name) for name in ("name", "description")}

    def title(self, props: Props) -> str:
        return f"the resource pool {read_text(props, 'name')}"
