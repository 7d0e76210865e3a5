"""WordPress from a folder whose metadata is changed on the way, as the course does by hand, and MySQL."""

from pathlib import Path

import yaml

from lab.juju.testing import RunningJuju
from tests.lab.juju_stack.conftest import stage

PROGRAM = """
import pulumi
from components.juju_parts import CharmArgs, ModelArgs
from components.wordpress import WordPress, WordPressArgs

local = CharmArgs(path="charms/wordpress", metadata={"series": ["bionic"]}, base="ubuntu@18.04")
made = WordPress(
    "blog", WordPressArgs(model=ModelArgs(name="blog"), placements=["server2", "server3"], wordpress=local)
)
pulumi.export("url", made.url)
"""

METADATA = {
    "name": "wordpress",
    "summary": "A blog.",
    "description": "A blog.",
    "series": ["bionic", "xenial", "trusty"],
    "provides": {"website": {"interface": "http"}},
    "requires": {"db": {"interface": "mysql"}},
}


def test_a_charm_of_a_folder_with_other_metadata(tmp_path: Path, juju: RunningJuju):
    blog = stage(tmp_path / "blog", PROGRAM, juju)
    charm = blog.project.folder / "charms" / "wordpress"
    charm.mkdir(parents=True)
    (charm / "metadata.yaml").write_text(yaml.safe_dump(METADATA))
    before = (charm / "metadata.yaml").read_text()

    blog.project.up().ok()
    assert blog.statuses() == {"active"}
    assert str(blog.project.outputs()["url"]).startswith("http://127.")
    with juju.service.transaction() as world:
        (row,) = [each for each in world.charms if each.name == "wordpress"]
        assert row.source == "local"
        assert row.document["series"] == ["bionic"]
        placed = {each.hostname for each in world.machines if each.model != world.meta.controller_model}
    assert placed == {"server2", "server3"}
    assert (charm / "metadata.yaml").read_text() == before, "the folder stays as it was cloned"

    blog.project.up("--expect-no-changes").ok()
    (charm / "README.md").write_text("A new revision.\n")
    assert blog.project.planned()["blog-wordpress"] == {"update"}
    blog.project.up().ok()
    blog.project.pulumi("destroy", "-s", "dev", "--yes", "--skip-preview").ok()
    assert [each.name for each in juju.service.world.models] == ["controller"]
