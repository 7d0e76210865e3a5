"""Status codes, bodies and headers over plain HTTP, as MAAS 3.5 gives them."""

import base64
import urllib.request

import pytest

from lab.maas.api import RESOURCES
from tests.lab.maas.conftest import Raw, header_for

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl cloud@main"


def test_describe_has_absolute_uris_for_the_host_that_was_asked(raw: Raw) -> None:
    answer = Raw(raw.maas, "").get("describe/")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    machine = next(each for each in answer.json["resources"] if each["name"] == "MachineHandler")
    assert machine["auth"]["uri"] == f"{raw.maas.url}/api/2.0/machines/{{system_id}}/"
    assert machine["auth"]["params"] == ["system_id"]
    assert {"deploy", "release", "lock", "read"} <= {each["name"] for each in machine["auth"]["actions"]}


def test_describe_and_router_are_the_same_table(raw: Raw) -> None:
    described = {each["name"] for each in raw.get("describe/").json["resources"]}
    assert described == {f"{each.name}Handler" for each in RESOURCES}
    assert len(described) == sum(each.described for each in RESOURCES)
    assert all(action.run.__doc__ for each in RESOURCES for action in each.actions)


def test_version_needs_no_key_and_every_answer_has_the_hash(raw: Raw) -> None:
    answer = Raw(raw.maas, "").get("version/")
    assert answer.json["version"] == "3.5.10"
    assert len(answer.headers["X-MAAS-API-Hash"]) == 40


@pytest.mark.parametrize(
    ("method", "path", "op", "status", "text"),
    [
        ("GET", "machines", None, 404, "Unknown API endpoint: /MAAS/api/2.0/machines"),
        ("GET", "nothing/", None, 404, "Unknown API endpoint: /MAAS/api/2.0/nothing/"),
        ("GET", "machines/abcdef/", None, 404, "No Machine matches the given query."),
        ("POST", "machines/", "fly", 400, "Unrecognised signature: method=POST op=fly"),
        ("GET", "maas/", "get_config", 400, "No provided name!"),
        ("POST", "machines/", "release", 400, "Unknown machine(s): x."),
        ("POST", "machines/", "allocate", 409, "No machine available."),
    ],
)
def test_errors_are_text(raw: Raw, method: str, path: str, op: str | None, status: int, text: str) -> None:
    data = {"machines": "x"} if op == "release" else {}
    answer = raw(method, path, op, **data)
    assert (answer.status, answer.text) == (status, text)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "Retry-After" not in answer.headers


def test_no_key_and_a_bad_key(raw: Raw) -> None:
    assert Raw(raw.maas, "").get("machines/").status == 401
    bad = Raw(raw.maas, "a:b:c").get("machines/")
    assert (bad.status, bad.text) == (401, "Authorization Error: Invalid API key.")


def test_an_op_goes_in_the_query_in_the_form_or_in_the_path(raw: Raw) -> None:
    raw.enrol("server1", commission="false")
    (row,) = raw.get("machines/").json
    path = f"machines/{row['system_id']}/"
    assert raw.get(path, "query_power_state").json == {"state": "off"}
    assert raw.get(f"{path}op-query_power_state").json == {"state": "off"}
    assert raw.post("maas/", None, op="set_config", name="maas_name", value="x").text == "OK"


def test_multipart_with_base64_parts_is_decoded(raw: Raw) -> None:
    encoded = base64.b64encode(b"kernel_opts").decode(), base64.b64encode("net.ifnames=0 ü".encode()).decode()
    parts = "".join(
        f'--xx\r\nContent-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in zip(("name", "value"), encoded, strict=True)
    )
    request = urllib.request.Request(
        f"{raw.maas.url}/api/2.0/maas/?op=set_config",
        f"{parts}--xx--\r\n".encode(),
        {"Content-Type": 'multipart/form-data; boundary="xx"', "Authorization": header_for(raw.maas.api_key)},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.read() == b"OK"
    assert raw.get("maas/", "get_config", name="kernel_opts").json == "net.ifnames=0 ü"


def test_config_is_validated(raw: Raw) -> None:
    unknown = raw.get("maas/", "get_config", name="colour")
    assert unknown.status == 400
    assert unknown.json["colour"][0].startswith("colour is not a valid config setting (valid settings are: ")
    assert raw.get("maas/", "get_config", name="node_timeout").json == 30
    assert raw.get("maas/", "get_config", name="ntp_server").json == "ntp.ubuntu.com"
    assert raw.get("maas/", "get_config", name="upstream_dns").json is None
    bad = raw.post("maas/", "set_config", name="default_distro_series", value="noble")
    assert bad.status == 400
    assert "default_distro_series" in bad.json


def test_users_and_rights(raw: Raw) -> None:
    made = raw.post("users/", username="student", email="s@x", password="p", is_superuser="false")
    assert made.json["is_superuser"] is False
    login = Raw(raw.maas, "")("POST", f"{raw.maas.url}/accounts/authenticate/", username="student", password="p")
    token = login.json
    student = Raw(raw.maas, f"{token['consumer_key']}:{token['token_key']}:{token['token_secret']}")
    assert student.get("users/", "whoami").json["username"] == "student"
    assert student.post("zones/", name="x").status == 403
    assert student.post("ipranges/", type="dynamic", start_ip="172.16.2.1", end_ip="172.16.2.9").status == 403
    assert raw.delete("users/cloud/").status == 400
    assert raw.delete("users/student/").status == 204
    assert student.get("users/", "whoami").status == 401
    wrong = Raw(raw.maas, "")("POST", f"{raw.maas.url}/accounts/authenticate/", username="cloud", password="no")
    assert (wrong.status, wrong.text) == (403, "")


def test_tokens(raw: Raw) -> None:
    token = raw.post("account/", "create_authorisation_token", name="ci").json
    key = f"{token['consumer_key']}:{token['token_key']}:{token['token_secret']}"
    assert Raw(raw.maas, key).get("users/", "whoami").status == 200
    assert raw.post("account/", "delete_authorisation_token", token_key=token["token_key"]).status == 204
    assert Raw(raw.maas, key).get("users/", "whoami").status == 401


def test_ssh_keys(raw: Raw) -> None:
    assert raw.post("account/prefs/sshkeys/", key=KEY).status == 201
    again = raw.post("account/prefs/sshkeys/", key=KEY)
    assert (again.status, again.json) == (400, {"__all__": ["This key has already been added for this user."]})
    assert raw.post("account/prefs/sshkeys/", key="ssh-rsa nonsense").json["key"][0].startswith("Invalid SSH public")
    (listed,) = raw.get("account/prefs/sshkeys/").json
    assert raw.delete(f"account/prefs/sshkeys/{listed['id']}/").status == 204


def test_dhcp_wants_a_rack_controller_and_a_dynamic_range(raw: Raw) -> None:
    rack = raw.get("rackcontrollers/").json[0]["system_id"]
    no_rack = raw.put("fabrics/0/vlans/0/", dhcp_on="true")
    said = "dhcp can only be turned on when a primary rack controller is set."
    assert (no_rack.status, no_rack.json) == (400, {"__all__": [said]})
    no_range = raw.put("fabrics/0/vlans/0/", dhcp_on="true", primary_rack=rack)
    assert no_range.json == {"dhcp_on": ["dhcp can only be turned on when a dynamic IP range is defined."]}
    raw.dhcp()
    assert raw.get("vlans/5001/").json["dhcp_on"] is True
    (subnet,) = raw.get("subnets/").json
    assert raw.delete(f"subnets/{subnet['id']}/").status == 400


@pytest.mark.parametrize(
    ("start", "end", "field", "said"),
    [
        ("172.16.11.1", "172.16.11.9", "__all__", "Requested dynamic range conflicts with an existing range."),
        ("172.16.2.9", "172.16.2.1", "end_ip", "End IP address must not be less than Start IP address."),
        ("172.16.2.1", "172.17.2.1", "__all__", "IP addresses must be within subnet: 172.16.0.0/20."),
        ("172.16.15.1", "172.16.15.255", "end_ip", "Broadcast address cannot be included in IP range."),
        (
            "172.16.0.1",
            "172.16.0.9",
            "__all__",
            "Requested dynamic range conflicts with an existing IP address or range.",
        ),
    ],
)
def test_bad_ranges(raw: Raw, start: str, end: str, field: str, said: str) -> None:
    raw.dhcp()
    answer = raw.post("ipranges/", type="dynamic", start_ip=start, end_ip=end)
    assert (answer.status, answer.json) == (400, {field: [said]})


def test_subnets_by_cidr_name_and_id(raw: Raw) -> None:
    subnet = raw.subnet()
    for name in (subnet["id"], "172.16.0.0/20", "cidr:172.16.0.0/20"):
        assert raw.get(f"subnets/{name}/").json["id"] == subnet["id"]
    bad = raw.put(f"subnets/{subnet['id']}/", gateway_ip="10.0.0.1")
    assert bad.json == {"gateway_ip": ["Gateway IP must be within CIDR range."]}
    good = raw.put("subnets/172.16.0.0/20/", gateway_ip="172.16.0.1", dns_servers=["172.20.129.131", "8.8.8.8"])
    assert good.json["dns_servers"] == ["172.20.129.131", "8.8.8.8"]
    assert raw.put("subnets/172.16.0.0/20/", gateway_ip="").json["gateway_ip"] is None
    assert raw.get(f"subnets/{subnet['id']}/", "statistics").json["total_addresses"] == 4094
    free = raw.get(f"subnets/{subnet['id']}/", "unreserved_ip_ranges").json
    assert free[0] == {"start": "172.16.0.1", "end": "172.16.0.2", "num_addresses": 2}


def test_selections_and_images(raw: Raw) -> None:
    sources = raw.get("boot-sources/").json
    path = f"boot-sources/{sources[0]['id']}/selections/"
    (jammy,) = raw.get(path).json
    assert (jammy["os"], jammy["release"], jammy["arches"]) == ("ubuntu", "jammy", ["amd64"])
    none = raw.post(path, os="ubuntu", release="warty")
    assert none.json == {"os": ["OS ubuntu with release warty has no available images for download"]}
    arch = raw.post(path, os="ubuntu", release="noble", arches="sparc")
    assert arch.json == {"arches": ["No available images to download for ['sparc']"]}
    assert raw.post(path, os="ubuntu", release="noble", arches="amd64").status == 200


def test_zones_pools_domains_devices_records(raw: Raw) -> None:
    assert raw.post("zones/", name="a").json["name"] == "a"
    assert raw.delete("zones/default/").status == 400
    pool = raw.post("resourcepools/", name="p").json
    assert raw.put(f"resourcepool/{pool['id']}/", description="d").json["description"] == "d"
    assert raw.delete(f"resourcepool/{pool['id']}/").status == 204
    domain = raw.post("domains/", name="lab.test").json
    made = raw.post("dnsresources/", fqdn="www.lab.test", ip_addresses="172.16.5.5").json
    assert made["ip_addresses"][0]["ip"] == "172.16.5.5"
    assert raw.post("dnsresourcerecords/", fqdn="txt.lab.test", rrtype="TXT", rrdata="hello").status == 200
    assert raw.delete(f"domains/{domain['id']}/").status == 400
    device = raw.post("devices/", hostname="router", mac_addresses="00:16:3E:00:00:01").json
    linked = raw.post(
        f"nodes/{device['system_id']}/interfaces/eth0/", "link_subnet", mode="STATIC", subnet="172.16.0.0/20",
        ip_address="172.16.0.1",
    )  # fmt: skip
    assert linked.json["links"][0]["ip_address"] == "172.16.0.1"
    assert raw.get("devices/").json[0]["ip_addresses"] == ["172.16.0.1"]
    reserved = raw.post("ipaddresses/", "reserve", subnet="172.16.0.0/20").json["ip"]
    assert reserved == "172.16.0.2"
    assert raw.post("ipaddresses/", "release", ip=reserved).status == 204


def test_addresses_of_names_are_reserved_and_names_go_with_their_last_address(raw: Raw) -> None:
    made = raw.post("dnsresources/", fqdn="www.maas", ip_addresses="172.16.5.5 10.1.1.1").json
    assert raw.post("dnsresources/", fqdn="web.maas", ip_addresses="172.16.5.5").status == 200
    kept = {each["ip"]: each["subnet"] for each in raw.get("ipaddresses/").json}
    assert (kept["172.16.5.5"]["cidr"], kept["10.1.1.1"]) == ("172.16.0.0/20", None)
    taken = raw.post("ipaddresses/", "reserve", ip="172.16.5.5")
    assert (taken.status, taken.text) == (404, "The IP address 172.16.5.5 is already in use.")
    assert raw.delete(f"dnsresources/{made['id']}/").status == 204
    assert len(raw.get("ipaddresses/", ip="10.1.1.1").json) == 1
    assert raw.post("ipaddresses/", "release", ip="172.16.5.5").status == 204
    assert raw.get("dnsresources/").json == []
    gone = raw.post("ipaddresses/", "release", ip="172.16.5.5")
    assert gone.status == 400
    assert gone.text.startswith("IP address 172.16.5.5 does not exist, is not the correct type of address, or")
    assert raw.post("ipaddresses/", "release", ip="172.16.5.5", force="true").text == (
        "IP address 172.16.5.5 does not exist."
    )


def test_tags_count_what_was_named(raw: Raw) -> None:
    raw.enrol("server1", commission="false")
    (row,) = raw.get("machines/").json
    raw.post("tags/", name="compute", kernel_opts="nomodeset")
    assert raw.post("tags/", name="no good").status == 400
    answer = raw.post("tags/compute/", "update_nodes", add=[row["system_id"], "nobody"])
    assert answer.json == {"added": 1, "removed": 0}
    assert raw.get("tags/compute/", "machines").json[0]["hostname"] == "server1"
    assert raw.put("tags/compute/", name="worker").json["name"] == "worker"
    assert raw.get("machines/", tags="worker").json[0]["tag_names"] == ["worker"]
    assert raw.get("machines/", tags="none").json == {"tags": ["No such tag(s): 'none'."]}
    assert raw.get("machines/", colour="red").json == {"colour": ["No such constraint."]}
    assert raw.delete("tags/worker/").status == 204
    assert raw.get("machines/").json[0]["tag_names"] == []
