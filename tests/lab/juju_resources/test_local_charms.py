"""Charms of this machine: packed the same for the same content, changed on the way, uploaded, refreshed."""

import io
import zipfile
from pathlib import Path

import pytest
import yaml

from providers.juju.crud import https
from providers.juju.crud.local_charm import fingerprint, merged, pack
from providers.juju.crud.resources_of_charms import fingerprints
from providers.juju.endpoint import Endpoint
from providers.juju.errors import JujuError
from tests.lab.juju_resources.conftest import Room
from tests.lab.providers.life import Bag, wired

METADATA = {
    "name": "wordpress",
    "summary": "A blog",
    "description": "An old charm",
    "series": ["trusty"],
    "provides": {"website": {"interface": "http"}},
    "requires": {"db": {"interface": "mysql"}},
}
OPTIONS = {"options": {"tuning": {"type": "string", "default": "single"}, "port": {"type": "int", "default": 80}}}


@pytest.fixture
def charm(tmp_path: Path) -> Path:
    folder = tmp_path / "wordpress"
    (folder / "hooks").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("never sent")
    (folder / "metadata.yaml").write_text(yaml.safe_dump(METADATA))
    (folder / "config.yaml").write_text(yaml.safe_dump(OPTIONS))
    install = folder / "hooks" / "install"
    install.write_text("#!/bin/sh\n")
    install.chmod(0o755)
    (folder / "hooks" / "start").symlink_to("install")
    return folder


def test_an_archive_is_the_same_for_the_same_content(charm: Path) -> None:
    first = pack(str(charm), {})
    (charm / "hooks" / "install").touch()
    assert pack(str(charm), {}) == first
    with zipfile.ZipFile(io.BytesIO(first.archive)) as archive:
        names = archive.namelist()
        mode = archive.getinfo("hooks/install").external_attr >> 16
    assert names == ["config.yaml", "hooks/install", "hooks/start", "metadata.yaml"]
    assert mode & 0o111
    (charm / "hooks" / "install").write_text("#!/bin/sh\nexit 0\n")
    assert fingerprint(str(charm), {}) != fingerprint(str(charm), {"series": ["bionic"]})
    assert pack(str(charm), {}) != first


def test_a_charm_file_is_taken_as_its_directory(charm: Path, tmp_path: Path) -> None:
    file = tmp_path / "wordpress.charm"
    file.write_bytes(pack(str(charm), {}).archive)
    assert pack(str(file), {"series": ["bionic"]}) == pack(str(charm), {"series": ["bionic"]})
    assert pack(str(file), {"series": ["bionic"]}).bases == ("ubuntu@18.04",)


def test_overrides_merge_and_null_takes_out() -> None:
    assert merged({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": None, "e": 4}, "d": [5]}) == {
        "a": {"c": 2, "e": 4},
        "d": [5],
    }


def test_numbers_of_overrides_stay_whole_on_pulumis_wire(charm: Path) -> None:
    overrides: Bag = {"requires": {"db": {"limit": 1}}, "terms": [2]}
    assert fingerprint(str(charm), overrides) == fingerprint(str(charm), wired(overrides))
    archive = pack(str(charm), wired(overrides)).archive
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert "limit: 1\n" in packed.read("metadata.yaml").decode()


def test_what_is_no_charm(tmp_path: Path) -> None:
    path = tmp_path / "x.charm"
    with pytest.raises(JujuError, match="neither a directory nor a file"):
        pack(str(path), {})
    path.write_bytes(b"no zip")
    with pytest.raises(JujuError, match="is no zip archive"):
        pack(str(path), {})
    with pytest.raises(JujuError, match=r"holds no metadata\.yaml"):
        pack(str(tmp_path), {})
    (tmp_path / "metadata.yaml").write_text("- no object")
    with pytest.raises(JujuError, match=r"has a metadata\.yaml that can't be read"):
        pack(str(tmp_path), {})


def test_deployed_with_another_series_and_refreshed_when_a_file_changes(room: Room, charm: Path) -> None:
    overrides = {"series": ["bionic"]}
    inputs = {"metadata_overrides": overrides, "charm_hash": fingerprint(str(charm), overrides), "units": 1}
    life = room.local("blog", str(charm), config={"tuning": "fast"}, **inputs).up()
    assert (life.state["charm"], life.state["base"]) == ("wordpress", "ubuntu@18.04")
    assert str(life.state["charm_url"]).startswith("local:bionic/wordpress-")
    room.application("mysql").up()
    room.integration("blog:db", "mysql").up()
    (charm / "hooks" / "install").write_text("#!/bin/sh\nexit 0\n")
    changed = fingerprint(str(charm), overrides)
    assert life.changes(charm_hash=changed) == ["update"]
    before = life.state["charm_url"]
    life.update(charm_hash=changed)
    assert life.state["charm_url"] != before
    assert set(room.app("blog").units) == {"blog/0"}


def test_what_a_preview_could_not_know_is_said_by_the_deployment(room: Room, charm: Path) -> None:
    life = room.local("blog", str(charm), metadata_overrides={"series": ["bionic"]}, units=1)
    known = life.check()
    for changes, words in (
        ({"config": {"tunning": 1}}, r'has no option "tunning": did you mean tuning\?'),
        ({"base": "ubuntu@22.04"}, r"does not run on ubuntu@22\.04; it runs on ubuntu@18\.04"),
        ({"metadata_overrides": {"series": None}}, "does not say what it runs on: give base"),
    ):
        with pytest.raises(JujuError, match=words):
            life.provider.create({**known, **changes})
    assert room.status().applications == {}


def test_an_upload_needs_the_right_password_and_certificate(room: Room) -> None:
    juju = room.juju
    sent = https.Upload("POST", f"/model/{room.uuid}/charms?series=jammy", {"Content-Type": "application/zip"}, b"x")
    wrong = Endpoint(juju.addresses, juju.ca_cert, juju.username, "wrong-password")
    with pytest.raises(JujuError, match="invalid entity name or password") as caught:
        https.send(wrong, "3.6.14", sent, "take a charm")
    assert "wrong-password" not in str(caught.value)
    good = Endpoint(juju.addresses, juju.ca_cert, juju.username, juju.password)
    with pytest.raises(JujuError, match="Juju refused to take a charm"):
        https.send(good, "3.6.14", sent, "take a charm")
    stranger = Endpoint(juju.addresses, "", juju.username, juju.password)
    with pytest.raises(JujuError, match="is not signed by an authority that this machine trusts"):
        https.send(stranger, "3.6.14", sent, "take a charm")


def test_a_resource_is_a_file_or_a_revision(room: Room, tmp_path: Path) -> None:
    file = tmp_path / "donn\u00e9es \u65e5\u672c.zip"
    file.write_bytes(b"rules")
    hashes = fingerprints({"policyd-override": str(file)})
    life = room.application("keystone", resources={"policyd-override": str(file)}, resource_hashes=hashes, units=1).up()
    assert _resources(room) == {"policyd-override": "upload"}
    file.write_bytes(b"other rules")
    changed = fingerprints({"policyd-override": str(file)})
    assert life.changes(resource_hashes=changed) == ["update"]
    room.counts()
    life.update(resource_hashes=changed)
    life.update(resources={"policyd-override": 3}, resource_hashes={})
    assert _resources(room) == {"policyd-override": "3"}


def test_a_file_of_another_kind_is_told_before_anything_is_deployed(room: Room, tmp_path: Path) -> None:
    file = tmp_path / "rules.tar"
    file.write_bytes(b"rules")
    with pytest.raises(JujuError, match=r"wants a file that ends with \.zip for its resource policyd-override, not "):
        room.application("keystone", resources={"policyd-override": str(file)}).up()
    assert room.status().applications == {}


def test_a_resource_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(JujuError, match="The resource policyd-override can't be read from"):
        fingerprints({"policyd-override": str(tmp_path / "nothing.zip")})


def _resources(room: Room) -> dict[str, str]:
    return dict(room.juju.service.world.applications.get(f"{room.uuid}/keystone").resources)
