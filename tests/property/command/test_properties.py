"""Properties of the plugin's pure core: wire, diff, masks, preludes, patience, globs."""

from __future__ import annotations

import asyncio
import subprocess
from itertools import pairwise

from google.protobuf import struct_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.command import prelude
from plugins.command.checking import check
from plugins.command.diffing import diff
from plugins.command.globs import chosen
from plugins.command.masking import SHOWN, Mask
from plugins.command.patience import Policy, Trouble, Wait, next_step
from plugins.command.recording import Recorder, shown
from plugins.command.shapes import LOCAL_COMMAND, REMOTE_COMMAND
from plugins.command.values import UNKNOWN, Archive, Asset, Properties, Secret, Value, has_unknown, opened, secret_texts
from plugins.command.wire import read_properties, write_properties

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
ASSETS = st.builds(Asset, st.sampled_from(["", "aa", "bb"]), TEXTS) | st.builds(
    Asset, st.just("cc"), path=st.text("ab/", min_size=1)
)
MEMBERS = st.dictionaries(TEXTS, ASSETS, max_size=2).map(lambda found: tuple(sorted(found.items())))
ARCHIVES = st.builds(Archive, st.just("dd"), path=st.text("ab/", min_size=1)) | st.builds(
    Archive, st.just("dd"), MEMBERS
)
LEAVES = st.none() | st.booleans() | FLOATS | TEXTS | st.just(UNKNOWN) | ASSETS | ARCHIVES


def containers(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXTS, inner, max_size=3)
        | inner.map(lambda item: item if isinstance(item, Secret) else Secret(item))
    )


VALUES: st.SearchStrategy[Value] = st.recursive(LEAVES, containers, max_leaves=8)
PROPERTIES = st.dictionaries(TEXTS, VALUES, max_size=4).map(
    lambda found: {key: item for key, item in found.items() if item is not None}
)


@given(PROPERTIES)
def test_what_is_written_is_read(properties: Properties):
    assert read_properties(write_properties(properties, struct_pb2.Struct())) == properties


@given(PROPERTIES)
def test_nothing_changed_unless_something_is_unknown(properties: Properties):
    kept = {key: item for key, item in properties.items() if key != "version" and not key.startswith("__")}
    assert bool(diff(LOCAL_COMMAND, kept, kept, {}, ()).paths) is has_unknown(kept)


@given(PROPERTIES, PROPERTIES)
def test_changes_go_both_ways(old: Properties, new: Properties):
    there, back = diff(LOCAL_COMMAND, old, new, {}, ()), diff(LOCAL_COMMAND, new, old, {}, ())
    ours = {key for key in {*old, *new} if key != "version" and not key.startswith("__")}
    turned = {"ADD": "DELETE", "DELETE": "ADD", "UPDATE": "UPDATE"}
    for path, change in there.paths.items():
        if path in back.paths and path in ours:
            assert back.paths[path].kind == turned[change.kind]


@given(PROPERTIES)
def test_checking_what_was_checked_changes_nothing(properties: Properties):
    for shape in (LOCAL_COMMAND.inputs, REMOTE_COMMAND.inputs):
        once, failures = check(shape, properties)
        assert check(shape, once) == (once, failures)


@given(PROPERTIES)
def test_opened_values_hold_no_secret(properties: Properties):
    assert list(secret_texts({key: opened(item) for key, item in properties.items()})) == []


@given(st.lists(st.text(min_size=4, max_size=12), min_size=1, max_size=4), st.text(max_size=10), st.text(max_size=10))
def test_no_secret_is_left_in_a_masked_text(secrets: list[str], before: str, after: str):
    mask = Mask(secrets)
    text = mask(before + "|".join(secrets) + after)
    for rest in text.split(SHOWN):
        assert not mask.hides(rest)


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,6}", fullmatch=True).map(lambda name: f"T_{name}")
VARIABLES = st.dictionaries(
    NAMES, st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20), max_size=3
)


@settings(max_examples=30, deadline=None)
@given(VARIABLES, st.binary(max_size=200))
def test_a_shell_reads_a_prelude_and_leaves_the_rest_of_stdin(environment: dict[str, str], stdin: bytes):
    exports = prelude.exports(environment)
    line = prelude.wrapped("env -0; printf 'STDIN='; cat", len(exports))
    done = subprocess.run(["sh", "-c", line], input=exports + stdin, capture_output=True, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    listed, _, rest = done.stdout.partition(b"STDIN=")
    found = dict(item.split(b"=", 1) for item in listed.split(b"\0") if item)
    assert {name: found[name.encode()].decode() for name in environment} == environment
    assert rest == stdin


@given(st.integers(0, 50), st.sampled_from([Trouble.UNREACHABLE, Trouble.REFUSED_LOGIN]))
def test_a_limit_allows_so_many_failures_and_no_more(limit: int, trouble: Trouble):
    went_on = [isinstance(next_step(Policy(limit), trouble, n, 0, 0), Wait) for n in range(1, limit + 3)]
    assert went_on == [True] * limit + [False] * 2


@given(st.floats(1, 1000))
def test_patience_by_time_ends_in_time_and_pauses_grow(seconds: float):
    elapsed, failures, pauses = 0.0, 0, list[float]()
    while isinstance(step := next_step(Policy(None, seconds), Trouble.UNREACHABLE, failures + 1, elapsed, 0), Wait):
        pauses.append(step.seconds)
        elapsed, failures = elapsed + step.seconds, failures + 1
    assert abs(elapsed - seconds) < 1e-6
    assert all(0 < pause <= 5 for pause in pauses)
    assert all(one <= other for one, other in pairwise(pauses[:-1]))


PATHS = st.lists(st.text("ab/.", min_size=1, max_size=6), max_size=6, unique=True)


@given(PATHS)
def test_globs_choose_everything_or_nothing(paths: list[str]):
    assert chosen(["**"], paths) == sorted(paths)
    assert chosen(["**", "!**"], paths) == []
    assert chosen(["*"], paths) == sorted(path for path in paths if "/" not in path)


DIGITS = st.text("0123456789'\"\n ", max_size=60)


@given(DIGITS.filter(lambda text: len(text.strip()) >= 4), DIGITS, DIGITS)
def test_a_command_in_short_shows_no_secret(secret: str, before: str, after: str):
    mask = Mask([secret])
    for rest in shown(before + secret + after, mask).split(SHOWN):
        assert not mask.hides(rest)


class Heard:
    def __init__(self) -> None:
        self.lines: list[str] = []

    async def status(self, text: str) -> None:
        self.lines.append(text)

    async def warn(self, text: str) -> None:
        raise AssertionError(text)


@given(st.lists(st.binary(max_size=12)))
def test_lines_are_told_alike_however_their_bytes_come(chunks: list[bytes]):
    heard, whole = Heard(), b"".join(chunks)

    async def record() -> Recorder:
        recorder = Recorder(heard, frozenset(("stdout",)))
        for chunk in (*filter(None, chunks), b""):
            await recorder.take("stdout", chunk)
        return recorder

    recorder = asyncio.run(record())
    lines = whole.split(b"\n")
    want = lines if lines[-1] else lines[:-1]
    assert heard.lines == [line.decode("utf-8", "replace").rstrip("\r") for line in want]
    assert recorder.text("stdout") == whole.decode("utf-8", "replace").removesuffix("\n")
