"""Juju's tags, the names of objects on its wire: "unit-ceph-osd-0" is the unit ceph-osd/0. Pure.

Source: the names package of Juju 3.6.
"""


def application(name: str) -> str:
    """Tag of an application."""
    return f"application-{name}"


def unit(name: str) -> str:
    """Tag of a unit such as "vault/0"."""
    return f"unit-{name.replace('/', '-')}"


def machine(id_: str) -> str:
    """Tag of a machine or container such as "3/lxd/0"."""
    return f"machine-{id_.replace('/', '-')}"


def model(uuid: str) -> str:
    """Tag of a model."""
    return f"model-{uuid}"


def user(name: str) -> str:
    """Tag of a user."""
    return f"user-{name}"


def cloud(name: str) -> str:
    """Tag of a cloud."""
    return f"cloud-{name}"


def credential(cloud_name: str, owner: str, name: str) -> str:
    """Tag of a cloud credential; an underscore in a part is escaped, since it joins them."""
    return "cloudcred-" + "_".join(part.replace("_", "%5f") for part in (cloud_name, owner, name))


def storage(id_: str) -> str:
    """Tag of a storage instance such as "osd-devices/0"."""
    return f"storage-{id_.replace('/', '-')}"


def name(tag: str) -> str:
    """Give what comes after the kind: "user-admin" is admin, "cloud-maas-one" is maas-one; "" stays ""."""
    return tag.partition("-")[2]


def unit_name(tag: str) -> str:
    """Give the unit of a tag: "unit-ceph-osd-0" is ceph-osd/0."""
    return _numbered(tag)


def storage_id(tag: str) -> str:
    """Give the storage instance of a tag: "storage-osd-devices-0" is osd-devices/0."""
    return _numbered(tag)


def machine_id(tag: str) -> str:
    """Give the machine of a tag: "machine-3-lxd-0" is 3/lxd/0."""
    return name(tag).replace("-", "/")


def credential_parts(tag: str) -> tuple[str, str, str]:
    """Give cloud, owner and name of a credential's tag; empty texts for none."""
    parts = [part.replace("%5f", "_") for part in name(tag).split("_")]
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else ("", "", "")


def _numbered(tag: str) -> str:
    head, dash, number = name(tag).rpartition("-")
    return f"{head}/{number}" if dash else number
