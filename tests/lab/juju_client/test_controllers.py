"""The client with controllers of 2.9, 3.6 and 4.0, and with those that refuse it."""

import pytest

from lab.juju.testing import RunningJuju, running_juju
from providers.juju.errors import (
    AnswerLost,
    JujuError,
    LoginRefused,
    NotDone,
    NotFound,
    NotSupported,
    Refused,
    SetupError,
    gone,
)
from tests.lab.juju_client.conftest import Bench, add_model, attached, deploy, relate
from tests.unit.juju_client.scripted import identity


@pytest.mark.parametrize(
    ("version", "spoken"),
    [
        ("2.9.49", {"Application": 15, "ModelManager": 9, "Client": 6}),
        ("3.6.14", {"Application": 22, "ModelManager": 10, "Client": 8}),
        ("4.0.12", {"Application": 22, "ModelManager": 11, "Client": 8}),
    ],
)
def test_all_supported_versions_are_spoken_to(version: str, spoken: dict[str, int]) -> None:
    with running_juju(version=version) as juju, attached(juju) as session:
        assert (session.version, session.user, session.uuid) == (version, "admin", juju.uuid)
        link = add_model(session, "trial")
        model = session.models()[link.uuid]
        assert (model.name, model.owner, model.cloud, model.life) == ("trial", "admin", "maas-one", "alive")
        assert link.status().model.version == version
        assert {
            name: (link if name != "ModelManager" else session.controller).version_of(name) for name in spoken
        } == spoken
        first = (
            2 if version.startswith("2") else 1
        )  # 2.9 lets a client of another major version in, and refuses it then
        assert juju.logins == [*[("admin", "")] * first, ("admin", link.uuid)]


def test_a_known_version_makes_that_one_login(controller: RunningJuju) -> None:
    with running_juju(version="2.9.49") as juju, attached(juju, version="2.9.49") as session:
        assert session.version == "2.9.49"
        assert juju.logins == [("admin", "")]


def test_another_authority_is_not_trusted(controller: RunningJuju) -> None:
    with (
        attached(controller, ca_cert=identity().certificate) as session,
        pytest.raises(SetupError, match="is not signed by the given CA certificate"),
    ):
        session.models()


def test_another_controllers_certificate_is_not_trusted(controller: RunningJuju) -> None:
    with (
        running_juju() as other,  # its authority has the same name
        attached(controller, ca_cert=other.ca_cert) as session,
        pytest.raises(SetupError, match="is not signed by the given CA certificate"),
    ):
        session.models()


@pytest.mark.parametrize("other", [{"password": "wrong"}, {"username": "nobody"}])
def test_a_user_who_is_not_let_in(controller: RunningJuju, other: dict[str, str]) -> None:
    with attached(controller, **other) as session:
        with pytest.raises(LoginRefused, match="invalid entity name or password") as caught:
            session.models()
        with pytest.raises(LoginRefused):  # and never as a model that is gone, which a refresh would forget
            session.model("11111111-2222-4333-8444-555555555555").status()
    assert "wrong" not in str(caught.value)


def test_a_model_that_is_gone(bench: Bench) -> None:
    with pytest.raises(NotFound) as caught:
        bench.session.model("11111111-2222-4333-8444-555555555555").status()
    assert gone(caught.value)


def test_a_login_that_is_never_answered_is_made_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.juju.pool.LOGIN", 0.2)
    bench.juju.fault("login", times=2)
    with attached(bench.juju) as session:
        assert session.models()


def test_what_another_facade_is_for_is_said(bench: Bench) -> None:
    with pytest.raises(NotSupported, match="can't be asked for ModelManager: the controller does not offer it here"):
        bench.model.call("ModelManager", "ListModels", {}, purpose="list its models")


def test_errors_of_calls_and_of_items(bench: Bench) -> None:
    deploy(bench.model, "here")
    entities = {"entities": [{"tag": "application-here"}, {"tag": "application-gone"}]}
    found, missing = bench.model.each("Application", "ApplicationsInfo", entities, purpose="show them")
    assert not isinstance(found, JujuError)
    assert isinstance(missing, NotFound)
    with pytest.raises(NotFound, match='Juju refused to show it: application "gone" not found'):
        bench.model.one("Application", "ApplicationsInfo", {"entities": entities["entities"][1:]}, purpose="show it")
    with pytest.raises(NotFound, match='Juju refused to relate here gone: application "gone" not found'):
        relate(bench.model, "here", "gone")
    with pytest.raises(Refused, match=r"Juju refused to deploy odd: .*no-such-charm"):
        deploy(bench.model, "odd", charm="no-such-charm")


def test_calls_that_change_something_are_sent_once(bench: Bench) -> None:
    deploy(bench.model, "one")
    bench.juju.fault("drop", facade="Application", method="Expose", times=1)
    bench.forget()
    with pytest.raises(AnswerLost):
        bench.model.change("Application", "Expose", {"application": "one"}, purpose="expose one")
    assert bench.juju.logins == []
    bench.juju.fault("try-again", facade="Application", method="Expose", times=2)
    bench.model.change("Application", "Expose", {"application": "one"}, purpose="expose one")
    assert bench.model.status().applications["one"].exposed
    assert bench.juju.logins == [("admin", bench.model.uuid)]


def test_a_controller_that_stays_busy(bench: Bench) -> None:
    bench.juju.fault("try-again", facade="Application", method="Expose")
    with pytest.raises(NotDone, match="Juju was not able yet to expose one"):
        bench.model.change("Application", "Expose", {"application": "one"}, purpose="expose one")


def test_storage_that_cannot_be_listed_does_not_hide_the_model(bench: Bench) -> None:
    deploy(bench.model, "one")
    bench.juju.fault("call", facade="Client", method="FullStatus", text="cannot process filesystems", times=1)
    assert set(bench.model.status().applications) == {"one"}
