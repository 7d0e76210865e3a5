"""Both stages in one stack, as `Pulumi.dev.yaml` has them: the machines of one are those of the other."""

from pathlib import Path

import pytest

from tests.support.course import course_network, make_course
from tests.support.guests import skip_without_root
from tests.support.project import Project

pytestmark = pytest.mark.slow


def test_the_life_of_both_in_one(tmp_path: Path) -> None:
    skip_without_root()
    home = tmp_path / "lab"
    home.mkdir()
    course = make_course(tmp_path / "kit", home)
    dev = Project(course.project.folder, "dev")
    dev.pulumi("stack", "init", "dev").ok()
    with course_network():
        course.lab("up", "--reset", timeout=900)
        try:
            dev.pulumi("preview", "-s", "dev").ok()
            dev.up().ok()
            assert "active" in course.ssh("main", "juju status -m monitoring grafana")
            dev.up("--expect-no-changes").ok()
            dev.pulumi("preview", "-s", "dev", "--refresh", "--expect-no-changes").ok()
            # what Juju has goes before the safeguard of the machines that it is on
            dev.pulumi("destroy", "-s", "dev", "--yes", "--skip-preview").ok()
            assert dev.resources() == []
            assert course.machines() == {}
        finally:
            course.lab("down")
