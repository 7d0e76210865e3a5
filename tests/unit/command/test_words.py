"""Masks, preludes, patience, globs, places, hashes, settings: by tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.command import prelude, settings
from plugins.command.actions import needs_copy
from plugins.command.globs import GlobError, chosen
from plugins.command.hashing import SourceError, archive_hash, asset_hash, with_hashes
from plugins.command.masking import SHOWN, Mask, mask_of
from plugins.command.outputs import previewed, settled
from plugins.command.patience import GiveUp, Policy, Trouble, Wait, next_step, spoken
from plugins.command.placing import PlacingError, There, place_file, place_folder, place_members, place_text
from plugins.command.shapes import LOCAL_COMMAND
from plugins.command.values import UNKNOWN, Archive, Asset, Properties, Secret

KEY = "-----BEGIN KEY-----\nAAAAB3NzaC1yc2E\n-----END KEY-----\n"


@pytest.mark.parametrize(
    ("secrets", "text", "want"),
    [
        pytest.param(["hunter2"], "password hunter2!", f"password {SHOWN}!", id="one"),
        pytest.param(["hunter2", "hunter2-longer"], "hunter2-longer", SHOWN, id="the longest first"),
        pytest.param(["a", "1", ""], "a1", "a1", id="too short to hide anything"),
        pytest.param([KEY], "read AAAAB3NzaC1yc2E from it", f"read {SHOWN} from it", id="a line of a key"),
        pytest.param(["a.*b+"], "a.*b+ axxb", f"{SHOWN} axxb", id="no pattern"),
        pytest.param([], "all", "all", id="none"),
    ],
)
def test_masks(secrets: list[str], text: str, want: str):
    assert Mask(secrets)(text) == want


def test_a_connection_hides_its_credentials_and_shows_host_and_user():
    connection: Properties = {
        "host": "db1.rack",
        "user": "ubuntu",
        "password": Secret("hunter22"),
        "proxy": {"host": "jump.rack", "password": "hunter33"},
    }
    mask = mask_of({"connection": Secret(connection), "create": Secret("mysql -psesame"), "stdin": "open"})
    assert mask("ubuntu@db1.rack via jump.rack") == "ubuntu@db1.rack via jump.rack"
    assert mask("hunter22 hunter33 mysql -psesame open") == f"{SHOWN} {SHOWN} {SHOWN} open"


@pytest.mark.parametrize("name", ["1A", "A-B", "", "A B", "A=B"])
def test_names_that_no_shell_takes_are_refused(name: str):
    with pytest.raises(prelude.PreludeError, match="allowed are letters"):
        prelude.exports({name: "x"})


def test_a_nul_in_a_value_is_refused():
    with pytest.raises(prelude.PreludeError, match=r"environment\.A holds a NUL"):
        prelude.exports({"A": "x\0"})


def test_the_probe_tells_what_was_taken():
    answer = "PATH=/bin\nA=1\nB=x\ny\nC=other\n"
    assert prelude.accepted(answer, {"A": "1", "B": "x\ny", "C": "1", "D": "1"}) == {"A", "B"}
    assert prelude.is_posix(answer)
    assert not prelude.is_posix("'env' is not recognized as an internal or external command")


def test_variables_that_no_program_starts_with():
    assert prelude.too_long({"A": "x" * 200_000, "B": "x"}) == ["A"]


BOOTING, REFUSED, FINAL = Trouble.UNREACHABLE, Trouble.REFUSED_LOGIN, Trouble.FINAL


@pytest.mark.parametrize(
    ("policy", "trouble", "failures", "elapsed", "refused", "goes_on"),
    [
        pytest.param(Policy(None), BOOTING, 100, 599, 0, True, id="the default waits for a boot"),
        pytest.param(Policy(None), BOOTING, 100, 600, 0, False, id="for ten minutes"),
        pytest.param(Policy(None), REFUSED, 5, 500, 19, True, id="a refused login is tried again"),
        pytest.param(Policy(None), REFUSED, 5, 20, 20, False, id="for 20 s"),
        pytest.param(Policy(3), BOOTING, 3, 5, 0, True, id="a limit is obeyed"),
        pytest.param(Policy(3), BOOTING, 4, 5, 0, False, id="and ends it"),
        pytest.param(Policy(3), REFUSED, 3, 900, 900, True, id="also for logins"),
        pytest.param(Policy(0), BOOTING, 1, 0, 0, False, id="none at all"),
        pytest.param(Policy(-1), BOOTING, 10_000, 1e6, 0, True, id="-1 goes on"),
        pytest.param(Policy(-1), FINAL, 1, 0, 0, False, id="what cannot get better ends at once"),
        pytest.param(Policy(None, 30), BOOTING, 9, 30, 0, False, id="a delete's patience"),
    ],
)
def test_patience(policy: Policy, trouble: Trouble, failures: int, elapsed: float, refused: float, goes_on: bool):
    step = next_step(policy, trouble, failures, elapsed, refused)
    assert isinstance(step, Wait if goes_on else GiveUp)


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 s"), (59, "59 s"), (580, "9 min 40 s")])
def test_spoken_durations(seconds: float, said: str):
    assert spoken(seconds) == said


@pytest.mark.parametrize(
    ("patterns", "want"),
    [
        (["assets/**", "src/**.js", "!**secret.*"], ["assets/logos/logo.svg", "src/index.js"]),
        (["*"], ["top.txt"]),
        (["src/*"], ["src/index.js", "src/secret.js"]),
        (["**"], ["assets/logos/logo.svg", "src/index.js", "src/secret.js", "top.txt"]),
        (["!**", "top.???"], ["top.txt"]),
        (["top.{txt,md}", "src/[a-i]*.js"], ["src/index.js", "top.txt"]),
        (["src/[!a-i]*.js"], ["src/secret.js"]),
        ([], []),
    ],
)
def test_globs(patterns: list[str], want: list[str]):
    paths = ["assets/logos/logo.svg", "src/index.js", "src/secret.js", "top.txt"]
    assert chosen(patterns, paths) == want


@pytest.mark.parametrize("pattern", ["{a", "[z-a]"])
def test_globs_that_cannot_be_read(pattern: str):
    with pytest.raises(GlobError, match="the glob"):
        chosen([pattern], ["a"])


def test_places():
    assert place_file("d/f", "/to", There.FOLDER).path == "/to/f"
    assert place_file("d/f", "/to/g", There.FILE).path == "/to/g"
    assert place_file("d/f", "/to/g", There.ABSENT).folder == "/to"
    assert place_folder("d", "/to", There.FOLDER).path == "/to/d"
    assert place_folder("d", "/to", There.ABSENT).path == "/to/d"
    assert place_folder("d/", "/to", There.ABSENT).path == "/to"
    assert place_text("/to", There.FILE).path == "/to"
    assert place_members("/to", There.FOLDER).path == "/to"


def test_places_that_do_not_fit():
    with pytest.raises(PlacingError, match="is a folder there"):
        place_text("/to", There.FOLDER)
    with pytest.raises(PlacingError, match="is a file there"):
        place_folder("d", "/to", There.FILE)
    with pytest.raises(PlacingError, match="is a file there"):
        place_members("/to", There.FILE)


def test_hashes_are_those_of_pulumi(tmp_path: Path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("A\n")
    (tmp_path / "sub" / "b.txt").write_text("B\n")
    members = tuple((name, Asset(path=str(tmp_path / name))) for name in ("a.txt", "sub/b.txt"))
    # answered by pulumi-command 1.2.1 for the same two files, and for none
    want = "55cfb17d2e9557c7106925d3598dd51e6faab912119d5912e11ab6661fac4a0d"
    assert archive_hash(Archive(assets=members)) == want
    assert archive_hash(Archive(path=str(tmp_path))) == want
    assert archive_hash(Archive(assets=())) == "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
    assert asset_hash(members[0][1]) == "06f961b802bc46ee168555f066d28f4f0e9afdf3f88174c1ee6f9de004fc30a0"
    assert with_hashes({"source": Secret(Asset(text="A\n"))}) == {
        "source": Secret(Asset("06f961b802bc46ee168555f066d28f4f0e9afdf3f88174c1ee6f9de004fc30a0", "A\n"))
    }


def test_a_source_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(SourceError, match="nowhere cannot be read: No such file"):
        asset_hash(Asset(path=str(tmp_path / "nowhere")))
    with pytest.raises(SourceError, match="nowhere cannot be listed"):
        archive_hash(Archive(path=str(tmp_path / "nowhere")))


def test_previews_know_no_output_and_runs_keep_what_was_there():
    old: Properties = {"create": "a", "stdout": "x", "stderr": "y", "archive": Archive("aa", ())}
    assert previewed(LOCAL_COMMAND, {"create": "a"}) == {"create": "a", "stdout": UNKNOWN, "stderr": UNKNOWN}
    assert previewed(LOCAL_COMMAND, {"create": "b"}, old)["archive"] == UNKNOWN
    assert settled(LOCAL_COMMAND, {}, {}, {}) == {"stdout": "", "stderr": ""}
    assert settled(LOCAL_COMMAND, {"create": "b"}, old, {"stdout": "z"}) == {**old, "create": "b", "stdout": "z"}


def test_dial_limits_of_ten_count_as_unset():
    def limit(given: float) -> int | None:
        found = settings.connection({"connection": Secret({"host": "h", "dialErrorLimit": given})})
        return found.server.error_limit

    assert [limit(each) for each in (10.0, 9.0, -1.0, 0.0)] == [None, 9, -1, 0]


@pytest.mark.parametrize(
    ("change", "copies"),
    [
        pytest.param({"source": Asset("bb", "y")}, True, id="source"),
        pytest.param({"remotePath": "/s"}, True, id="remotePath"),
        pytest.param({"connection": Secret({"host": "i"})}, True, id="connection.host"),
        pytest.param({"connection": Secret({"host": "h", "password": "p"})}, False, id="connection.password"),
        pytest.param({"triggers": [1.0]}, False, id="triggers"),
    ],
)
def test_what_makes_an_update_copy_anew(change: Properties, copies: bool):
    old: Properties = {"connection": Secret({"host": "h"}), "remotePath": "/r", "source": Asset("aa", "x")}
    assert needs_copy({**old, **change}, old) is copies
