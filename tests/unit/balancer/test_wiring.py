"""How a NginxBalancer's resources hang together, against the SDK's own mock monitor."""

from typing import Any

import pulumi

from components.balancer import NginxBalancer, NginxBalancerArgs, TlsArgs
from components.servers import ServerAccess
from tests.support import declared

pytestmark = declared.QUIET

SERVER = ServerAccess(
    name="server4",
    connection={"name": "server4", "host": "172.16.0.14", "private_key_file": "key"},
    machine="m4",
    address="172.16.0.14",
    memory_mib=4096,
)
UPSTREAMS = [{"name": "server2", "address": "172.16.0.12", "port": 8080}]


def made(**given: Any) -> tuple[declared.Recorder, dict[str, Any]]:
    """Declare a balancer; what was registered, and its outputs."""
    outputs: dict[str, Any] = {}

    def declare() -> None:
        made = NginxBalancer("balancer", NginxBalancerArgs(server=SERVER, upstreams=UPSTREAMS, **given))
        pulumi.Output.all(url=made.url, address=made.address, port=made.port).apply(outputs.update)

    hosts = {"hosts:NginxSite": {"host_key": "ssh-ed25519 AAAA"}, "hosts:Check": {"host_key": "ssh-ed25519 AAAA"}}
    return declared.run(declare, declared.World(hosts)), outputs


def test_a_site_and_the_check_that_it_answers() -> None:
    recorder, outputs = made(weights={"server2": 3})
    assert {"balancer", "balancer-site", "balancer-answers"} <= recorder.asked.keys()
    assert recorder.given("balancer-site")["upstreams"] == [{**UPSTREAMS[0], "weight": 3, "down": False}]
    after = {urn.rpartition("::")[2] for urn in recorder.asked["balancer-answers"].dependencies}
    assert "balancer-site" in after
    assert outputs == {"url": "http://172.16.0.14/", "address": "172.16.0.14", "port": 80}


def test_the_key_of_a_certificate_stays_a_secret() -> None:
    recorder, outputs = made(tls=TlsArgs(certificate="crt", private_key="sesame"), verify=False)
    assert "balancer-answers" not in recorder.asked
    assert recorder.given("balancer-site")["certificate"] == "crt"
    key = recorder.given("balancer-site")["private_key"]
    assert (key["4dabf18193072939515e22adb298388d"], key["value"]) == ("1b47061264138c4ac30d75fd1eb44270", "sesame")
    assert "private_key" in recorder.asked["balancer-site"].additionalSecretOutputs
    assert (outputs["url"], outputs["port"]) == ("https://172.16.0.14/", 443)
