"""Whatever a deployment does and wherever it is cut off, its journal folds to a sound snapshot that forgets nothing."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.backend.journal import Journal, JournalError, decode_entry, encode_entry, read_journal, recover
from engine.host.protos import provider_pb2 as pb
from engine.model.journal import Begin, Drop, End, Entry, Keep, Put, Settle, fold, in_order
from engine.model.reading import CodecError
from engine.model.snapshot import Snapshot, integrity_errors
from engine.model.state import Operation, ResourceState
from engine.model.values import Secret
from tests.lifecycle.engine.kit import Api, Maker, Rig, gone, refused, urn_of


class Plain:
    """Secrets 'closed' in base64, so that none stands in clear."""

    def encrypt(self, plaintext: str) -> str:
        return base64.b64encode(plaintext.encode()).decode()

    def decrypt(self, ciphertext: str) -> str:
        return base64.b64decode(ciphertext).decode()

    def recall(self, ciphertext: str) -> str | None:
        return None


NAMES = st.text("abc", min_size=1, max_size=3)
STATES = st.builds(
    ResourceState,
    urn=NAMES,
    type=NAMES,
    custom=st.just(True),
    id=NAMES,
    delete=st.booleans(),
    inputs=st.dictionaries(NAMES, NAMES | NAMES.map(Secret), max_size=2),
    dependencies=st.lists(NAMES, max_size=2).map(tuple),
    pending_replacement=st.booleans(),
)
KEYS = st.lists(NAMES, max_size=2).map(tuple)
NUMBERS = st.integers(0, 9)
ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    st.builds(Begin, NUMBERS, st.builds(Operation, STATES, NAMES)),
    st.builds(End, NUMBERS),
    st.builds(Put, NAMES, STATES, KEYS, KEYS, st.none() | NUMBERS),
    st.builds(Keep, NAMES),
    st.builds(Drop, NAMES, st.none() | NUMBERS),
    st.builds(Settle, NAMES, NAMES),
)


@given(ENTRIES)
def test_an_entry_survives_being_written(entry: Entry):
    line = json.dumps(encode_entry(entry, Plain()))
    assert decode_entry(json.loads(line), Plain()) == entry


@given(st.dictionaries(st.sampled_from(["begin", "put", "keep", "drop", "ends", "resource", "type"]), st.integers()))
def test_what_is_no_entry_is_refused(raw: dict[str, object]):
    with pytest.raises(CodecError):
        decode_entry(raw, Plain())


@dataclass(frozen=True)
class Wish:
    """What a program wants of one resource, and what the provider makes of it."""

    name: str
    size: int
    needs: tuple[str, ...]
    fate: str
    alias: str = ""
    protect: bool = False


@st.composite
def programs(draw: st.DrawFn) -> tuple[Wish, ...]:
    names = draw(st.permutations(["a", "b", "c", "d"]))[: draw(st.integers(0, 4))]
    wishes: list[Wish] = []
    for place, name in enumerate(names):
        needs = draw(st.lists(st.sampled_from(names[:place]), unique=True, max_size=2)) if place else []
        fate = draw(st.sampled_from(["", "", "", "refused", "gone"]))
        alias = draw(st.sampled_from(["", "", "", *"abcd"]))
        wishes.append(Wish(name, draw(st.integers(1, 2)), tuple(needs), fate, alias, draw(st.integers(0, 9)) == 0))
    return tuple(wishes)


def script_of(program: tuple[Wish, ...]):
    async def script(api: Api):
        made: dict[str, str] = {}
        for wish in program:
            urns = [made[name] for name in wish.needs]
            done = await api.register(
                wish.name,
                {"size": wish.size},
                dependencies=urns,
                propertyDependencies={"size": urns},
                aliasURNs=[urn_of(wish.alias)] if wish.alias else [],
                protect=wish.protect,
            )
            made[wish.name] = done.urn

    return script


def play(rig: Rig, program: tuple[Wish, ...], kind: str, targets: list[str]) -> list[Entry]:
    """Run an operation and give its journal; each entry is checked against what the provider really has by then."""
    fates = {wish.name: wish.fate for wish in program}

    async def meet(request: object) -> None:
        assert isinstance(request, pb.CreateRequest | pb.UpdateRequest | pb.DeleteRequest)
        if fates.get(request.name) == "refused":
            raise refused("no")
        if fates.get(request.name) == "gone":
            raise gone()

    base, entries = rig.snapshot, list[Entry]()

    async def write(entry: Entry) -> None:
        entries.append(entry)
        found = fold(base, entries)
        known = {state.id for state in found.resources} | {op.resource.id for op in found.pending}
        creating = {op.resource.urn.rsplit("::", 1)[1] for op in found.pending if op.type == "creating"}
        lost = {one for one in rig.maker.world if one not in known and one.split("-")[0] not in creating}
        assert not lost, f"{lost} are lost after {entry}"

    rig.write = write
    rig.maker.hooks = dict.fromkeys(("create", "update", "delete"), meet)
    target = [urn_of(name) for name in targets]
    if kind == "up":
        ran = rig.up(script_of(program), target=target)
    else:
        ran = rig.destroy(target=target, dependents=True) if kind == "destroy" else rig.refresh(target=target)
    assert ran.ok == (not ran.errors())
    return entries


ACTS = st.tuples(
    programs(),
    st.sampled_from(["up", "up", "up", "destroy", "refresh"]),
    st.just([]) | st.just([]) | st.lists(st.sampled_from("abcd"), unique=True, max_size=3),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(ACTS, max_size=4), st.booleans())
def test_no_prefix_of_a_journal_is_unsound_or_forgets(acts: list[tuple[tuple[Wish, ...], str, list[str]]], first: bool):
    """The rig folds every prefix and looks for contradictions; `play` looks for what was made and is not remembered."""
    rig = Rig(Maker(delete_first=first))
    for program, kind, targets in acts:
        play(rig, program, kind, targets)
    rig.write = None
    rig.maker.hooks = {}
    rig.snapshot = replace(
        rig.snapshot, resources=tuple(replace(state, protect=False) for state in rig.snapshot.resources)
    )
    ran = rig.destroy()
    assert ran.ok, ran.errors()
    pending = {op.resource.urn.rsplit("::", 1)[1] for op in rig.snapshot.pending}
    assert {one.split("-")[0] for one in rig.maker.world} <= pending
    assert rig.snapshot.resources == ()


@given(st.data(), st.integers(0, 8))
def test_whatever_order_resources_are_in_they_are_put_after_what_they_need(data: st.DataObject, number: int):
    states = [
        ResourceState(
            str(place),
            "t",
            dependencies=tuple(map(str, data.draw(st.lists(st.integers(0, place - 1), max_size=3)) if place else ())),
        )
        for place in range(number)
    ]
    assert in_order(states) == states
    mixed = data.draw(st.permutations(states))
    assert integrity_errors(in_order(mixed)) == []
    assert sorted(in_order(mixed), key=lambda state: int(state.urn)) == states


def test_a_long_chain_and_a_circle_are_put_in_some_order():
    chain = [ResourceState(str(place), "t", dependencies=(str(place + 1),)) for place in range(5000)]
    assert in_order(chain)[0].urn == "4999"
    circle = [ResourceState("a", "t", dependencies=("b",)), ResourceState("b", "t", dependencies=("a",))]
    assert sorted(state.urn for state in in_order(circle)) == ["a", "b"]


def _recorded() -> tuple[Snapshot, list[Entry]]:
    rig = Rig()
    rig.up(script_of((Wish("a", 1, (), ""), Wish("b", 1, ("a",), ""))))
    base, entries = rig.snapshot, list[Entry]()

    async def write(entry: Entry) -> None:
        entries.append(entry)

    rig.write = write
    rig.up(script_of((Wish("a", 2, (), ""), Wish("c", 1, ("a",), ""))))
    return base, entries


def test_a_journal_cut_off_at_any_byte_is_recovered(tmp_path: Path):
    base, entries = _recorded()
    path = tmp_path / "stack.jsonl"

    async def write() -> None:
        journal = Journal(path, "base", Plain())
        for entry in entries:
            await journal.write(entry)

    asyncio.run(write())
    data = path.read_bytes()
    wanted = [fold(base, entries[:count]) for count in range(len(entries) + 1)]
    found: set[int] = set()
    for length in range(len(data) + 1):
        path.write_bytes(data[:length])
        whole = data[:length].count(b"\n")
        got = recover(read_journal(path), "base", lambda: base, Plain())
        found.add(whole)
        if not any(not isinstance(entry, Keep) for entry in entries[: max(0, whole - 1)]):
            assert got is None
            continue
        assert got is not None
        assert got == wanted[whole - 1], f"cut at byte {length}"
        assert integrity_errors(got.resources) == []
    assert found == set(range(len(entries) + 2))


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_a_damaged_journal_is_refused_or_read_never_a_crash(at: int, rubbish: bytes):
    entry = Put("n0", ResourceState("urn:pulumi:a::b::c::d", "c"))
    lines = [b'{"journal":1,"base":"x"}', json.dumps(encode_entry(entry, Plain())).encode(), b'{"keep":"b0"}']
    data = b"\n".join(lines) + b"\n"
    place = at % len(data)
    base = Snapshot(resources=(ResourceState("urn:pulumi:a::b::c::old", "c"),))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j"
        path.write_bytes(data[:place] + rubbish + data[place + len(rubbish) :])
        with contextlib.suppress(JournalError):
            recover(read_journal(path), "x", lambda: base, Plain())


def test_a_journal_of_another_state_is_refused_and_a_finished_one_is_done_with(tmp_path: Path):
    path = tmp_path / "j"

    async def work() -> None:
        journal = Journal(path, "one", Plain())
        await journal.write(Put("n0", ResourceState("urn:pulumi:a::b::c::d", "c")))
        kept: list[bytes] = []
        journal.finish("two", lambda: kept.append(path.read_bytes()))
        assert not path.exists()
        path.write_bytes(kept[0])

    asyncio.run(work())
    documents = read_journal(path)
    assert recover(documents, "two", Snapshot, Plain()) is None
    assert recover(documents, "one", Snapshot, Plain()) == Snapshot(
        resources=(ResourceState("urn:pulumi:a::b::c::d", "c"),)
    )
    with pytest.raises(JournalError):
        recover(documents, "three", Snapshot, Plain())


def test_after_the_disk_refused_once_nothing_more_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "j"
    state = ResourceState("urn:pulumi:a::b::c::d", "c")

    async def work() -> None:
        journal = Journal(path, "one", Plain())
        await journal.write(Put("n0", state))
        whole = path.read_bytes()
        monkeypatch.setattr("os.fdatasync", _full)
        with pytest.raises(JournalError, match="No space left"):
            await journal.write(Put("n1", replace(state, id="x")))
        monkeypatch.undo()
        after = path.read_bytes()
        with pytest.raises(JournalError):
            await journal.write(Put("n2", replace(state, id="y")))
        assert path.read_bytes() == after
        assert after.startswith(whole)
        saved: list[bool] = []
        journal.finish("two", lambda: saved.append(True))
        assert saved == [True]
        assert not path.exists()

    asyncio.run(work())


def _full(_file: int) -> None:
    raise OSError(28, "No space left on device")
