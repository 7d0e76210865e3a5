"""Whatever a snapshot holds, its state file gives it back, shows no secret, and keeps an unchanged secret's text."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.backend.statefile import parse_state, render_json, render_state
from engine.model.checkpoint import Checkpoint, decode_checkpoint, encode_checkpoint
from engine.model.codec import decode_deployment, encode_deployment
from engine.model.reading import CodecError
from engine.model.snapshot import SecretsProvider, Snapshot
from engine.model.state import CustomTimeouts, Operation, ResourceState
from engine.model.timestamps import format_time, parse_time
from engine.model.values import UNKNOWN, Archive, Asset, ResourceReference, Secret, Value


class Base64Crypter:
    """A crypter whose texts differ from each other and hide what they close."""

    def __init__(self) -> None:
        self.made = 0
        self.seen: dict[str, str] = {}

    def encrypt(self, plaintext: str) -> str:
        self.made += 1
        text = f"v1:{self.made}:{base64.b64encode(plaintext.encode('utf-8', 'surrogatepass')).decode()}"
        self.seen[text] = plaintext
        return text

    def decrypt(self, ciphertext: str) -> str:
        plaintext = base64.b64decode(ciphertext.split(":")[2]).decode("utf-8", "surrogatepass")
        self.seen[ciphertext] = plaintext
        return plaintext

    def recall(self, ciphertext: str) -> str | None:
        return self.seen.get(ciphertext)


names = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)
texts = st.text(max_size=12)
scalars: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), texts
)
assets = (
    st.builds(Asset, hash=names, text=texts) | st.builds(Asset, hash=names, path=names) | st.builds(Asset, uri=names)
)
archives = st.recursive(
    st.builds(Archive, hash=names, path=names),
    lambda inner: st.builds(
        Archive,
        assets=st.dictionaries(names, assets | inner, max_size=3).map(lambda found: tuple(sorted(found.items()))),
    ),
    max_leaves=4,
)
references = st.builds(ResourceReference, urn=names, id=st.none() | names | st.just(UNKNOWN), version=names)
leaves: st.SearchStrategy[Value] = st.one_of(scalars, st.just(UNKNOWN), assets, archives, references)
values: st.SearchStrategy[Value] = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3) | st.builds(Secret, inner),
    max_leaves=8,
)
properties: st.SearchStrategy[dict[str, Value]] = st.dictionaries(names, values, max_size=4)
tuples = st.lists(names, max_size=3).map(tuple)
moments = st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 hypothesis adds the zone
raw_json = st.recursive(scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2))


@st.composite
def resources(draw: st.DrawFn) -> ResourceState:
    custom = draw(st.booleans())
    return ResourceState(
        urn=f"urn:pulumi:dev::p::{draw(names)}::{draw(names)}",
        type=draw(names),
        custom=custom,
        id=draw(names) if custom else "",
        delete=draw(st.booleans()),
        inputs=draw(properties),
        outputs=draw(properties),
        parent=draw(texts),
        protect=draw(st.booleans()),
        taint=draw(st.booleans()),
        external=draw(st.booleans()),
        dependencies=draw(tuples),
        init_errors=draw(tuples),
        provider=draw(texts),
        property_dependencies=draw(st.dictionaries(names, tuples, max_size=2)),
        pending_replacement=draw(st.booleans()),
        additional_secret_outputs=draw(tuples),
        aliases=draw(tuples),
        custom_timeouts=draw(st.none() | st.builds(CustomTimeouts, st.integers(0, 9), st.floats(0, 9), st.just(0.0))),
        import_id=draw(texts),
        retain_on_delete=draw(st.booleans()),
        deleted_with=draw(texts),
        replace_with=draw(tuples),
        created=draw(moments),
        modified=draw(moments),
        source_position=draw(texts),
        ignore_changes=draw(tuples),
        replace_on_changes=draw(tuples),
        hide_diff=draw(tuples),
        extra=draw(st.dictionaries(st.sampled_from(["viewOf", "stackTrace", "newField"]), raw_json, max_size=2)),
    )


snapshots = st.builds(
    Snapshot,
    resources=st.lists(resources(), max_size=3).map(tuple),
    pending=st.lists(st.builds(Operation, resources(), st.sampled_from(["creating", "deleting"])), max_size=2).map(
        tuple
    ),
    secrets=st.none() | st.builds(SecretsProvider, names, st.dictionaries(names, names, max_size=1)),
    time=moments,
    version=texts,
    extra=st.fixed_dictionaries({"metadata": raw_json.map(lambda value: {"x": value})}),
)


@settings(max_examples=150, deadline=None)
@given(snapshots)
def test_decode_gives_back_what_encode_wrote(snapshot: Snapshot) -> None:
    crypter = Base64Crypter()
    text = render_json(encode_deployment(snapshot, crypter))
    assert decode_deployment(json.loads(text), Base64Crypter()) == snapshot
    shown = render_json(encode_deployment(snapshot, crypter, show_secrets=True))
    assert decode_deployment(json.loads(shown), crypter) == snapshot


@settings(max_examples=100, deadline=None)
@given(snapshots)
def test_an_unchanged_snapshot_keeps_every_byte_and_encrypts_nothing(snapshot: Snapshot) -> None:
    first = render_json(encode_deployment(snapshot, Base64Crypter()))
    crypter = Base64Crypter()
    again = render_json(encode_deployment(decode_deployment(json.loads(first), crypter), crypter))
    assert again == first
    assert crypter.made == 0


@settings(max_examples=100, deadline=None)
@given(resources(), st.text(st.characters(codec="ascii", categories=("L",)), min_size=12, max_size=20))
def test_no_plaintext_of_a_secret_is_written(state: ResourceState, word: str) -> None:
    plaintext = f"hush-{word}-hush"
    state.outputs["password"] = Secret({"deep": [plaintext, Secret(plaintext)]})
    text = render_json(encode_deployment(Snapshot((state,)), Base64Crypter()))
    assert plaintext.encode() not in text


@given(st.text())
def test_a_state_file_survives_any_text(text: str) -> None:
    checkpoint = Checkpoint("organization/p/dev", {"resources": [{"inputs": {"t": text + "\ud800"}}]})
    for path in (Path("dev.json"), Path("dev.json.gz")):
        assert parse_state(render_state(checkpoint, path), path) == checkpoint


@given(st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)), st.integers(0, 999))  # noqa: DTZ001 hypothesis adds the zone
def test_timestamps_keep_their_nanoseconds(moment: datetime, nanoseconds: int) -> None:
    text = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}{nanoseconds:03d}Z"
    assert format_time(parse_time(text)) == text
    assert parse_time(format_time(moment)) == moment


@given(st.dictionaries(st.text(), raw_json))
def test_any_json_is_a_checkpoint_or_a_sentence(raw: dict[str, object]) -> None:
    try:
        checkpoint = decode_checkpoint(raw)
    except CodecError:
        return
    assert decode_checkpoint(encode_checkpoint(checkpoint)) == checkpoint
