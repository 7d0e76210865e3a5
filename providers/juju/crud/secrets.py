"""Secrets that a user gives to applications of a model (Juju 3.3 and newer).

Values are read only where somebody else wrote a newer revision: the list that a refresh reads holds none. Sources:
Juju 3.6 API, Secrets.ListSecrets, CreateSecrets, UpdateSecrets, GrantSecret, RevokeSecret, RemoveSecrets.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping

from providers.common.cleaning import each, flag, matching, secret_texts, text
from providers.common.fields import Field, Schema, same_set
from providers.common.raw import Raw, mapping, mappings, texts, whole
from providers.common.raw import flag as read_flag
from providers.common.raw import text as read_text
from providers.juju import tags
from providers.juju.crud.base import Props, model_field
from providers.juju.crud.calls import listed
from providers.juju.crud.cleaners import application_name, as_given
from providers.juju.crud.rows import RowProvider
from providers.juju.session import Session

SECRETS = "Secrets"
"""Name of the shared list."""

_KEY = re.compile(r"[a-z](-?[a-z0-9]){2,}")


def content(value: object) -> dict[str, str]:
    """Accept the keys and values of a secret; Juju wants keys of three characters or more, in lower case."""
    pairs = secret_texts(value)
    if not pairs:
        raise ValueError("is empty, but must hold at least one key and value")
    wrong = next((key for key in sorted(pairs) if not _KEY.fullmatch(key)), None)
    if wrong is None:
        return pairs
    raise ValueError(
        f"has the key {wrong!r}, but a key is three or more lower-case letters, digits and '-', a letter first"
    )


def encoded(pairs: Mapping[str, object]) -> dict[str, str]:
    """Write values as they travel: base64."""
    return {key: base64.b64encode(str(value).encode()).decode() for key, value in pairs.items()}


def decoded(data: Raw) -> dict[str, str]:
    """Read values as they travel; one that is not base64 of text is given as it is."""
    return {key: _decoded(read_text(data, key)) for key in data}


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return value


def secret_id(uri: str) -> str:
    """Give a secret's id out of its URI: "secret:ID" or "secret://MODEL_UUID/ID"."""
    return uri.rpartition(":")[2].rpartition("/")[2]


class SecretProvider(RowProvider):
    """Known by Juju's id, found by its name; renamed in place."""

    schema = Schema(
        (
            model_field(),
            Field("name", clean=matching(r"[^\s].*", "a name that begins with no space"), required=True),
            Field("content", clean=content, required=True),
            Field("description", clean=text),
            Field("grants", clean=each(application_name), same=same_set),
            Field("auto_prune", clean=flag),
        ),
    )

    def rows(self, juju: Session, model: str) -> tuple[Raw, ...]:
        return juju.model(model).shared(SECRETS, lambda: _secrets(juju, model, {}))

    def ident(self, raw: Raw) -> str:
        return secret_id(read_text(raw, "uri"))

    def key(self, raw: Raw) -> str:
        return read_text(raw, "label")

    def observe(self, juju: Session, raw: Raw, props: Props) -> Props:
        revision = whole(raw, "latest-revision")
        seen: dict[str, object] = {
            "name": read_text(raw, "label"),
            "description": read_text(raw, "description"),
            "grants": as_given(_granted(raw), props.get("grants")),
            "uri": read_text(raw, "uri"),
            "secret_id": self.ident(raw),
            "revision": revision,
        }
        if "revision" in props and whole(props, "revision") != revision:
            seen["content"] = self._content(juju, props, raw)
        return seen

    def add(self, juju: Session, props: Props) -> None:
        given = mapping(props, "content")
        secret = {  # no owner-tag: Juju takes a model's UUID there, and refuses its tag
            "label": props["name"],
            "description": read_text(props, "description"),
            "content": {"data": encoded(given)},
        }
        self._change(juju, props, "CreateSecrets", {"args": [secret]}, f"make {self.title(props)}")

    def finish(self, juju: Session, raw: Raw, props: Props) -> bool:
        uri, grants = read_text(raw, "uri"), texts(props, "grants")
        self._grant(juju, props, uri, "Grant", grants)
        if read_flag(props, "auto_prune"):
            self._update(juju, props, uri, {"auto-prune": True})
        return bool(grants) or read_flag(props, "auto_prune")

    def change(self, juju: Session, raw: Raw, props: Props, names: frozenset[str]) -> None:
        uri = read_text(raw, "uri")
        changes: dict[str, object] = {}
        if "name" in names:
            changes["label"] = props["name"]
        if "description" in names:
            changes["description"] = props["description"]
        if "auto_prune" in names:
            changes["auto-prune"] = props["auto_prune"]
        if "content" in names:
            changes["content"] = {"data": encoded(mapping(props, "content"))}
        self._update(juju, props, uri, changes)
        if "grants" in names:
            has = _granted(raw)
            wanted = set(texts(props, "grants"))
            self._grant(juju, props, uri, "Revoke", has - wanted)
            self._grant(juju, props, uri, "Grant", wanted - has)

    def remove(self, juju: Session, raw: Raw, props: Props) -> None:
        params = {"args": [{"uri": read_text(raw, "uri"), "label": ""}]}
        self._change(juju, props, "RemoveSecrets", params, f"remove {self.title(props)}")

    def title(self, props: Props) -> str:
        return f"the secret {read_text(props, 'name')}"

    def _content(self, juju: Session, props: Props, raw: Raw) -> dict[str, str]:
        model, uri = read_text(props, "model"), read_text(raw, "uri")
        shown = _secrets(juju, model, {"uri": uri}, show=True)
        return decoded(mapping(mapping(shown[0], "value"), "data")) if shown else {}

    def _update(self, juju: Session, props: Props, uri: str, changes: Raw) -> None:
        if changes:
            params = {"args": [{"uri": uri, "existing-label": "", **changes}]}
            again = "content" not in changes  # which would make a revision each time
            self._change(juju, props, "UpdateSecrets", params, f"change {self.title(props)}", again=again)

    def _grant(self, juju: Session, props: Props, uri: str, verb: str, applications: Iterable[str]) -> None:
        """Grant or revoke; the answer has one item for each application."""
        wanted = sorted(applications)
        if wanted:
            params = {"uri": uri, "label": "", "applications": wanted}
            purpose = f"{verb.lower()} {self.title(props)} to {', '.join(wanted)}"
            self._change(juju, props, f"{verb}Secret", params, purpose, again=True)

    def _change(
        self, juju: Session, props: Props, method: str, params: Raw, purpose: str, *, again: bool = False
    ) -> None:
        given = mapping(props, "content")
        hidden = (*(str(value) for value in given.values()), *encoded(given).values())
        link = juju.model(read_text(props, "model"))
        link.change("Secrets", method, params, purpose=purpose, touches=(SECRETS,), secrets=hidden, repeatable=again)


def _granted(raw: Raw) -> set[str]:
    return {tags.name(read_text(one, "target-tag")) for one in mappings(raw, "access")}


def _secrets(juju: Session, model: str, only: Raw, *, show: bool = False) -> tuple[Raw, ...]:
    params = {"filter": {"owner-tag": tags.model(model), **only}, "show-secrets": show}
    return listed(juju.model(model), "Secrets", "ListSecrets", params, "list its secrets")
