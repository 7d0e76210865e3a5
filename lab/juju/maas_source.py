"""Machines taken from MAAS over its REST API, as Juju's MAAS provider takes them.

    request ─> machines/?op=allocate ─> set_owner_data ─> deploy ─> system id       look ─> machines/?agent_name=MODEL
    container_address ─> devices/ with the machine as parent ─> link_subnet STATIC ─> its address

A machine belongs to the model whose uuid is its `agent_name`; MAAS forgets that when the machine is released.
Source: MAAS 3.5 API; Juju 3.6 provider/maas/environ.go for what is asked and how its errors begin.
"""

import base64
import hashlib
import http.client
import json
import os
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from lab.juju.hub.document import SERIES
from lab.juju.models import Json
from lab.juju.provision import GONE, NoMachineError, Order, Seen, SourceError, tags_of

SECONDS: Final = 30
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Without the proxies of the environment: MAAS is next door."""
_FAILED: Final = {"Failed deployment", "Broken", "Releasing failed", "Failed disk erasing"}


@dataclass(frozen=True, slots=True)
class MaasLogin:
    """Where MAAS answers ("http://172.16.0.3:5240/MAAS") and with which API key ("consumer:token:secret")."""

    endpoint: str
    key: str

    @property
    def header(self) -> str:
        """Give the Authorization header; SourceError for a key that is none."""
        parts = self.key.split(":")
        if len(parts) != 3:
            raise SourceError('malformed MAAS API key: expected "consumer:token:secret"')
        nonce = secrets.token_hex(8)
        return (
            f'OAuth oauth_version="1.0", oauth_signature_method="PLAINTEXT", oauth_consumer_key="{parts[0]}", '
            f'oauth_token="{parts[1]}", oauth_signature="%26{parts[2]}", oauth_nonce="{nonce}", '
            f'oauth_timestamp="{int(time.time())}"'
        )


class MaasSource:
    """Machines of one MAAS. `login` is asked at each call, since credentials change while a controller runs.

    `translate` gives the address at which an address of MAAS's can be reached from here.
    """

    instant = False

    def __init__(self, login: Callable[[], MaasLogin], translate: Callable[[str], str] = str) -> None:
        self._login = login
        self._translate = translate

    def request(self, order: Order) -> str:
        """Allocate, and deploy; what cannot be deployed is given back at once."""
        wanted = constraints(order)
        try:
            machine = self._call("POST", "machines/", "allocate", wanted)
        except SourceError as error:
            kind = NoMachineError if str(error).startswith(_NO_MACHINE) else SourceError
            raise kind(f"failed to acquire node: {error}") from error
        system_id = str(machine["system_id"])
        try:
            self._call("POST", f"machines/{system_id}/", "set_owner_data", list(order.owner_data.items()))
            self._call("POST", f"machines/{system_id}/", "deploy", _deployment(order))
        except SourceError:
            self.release(system_id)
            raise
        return system_id

    def look(self, instance_ids: Sequence[str], model: str) -> Mapping[str, Seen]:
        listed = cast("list[Json]", self._call("GET", "machines/", "", [("agent_name", model)]))
        found = {str(each["system_id"]): self._seen(each) for each in listed}
        return {each: found.get(each, Seen(GONE, each)) for each in instance_ids}

    def release(self, instance_id: str) -> None:
        with_comment = [("machines", instance_id), ("comment", "Released by Juju MAAS provider")]
        try:
            self._call("POST", "machines/", "release", with_comment)
        except SourceError as error:
            if "Unknown machine" not in str(error):
                raise

    def container_address(self, parent: str, name: str) -> str:
        device = self._device(name) or self._new_device(parent, name)
        addresses = cast("list[str]", device["ip_addresses"])
        if not addresses:
            nic = cast("list[Json]", device["interface_set"])[0]
            form = [("mode", "STATIC"), ("subnet", self._subnet_of(parent))]
            path = f"nodes/{device['system_id']}/interfaces/{nic['id']}/"
            links = cast("list[Json]", self._call("POST", path, "link_subnet", form)["links"])
            addresses = [str(links[0]["ip_address"])]
        return self._translate(addresses[0])

    def free_container(self, parent: str, name: str) -> None:
        device = self._device(name)
        if device is not None:
            self._call("DELETE", f"devices/{device['system_id']}/")

    def spaces(self) -> Mapping[str, tuple[str, ...]]:
        listed = cast("list[Json]", self._call("GET", "spaces/"))
        return {
            str(each["name"]): tuple(str(one["cidr"]) for one in cast("list[Json]", each["subnets"])) for each in listed
        }

    def check(self) -> None:
        """Say in Juju's words what is wrong with address or key; SourceError."""
        try:
            self._call("GET", "users/", "whoami")
        except SourceError as error:
            raise SourceError(f"creating MAAS environ: {str(error).removeprefix(_UNEXPECTED)}") from error

    def zones(self) -> tuple[str, ...]:
        """Name MAAS's availability zones."""
        return tuple(str(each["name"]) for each in cast("list[Json]", self._call("GET", "zones/")))

    def _seen(self, machine: Json) -> Seen:
        zone = str(cast("Json", machine["zone"])["name"])
        status, said = str(machine["status_name"]), str(machine["status_message"] or "")
        return Seen(
            status,
            str(machine["system_id"]),
            tuple(self._translate(each) for each in cast("list[str]", machine["ip_addresses"])),
            str(machine["hostname"]),
            {
                "arch": str(machine["architecture"]).split("/")[0],
                "cores": machine["cpu_count"],
                "mem": machine["memory"],
                "tags": machine["tag_names"],
                "availability-zone": zone,
            },
            zone,
            str(machine["power_state"]),
            said,
            str(machine["error_description"] or said or status) if status in _FAILED else "",
        )

    def _device(self, name: str) -> Json | None:
        listed = cast("list[Json]", self._call("GET", "devices/", "", [("hostname", name)]))
        return listed[0] if listed else None

    def _new_device(self, parent: str, name: str) -> Json:
        digest = hashlib.sha256(name.encode()).digest()
        mac = ":".join(f"{byte:02x}" for byte in (0x00, 0x16, 0x3E, *digest[:3]))  # LXD's own prefix
        return self._call("POST", "devices/", "", [("hostname", name), ("parent", parent), ("mac_addresses", mac)])

    def _subnet_of(self, machine: str) -> str:
        """Name the subnet of the machine's first link."""
        row = self._call("GET", f"machines/{machine}/")
        for nic in cast("list[Json]", row["interface_set"]):
            for link in cast("list[Json]", nic["links"]):
                if link.get("subnet") and link.get("ip_address"):
                    return str(cast("Json", link["subnet"])["id"])
        raise SourceError(f"machine {row['hostname']} has no address, so its containers can have none")

    def _call(self, method: str, path: str, op: str = "", data: Sequence[tuple[str, str]] = ()) -> Json:
        """Call MAAS; its answer, {} for none. SourceError with MAAS's own words."""
        login = self._login()
        if not login.endpoint.startswith(("http://", "https://")):
            raise SourceError(f"'{login.endpoint}' is no URL of a MAAS")
        query = [("op", op)] if op else []
        body = None
        if method == "GET":
            query += data
        else:
            body = urllib.parse.urlencode(list(data)).encode()
        url = f"{login.endpoint.rstrip('/')}/api/2.0/{path}{'?' if query else ''}{urllib.parse.urlencode(query)}"
        try:
            request = urllib.request.Request(url, body, {"Authorization": login.header}, method=method)  # noqa: S310 # checked above
            with _OPENER.open(request, timeout=SECONDS) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise SourceError(_words(error.read().decode(), error.code)) from error
        except (OSError, ValueError) as error:
            raise SourceError(f'{method.capitalize()} "{url}": {_unreached(url, error)}') from error
        return cast("Json", json.loads(text)) if text else {}


def constraints(order: Order) -> list[tuple[str, str]]:
    """Translate what Juju wants into what MAAS's allocate takes (Juju's convertConstraints)."""
    given = order.constraints
    wanted, unwanted = tags_of(given)
    asked = [
        ("agent_name", order.model),
        ("arch", str(given.get("arch") or order.arch)),
        ("cpu_count", str(given.get("cores") or "")),
        ("mem", str(given.get("mem") or "")),
        ("tags", ",".join(sorted(wanted))),
        ("not_tags", ",".join(sorted(unwanted))),
        ("storage", _root_disk(given.get("root-disk"))),
        *_placed(order.placement),
    ]
    zones = given.get("zones")
    if isinstance(zones, list | tuple) and zones and "zone" not in dict(asked):
        asked.append(("zone", str(cast("Sequence[object]", zones)[0])))
    return sorted((name, value) for name, value in asked if value)


def _placed(placement: str) -> list[tuple[str, str]]:
    """Read what `--to` names (Juju's parsePlacement)."""
    name, equals, value = placement.partition("=")
    if not equals:
        return [("name", name)]
    known = {"zone": "zone", "system-id": "system_id"}
    if name not in known:
        raise SourceError(f"unknown placement directive: {placement}")
    return [(known[name], value)]


def _root_disk(mebibytes: object) -> str:
    return f"root:{int(str(mebibytes)) // 1024}" if mebibytes else ""


def _deployment(order: Order) -> list[tuple[str, str]]:
    form = [("distro_series", SERIES.get(order.base, order.base))]
    if order.user_data:
        form.append(("user_data", base64.b64encode(order.user_data.encode()).decode()))
    return form


def _words(body: str, code: int) -> str:
    """Pass a refusal on as Juju's library for MAAS does (gomaasapi): MAAS's own words, or what it did not expect."""
    if code in _TOLD:
        return body.strip()
    phrase = http.client.responses.get(code, "")
    return f"{_UNEXPECTED}ServerError: {code} {phrase} ({body})"


def _unreached(url: str, error: OSError | ValueError) -> str:
    reason = getattr(error, "reason", error)
    words = os.strerror(reason.errno).lower() if isinstance(reason, OSError) and reason.errno else str(reason)
    return f"dial tcp {urllib.parse.urlsplit(url).netloc}: connect: {words}"


_NO_MACHINE: Final = ("No available machine", "No machine")
_UNEXPECTED: Final = "unexpected: "
_TOLD: Final = frozenset({403, 404, 409, 503})
"""Statuses of which gomaasapi tells the body alone."""
