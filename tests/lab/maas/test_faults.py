"""Faults and hands: what a client meets, and what is left behind."""

import time
import urllib.error
from http.client import RemoteDisconnected
from pathlib import Path

import pytest

from lab.maas.testing import running_maas
from tests.lab.maas.conftest import Raw


@pytest.mark.parametrize(
    ("status", "retry_after", "header"), [(503, 10, "10"), (409, 5, "5"), (504, None, None), (409, None, None)]
)
def test_answers_with_a_status(raw: Raw, status: int, retry_after: int | None, header: str | None) -> None:
    raw.maas.fault("status", status=status, retry_after=retry_after, text="try again", method="GET", times=1)
    answer = raw.get("zones/")
    assert (answer.status, answer.text, answer.headers.get("Retry-After")) == (status, "try again", header)
    assert raw.get("zones/").status == 200


def test_every_third_matching_call(raw: Raw) -> None:
    raw.maas.fault("status", status=503, every=3, path=r"subnets/$")
    assert [raw.get("subnets/").status for _ in range(7)] == [200, 200, 503, 200, 200, 503, 200]
    assert raw.get("zones/").status == 200


@pytest.mark.parametrize(("kind", "made"), [("drop-before", 0), ("drop-after", 1)])
def test_a_lost_answer_before_and_after_the_effect(raw: Raw, kind: str, made: int) -> None:
    raw.maas.fault(kind, method="POST", path="zones/", times=1)
    with pytest.raises((RemoteDisconnected, ConnectionResetError, urllib.error.URLError)):
        raw.post("zones/", name="a")
    assert len(raw.get("zones/").json) == 1 + made
    assert [call.status for call in raw.maas.calls] == [0, 200]


def test_slow_answers(raw: Raw) -> None:
    raw.maas.fault("slow", seconds=0.3, op="whoami", times=1)
    started = time.perf_counter()
    assert raw.get("users/", "whoami").status == 200
    assert time.perf_counter() - started >= 0.3


def test_faults_strike_the_machine_they_name(raw: Raw) -> None:
    first, second = raw.ready("server1", "server2")
    raw.maas.fault("status", status=504, machine="server2", op="deploy")
    assert raw.post(f"machines/{first}/", "deploy").status == 200
    assert raw.post(f"machines/{second}/", "deploy").status == 504
    raw.maas.clear_faults()
    assert raw.post(f"machines/{second}/", "deploy").status == 200


@pytest.mark.parametrize(
    ("phase", "status"),
    [("commissioning", "Failed commissioning"), ("testing", "Failed testing"), ("releasing", "Releasing failed")],
)
def test_phases_fail_with_the_text_given(raw: Raw, phase: str, status: str) -> None:
    raw.dhcp()
    raw.maas.fault("fail", machine="server1", phase=phase, text="smoke came out", times=1)
    system_id = raw.enrol("server1").json["system_id"]
    if phase == "releasing":
        raw.get("version/")
        raw.post(f"machines/{system_id}/", "deploy")
        raw.post(f"machines/{system_id}/", "release")
    row = raw.get(f"machines/{system_id}/").json
    assert (row["status_name"], row["error_description"]) == (status, "smoke came out")


def test_an_import_that_fails(raw: Raw) -> None:
    source = raw.get("boot-sources/").json[0]["id"]
    raw.post(f"boot-sources/{source}/selections/", os="ubuntu", release="focal", arches="amd64")
    raw.maas.fault("import", text="no route to images.maas.io", times=1)
    raw.post("boot-resources/", "import")
    assert [each["name"] for each in raw.get("boot-resources/").json] == ["ubuntu/jammy"]
    listed = raw.get("events/", "query", level="ERROR").json["events"]
    assert listed[0]["description"] == "no route to images.maas.io"
    raw.post("boot-resources/", "import")
    assert len(raw.get("boot-resources/").json) == 2


def test_hands(raw: Raw) -> None:
    first, second = raw.ready("server1", "server2")
    maas = raw.maas
    raw.post(f"machines/{first}/", "deploy")
    assert maas.hand("power-off", "server1") == "powered server1 off"
    assert raw.get(f"machines/{first}/").json["power_state"] == "off"
    maas.hand("release", "server1")
    assert raw.status(first) == "Ready"
    maas.hand("rename", "server1", "oops")
    maas.hand("retag", "oops", "+red", "+blue")
    maas.hand("retag", "oops", "-red")
    row = raw.get(f"machines/{first}/").json
    assert (row["hostname"], row["tag_names"]) == ("oops", ["blue"])
    raw.post(f"nodes/{second}/interfaces/", "create_bridge", name="br-ex", parent="enp1s0", bridge_type="ovs")
    maas.hand("bridge-delete", "server2", "br-ex")
    assert [each["name"] for each in raw.get(f"nodes/{second}/interfaces/").json] == ["enp1s0"]
    maas.hand("subnet-dns", "172.16.0.0/20", "9.9.9.9")
    maas.hand("subnet-gateway", "172.16.0.0/20", "172.16.0.2")
    assert (raw.subnet()["dns_servers"], raw.subnet()["gateway_ip"]) == (["9.9.9.9"], "172.16.0.2")
    maas.hand("set-config", "kernel_opts", "quiet")
    assert raw.get("maas/", "get_config", name="kernel_opts").json == "quiet"
    maas.hand("dhcp-off")
    assert raw.get("vlans/5001/").json["dhcp_on"] is False
    maas.hand("range-delete", "172.16.11.1")
    assert raw.get("ipranges/").json == []
    maas.hand("delete", "server2")
    assert raw.get(f"machines/{second}/").status == 404
    for wrong in (("fly",), ("release", "nobody"), ("rename", "oops"), ("discover", "server1")):
        with pytest.raises(ValueError, match=r"\."):
            maas.hand(*wrong)


def test_time_can_be_real_and_scaled(raw: Raw) -> None:
    raw.dhcp()
    raw.maas.pace("timed", factor=0.5, commissioning=100.0)
    system_id = raw.enrol("server1", testing_scripts="none").json["system_id"]
    raw.maas.advance(98)
    assert raw.status(system_id) == "Commissioning"
    raw.maas.advance(3)
    assert raw.status(system_id) == "Ready"


def test_a_restart_keeps_the_state(tmp_path: Path) -> None:
    with running_maas(home=tmp_path) as maas:
        raw = Raw(maas)
        (system_id,) = raw.ready("server1")
        raw.post(f"machines/{system_id}/", "deploy")
        maas.fault("slow", seconds=0.0)
        before = raw.get(f"machines/{system_id}/").json
        events = raw.get("events/", "query", limit=1000).json["count"]
    with running_maas(home=tmp_path) as again:
        raw = Raw(again)
        assert again.api_key == maas.api_key
        assert raw.get(f"machines/{system_id}/").json == before
        assert raw.get("events/", "query", limit=1000).json["count"] == events
        assert raw.enrol("server2").status == 200


def test_calls_are_counted(raw: Raw) -> None:
    raw.get("machines/")
    raw.get("machines/")
    raw.get("users/", "whoami")
    assert raw.maas.call_counts()["GET", "/MAAS/api/2.0/machines/", ""] == 2
    assert raw.maas.calls[-1].op == "whoami"
