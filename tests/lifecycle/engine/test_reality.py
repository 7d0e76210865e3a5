"""Refresh, import, reading, settling: where the snapshot meets what is really there."""

from __future__ import annotations

import pytest

from engine.host.protos import provider_pb2 as pb
from engine.model.state import Op
from tests.lifecycle.engine.kit import Api, Maker, Rig, gone, refused, things


def chain():
    async def script(api: Api):
        a = await api.register("a", {"n": 1})
        b = await api.register("b", {"n": 1}, dependencies=[a.urn], propertyDependencies={"n": [a.urn]})
        await api.register("c", {"n": 1}, dependencies=[b.urn], deletedWith=a.urn)

    return script


def test_refresh_sees_what_is_gone_drifted_and_unchanged():
    rig = Rig()
    rig.up(chain())
    del rig.maker.world["a-1"]
    rig.maker.world["b-2"]["n"] = 7
    before = rig.state("c")
    ran = rig.refresh()
    assert ran.ok
    assert ran.outcome.changes == {Op.DELETE: 1, Op.UPDATE: 1, Op.SAME: 1}
    assert rig.names() == ["b", "c"]
    assert rig.state("b").outputs == {"n": 7, "made": "b-2"}
    assert rig.state("b").inputs == {"n": 7}
    assert rig.state("b").dependencies == ()
    assert rig.state("b").property_dependencies == {"n": ()}
    assert rig.state("c").deleted_with == ""
    assert rig.state("c").dependencies == before.dependencies


def test_up_with_refresh_repairs_what_is_gone_and_what_drifted():
    rig = Rig()
    rig.up(chain())
    del rig.maker.world["a-1"]
    rig.maker.world["b-2"]["n"] = 7
    rig.maker.calls.clear()
    ran = rig.up(chain(), refresh=True)
    assert ran.ok, ran.errors()
    assert rig.maker.effects() == ["create a", "update b"]
    assert sorted(rig.names()) == ["a", "b", "c"]
    assert rig.maker.world["b-2"]["n"] == 1
    assert rig.up(chain()).changes == {}


def test_a_preview_with_refresh_writes_nothing():
    rig = Rig()
    rig.up(chain())
    del rig.maker.world["a-1"]
    ran = rig.preview(chain(), refresh=True)
    assert ran.ok, ran.errors()
    assert ran.changes == {"create": 1}
    assert rig.names() == ["a", "b", "c"]


def test_refresh_starts_one_process_for_a_provider_and_the_update_keeps_it():
    rig = Rig()
    rig.up(things("a"))
    rig.plugins.clear()
    assert rig.up(things("a"), refresh=True).ok
    assert [package for package, _ in rig.plugins] == ["test"]
    assert rig.maker.calls.count("configure default") == 2, "once in each run"


def test_a_refresh_that_fails_says_so_and_keeps_the_rest():
    rig = Rig()
    rig.up(things("a", "b"))

    async def no(_request: object):
        raise refused("no key")

    rig.maker.hooks["read b"] = no
    ran = rig.refresh()
    assert not ran.ok
    assert ran.errors() == ["no key"]
    assert rig.names() == ["a", "b"]


def test_refresh_leaves_a_pending_create_alone_and_settles_an_update():
    rig = Rig()
    rig.up(things("a"))

    async def die(_request: object):
        raise gone()

    rig.maker.hooks = {"update a": die}

    async def script(api: Api):
        await api.register("a", {"n": 2})

    rig.up(script)
    rig.maker.hooks = {"create b": die}
    rig.up(things("a", "b"))
    assert rig.pending() == [("creating", "b")]
    rig.maker.hooks = {}
    assert rig.refresh().ok
    assert rig.pending() == [("creating", "b")]


def test_reading_makes_an_external_resource_that_destroy_forgets():
    rig = Rig()
    rig.maker.world["x-9"] = {"n": 3, "made": "x-9"}

    async def script(api: Api):
        found = await api.read("x", "x-9")
        assert found.outputs == {"n": 3, "made": "x-9"}
        await api.register("a", {"n": found.outputs["n"]}, dependencies=[found.urn])

    ran = rig.up(script)
    assert ran.ok, ran.errors()
    assert rig.state("x").external
    assert rig.preview(script).ok
    assert rig.destroy().ok
    assert list(rig.maker.world) == ["x-9"]


def test_reading_what_is_not_there_fails():
    rig = Rig()

    async def script(api: Api):
        await api.read("x", "x-9")

    ran = rig.up(script)
    assert not ran.ok
    assert "'x-9'" in ran.errors()[0]
    assert rig.pending() == []


def test_a_managed_resource_whose_place_a_read_one_takes_is_deleted_in_the_end():
    rig = Rig()
    rig.up(things("a"))
    rig.maker.world["other"] = {"n": 3}

    async def script(api: Api):
        await api.read("a", "other")

    ran = rig.up(script)
    assert ran.ok, ran.errors()
    assert rig.state("a").id == "other"
    assert rig.maker.effects() == ["create a", "delete a"]
    assert list(rig.maker.world) == ["other"]


def test_a_managed_resource_that_is_read_by_its_own_id_is_released():
    rig = Rig()
    rig.up(things("a"))

    async def script(api: Api):
        await api.read("a", "a-1")

    assert rig.up(script).ok
    assert rig.state("a").external
    assert list(rig.maker.world) == ["a-1"]


def test_a_protected_resource_gives_way_to_no_read_one():
    rig = Rig()
    rig.up(things("a", protect=True))
    rig.maker.world["other"] = {"n": 3}

    async def script(api: Api):
        await api.read("a", "other")

    ran = rig.up(script)
    assert not ran.ok
    assert "protected" in ran.errors()[0]
    assert rig.state("a").id == "a-1"


def test_an_external_resource_becomes_the_stacks_own():
    rig = Rig()
    rig.maker.world["x-9"] = {"n": 3}

    async def script(api: Api):
        await api.read("x", "x-9")

    rig.up(script)
    ran = rig.up(things("x"))
    assert ran.ok, ran.errors()
    assert not rig.state("x").external
    assert rig.names() == ["x"]
    assert sorted(rig.maker.world) == ["x-1", "x-9"]


def test_import_takes_over_and_updates_where_the_program_differs():
    rig = Rig()
    rig.maker.world["there"] = {"n": 1}
    ran = rig.up(things("a", importId="there"))
    assert ran.ok, ran.errors()
    assert ran.changes == {"create": 1, "import": 1}
    assert rig.state("a").id == "there"
    assert rig.maker.effects() == []
    rig.maker.world["also"] = {"n": 5}
    ran = rig.up(things("a", "b", importId=""))
    assert ran.ok

    async def script(api: Api):
        await api.register("a", {"n": 1})
        await api.register("c", {"n": 1}, importId="also")

    ran = rig.up(script)
    assert ran.ok, ran.errors()
    assert "update c" in rig.maker.effects()
    assert rig.state("c").outputs == {"n": 1, "made": "also"}
    assert rig.names().count("c") == 1
    assert rig.up(script).changes == {}


def test_import_of_nothing_fails():
    rig = Rig()
    ran = rig.up(things("a", importId="nowhere"))
    assert not ran.ok
    assert "'nowhere'" in ran.errors()[0]
    assert rig.names() == []


def test_a_create_that_fails_half_way_is_recorded_and_updated_next_time():
    rig = Rig()
    answers = pb.CreateResponse(id="half")
    answers.properties["n"] = 1
    answers.properties["made"] = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

    async def unknown(_request: object):
        rig.maker.world["half"] = {"n": 1}
        return answers

    rig.maker.hooks["create a"] = unknown
    ran = rig.up(things("a"))
    assert not ran.ok
    assert "unknown value for 'made'" in ran.errors()[0]
    assert rig.state("a").id == "half"
    assert rig.state("a").init_errors
    rig.maker.hooks.clear()
    ran = rig.up(things("a"))
    assert ran.ok
    assert rig.maker.effects() == ["create a", "update a"]
    assert rig.state("a").init_errors == ()


def test_an_answer_that_is_no_value_is_the_providers_fault_and_loses_nothing():
    rig = Rig()
    answer = pb.CreateResponse(id="odd")
    answer.properties.update({"n": {"4dabf18193072939515e22adb298388d": "nonsense"}})

    async def rubbish(_request: object):
        return answer

    rig.maker.hooks["create a"] = rubbish
    ran = rig.up(things("a"))
    assert not ran.ok
    assert "the provider test answered Create" in ran.errors()[0]
    assert rig.state("a").id == "odd"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE, replaces=["n"]), "nothing changed, and that n replace it"),
    ],
)
def test_a_diff_that_contradicts_itself(answer: pb.DiffResponse, message: str):
    rig = Rig()
    rig.up(things("a"))

    async def contradict(_request: object):
        return answer

    rig.maker.hooks["diff a"] = contradict
    ran = rig.up(things("a"))
    assert not ran.ok
    assert message in ran.errors()[0]
    assert rig.names() == ["a"]


def test_a_provider_names_what_is_no_path_as_the_reason_for_a_replacement():
    rig = Rig()
    rig.up(things("a"))

    async def odd(_request: object):
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_SOME, replaces=["n]["])

    rig.maker.hooks["diff a"] = odd
    ran = rig.up(things("a"))
    assert ran.ok, ran.errors()
    assert ran.changes == {"replace": 1}


def test_a_failed_check_names_the_property():
    rig = Rig()

    async def failing(_request: object):
        return pb.CheckResponse(failures=[pb.CheckFailure(property="n", reason="must be even")])

    rig.maker.hooks["check a"] = failing
    ran = rig.up(things("a"))
    assert not ran.ok
    assert ran.errors() == ["n: must be even"]


def test_an_unconfigured_provider_is_not_asked_in_a_preview():
    maker = Maker()
    rig = Rig(maker)
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

    async def script(api: Api):
        key = await api.register("key", {})
        provider = await api.register("p", {"key": key.outputs.get("made", unknown)}, "pulumi:providers:test")
        await api.register("a", {"n": 1}, provider=provider.ref)

    ran = rig.preview(script)
    assert ran.ok, ran.errors()
    assert maker.calls.count("configure p") == 0
    assert rig.up(script).ok
    assert maker.calls.count("configure p") == 1
