"""Cloud: the clouds that a controller knows, and who may use them (juju apiserver/facades/client/cloud, 7 and 8).

Credentials are this facade's other half: `credentials`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lab.juju.errors import ALREADY_EXISTS, BAD_REQUEST, NOT_SUPPORTED, JujuError, not_found
from lab.juju.facades import access, credentials, model_settings, tags
from lab.juju.life import settings
from lab.juju.models import Cloud, Json
from lab.juju.rpc import CONTROLLER, Call, Facade, Fields, bulk

_KINDS: Final = ("azure", "ec2", "equinix", "gce", "kubernetes", "lxd", "maas", "manual", "oci", "openstack", "vsphere")
_BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "kubernetes": ("lxd", "maas", "openstack"),
    "lxd": ("lxd", "maas", "openstack"),
    "maas": ("maas", "openstack"),
    "openstack": ("openstack",),
}
"""Which clouds a controller on a cloud can manage besides, unless forced."""


def details(cloud: Cloud) -> Json:
    """Give Juju's CloudDetails."""
    return {
        "type": cloud.type,
        "auth-types": list(cloud.auth_types),
        "endpoint": cloud.endpoint,
        **{name: value for name, value in _others(cloud).items() if value},
        "regions": [_region(cloud, name, endpoint) for name, endpoint in sorted(cloud.regions)],
    }


def _region(cloud: Cloud, name: str, endpoint: str) -> Json:
    """Give Juju's CloudRegion: only what the region was given of its own."""
    identity, storage = cloud.region_endpoints.get(name, ("", ""))
    own = {"endpoint": endpoint, "identity-endpoint": identity, "storage-endpoint": storage}
    return {"name": name, **{what: value for what, value in own.items() if value}}


def _others(cloud: Cloud) -> dict[str, str]:
    return {"identity-endpoint": cloud.identity_endpoint, "storage-endpoint": cloud.storage_endpoint}


def shown(call: Call, cloud: Cloud) -> Json:
    """Give Juju's Cloud."""
    here: Json = {"is-controller-cloud": True} if cloud.name == _controller_cloud(call) else {}
    config: Json = {"config": dict(cloud.config)} if cloud.config else {}
    trusted: Json = {"ca-certificates": list(cloud.ca_certificates)} if cloud.ca_certificates else {}
    trusting: Json = {"skip-tls-verify": True} if cloud.skip_tls_verify else {}
    return {**details(cloud), **config, **trusted, **trusting, **here}


def _controller_cloud(call: Call) -> str:
    model = call.world.models.find(call.world.meta.controller_model)
    return model.cloud if model else ""


def _visible(call: Call, cloud: Cloud) -> bool:
    return access.reaches(access.CLOUD_LEVELS, access.cloud_level(call, cloud), "add-model")


def _cloud(call: Call, name: str) -> Cloud:
    found = call.world.clouds.find(name)
    if found is None or not _visible(call, found):
        raise not_found("cloud", name)
    return found


def clouds(call: Call, _: Fields) -> Json:
    """Give the clouds that the user can see, by tag."""
    return {
        "clouds": {tags.make("cloud", row.name): shown(call, row) for row in call.world.clouds if _visible(call, row)}
    }


def cloud(call: Call, fields: Fields) -> Json:
    """Give the clouds with these tags."""
    names = fields.tags()
    return bulk(names, lambda at: {"cloud": shown(call, _cloud(call, tags.parse(names[at], "cloud")))})


def cloud_info(call: Call, fields: Fields) -> Json:
    """Give clouds with their users; who is not the cloud's admin sees only himself."""
    names = fields.tags()

    def one(at: int) -> Json:
        row = call.world.clouds.get(tags.parse(names[at], "cloud"))
        admin = access.cloud_level(call, row) == "admin"
        users = [_user(call, name, level) for name, level in row.access.items() if admin or name == call.user]
        if not users:
            raise access.denied()
        return {"result": {**details(row), "users": users}}

    return bulk(names, one)


def _user(call: Call, name: str, level: str) -> Json:
    row = call.world.users.find(name)
    return {"user": name, "display-name": row.display_name if row else name, "access": level}


def list_cloud_info(call: Call, fields: Fields) -> Json:
    """Give the clouds that a user has access to; a superuser may ask for all of them."""
    user = tags.parse(fields.text("user-tag"), "user")
    access.need_self(call, user)
    if fields.flag("all") and access.is_superuser(call):
        found = [(row, "admin") for row in call.world.clouds]
    else:
        found = [(row, row.access[user]) for row in call.world.clouds if user in row.access]
    return {"results": [{"result": {**details(row), "user-access": level}} for row, level in found]}


def _read(name: str, fields: Fields) -> Cloud:
    kind = fields.text("type")
    if not name or not name[0].isalnum() or not all(each.isalnum() or each in ".-" for each in name):
        raise JujuError(f'cloud name "{name}" not valid', BAD_REQUEST)
    if kind not in _KINDS:
        raise JujuError(f'no registered provider for "{kind}"')
    regions = {each.text("name"): each for each in fields.each("regions")}
    return Cloud(
        name,
        kind,
        tuple(fields.texts("auth-types")) or (("oauth1",) if kind == "maas" else ()),
        fields.text("endpoint"),
        tuple((region, each.text("endpoint")) for region, each in regions.items()) or (("default", ""),),
        dict(fields.map("config")),
        tuple(fields.texts("ca-certificates")),
        identity_endpoint=fields.text("identity-endpoint"),
        storage_endpoint=fields.text("storage-endpoint"),
        skip_tls_verify=fields.flag("skip-tls-verify"),
        region_endpoints={
            region: (each.text("identity-endpoint"), each.text("storage-endpoint")) for region, each in regions.items()
        },
    )


def add_cloud(call: Call, fields: Fields) -> Json:
    """Add a cloud; whoever adds it is its admin. Force passes over which clouds Juju was tested with together."""
    access.need_superuser(call)
    row = _read(fields.text("name"), fields.fields("cloud"))
    if row.type != "kubernetes" and not fields.flag("force"):
        _need_compatible(call, row.type)
    if row.name in call.world.clouds:
        raise JujuError(f'cloud "{row.name}" already exists', ALREADY_EXISTS)
    call.world.clouds.put(row.name, replace(row, access={call.user: "admin"}))
    return {}


def _need_compatible(call: Call, kind: str) -> None:
    own = call.world.clouds.find(_controller_cloud(call))
    if own is None or kind in _BESIDE.get(own.type, ()) or own.type == kind:
        return
    known = "\n".join(
        f' - controller cloud type "{name}" supports [{" ".join(others)}]' for name, others in _BESIDE.items()
    )
    raise JujuError(
        f'cloud type "{kind}" is not whitelisted for controller cloud type "{own.type}", current whitelist: \n{known}',
        "incompatible clouds",
    )


def update_cloud(call: Call, fields: Fields) -> Json:
    """Replace definitions of clouds."""
    access.need_superuser(call)
    items = fields.each("clouds")

    def one(at: int) -> Json:
        old = call.world.clouds.get(items[at].text("name"))
        row = _read(old.name, items[at].fields("cloud"))
        call.world.clouds.put(old.name, replace(row, access=old.access))
        return {}

    return bulk(items, one)


def remove_clouds(call: Call, fields: Fields) -> Json:
    """Remove clouds that no model uses, with their credentials."""
    names = fields.tags()

    def one(at: int) -> Json:
        row = _cloud(call, tags.parse(names[at], "cloud"))
        if access.cloud_level(call, row) != "admin":
            raise access.denied()
        used = sum(1 for model in call.world.models if model.cloud == row.name)
        if used:
            raise JujuError(f"cloud is used by {used} model{'' if used == 1 else 's'}")
        call.world.clouds.remove(row.name)
        for each in [each for each in call.world.credentials if each.cloud == row.name]:
            call.world.credentials.remove(tags.credential_key(each.cloud, each.owner, each.name))
        return {}

    return bulk(names, one)


def modify_cloud_access(call: Call, fields: Fields) -> Json:
    """Grant and revoke: admin, add-model."""
    changes = fields.each("changes")

    def one(at: int) -> Json:
        row = call.world.clouds.get(tags.parse(changes[at].text("cloud-tag"), "cloud"))
        if access.cloud_level(call, row) != "admin":
            raise access.denied()
        access.change_cloud(call, row, changes[at], tags.parse(changes[at].text("user-tag"), "user"))
        return {}

    return bulk(changes, one)


def model_config_schema(_: Call, fields: Fields) -> Json:
    """Tell which options the models of a kind of cloud have (version 8, Juju 4)."""
    kind = fields.text("provider-type")
    if kind not in _KINDS:
        return {"error": not_found("provider type", kind).shown()}
    own: Json = {name: {"type": "string", "immutable": True} for name in model_settings.FIXED}
    return {"schema": {**{name: {"type": _type(value)} for name, value in settings.DEFAULTS.items()}, **own}}


def _type(default: object) -> str:
    return "bool" if isinstance(default, bool) else "int" if isinstance(default, int) else "string"


def instance_types(_: Call, fields: Fields) -> Json:
    """Refuse: a MAAS has no instance types."""
    error: Json = {"error": JujuError("instance types not supported", NOT_SUPPORTED).shown()}
    return {"results": [dict(error) for _ in fields.many("constraints")]}


FACADE: Final = Facade(
    "Cloud",
    (7,),
    CONTROLLER,
    {
        "AddCloud": add_cloud,
        "Cloud": cloud,
        "CloudInfo": cloud_info,
        "Clouds": clouds,
        "InstanceTypes": instance_types,
        "ListCloudInfo": list_cloud_info,
        "ModelConfigSchema": model_config_schema,
        "ModifyCloudAccess": modify_cloud_access,
        "RemoveClouds": remove_clouds,
        "UpdateCloud": update_cloud,
        **credentials.METHODS,
    },
)
