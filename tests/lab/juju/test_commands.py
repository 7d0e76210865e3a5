"""The command `juju` on main, without main: lines in; words, documents, exit codes and the client's files out."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jubilant
import pytest
import yaml

from lab.cli import text
from lab.daemon import juju_orders, orders
from lab.juju import seed
from lab.juju.rack import CLOUD, JujuRack, running_juju_rack
from lab.mainhost.asked import Answer, Asked
from tests.lab.maas.conftest import Raw
from tests.lab.rack.conftest import until

BOOTSTRAP = f"bootstrap {CLOUD} main --bootstrap-base ubuntu@22.04"


@pytest.fixture(scope="module")
def bare() -> Generator[JujuRack]:
    """A rack with MAAS and the juju snap, and no controller."""
    with running_juju_rack() as running:
        Raw(running.maas).ready("server1", "server2")
        yield running


@pytest.fixture(scope="module")
def rack() -> Generator[JujuRack]:
    """A rack with a controller on server1, and a model with an application."""
    with running_juju_rack() as running:
        Raw(running.maas).ready("server1", "server2")
        running.add_cloud()
        running.juju(f"{BOOTSTRAP} --to server1")
        running.juju("add-model work")
        _deploy(running)
        yield running


def _details(rack: JujuRack) -> Any:
    shown: Any = rack.document("show-controller --show-password")
    return shown["main"]


def _deploy(rack: JujuRack) -> None:
    asked = {"CharmName": "ubuntu", "ApplicationName": "ubuntu", "base": {"name": "ubuntu", "channel": "22.04"}}
    rack.site.call(
        "admin",
        _details(rack)["account"]["password"],
        "Application",
        "DeployFromRepository",
        {"Args": [{**asked, "num-units": 1}]},
        _details(rack)["models"]["work"]["uuid"],
    )
    until(lambda: "active" in rack.juju("status"))


# --- a client without a controller


REFUSED = {
    "dance": 'ERROR juju: "dance" is not a juju command. See "juju --help".',
    "clouds --colour": "ERROR option provided but not defined: --colour",
    "version more": 'ERROR unrecognized args: ["more"]',
    "bootstrap": "ERROR no cloud specified",
    "bootstrap nowhere": 'ERROR unknown cloud "nowhere", please try "juju update-public-clouds"',
    "controllers": "ERROR No controllers registered.",
    "switch nowhere": 'ERROR "nowhere" is not the name of a model or controller',
    "login": "ERROR no current controller",
    "add-model": "ERROR juju: no model name was passed.",
    "kill-controller other --no-prompt": "ERROR controller other not found",
    "bootstrap nowhere x y z": 'ERROR unrecognized args: ["y" "z"]',
    "status": "ERROR No controllers registered.",
    "add-credential --client other": "ERROR cloud other not valid\nTo view all available clouds, use 'juju clouds'.",
    "destroy-controller": "ERROR no controller specified",
    "destroy-controller x --destroy-storage --release-storage": "ERROR --destroy-storage and --release-storage cannot",
    "destroy-controller x --model-timeout 3s": "ERROR --model-timeout can only be used with --force (dangerous)",
    "destroy-controller x --yes": "ERROR option provided but not defined: --yes",
    "add-cloud --client -f x.yaml": "ERROR no clouds found in parsed yaml, please validate yaml keys",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_done_is_said_in_jujus_words(bare: JujuRack, line: str) -> None:
    answer = bare.main(f"juju {line}", root=False, given={"file:x.yaml": "clouds: {}"})
    assert (answer.code in {1, 2}, answer.err.startswith(REFUSED[line])) == (True, True), answer.err
    assert answer.out == ""
    assert not answer.files


TOLD = {
    "show-controller": (1, "{}\n", "ERROR there is no active controller\n"),
    "show-controller other": (1, "{}\n", "ERROR controller other not found\n"),
    "controllers --format json": (0, '{"controllers":null,"current-controller":""}\n', ""),
    "controllers --format yaml": (0, 'controllers: {}\ncurrent-controller: ""\n', ""),
    "remove-cloud --client other": (0, "", 'No cloud called "other" exists on this client\n'),
    "update-cloud": (2, "", "ERROR cloud name required\n"),
    "whoami": (
        0, "", "There is no current controller.\nRun juju controllers to see available controllers.\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", TOLD)
def test_codes_and_streams_are_those_of_the_real_client(bare: JujuRack, line: str) -> None:
    answer = bare.main(f"juju {line}", root=False)
    assert (answer.code, answer.out, answer.err) == TOLD[line]


CLOUDS = {
    "lxd: {type: lxd, endpoint: x}": 'cloud "lxd" is of type "lxd"',
    "maas: {type: maas, endpoint: here}": '"here" is no endpoint',
    "maas: {type: maas}": '"" is no endpoint',
    "maas: 3": 'cloud "maas" not found in file',
}


@pytest.mark.parametrize("text", CLOUDS)
def test_a_wrong_cloud_is_refused(bare: JujuRack, text: str) -> None:
    name = text.partition(":")[0]
    answer = bare.main(f"juju add-cloud --client {name} c.yaml", given={"file:c.yaml": f"clouds: {{{text}}}"})
    assert (answer.code, CLOUDS[text] in answer.err) == (1, True), answer.err


_KEYS = {"file:k.yaml": "credentials: {site: {cloud: {auth-type: oauth1, maas-oauth: 'x:y:z'}}}"}


def test_clouds_and_credentials_come_and_go(bare: JujuRack) -> None:
    bare.add_cloud("site", "a:b:secret")
    shown: Any = bare.document("clouds --all")
    assert shown["site"]["endpoint"] == bare.maas.url
    assert "site" in bare.juju("clouds")
    assert bare.document("credentials --client site") == {
        "client-credentials": {"site": {"cloud-credentials": {"cloud": {"auth-type": "oauth1"}}}}
    }
    assert "secret" not in bare.juju("credentials") + bare.juju("credentials --format yaml")
    assert "a:b:secret" in bare.juju("credentials --show-secrets --format yaml")
    refused = bare.juju(
        "add-credential --client site -f k.yaml",
        check=False,
        given=_KEYS,
    )
    assert refused == (
        'No local credentials for cloud "site" changed.\n'
        'ERROR credential "cloud" for cloud "site" already exists locally, use '
        "'juju update-credential site cloud -f k.yaml' to update this local client copy\n"
    )
    other = bare.juju("update-credential --client site other -f k.yaml", check=False, given=_KEYS)
    assert other == (
        'ERROR could not get credentials from file: credential "other" for cloud "site" in file k.yaml not found\n'
    )
    assert "x:y:z" not in refused
    bare.juju("remove-credential --client site cloud")
    bare.juju("remove-cloud --client site")
    assert bare.document("clouds --all") == {}
    assert bare.juju("credentials") == "No credentials from any controller to display.\n"
    assert bare.juju("credentials --client") == ""


def test_a_person_is_asked(bare: JujuRack) -> None:
    answers = {"type": "maas", "name": "asked", "endpoint": bare.maas.url, "credential": "me", "key": "k:e:y"}
    with pytest.raises(AssertionError, match="asks for type"):
        bare.juju("add-cloud --client")
    bare.juju("add-cloud --client", given=answers)
    bare.juju("add-credential --client asked", given=answers)
    assert yaml.safe_load(bare.files["credentials.yaml"])["credentials"]["asked"]["me"]["maas-oauth"] == "k:e:y"
    bare.juju("remove-credential --client asked me")
    bare.juju("remove-cloud --client asked")


def test_without_the_snap_there_is_no_juju(bare: JujuRack) -> None:
    bare.main("snap remove juju")
    assert bare.main("juju version").code == 127
    assert "classic confinement" in bare.main("snap install juju --channel=2.9/stable").err
    assert "juju (2.9/stable) 2.9.49" in bare.main("snap install juju --channel=2.9/stable --classic").out
    assert bare.juju("version") == "2.9.49-ubuntu-amd64\n"
    assert "3.6.14" in bare.main("snap refresh juju --channel=3.6/stable").out


BOOTSTRAPS = {
    f"bootstrap {CLOUD} main --to server9 --bootstrap-base ubuntu@22.04": (
        "ERROR failed to bootstrap model: cannot start bootstrap instance: failed to acquire node: No available "
    ),
    f"bootstrap {CLOUD} main --constraints mem=900G --bootstrap-base ubuntu@22.04": (
        'cannot start bootstrap instance in availability zone "default": failed to acquire node: No available machine '
    ),
    f"bootstrap {CLOUD} main --to zone=mars": 'cannot start bootstrap instance: availability zone "mars" not valid',
    f"bootstrap {CLOUD} main": (
        "ERROR failed to bootstrap model: cannot start bootstrap instance: unexpected: ServerError: 400 Bad Request"
    ),
    f"bootstrap {CLOUD}/mars main": f'ERROR region "mars" for cloud "{CLOUD}" not valid',
    f"bootstrap {CLOUD} main --constraints mem=lots": 'ERROR bad "mem" constraint',
    f"bootstrap {CLOUD} main --bootstrap-base win@11": 'ERROR base "win@11" not valid',
    f"bootstrap {CLOUD} main --config api-port=https": (
        'ERROR constructing controller config: api-port: expected number, got string("https")'
    ),
    f"bootstrap {CLOUD} main --config no.yaml": "ERROR no.yaml holds no configuration",
    f"bootstrap {CLOUD} main --credential other": f'ERROR "other" credential for cloud "{CLOUD}" not found\nSee `juju',
    f"bootstrap {CLOUD} Main_x": "ERROR validating controller config: controller-name value must be a valid controller",
}


@pytest.mark.parametrize("line", BOOTSTRAPS)
def test_a_bootstrap_that_fails_leaves_nothing(bare: JujuRack, line: str) -> None:
    if CLOUD not in bare.juju("clouds --all"):
        bare.add_cloud()
    answer = bare.main(f"juju {line}", given={"file:no.yaml": "[]"})
    assert answer.code == (2 if "win@11" in line else 1)
    assert BOOTSTRAPS[line] in answer.err
    assert bare.site.controller is None
    assert [each["status_name"] for each in bare.maas.machines()] == ["Ready", "Ready"]
    assert "main" not in bare.files.get("controllers.yaml", "")


_BAD_KEY = "ERROR creating MAAS environ: ServerError: 401 Unauthorized (Authorization Error: Invalid API key.)\n"


def test_a_wrong_key_is_said_and_not_shown(bare: JujuRack) -> None:
    bare.add_cloud("wrong", "not:the:key")
    answer = bare.main("juju bootstrap wrong main --bootstrap-base ubuntu@22.04")
    assert (answer.code, answer.err) == (1, _BAD_KEY)
    assert "not:the:key" not in answer.err + answer.out


def test_a_deployment_that_fails_is_said_and_the_machine_given_back(bare: JujuRack) -> None:
    if CLOUD not in bare.juju("clouds --all"):
        bare.add_cloud()
    bare.maas.fault("fail", phase="deploying", text="no space left", times=1)
    answer = bare.main(f"juju {BOOTSTRAP}")
    assert (answer.code, "no space left" in answer.err) == (1, True), answer.err
    assert [each["status_name"] for each in bare.maas.machines()] == ["Ready", "Ready"]
    bare.maas.clear_faults()


# --- with a controller


def test_the_controllers_documents(rack: JujuRack) -> None:
    details = _details(rack)
    address = details["details"]["api-endpoints"][0]
    assert address.endswith(":17070")
    assert details["details"]["uuid"] == rack.controller.service.world.meta.uuid
    assert details["models"]["controller"]["uuid"] == rack.controller.service.world.meta.controller_model
    block = rack.juju("show-controller main")
    assert f"controller-uuid: {details['details']['uuid']}\n    api-endpoints: ['{address}']\n" in block
    assert "ca-cert: |\n      -----BEGIN CERTIFICATE-----\n" in block
    assert details["controller-machines"] == {"0": {"instance-id": rack.maas.machine("server1").system_id}}
    assert details["account"]["user"] == "admin"
    assert details["details"]["ca-cert"].startswith("-----BEGIN CERTIFICATE-----")
    plain: Any = rack.document("show-controller main")
    assert "password" not in plain["main"]["account"]
    assert details["account"]["password"] not in rack.juju("controllers --format yaml")
    listed: Any = rack.document("controllers")
    assert (listed["current-controller"], listed["controllers"]["main"]["api-endpoints"]) == ("main", [address])
    assert yaml.safe_load(rack.files["controllers.yaml"])["controllers"]["main"]["api-endpoints"] == [address]


TABLES = {
    "controllers": ["Controller  Model", "main*       work   admin  superuser  maas-one/default", "3.6.14"],
    "models": ["Controller: main", "Model       Cloud/Region", "work*       maas-one/default  maas  available"],
    "status": ["App", "ubuntu", "Unit", "ubuntu/0*  active", "Machine  State", "ubuntu@22.04  default  Deployed"],
    "status -m controller": ["controller  main        maas-one/default  3.6.14", "server1"],
    "whoami": ["Controller:  main\nModel:       work\nUser:        admin\n"],
    "switch": ["main:admin/work"],
    "show-controller": ["main:", "controller-uuid", "ca-fingerprint"],
}


@pytest.mark.parametrize("line", TABLES)
def test_what_a_person_reads(rack: JujuRack, line: str) -> None:
    printed = rack.juju(line)
    assert [each for each in TABLES[line] if each not in printed] == [], printed
    assert "\t" not in printed
    assert all(each == each.rstrip() for each in printed.splitlines())


def test_jubilant_reads_the_status(rack: JujuRack) -> None:
    status = jubilant.Status._from_dict(dict(rack.document("status")))
    assert (status.model.name, status.model.controller, status.model.cloud) == ("work", "main", CLOUD)
    assert jubilant.all_active(status, "ubuntu")
    assert jubilant.all_agents_idle(status, "ubuntu")
    (machine,) = status.machines.values()
    unit = status.get_units("ubuntu")["ubuntu/0"]
    assert (unit.machine, unit.public_address, unit.leader) == ("0", machine.dns_name, True)
    assert machine.display_name == "server2"
    assert status.apps["ubuntu"].charm_name == "ubuntu"
    assert status.apps["ubuntu"].base == jubilant.statustypes.FormattedBase("ubuntu", "22.04")
    controller = jubilant.Status._from_dict(dict(rack.document("status -m controller")))
    assert controller.machines["0"].controller_member_status == "has-vote"


def test_status_of_patterns_and_of_models_that_are_not_there(rack: JujuRack) -> None:
    assert "ubuntu/0*" in rack.juju("status ubuntu")
    assert rack.main("juju status nothing", root=False).err == "Nothing matched specified filter.\n"
    assert rack.juju("status -m nowhere", check=False) == "ERROR model main:admin/nowhere not found\n"


def test_a_model_that_is_there_or_has_no_name_is_refused(rack: JujuRack) -> None:
    again = rack.main("juju add-model work", root=False)
    said = 'ERROR failed to create new model: model "work" for admin already exists (already exists)\n'
    assert (again.code, again.err) == (1, said)
    wrong = rack.main("juju add-model Work", root=False)
    assert (wrong.code, wrong.err.startswith('ERROR "Work" is not a valid name: model names may')) == (2, True)


def test_switching(rack: JujuRack) -> None:
    assert rack.juju("switch controller") == "main:admin/work -> main:admin/controller\n"
    assert rack.juju("switch main:work") == "main:admin/controller -> main:admin/work\n"
    assert "is not the name of a model" in rack.juju("switch main:nowhere", check=False)
    assert rack.juju("switch main") == "main:admin/work (no change)\n"


def test_who_is_not_logged_in_sees_nothing(rack: JujuRack) -> None:
    password = _details(rack)["account"]["password"]
    assert "preventing account loss" in rack.juju("logout", check=False)
    assert rack.main("juju login", root=False).code == 0, "who is logged in is so already"
    rack.juju("logout --force")
    assert "not logged in" in rack.juju("models", check=False)
    assert "invalid entity name or password" in rack.juju("login -u admin", check=False, given={"password": "wrong"})
    assert "not logged in" in rack.juju("models", check=False), "a wrong password is not kept"
    rack.juju("login -u admin", given={"password": password})
    assert "work" in rack.juju("models")


def test_a_second_controller_is_refused(rack: JujuRack) -> None:
    assert 'controller "main" already exists' in rack.juju(f"bootstrap {CLOUD} main", check=False)
    assert 'one controller at a time, and "main" is there' in rack.juju(f"bootstrap {CLOUD} other", check=False)


def test_live_models_are_not_destroyed_unasked(rack: JujuRack) -> None:
    assert "\tadmin/work (alive)" in rack.juju("destroy-controller main --no-prompt", check=False)
    with pytest.raises(AssertionError, match="asks for confirm"):
        rack.juju("destroy-controller main --destroy-all-models")
    said = rack.juju("destroy-controller main --destroy-all-models", check=False, given={"confirm": "no"})
    assert "ERROR controller destruction: aborted" in said


def test_the_end_gives_all_machines_back(bare: JujuRack) -> None:
    if CLOUD not in bare.juju("clouds --all"):
        bare.add_cloud()
    bare.juju(f"{BOOTSTRAP} --to server1 --config default-base=ubuntu@22.04 --constraints mem=1G")
    bare.juju("add-model work")
    _deploy(bare)
    said = bare.juju("destroy-controller main --no-prompt --destroy-all-models")
    assert "All models reclaimed, cleaning up controller machines" in said
    assert [(each["status_name"], each["owner"]) for each in bare.maas.machines()] == [("Ready", None), ("Ready", None)]
    assert yaml.safe_load(bare.files["controllers.yaml"]) == {"controllers": {}}
    assert "No controllers registered" in bare.juju("controllers", check=False)


def test_a_controller_without_its_machine_is_replaced(bare: JujuRack) -> None:
    if CLOUD not in bare.juju("clouds --all"):
        bare.add_cloud()
    bare.juju(f"{BOOTSTRAP} --to server1")
    bare.maas.hand("release", "server1")
    until(lambda: bare.site.controller is not None and not bare.site.controller.has_machine())
    assert "ERROR unable to connect to API: dial tcp 127." in bare.juju("models", check=False)
    shown = bare.main("juju show-controller main", root=False)
    assert (shown.code, shown.out, shown.err.startswith("ERROR opening API connection: unable to")) == (1, "{}\n", True)
    killed = bare.juju("kill-controller main --no-prompt", check=False)
    assert "ERROR cannot connect to model config API: unable to connect to API: dial tcp 127." in killed
    destroyed = bare.juju("destroy-controller main --no-prompt --destroy-all-models", check=False)
    assert 'ERROR failed to destroy controller "main"' in destroyed
    assert "ERROR cannot connect to API: unable to connect" in destroyed
    bare.juju("unregister main --no-prompt")
    bare.juju(f"{BOOTSTRAP} --to server2")
    assert "server2" in bare.juju("status -m controller")
    bare.juju("kill-controller main --no-prompt")
    assert [each["status_name"] for each in bare.maas.machines()] == ["Ready", "Ready"]


def test_the_course_bootstraps_with_juju_2() -> None:
    with running_juju_rack(channel="2.9/stable") as rack:
        Raw(rack.maas).ready("server1", "server2")
        rack.add_cloud("maas")
        said = rack.juju("bootstrap --bootstrap-series=jammy maas main --to server1")
        assert 'Initial model "default" added' in said
        assert "default*" in rack.juju("models")
        assert rack.site.service.world.meta.version == "2.9.49"
        refused = rack.main("juju bootstrap maas other --bootstrap-base ubuntu@22.04", root=False)
        assert (refused.code, refused.err) == (2, "ERROR option provided but not defined: --bootstrap-base\n")
        rack.juju("add-model work")
        _deploy(rack)
        shown: Any = rack.document("status")
        app, machine = shown["applications"]["ubuntu"], shown["machines"]["0"]
        assert (app["series"], app["os"], machine["series"]) == ("jammy", "ubuntu", "jammy")
        assert "base" not in {*app, *machine}
        heading, row = rack.juju("status").splitlines()[-2:]
        assert heading.split() == ["Machine", "State", "Address", "Inst", "id", "Series", "AZ", "Message"]
        assert " jammy " in row


def test_the_state_outlives_the_lab(tmp_path: Path) -> None:
    with running_juju_rack(home=tmp_path) as rack:
        Raw(rack.maas).ready("server1", "server2")
        rack.add_cloud()
        rack.juju(f"{BOOTSTRAP} --to server1")
        rack.juju("add-model work")
        _deploy(rack)
        files, port = rack.files, urlsplit(rack.maas.url).port
        assert (tmp_path / "juju" / "state.json").stat().st_mode & 0o077 == 0
    with running_juju_rack(home=tmp_path, port=port or 0) as rack:
        rack.files = files
        password = yaml.safe_load(files["accounts.yaml"])["controllers"]["main"]["password"]
        assert seed.fits(rack.site.service.world.users.get("admin"), password)
        until(lambda: "ubuntu/0*  active" in rack.juju("status", check=False))
        status = jubilant.Status._from_dict(dict(rack.document("status")))
        assert status.machines["0"].instance_id == rack.maas.machine("server2").system_id
        rack.maas.hand("release", "server2")
        until(lambda: "lost" in rack.juju("status"))


def test_the_lab_shows_models_and_applications(rack: JujuRack) -> None:
    shown = {**orders.status(rack.maas.service, {}), "juju": juju_orders.status(rack.site, {})}
    printed = text.status(shown, rack.maas.url, text.Paint(colour=False))
    assert "Juju 3.6.14, controller main: up at 127." in printed
    assert "Model work: machines 0 server2" in printed
    assert "ubuntu       active  1 active" in printed
    number = juju_orders.fault_add(rack.site, {"kind": "call", "facade": "Client", "text": "no", "times": 1})["id"]
    assert "Juju's faults:" in text.status(
        {**shown, "juju": juju_orders.status(rack.site, {})}, "", text.Paint(colour=False)
    )
    assert juju_orders.fault_clear(rack.site, {"id": number}) == 1
    assert juju_orders.hand(rack.site, {"action": "config", "target": ["work:", "ubuntu", "hostname", "x"]})


# --- time


def _said(rack: JujuRack, asked: Asked, last: Answer, words: str) -> Answer:
    """Ask again until these words come, or the end."""
    said = last.err
    while last.again and words not in said:
        last = rack.desk.answer(replace(asked, again=last.again))
        said += last.err
    assert words in said
    return last


def test_a_bootstrap_takes_its_time_and_can_be_interrupted() -> None:
    with running_juju_rack(pace="manual") as rack:
        Raw(rack.maas).ready("server1")
        rack.add_cloud()
        asked = Asked("juju", tuple(f"{BOOTSTRAP} --to server1".split()), False, files=rack.files)
        answer = _said(rack, asked, rack.desk.answer(asked), "arch=amd64 mem=12G cores=2")
        rack.maas.advance(900)
        answer = _said(rack, asked, answer, "Running machine configuration script...")
        rack.maas.advance(200)
        assert rack.desk.answer(replace(asked, again=answer.again)).again
        assert rack.site.controller is None
        rack.maas.advance(100)
        answer = _said(rack, asked, answer, "is now available")
        assert rack.site.controller is not None
        rack.site.kill()
        rack.maas.advance(900)
        answer = _said(rack, asked, rack.desk.answer(asked), "arch=amd64")
        while answer.again:
            answer = rack.desk.answer(replace(asked, again=answer.again, interrupt=True))
        stopped = "\nCtrl-C pressed, attempting to stop bootstrap and clean up resources\n"
        assert (answer.code, answer.err) == (1, f"{stopped}ERROR failed to bootstrap model: cancelled\n")
        rack.maas.advance(900)
        assert rack.maas.machine("server1").owner == ""


def test_a_maas_that_stumbles_does_not_end_a_bootstrap(bare: JujuRack) -> None:
    if CLOUD not in bare.juju("clouds --all"):
        bare.add_cloud()
    bare.maas.fault("status", method="GET", path="machines/$", status=503, text="busy", times=3)
    bare.juju(f"{BOOTSTRAP} --to server1")
    bare.juju("kill-controller main --no-prompt")
    bare.maas.clear_faults()


def test_a_machine_that_maas_does_not_take_back_is_given_back_later(bare: JujuRack) -> None:
    if CLOUD not in bare.juju("clouds --all"):
        bare.add_cloud()
    bare.juju(f"{BOOTSTRAP} --to server1")
    bare.maas.fault("status", op="release", status=503, text="busy", times=1)
    assert bare.juju("kill-controller main --no-prompt", check=False) == "ERROR busy\n"
    assert '"main"' in bare.juju(f"{BOOTSTRAP} --to server2", check=False), "it is there as it was"
    bare.juju("kill-controller main --no-prompt")
    assert bare.maas.machine("server1").owner == ""
    assert bare.site.controller is None


def test_who_asks_for_nothing_that_is_under_way_is_told(bare: JujuRack) -> None:
    answer = bare.desk.answer(Asked("juju", ("version",), False, again="nonsense"))
    assert (answer.code, answer.err) == (1, "ERROR this command is no longer under way\n")
