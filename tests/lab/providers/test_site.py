"""Keys, settings, tags, zones, pools against the lab."""

import pytest

from lab.maas.testing import RunningMaas
from providers.maas import session
from providers.maas.crud.configuration import ConfigurationProvider
from providers.maas.crud.site import ResourcePoolProvider, SshKeyProvider, TagProvider, ZoneProvider
from providers.maas.errors import Refused
from tests.lab.providers.life import Life

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJk5zqpJqPqQyD9o5iLrW7nXl0yWwq5cN2H0eJ0m0aB cloud@main"


def config(name: str) -> object:
    return session.current().client.call("MAAS.get_config", "show", data={"name": name})


def test_ssh_key(maas: RunningMaas) -> None:
    key = Life(SshKeyProvider(), {"key": KEY}).up()
    assert key.changes(key=KEY.replace("cloud@main", "other")) == []
    assert key.changes(key=KEY.replace("IGJk5", "IGJk6")) == ["replace", "key"]
    again = Life(SshKeyProvider(), {"key": KEY}).up()
    assert (again.id, again.state["adopted"]) == (key.id, True)
    again.down()
    assert key.refresh()
    key.down()
    assert key.refresh() == {}


def test_configuration_restores_what_it_found(maas: RunningMaas) -> None:
    before = config("upstream_dns")
    wanted = {"kernel_opts": "net.ifnames=0", "upstream_dns": "172.20.129.131"}
    settings = Life(ConfigurationProvider(), {"settings": wanted}).up()
    assert config("kernel_opts") == "net.ifnames=0"
    session.current().client.call("MAAS.set_config", "x", data={"name": "kernel_opts", "value": "quiet"})
    assert settings.refresh()["settings"] == {**wanted, "kernel_opts": "quiet"}
    assert settings.changes() == ["update"]
    settings.update()
    assert config("kernel_opts") == "net.ifnames=0"
    settings.update(settings={"upstream_dns": "172.20.129.131", "enable_http_proxy": False})
    assert not config("kernel_opts")
    assert config("enable_http_proxy") is False
    settings.down()
    assert (config("upstream_dns") or "") == (before or "")
    assert config("enable_http_proxy") is True


def test_an_unknown_setting_is_maas_own_sentence(maas: RunningMaas) -> None:
    with pytest.raises(Refused, match="show the setting nonsense: nonsense: nonsense is not a valid config setting"):
        Life(ConfigurationProvider(), {"settings": {"nonsense": "x"}}).up()


@pytest.mark.parametrize(
    ("provider", "extra"),
    [
        (TagProvider, {"comment": "first", "kernel_opts": "quiet"}),
        (ZoneProvider, {"description": "first"}),
        (ResourcePoolProvider, {"description": "first"}),
    ],
)
def test_named_rows(maas: RunningMaas, provider: type[TagProvider], extra: dict[str, object]) -> None:
    row = Life(provider(), {"name": "compute", **extra}).up()
    assert row.changes(**{next(iter(extra)): "second"}) == ["update"]
    row.update(**{next(iter(extra)): "second"})
    row.update(name="storage")
    assert row.refresh()["name"] == "storage"
    twin = Life(provider(), {"name": "storage"}).up()
    assert twin.state["adopted"] is True
    twin.down()
    row.down()
    assert row.refresh() == {}


def test_a_zone_renamed_by_hand_is_renamed_back(maas: RunningMaas) -> None:
    zone = Life(ZoneProvider(), {"name": "rack1"}).up()
    session.current().change("Zone.update", "x", {"name": "rack1"}, {"name": "rack9"}, touches={"Zones": None})
    assert zone.refresh()["name"] == "rack9"
    assert zone.changes() == ["update"]
    zone.update()


def test_a_lost_answer_is_resolved_by_looking(maas: RunningMaas) -> None:
    session.current().client.one("Users.whoami", "warm up")
    maas.fault("drop-after", method="POST", path=".*tags/", times=1)
    tag = Life(TagProvider(), {"name": "compute"}).up()
    assert tag.state["adopted"] is False
    assert len(session.current().client.many("Tags.read", "list")) == 1


def test_a_busy_maas_is_asked_again(maas: RunningMaas) -> None:
    session.current().client.one("Users.whoami", "warm up")
    maas.fault("status", status=503, retry_after=10, path=".*tags/", times=2)
    Life(TagProvider(), {"name": "compute"}).up()


def test_a_refusal_is_a_sentence(maas: RunningMaas) -> None:
    zone = Life(ZoneProvider(), {"name": "default"}).up()
    zone.state["adopted"] = False
    with pytest.raises(Refused, match="MAAS refused to delete the zone default"):
        zone.down()
