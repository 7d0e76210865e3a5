"""The lab's Charmhub on the wire, as libjuju, Juju's client and its controller ask it."""

import asyncio
import hashlib
from typing import cast

import pytest
from aiohttp.test_utils import TestClient, TestServer

from lab.juju.hub.catalogue import catalogue, parse_archive
from lab.juju.hub.http import application, charm_id


def talk(path: str, body: object = None) -> tuple[int, "dict[str, object] | bytes"]:
    """Ask one thing: GET, or POST with a body; the answer's JSON, or its bytes."""

    async def run() -> tuple[int, "dict[str, object] | bytes"]:
        async with TestClient(TestServer(application())) as client:
            asked = client.get(path) if body is None else client.post(path, json=body)
            async with asked as answer:
                if answer.content_type == "application/json":
                    return answer.status, await answer.json()
                return answer.status, await answer.read()

    return asyncio.run(run())


def at(document: object, *path: "str | int") -> object:
    """Follow keys and places into JSON."""
    for step in path:
        held = cast("dict[str | int, object]", document)
        document = held[step]
    return document


def each(document: object, *path: "str | int") -> list[object]:
    return cast("list[object]", at(document, *path))


def test_libjuju_learns_whether_a_charm_is_subordinate() -> None:
    status, body = talk("/v2/charms/info/mysql-router?fields=default-release.revision.subordinate")
    assert status == 200
    assert body == {
        "type": "charm",
        "id": charm_id("mysql-router"),
        "name": "mysql-router",
        "default-release": {"revision": {"subordinate": True}},
    }


def test_info_shows_the_channels() -> None:
    status, body = talk("/v2/charms/info/vault?channel=1.7/stable&fields=channel-map.channel.name,default-release")
    assert status == 200
    assert {at(one, "channel", "name") for one in each(body, "channel-map")} == set(catalogue()["vault"].releases)
    assert at(body, "default-release", "revision", "revision") == 209


@pytest.mark.parametrize(
    ("channel", "revision", "has"),
    [("1.8/stable", 236, True), ("1.7/stable", 209, False), ("1.7/edge", 209, False), ("", 236, True)],
)
def test_info_of_a_channel_has_its_own_files(channel: str, revision: int, has: bool) -> None:
    _, body = talk(f"/v2/charms/info/vault?channel={channel}")
    told = at(body, "default-release", "revision")
    assert at(told, "revision") == revision
    assert ("raft-state" in str(at(told, "actions-yaml"))) == has
    numbers = {at(one, "revision", "revision"): one for one in each(body, "channel-map")}
    assert "default: 1.6/stable" in str(at(numbers[80], "revision", "config-yaml"))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/v2/charms/info/nothing", "No charm or bundle with name 'nothing'."),
        ("/v2/charms/info/vault?channel=9/stable", "selecting releases"),
        ("/v2/charms/resources/vault/tape/revisions", "No resource 'tape'"),
        ("/api/v1/charms/download/x_1.charm", "No download"),
    ],
)
def test_what_is_not_there_is_404(path: str, message: str) -> None:
    status, body = talk(path)
    assert status == 404
    assert message in str(at(body, "error-list", 0, "message"))


def test_find_searches_names_and_summaries() -> None:
    _, body = talk("/v2/charms/find?q=ceph")
    assert {"ceph-osd", "ceph-mon", "ceph-radosgw", "cinder-ceph"} <= {at(one, "name") for one in each(body, "results")}


def refresh(**action: object) -> object:
    _, body = talk("/v2/charms/refresh", {"context": [], "actions": [{"instance-key": "k", **action}]})
    return at(body, "results", 0)


def test_refresh_gives_what_an_install_needs_and_a_charm_that_can_be_downloaded() -> None:
    base = {"architecture": "amd64", "name": "ubuntu", "channel": "22.04"}
    told = refresh(action="install", name="keystone", channel="2023.2/stable", base=base)
    assert (at(told, "effective-channel"), at(told, "instance-key"), at(told, "result")) == (
        "2023.2/stable",
        "k",
        "install",
    )
    url = str(at(told, "charm", "download", "url"))
    status, data = talk(url.partition("/api/")[1] + url.partition("/api/")[2])
    assert status == 200
    assert isinstance(data, bytes)
    assert hashlib.sha256(data).hexdigest() == at(told, "charm", "download", "hash-sha-256")
    assert parse_archive(data)[0].endpoints == catalogue()["keystone"].endpoints
    assert "rotate-admin-password" in str(at(told, "charm", "actions-yaml"))


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ({"name": "nothing"}, "name-not-found"),
        ({"name": "vault", "channel": "9/stable"}, "revision-not-found"),
        ({"name": "vault", "base": {"channel": "24.04"}}, "invalid-charm-base"),
    ],
)
def test_refresh_says_what_there_is_instead(action: dict[str, object], code: str) -> None:
    told = refresh(action="install", **action)
    assert at(told, "error", "code") == code
    if code != "name-not-found":
        assert at(told, "error", "extra", "releases")


def test_refresh_knows_a_charm_by_its_id_and_by_its_revision() -> None:
    told = refresh(action="refresh", id=charm_id("vault"), channel="1.7/stable")
    assert at(told, "charm", "revision") == 209
    assert "raft-state" not in str(at(told, "charm", "actions-yaml"))
    assert at(refresh(action="install", name="vault", revision=80), "charm", "revision") == 80


def test_a_base_that_is_not_known_is_any() -> None:
    told = refresh(action="install", name="vault", base={"architecture": "amd64", "name": "NA", "channel": "NA"})
    assert at(told, "charm", "revision") == 236


def test_resources_are_placeholders() -> None:
    status, body = talk("/v2/charms/resources/vault/core/revisions")
    assert status == 200
    assert at(body, "revisions", 0, "revision") == 0
    url = str(at(body, "revisions", 0, "download", "url"))
    assert talk(url[url.index("/api/") :]) == (200, b"")


def test_a_resource_of_another_channel_can_be_had() -> None:
    status, body = talk("/v2/charms/resources/mysql-innodb-cluster/mysqld-exporter/revisions")
    assert status == 200
    assert len(each(body, "revisions")) == 1
    url = str(at(body, "revisions", 0, "download", "url"))
    assert talk(url[url.index("/api/") :]) == (200, b"")
