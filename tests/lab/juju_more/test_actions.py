"""Actions against the lab: what they give, what they refuse, and what must not be seen."""

from contextlib import suppress

import pytest

from providers.common.raw import mapping
from providers.juju.crud.actions import ActionProvider
from providers.juju.errors import JujuError, Refused
from tests.lab.juju_more.conftest import Site
from tests.lab.providers.life import Bag, Life


@pytest.fixture
def model(site: Site) -> str:
    model = site.model()
    site.deploy(model, "grafana", units=2)
    return model


def action(model: str, name: str, unit: str = "grafana/leader", **more: object) -> Life:
    wanted: Bag = {"model": model, "unit": unit, "name": name, **more}
    return Life(ActionProvider(), wanted)


def runs(site: Site) -> int:
    return site.juju.call_counts()["Action", "EnqueueOperation"]


def test_an_action_gives_its_results(site: Site, model: str) -> None:
    ran = action(model, "get-login-info").up()
    assert ran.state["ran_on"] == "grafana/0"
    assert ran.state["status"] == "completed"
    assert isinstance(ran.state["result"], dict)
    assert ran.state["result"]
    assert ran.state["secret_result"] == {}
    assert ran.id == f"{model}/{ran.state['action_id']}"
    ran.down()


def test_it_runs_again_when_something_about_it_changes(site: Site, model: str) -> None:
    ran = action(model, "get-login-info", triggers={"revision": 69}).up()
    before = runs(site)
    for changes in (
        {"triggers": {"revision": 70}},
        {"unit": "grafana/1"},
        {"name": "get-admin-password"},
        {"params": {"x": 1}},
        {"secret_params": {"x": "y"}},
    ):
        assert ran.changes(**changes) == ["replace", *changes]
    assert ran.changes(minutes=5) == ["update"]
    ran.update(minutes=5)
    assert runs(site) == before, "neither diff, nor refresh, nor another deadline runs it"


def test_whole_numbers_arrive_whole(site: Site) -> None:
    model = site.model()
    site.deploy(model, "ceph-mon")
    sent: Bag = {"name": "images", "replicas": 3}
    with suppress(JujuError):  # there is no Ceph in the lab to make a pool in; what counts is what the charm was sent
        action(model, "create-pool", "ceph-mon/0", params=sent).up()
    (row,) = site.juju.service.world.actions.of(model)
    assert repr(row.parameters["replicas"]) == "3", "Pulumi sends 3.0"


def test_secret_results_are_kept_apart(model: str) -> None:
    everything = action(model, "get-admin-password", secret_output=True).up()
    assert everything.state["result"] == {}
    kept = mapping(everything.state, "secret_result")
    chosen = min(kept)
    everything.update(secret_output=[chosen])
    assert everything.state["secret_result"] == {chosen: kept[chosen]}
    everything.update(secret_output=False)
    assert everything.state["result"] == kept


def test_an_unknown_action_is_told_with_the_nearest(site: Site, model: str) -> None:
    before = runs(site)
    with pytest.raises(JujuError) as caught:
        action(model, "get-login-infos").up()
    assert str(caught.value) == "the charm of grafana has no action get-login-infos: did you mean get-login-info?"
    assert runs(site) == before


def test_unknown_units_and_applications_are_told_with_the_nearest(model: str) -> None:
    with pytest.raises(JujuError, match=r"the application grafana has no unit grafana/7: did you mean grafana/[01]\?"):
        action(model, "get-login-info", "grafana/7").up()
    with pytest.raises(JujuError, match=r"the model has no application grafna: did you mean grafana\?"):
        action(model, "get-login-info", "grafna/leader").up()


def test_an_unknown_parameter_is_told_with_the_nearest(site: Site, model: str) -> None:
    before = runs(site)
    given: Bag = {"dashbord": "secret-text"}
    for life in (
        action(model, "import-dashboard", params=given),
        action(model, "import-dashboard", secret_params=given),
    ):
        with pytest.raises(JujuError) as caught:
            life.up()
        assert str(caught.value) == "the action import-dashboard has no parameter dashbord: did you mean dashboard?"
    assert runs(site) == before


def test_parameters_are_judged_by_the_charm(model: str) -> None:
    with pytest.raises(
        Refused, match=r"Juju refused to run the action import-dashboard on grafana/leader: .*dashboard"
    ):
        action(model, "import-dashboard").up()


def test_a_failing_action_says_why_and_shows_no_secret(site: Site) -> None:
    model = site.model()
    site.deploy(model, "vault")
    with pytest.raises(JujuError) as caught:
        action(model, "authorize-charm", "vault/leader", secret_params={"token": "s.hidden-token"}).up()
    said = str(caught.value)
    assert said.startswith("the action authorize-charm on vault/0 failed: hvac.exceptions.VaultNotInitialized")
    assert "s.hidden-token" not in said
    site.juju.fault("call", method="EnqueueOperation", text="no s.hidden-token for you", times=1)
    with pytest.raises(Refused) as refused:
        action(model, "authorize-charm", "vault/leader", secret_params={"token": "s.hidden-token"}).up()
    assert str(refused.value).endswith("no *** for you")


def test_an_action_goes_with_its_model(site: Site, model: str) -> None:
    ran = action(model, "get-login-info").up()
    destroy = {"models": [{"model-tag": f"model-{model}", "destroy-storage": True}]}
    site.session.controller.change("ModelManager", "DestroyModels", destroy, purpose="x")
    assert ran.refresh() == {}


def test_an_action_can_not_be_imported(model: str) -> None:
    with pytest.raises(JujuError, match="an action that ran can't be imported"):
        action(model, "get-login-info").imported(f"{model}/1")


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"unit": "grafana"}, 'is \'grafana\', but must be a unit such as "vault/0", or "vault/leader"'),
        ({"name": "Get Login"}, "is 'Get Login', but must be an action's name"),
        ({"secret_output": "password"}, "is 'password', but must be true, false, or a list"),
        ({"params": ["x"]}, "must be an object of parameters"),
    ],
)
def test_bad_inputs(inputs: Bag, reason: str) -> None:
    model = "00000000-0000-4000-8000-000000000000"
    good: Bag = {"model": model, "unit": "grafana/0", "name": "get-login-info"}
    failures = ActionProvider().check({}, {**good, **inputs}).failures
    assert [one.property for one in failures] == list(inputs)
    assert failures[0].reason.startswith(reason)


def test_a_slow_action_is_followed_to_its_end(site: Site, model: str) -> None:
    site.juju.pace("manual")
    site.session.pause = site.juju.advance
    assert action(model, "get-login-info", "grafana/0").up().state["status"] == "completed"


def test_an_action_has_a_deadline(site: Site, model: str) -> None:
    def nothing_happens(_seconds: float) -> None:
        """Let no time pass in the lab."""

    site.juju.pace("manual")
    times = iter(range(0, 100_000, 20))
    site.session.now = lambda: float(next(times))
    site.session.pause = nothing_happens
    with pytest.raises(JujuError, match=r"the action get-login-info on grafana/0 is still \w+ after 1m"):
        action(model, "get-login-info", "grafana/0", minutes=1).up()
