"""What the juju command is told, and what it says; what a Controller may be given."""

import json

import pytest

from providers.common.fields import UNKNOWN
from providers.juju.crud import controller_said as said
from providers.juju.crud.controller import ControllerProvider
from providers.juju.errors import JujuError

KEY = "consumer:token:secret"
INPUTS: dict[str, object] = {
    "name": "maas-controller",
    "cloud": {"name": "maas-one", "type": "maas", "endpoint": "http://172.16.0.3:5240/MAAS"},
    "credential": {"name": "anyuser", "key": KEY},
}


def test_bootstrap_of_both_ages() -> None:
    props = {**INPUTS, "to": "juju1", "constraints": "tags=juju mem=4G", "base": "ubuntu@22.04", "config": {"a": 1}}
    three = said.bootstrap(props, "3.6.14")
    assert three == (
        "juju bootstrap maas-one maas-controller --credential anyuser --to juju1 --constraints 'tags=juju mem=4G' "
        '--bootstrap-base ubuntu@22.04 --config "$settings"'
    )
    assert said.bootstrap({**INPUTS, "base": "ubuntu@20.04"}, "2.9.49").endswith("--bootstrap-series focal")
    assert KEY not in three


@pytest.mark.parametrize(
    ("version", "flag"), [("2.9.49", "--yes"), ("3.6.14", "--no-prompt"), ("4.0.1", "--no-prompt")]
)
def test_the_end_is_not_asked_about(version: str, flag: str) -> None:
    assert said.destroy("c", version, force=False) == (
        f"juju destroy-controller c {flag} --destroy-all-models --destroy-storage"
    )
    assert said.destroy("c", version, force=True).endswith("--force")
    assert said.kill("c", version) == f"juju kill-controller c {flag}"


@pytest.mark.parametrize(
    ("channel", "classic"), [("2.9/stable", True), ("3.6/stable", False), ("4.0/edge", False), ("latest/stable", False)]
)
def test_only_the_old_snap_is_classic(channel: str, classic: bool) -> None:
    assert said.classic(channel) is classic


def test_a_controller_is_shown() -> None:
    details = {"uuid": "u", "api-endpoints": ["10.0.0.5:17070"], "ca-cert": "PEM", "agent-version": "3.6.14"}
    shown = {
        "details": details,
        "account": {"user": "admin", "password": "p"},
        "controller-machines": {"0": {"instance-id": "abc"}},
    }
    found = said.shown(json.dumps({"c": shown}), "c")
    assert (found.uuid, found.addresses, found.machine, found.complete) == ("u", ("10.0.0.5:17070",), "abc", True)
    assert "password='p'" not in repr(found)
    assert not said.shown(json.dumps({"c": {"details": {"controller-uuid": "u"}}}), "c").complete
    with pytest.raises(JujuError, match="`juju show-controller` did not print JSON, but: 'ERROR'"):
        said.shown("ERROR", "c")


@pytest.mark.parametrize(
    ("output", "unknown"),
    [
        ("ERROR controller maas-controller not found\n", True),
        ('ERROR controller "maas-controller" not found\n', True),
        ("ERROR No controllers registered.\n\nPlease either create", True),
        ("sh: 3: juju: not found\n", False),
        ("ERROR controller other not found\n", False),
    ],
)
def test_a_missing_command_is_no_missing_controller(output: str, unknown: bool) -> None:
    assert said.is_unknown(output, "maas-controller") is unknown


def test_what_the_client_knows_is_found() -> None:
    clouds = json.dumps({"maas-one": {"type": "maas", "endpoint": "http://m/MAAS"}})
    assert (said.cloud_endpoint(clouds, "maas-one"), said.cloud_endpoint(clouds, "other")) == ("http://m/MAAS", None)
    three = {"client-credentials": {"maas-one": {"cloud-credentials": {"anyuser": {"auth-type": "oauth1"}}}}}
    assert said.has_credential(json.dumps(three), "maas-one", "anyuser")
    assert not said.has_credential(json.dumps(three), "maas-one", "other")
    assert not said.has_credential("{}", "maas-one", "anyuser")
    assert said.cloud_endpoint("", "maas-one") is None


def test_progress_counts_complete_lines_while_it_runs() -> None:
    assert said.progress("running\none\n\ntwo") == said.Progress("running", ("one", ""))
    assert said.progress("1\none\ntwo") == said.Progress("1", ("one", "two"))
    assert said.progress("lost\n") == said.Progress("lost", ())


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"name": "Big"}, ("name", "is 'Big', but must be a name of small letters, digits and dashes")),
        ({"cloud": {"name": "a"}}, ("cloud", "has or lacks 'endpoint', but must have name, type, endpoint")),
        ({"cloud": {"name": "a", "type": "lxd", "endpoint": "http://m"}}, ("cloud", "has a type that is 'lxd'")),
        ({"cloud": {"name": "a", "type": "maas", "endpoint": "m"}}, ("cloud", "has a endpoint that is 'm'")),
        ({"credential": {"name": "a", "key": "nokey"}}, ("credential", "has a key that must be an API key of MAAS")),
        ({"base": "jammy"}, ("base", "is 'jammy', but must be a base such as ubuntu@22.04")),
        ({"channel": "3.6"}, ("channel", "is '3.6', but must be a channel such as 3.6/stable")),
        ({"channel": "2.8/stable"}, ("channel", "must be a channel of Juju 2.9, 3.x and 4.x, such as 3.6/stable")),
        ({"config": "a=b"}, ("config", "is 'a=b', but must be an object of Juju's settings")),
        ({"connection": {"name": "main"}}, ("connection", "has no host")),
    ],
)
def test_wrong_inputs_are_said(change: dict[str, object], failure: tuple[str, str]) -> None:
    failures = ControllerProvider().check({}, {**INPUTS, **change}).failures
    assert [one.property for one in failures] == [failure[0]]
    assert failure[1] in failures[0].reason
    assert "nokey" not in failures[0].reason


def test_what_a_change_costs() -> None:
    provider = ControllerProvider()
    olds = dict(provider.check({}, {**INPUTS, "to": "juju1", "config": {"api-port": 17070.0}}).inputs)
    assert olds["config"] == {"api-port": 17070}

    def diff(**change: object) -> tuple[bool, list[str]]:
        news = dict(provider.check({}, {**INPUTS, "to": "juju1", "config": {"api-port": 17070.0}, **change}).inputs)
        found = provider.diff("c", olds, news)
        return bool(found.changes), found.replaces or []

    assert diff() == (False, [])
    assert diff(to="juju2", constraints="mem=8G", base="ubuntu@24.04") == (False, [])
    assert diff(name="other") == (True, ["name"])
    assert diff(cloud={"name": "maas-two", "type": "maas", "endpoint": "http://m/MAAS"}) == (True, ["cloud"])
    assert diff(cloud={"name": "maas-one", "type": "maas", "endpoint": "http://m/MAAS"}) == (True, [])
    assert diff(credential={"name": "anyuser", "key": "a:b:c"}, config={"api-port": 1}) == (True, [])


def checked(**change: object) -> dict[str, object]:
    """Give inputs in their normal form."""
    result = ControllerProvider().check({}, {**INPUTS, "base": "ubuntu@22.04", "to": "server1", **change})
    assert not result.failures
    return dict(result.inputs)


@pytest.mark.parametrize(
    ("change", "property_", "names"),
    [
        ({"name": "other"}, "name", "from 'maas-controller' to 'other'"),
        (
            {"cloud": {"name": "maas-two", "type": "maas", "endpoint": "http://m/MAAS"}},
            "cloud",
            "'maas-one' to 'maas-two'",
        ),
    ],
)
def test_another_controller_is_refused_while_one_is_there(
    change: dict[str, object], property_: str, names: str
) -> None:
    provider = ControllerProvider()
    (failure,) = provider.check(checked(), {**INPUTS, **change}).failures
    assert failure.property == property_
    assert names in failure.reason
    assert "`pulumi destroy` what is there first" in failure.reason
    assert not provider.check({}, {**INPUTS, **change}).failures, "nothing is there yet"
    unknown = {**INPUTS, "cloud": {"name": "maas-one", "type": "maas", "endpoint": UNKNOWN}, "name": UNKNOWN}
    assert not provider.check(checked(), unknown).failures


def test_what_no_longer_has_an_effect_is_told_in_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("providers.juju.crud.controller.warn", told.append)

    def diff(**change: object) -> list[str]:
        told.clear()
        ControllerProvider().diff("c", checked(), checked(**change))
        return [line.removeprefix("The controller maas-controller was made ") for line in told]

    assert diff() == []
    assert diff(to=UNKNOWN) == []
    assert diff(to="server2", base="ubuntu@24.04") == [
        "with `to` 'server1': `to` 'server2' has no effect on it",
        "with `base` 'ubuntu@22.04': `base` 'ubuntu@24.04' has no effect on it",
    ]
    assert diff(constraints="tags=juju") == ["without `constraints`: `constraints` 'tags=juju' has no effect on it"]
