"""A main without MAAS, and how a person brings MAAS up there: over SSH, as in the first lab of the course."""

import json
from collections.abc import Callable

import pytest

from tests.lab.maas.conftest import Raw
from tests.lab.rack.conftest import Site, until

pytestmark = pytest.mark.slow

INSTALL = "sudo snap install maas --channel=3.5/stable && sudo snap install maas-test-db"


def _url(site: Site) -> str:
    return f"http://{site.rack.hosts.net.main}:5240/MAAS"


def _init(site: Site) -> str:
    return f"sudo maas init region+rack --maas-url {_url(site)} --database-uri maas-test-db:///"


def _answers(site: Site) -> bool:
    return (
        site.rack.main(f"curl --silent --output /dev/null {_url(site)}/api/2.0/version/ && echo yes", check=False) != ""
    )


def test_maas_is_installed_by_hand(own: Callable[..., Site]) -> None:
    site = own(bare=True)
    main = site.rack.main
    assert main("whoami; hostname").split() == ["cloud", "main"]
    assert "command not found" in main("maas status", check=False)
    assert not _answers(site)
    main(INSTALL)
    assert {line.split()[0] for line in main("snap list").splitlines()} >= {"maas", "maas-test-db"}
    assert main("command -v maas") == "/snap/bin/maas\n"
    assert "must be run by root" in main(_init(site).removeprefix("sudo "), check=False)
    assert "MAAS has been set up." in main(_init(site))
    assert _answers(site)
    assert "Passwords don't match" in main(
        "sudo maas createadmin --username cloud --email cloud@localhost", stdin="geheim\ngehiem\n", check=False
    )
    main("sudo maas createadmin --username cloud --email cloud@localhost", stdin="geheim\ngeheim\n\n")
    site.raw.key = main("sudo maas apikey --username cloud").strip()
    assert site.raw.get("users/", "whoami").json["username"] == "cloud"
    assert "regiond" in main("sudo maas status")
    _use_the_cli(site)
    site.prepare()
    assert site.deployed("server1")
    assert site.answers("server1")
    _reboot_and_remove(site)


def _use_the_cli(site: Site) -> None:
    main = site.rack.main
    assert "rejected your API key" in main(f"maas login admin {_url(site)} a:b:c", check=False)
    assert "with the profile name\n'admin'" in main(f"maas login admin {_url(site)} {site.raw.key}")
    assert main("stat --format %a ~/.maascli.json") == "600\n"
    assert json.loads(main("maas admin version read"))["version"] == "3.5.10"
    main("maas admin maas set-config name=kernel_opts value=quiet")
    assert json.loads(main("maas admin maas get-config name=kernel_opts")) == "quiet"
    assert json.loads(main("maas admin tags create name=virtual"))["name"] == "virtual"
    assert json.loads(main("maas admin tag read virtual"))["name"] == "virtual"
    assert "already exists" in main("maas admin tags create name=virtual; echo $?", check=False)
    assert "invalid choice: 'dance'" in main("maas admin dance", check=False)
    assert "machines" in main("maas admin --help")
    main("maas logout admin")
    assert main("maas list") == ""


def _reboot_and_remove(site: Site) -> None:
    site.rack.main("sudo systemctl reboot", check=False)
    until(lambda: "maas " in site.rack.main("snap list", check=False))
    assert site.rack.main("sudo snap remove --purge maas maas-test-db") == "maas removed\nmaas-test-db removed\n"
    assert not _answers(site)
    assert "command not found" in site.rack.main("maas status", check=False)
    assert site.rack.fleet.running("server1")
    site.rack.main(INSTALL)
    site.rack.main(_init(site))
    assert "User does not exist" in site.rack.main("sudo maas apikey --username cloud", check=False)
    site.rack.main("sudo maas createadmin --username cloud --email cloud@localhost --password geheim")
    again = Raw(site.rack.maas, site.rack.main("sudo maas apikey --username cloud").strip())
    assert again.get("machines/").json == []


def test_main_with_maas_from_the_start(own: Callable[..., Site]) -> None:
    site = own(main=True)
    assert "maas-test-db" in site.rack.main("snap list")
    assert site.rack.main("sudo maas apikey --username cloud").strip() == site.rack.maas.api_key
    assert _answers(site)


def test_only_these_commands_pass_and_root_is_who_the_kernel_says(own: Callable[..., Site]) -> None:
    site = own(main=True)
    talk = (
        'python3 -c \'import socket,sys;s=socket.socket(socket.AF_UNIX);s.connect("/var/lib/lab/main.sock");'
        "s.sendall(sys.stdin.buffer.read());print(s.makefile().readline())'"
    )

    def ask(document: object) -> dict[str, object]:
        return json.loads(site.rack.main(talk, stdin=f"{json.dumps(document)}\n"))

    assert ask({"do": "status", "with": {}})["code"] == 1
    assert "command not found" in str(ask({"program": "hand", "argv": ["release", "server1"]})["err"])
    denied = ask({"program": "snap", "argv": ["remove", "maas"], "root": True})
    assert (denied["code"], denied["err"]) == (1, "error: access denied (try with sudo)\n")
    assert ask([])["code"] == 1
