"""Clouds that the controller knows, and the credentials of our user for them.

Sources: Juju 3.6 API, Cloud.Clouds, AddCloud, UpdateCloud, RemoveClouds, CredentialContents,
UpdateCredentialsCheckModels, RevokeCredentialsCheckModels.
"""

from collections.abc import Mapping
from typing import cast

from providers.common.cleaning import each, filled, flag, secret_texts, text
from providers.common.fields import Field, Schema, same_set
from providers.common.raw import Raw, as_mapping, mapping, mappings, texts
from providers.common.raw import flag as read_flag
from providers.common.raw import text as read_text
from providers.juju import tags
from providers.juju.crud.base import Props
from providers.juju.crud.calls import listed
from providers.juju.crud.cleaners import as_given, cloud_name, credential_name, reason, scalars, whole_numbers
from providers.juju.crud.rows import RowProvider
from providers.juju.errors import JujuError, Refused, from_item
from providers.juju.link import results
from providers.juju.session import Session

CLOUDS, CREDENTIALS = "Clouds", "Credentials"
"""Names of the shared lists."""

_WIRE = {
    "type": "type",
    "auth_types": "auth-types",
    "endpoint": "endpoint",
    "identity_endpoint": "identity-endpoint",
    "storage_endpoint": "storage-endpoint",
    "regions": "regions",
    "config": "config",
    "ca_certificates": "ca-certificates",
    "skip_tls_verify": "skip-tls-verify",
}
"""Input -> Juju's name of it."""


def region(value: object) -> dict[str, str]:
    """Accept a region's name, or an object {name, endpoint}."""
    if isinstance(value, Mapping):
        raw = cast("Raw", value)
        unknown = sorted(set(raw) - {"name", "endpoint"})
        if unknown:
            raise ValueError(f"has {unknown[0]}, but a region has name and endpoint")
        return {"name": filled(raw.get("name")), "endpoint": text(raw.get("endpoint") or "")}
    return {"name": filled(value), "endpoint": ""}


def regions(value: object) -> list[dict[str, str]]:
    """Accept a list of regions, each named once."""
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"is {value!r}, but must be a list of at least one region: its name, or {{name, endpoint}}")
    found = [region(item) for item in cast("list[object]", value)]
    names = [one["name"] for one in found]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise ValueError(f"names the region {twice} twice")
    return found


def same_regions(old: object, new: object) -> bool:
    """Compare by name, the order apart; an endpoint that is not given is left alone."""
    before, after = _endpoints(old), _endpoints(new)
    return set(before) == set(after) and all(not end or before[name] == end for name, end in after.items())


def _endpoints(value: object) -> dict[str, str]:
    return {read_text(raw, "name"): read_text(raw, "endpoint") for raw in mappings({"regions": value}, "regions")}


class CloudProvider(RowProvider):
    """Adopts by name when the type is the same; another type is another cloud."""

    in_model = False
    schema = Schema(
        (
            Field("name", clean=cloud_name, required=True, replaces=True),
            Field("type", clean=filled, required=True, replaces=True),
            Field("auth_types", clean=each(filled, least=1), same=same_set),
            Field("endpoint", clean=text),
            Field("identity_endpoint", clean=text),
            Field("storage_endpoint", clean=text),
            Field("regions", clean=regions, same=same_regions),
            Field("config", clean=scalars),
            Field("ca_certificates", clean=each(filled)),
            Field("skip_tls_verify", clean=flag),
            Field("force", clean=reason),
        ),
        delete_first=True,
    )

    def rows(self, juju: Session, model: str) -> tuple[Raw, ...]:
        return juju.controller.shared(CLOUDS, lambda: _clouds(juju))

    def observe(self, juju: Session, raw: Raw, props: Props) -> Props:
        return {
            "name": read_text(raw, "name"),
            **{name: read_text(raw, _WIRE[name]) for name in ("type", "endpoint", "identity_endpoint")},
            "storage_endpoint": read_text(raw, "storage-endpoint"),
            "auth_types": as_given(texts(raw, "auth-types"), props.get("auth_types")),
            "regions": [{"name": name, "endpoint": end} for name, end in _endpoints(raw.get("regions")).items()],
            "config": dict(mapping(raw, "config")),
            "ca_certificates": list(texts(raw, "ca-certificates")),
            "skip_tls_verify": read_flag(raw, "skip-tls-verify"),
        }

    def fits(self, raw: Raw, props: Props) -> str:
        has, wants = read_text(raw, "type"), read_text(props, "type")
        return "" if has == wants else f"its type is {has}, not {wants}: give this one another name"

    def add(self, juju: Session, props: Props) -> None:
        given = {wire: whole_numbers(props[name]) for name, wire in _WIRE.items() if props.get(name) is not None}
        params = {"name": props["name"], "cloud": given, "force": bool(props.get("force"))}
        purpose = f"add {self.title(props)}"
        juju.controller.change("Cloud", "AddCloud", params, purpose=purpose, touches=(CLOUDS,))

    def change(self, juju: Session, raw: Raw, props: Props, names: frozenset[str]) -> None:
        kept = {name: raw[name] for name in _WIRE.values() if raw.get(name) is not None}
        wanted = {_WIRE[name]: whole_numbers(props[name]) for name in names & set(_WIRE)}
        before = _followed(raw, read_text(wanted, "endpoint") or read_text(raw, "endpoint"))
        wanted["regions"] = _merged(before, mappings(props, "regions")) if "regions" in wanted else before
        params = {"clouds": [{"name": props["name"], "cloud": {**kept, **wanted}}]}
        purpose = f"change {self.title(props)}"
        juju.controller.change("Cloud", "UpdateCloud", params, purpose=purpose, touches=(CLOUDS,))

    def remove(self, juju: Session, raw: Raw, props: Props) -> None:
        params = {"entities": [{"tag": tags.cloud(read_text(raw, "name"))}]}
        purpose = f"remove {self.title(props)}"
        juju.controller.change("Cloud", "RemoveClouds", params, purpose=purpose, touches=(CLOUDS,))

    def title(self, props: Props) -> str:
        return f"the cloud {read_text(props, 'name')}"


class CredentialProvider(RowProvider):
    """A credential of our user; its attributes are read back, so that a key changed by hand is seen."""

    in_model = False
    schema = Schema(
        (
            Field("cloud", clean=cloud_name, required=True, replaces=True),
            Field("name", clean=credential_name, required=True, replaces=True),
            Field("auth_type", clean=filled, required=True),
            Field("attributes", clean=secret_texts, required=True),
            Field("force", clean=reason),
        ),
        delete_first=True,
    )

    def rows(self, juju: Session, model: str) -> tuple[Raw, ...]:
        return juju.controller.shared(CREDENTIALS, lambda: _credentials(juju))

    def key(self, raw: Raw) -> str:
        content = mapping(raw, "content")
        return f"{read_text(content, 'cloud')}/{read_text(content, 'name')}"

    def wanted(self, props: Props) -> str:
        return f"{read_text(props, 'cloud')}/{read_text(props, 'name')}"

    def observe(self, juju: Session, raw: Raw, props: Props) -> Props:
        content = mapping(raw, "content")
        return {
            "cloud": read_text(content, "cloud"),
            "name": read_text(content, "name"),
            "owner": juju.user,
            "auth_type": read_text(content, "auth-type"),
            "attributes": dict(mapping(content, "attrs")),
            "valid": content.get("valid") is not False,
            "models": sorted(read_text(each_, "model") for each_ in mappings(raw, "models")),
        }

    def add(self, juju: Session, props: Props) -> None:
        attributes = mapping(props, "attributes")
        credential = {"auth-type": props["auth_type"], "attrs": attributes}
        item = {"tag": self._tag(juju, props), "credential": credential}
        params = {"credentials": [item], "force": bool(props.get("force"))}
        self._told(juju, "UpdateCredentialsCheckModels", params, f"set {self.title(props)}", attributes)

    def change(self, juju: Session, raw: Raw, props: Props, names: frozenset[str]) -> None:
        self.add(juju, props)

    def remove(self, juju: Session, raw: Raw, props: Props) -> None:
        item = {"tag": self._tag(juju, props), "force": bool(props.get("force"))}
        self._told(juju, "RevokeCredentialsCheckModels", {"credentials": [item]}, f"remove {self.title(props)}", {})

    def title(self, props: Props) -> str:
        return f"the credential {read_text(props, 'name')} of the cloud {read_text(props, 'cloud')}"

    def _tag(self, juju: Session, props: Props) -> str:
        return tags.credential(read_text(props, "cloud"), juju.user, read_text(props, "name"))

    def _told(self, juju: Session, method: str, params: Raw, purpose: str, attributes: Raw) -> None:
        secrets = tuple(str(value) for value in attributes.values())
        try:
            answer = juju.controller.call("Cloud", method, params, purpose=purpose, secrets=secrets)
        finally:
            juju.controller.wrote(CREDENTIALS)
        for item in results(answer):
            error = refusal(purpose, item, secrets)
            if error is not None:
                raise error


def refusal(purpose: str, item: Raw, secrets: tuple[str, ...] = ()) -> JujuError | None:
    """Read what Juju had against a credential: its own words, and those of each model that uses it."""
    error = from_item(purpose, item, secrets)
    told = [
        f"model {read_text(model, 'name')}: {inner.said}"
        for model in mappings(item, "models")
        for inner in (from_item(purpose, each_, secrets) for each_ in mappings(model, "errors"))
        if isinstance(inner, Refused)
    ]
    if error is None or not told:
        return error
    return type(error)(f"{error} ({'; '.join(told)})")


def _clouds(juju: Session) -> tuple[Raw, ...]:
    answer = juju.controller.call("Cloud", "Clouds", purpose="list its clouds", repeatable=True)
    found = mapping(answer, "clouds")
    return tuple({**as_mapping(cloud, tag), "name": tags.name(tag)} for tag, cloud in found.items())


def _credentials(juju: Session) -> tuple[Raw, ...]:
    params = {"credentials": list[object](), "include-secrets": True}
    items = listed(juju.controller, "Cloud", "CredentialContents", params, "list our credentials")
    return tuple(mapping(item, "result") for item in items)


def _followed(raw: Raw, endpoint: str) -> list[Raw]:
    """Give the regions with the cloud's new endpoint where they had the old one."""
    old = read_text(raw, "endpoint")
    return [
        {**one, "endpoint": endpoint} if read_text(one, "endpoint") == old else one for one in mappings(raw, "regions")
    ]


def _merged(before: list[Raw], wanted: tuple[Raw, ...]) -> list[Raw]:
    """Put the wanted endpoints into the regions that are there, which may know more of themselves."""
    known = {read_text(raw, "name"): raw for raw in before}
    return [
        {**known.get(read_text(raw, "name"), {}), **{name: value for name, value in raw.items() if value}}
        for raw in wanted
    ]
