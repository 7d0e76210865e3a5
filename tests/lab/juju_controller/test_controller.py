"""A controller bootstrapped, adopted, found again and destroyed by the juju command on a main of the lab."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.rackhosts.testing import RunningRack, running_rack
from providers.common.raw import mapping, text, texts
from providers.hosts import session
from providers.hosts.errors import StepFailedError
from providers.juju import session as juju_session
from providers.juju.crud.controller import ControllerProvider
from providers.juju.crud.controller_place import place_of
from providers.juju.crud.controller_task import Task
from providers.juju.endpoint import find
from providers.juju.errors import ForeignError, JujuError
from tests.lab.maas.conftest import Raw
from tests.lab.rack.conftest import Site
from tests.support.guests import skip_without_root

NAME = "maas-controller"
LEFT = (
    "ls -A .local/share/metal-to-cloud/juju 2>/dev/null; ls -d juju-* 2>/dev/null; "
    "juju clouds --client --format json 2>/dev/null"
)


@pytest.fixture(scope="module")
def rack() -> Iterator[RunningRack]:
    skip_without_root()
    with running_rack(main=True) as running:
        site = Site(running, Raw(running.maas))
        site.prepare()
        site.ready("server1")
        yield running
        session.release()


class Held:
    """The resource as a stack holds it."""

    def __init__(self, rack: RunningRack, folder: Path, **given: object) -> None:
        self.rack = rack
        self.file = folder / "secrets" / "juju.json"
        self._given = given
        made = ControllerProvider().create(self.inputs())
        self.id, self.state = made.id, dict(made.outs or {})

    def inputs(self, **given: object) -> dict[str, object]:
        main, maas = self.rack.hosts.net.main, self.rack.maas
        raw: dict[str, object] = {
            "name": NAME,
            "connection": {"name": "main", "host": main, "user": "cloud", "private_key_file": str(self.rack.key)},
            "cloud": {"name": "maas-one", "type": "maas", "endpoint": maas.url},
            "credential": {"name": "anyuser", "key": maas.api_key},
            "base": "ubuntu@22.04",
            "controller_file": str(self.file),
            **self._given,
            **given,
        }
        checked = ControllerProvider().check({}, raw)
        assert not checked.failures
        return dict(checked.inputs)

    def refresh(self) -> tuple[str, ...] | None:
        """Give what differs; None when it is gone."""
        read = ControllerProvider().read(self.id, self.state)
        if not read.id:
            return None
        self.state = dict(read.outs or {})
        return texts(self.state, "drift")

    def update(self, **given: object) -> None:
        news = self.inputs(**given)
        assert ControllerProvider().diff(self.id, self.state, news).changes
        self.state = dict(ControllerProvider().update(self.id, self.state, news).outs or {})

    def delete(self) -> None:
        ControllerProvider().delete(self.id, self.state)

    def api(self) -> juju_session.Session:
        """Log in with what the file says, as all other resources do."""
        config = {"juju:controllerFile": str(self.file)}
        return juju_session.adopt(find(config.get, {}, lambda path: Path(path).read_text()))


@pytest.fixture
def held(rack: RunningRack, tmp_path: Path) -> Iterator[Held]:
    held = Held(rack, tmp_path)
    yield held
    juju_session.release()
    if rack.juju.controller is not None:
        rack.main(f"juju kill-controller {NAME} --no-prompt")


def test_it_is_bootstrapped_and_destroyed_again(held: Held, rack: RunningRack) -> None:
    state = held.state
    assert (held.id, state["owned"], text(state, "version")[:2]) == (NAME, True, "3.")
    assert held.file.stat().st_mode & 0o777 == 0o600
    assert (held.api().user, held.api().uuid) == ("admin", state["uuid"])
    assert text(state, "machine") in {machine.system_id for machine in rack.maas.service.world.machines}
    assert held.refresh() == ()
    held.delete()
    assert not held.file.exists()
    assert rack.main(LEFT, check=False).split() == ["{}"]
    assert rack.juju.controller is None


def test_a_second_create_finds_what_the_first_made(held: Held, rack: RunningRack, tmp_path: Path) -> None:
    again = Held(rack, tmp_path)  # as after a create whose answer was lost
    assert (again.state["owned"], again.state["uuid"]) == (True, held.state["uuid"])


def test_a_bootstrap_that_runs_is_waited_for(
    rack: RunningRack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()
    monkeypatch.setattr("providers.juju.crud.controller_client.say", lambda _line: begun.set())  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - a line of text
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(Held, rack, tmp_path)
        assert begun.wait(60)
        second = Held(rack, tmp_path)  # as after a run that was ended in the middle
        held = first.result(60)
    assert (second.state["uuid"], second.state["owned"]) == (held.state["uuid"], True)
    held.delete()


def test_a_controller_that_is_there_is_adopted_and_stays(held: Held, rack: RunningRack, tmp_path: Path) -> None:
    rack.main("rm -r .local/share/metal-to-cloud")
    other = Held(rack, tmp_path)
    assert other.state["owned"] is False
    other.delete()
    assert rack.juju.controller is not None
    assert held.refresh() == ()


def test_one_of_another_stack_is_adopted_and_stays(rack: RunningRack, tmp_path: Path) -> None:
    made = Held(rack, tmp_path, claim="kit/one/juju-bootstrap")
    assert Held(rack, tmp_path, claim="kit/one/juju-bootstrap").state["owned"] is True
    other = Held(rack, tmp_path / "other", claim="kit/two/juju-bootstrap")
    assert (other.state["owned"], other.state["uuid"]) == (False, made.state["uuid"])
    other.delete()
    assert rack.juju.controller is not None
    assert made.refresh() == ()
    made.delete()
    assert rack.juju.controller is None


def test_what_it_was_made_with_stays_known(held: Held) -> None:
    held.update(base="ubuntu@24.04", keep=True)
    assert held.state["base"] == "ubuntu@22.04", "a preview goes on telling that the other one has no effect"
    held.update(keep=False)


def test_keep_leaves_it(held: Held, rack: RunningRack) -> None:
    held.update(keep=True)
    held.delete()
    assert rack.juju.controller is not None


def test_it_is_not_destroyed_under_living_models(held: Held, rack: RunningRack) -> None:
    rack.main("juju add-model somebody-elses")
    with pytest.raises(ForeignError, match="still has the models somebody-elses: it is not destroyed with them"):
        held.delete()
    held.update(force="the term is over")
    held.delete()
    assert rack.juju.controller is None


def test_the_file_is_repaired_and_moved(held: Held, tmp_path: Path) -> None:
    held.file.unlink()
    assert held.refresh() == (f"The controller's login is in {held.file}",)
    held.update()
    assert held.refresh() == ()
    held.file.chmod(0o644)
    assert held.refresh() == (f"The controller's login is in {held.file}",)
    held.update(controller_file=str(tmp_path / "other.json"))
    assert not held.file.exists()
    assert json.loads((tmp_path / "other.json").read_text())["uuid"] == held.state["uuid"]


def test_one_that_was_destroyed_by_hand_is_gone(held: Held, rack: RunningRack) -> None:
    rack.main(f"juju destroy-controller {NAME} --no-prompt --destroy-all-models --destroy-storage")
    assert held.refresh() is None
    held.delete()
    assert not held.file.exists()


def test_a_client_that_is_gone_is_no_controller_that_is_gone(
    held: Held, rack: RunningRack, monkeypatch: pytest.MonkeyPatch
) -> None:
    rack.main("sudo snap remove juju")
    assert held.refresh() == ()  # it answers
    with monkeypatch.context() as patch:
        patch.setitem(held.state, "addresses", [f"{rack.hosts.net.main}:9"])  # and now it does not
        uuid = held.state["uuid"]
        assert held.refresh() is not None
        assert held.state["uuid"] == uuid
        with pytest.raises(StepFailedError, match="juju: not found"):
            held.delete()
    rack.main("sudo snap install juju --channel=3.6/stable")
    assert held.refresh() == ()  # the client knows the address


def test_a_main_that_was_installed_anew_proves_nothing(
    held: Held, rack: RunningRack, monkeypatch: pytest.MonkeyPatch
) -> None:
    rack.main("mv .local/share kept")
    with monkeypatch.context() as patch:
        patch.setitem(held.state, "addresses", [f"{rack.hosts.net.main}:9"])
        assert held.refresh() is not None
    with monkeypatch.context() as patch:
        patch.setitem(held.state, "password", "changed-by-hand")
        assert held.refresh() is not None
    rack.main("rm -rf .local/share; mv kept .local/share")
    assert held.refresh() == ()
    assert held.api().user == "admin"


def test_an_end_that_can_not_be_seen_is_told(held: Held, rack: RunningRack) -> None:
    rack.main("mv .local/share kept")
    held.state["addresses"] = [f"{rack.hosts.net.main}:9"]
    machine = text(held.state, "machine")
    with pytest.raises(JujuError, match=f"whether it is gone can't be seen. Release its machine {machine} in MAAS"):
        held.delete()
    held.state["force"] = "it is broken"
    held.delete()
    assert not held.file.exists()
    rack.main("rm -rf .local/share; mv kept .local/share")


def test_a_command_that_still_runs_and_fails_does_not_end_a_delete(
    held: Held, rack: RunningRack, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, joined = threading.Event(), threading.Event()
    rack.main("touch going-on")
    command = "sh -c 'echo begun; while [ -e $HOME/going-on ]; do sleep 0.1; done; echo no answer; exit 1'"
    task = Task(place_of(held.inputs()), NAME)

    def joins(line: str) -> None:
        if line.endswith("begun"):
            rack.main("rm -f going-on")
        joined.set()

    monkeypatch.setattr("providers.juju.crud.controller.say", joins)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(task.finish, "juju destroy-controller", command, lambda _line: begun.set())
        assert begun.wait(60)
        held.delete()
        with pytest.raises(JujuError, match="no answer"):
            first.result(60)
    assert joined.is_set()
    assert rack.juju.controller is None


def test_settings_are_given_at_bootstrap_and_changed_later(rack: RunningRack, tmp_path: Path) -> None:
    held = Held(rack, tmp_path, config={"api-port": 17071.0})
    assert all(address.endswith(":17071") for address in texts(held.state, "addresses"))
    held.update(config={"api-port": 17071.0, "audit-log-max-backups": 3.0})
    asked = held.api().controller.call("Controller", "ControllerConfig", purpose="show its settings")
    assert mapping(asked, "config")["audit-log-max-backups"] == 3
    refused = "Juju refused to set api-port of the controller maas-controller: .* must stay as it was then"
    with pytest.raises(JujuError, match=refused):
        held.update(config={"api-port": 443.0})
    juju_session.release()
    held.delete()


def test_a_new_key_reaches_client_and_controller(held: Held, rack: RunningRack) -> None:
    key = rack.main("sudo maas apikey --username cloud --generate").split()[-1]
    held.update(credential={"name": "anyuser", "key": key})
    contents = held.api().controller.one(
        "Cloud",
        "CredentialContents",
        {"credentials": [{"cloud-name": "maas-one", "credential-name": "anyuser"}], "include-secrets": True},
        purpose="show the credential",
    )
    assert key in json.dumps(contents)
    assert key in rack.main("juju credentials --client --format json --show-secrets")


def test_no_secret_is_on_a_command_line_or_left_in_a_file(held: Held, rack: RunningRack) -> None:
    key = rack.maas.api_key
    found = rack.main(f"grep -rlF {key} . 2>/dev/null || :").split()
    assert found == ["./.local/share/juju/credentials.yaml"]


def test_what_bootstrap_refuses_is_told_in_its_words(rack: RunningRack, tmp_path: Path) -> None:
    with pytest.raises(
        JujuError, match=r"main: juju bootstrap failed with status 1\. It printed:\n(.*\n)*.*ERROR"
    ) as caught:
        Held(rack, tmp_path, constraints="tags=no-such-tag")
    assert rack.maas.api_key not in str(caught.value)
    assert rack.juju.controller is None
    held = Held(rack, tmp_path)
    assert held.state["owned"]
    held.delete()


def test_the_courses_own_juju_2_9(rack: RunningRack, tmp_path: Path) -> None:
    rack.main("sudo snap remove juju")
    held = Held(rack, tmp_path, channel="2.9/stable", constraints="mem=1G")
    assert (text(held.state, "version")[:4], held.api().version[:4], held.refresh()) == ("2.9.", "2.9.", ())
    held.delete()  # although it has the empty model that Juju 2 begins with
    assert rack.juju.controller is None
    rack.main("sudo snap remove juju")


def test_juju_4_0(rack: RunningRack, tmp_path: Path) -> None:
    rack.main("sudo snap remove juju")
    held = Held(rack, tmp_path, channel="4.0/stable")
    assert (text(held.state, "version")[:4], held.api().version[:4], held.refresh()) == ("4.0.", "4.0.", ())
    held.delete()
    assert rack.juju.controller is None
    rack.main("sudo snap remove juju")


def test_a_channel_that_is_not_there_is_told(rack: RunningRack, tmp_path: Path) -> None:
    rack.main("sudo snap remove juju")
    with pytest.raises(StepFailedError, match=r'"The snap juju is installed" failed(.*\n)*.*3\.99/stable'):
        Held(rack, tmp_path, channel="3.99/stable")
    assert not (tmp_path / "secrets").exists()
