"""`up` of a stack that is not there yet: made and selected where the person agreed, refused where nobody could."""

from pathlib import Path

from tests.support.project import make_project

PROGRAM = "import pulumi\npulumi.export('said', 'hello')\n"


def test_up_makes_and_selects_the_stack_that_it_names(tmp_path: Path) -> None:
    project = make_project(tmp_path / "trial", PROGRAM)
    project.pulumi("up", "-s", "fresh", "--yes", "--skip-preview").ok()
    assert project.pulumi("stack", "output", "said").ok().out.strip() == "hello"


def test_without_a_yes_nothing_is_made(tmp_path: Path) -> None:
    project = make_project(tmp_path / "trial", PROGRAM)
    refused = project.pulumi("up", "-s", "fresh", "--skip-preview")
    assert refused.code == 6
    assert "no stack named 'fresh'" in refused.err
    assert "fresh" not in project.pulumi("stack", "ls").ok().out
