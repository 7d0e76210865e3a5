"""Create, update, replace, delete: what the provider is asked for, in which order, and what the snapshot holds then."""

from __future__ import annotations

import asyncio

from google.protobuf.empty_pb2 import Empty

from engine.host.protos import provider_pb2 as pb
from engine.model.state import Op
from tests.lifecycle.engine.kit import THING, Api, BrokenProgramError, Maker, Rig, gone, refused, things, urn_of


def test_create_then_nothing_then_update_then_delete():
    rig = Rig()

    async def first(api: Api):
        a = await api.register("a", {"n": 1})
        await api.register("b", {"n": a.outputs["made"]}, dependencies=[a.urn])
        return {"b": 1}

    ran = rig.up(first)
    assert ran.ok, ran.errors()
    assert ran.changes == {"create": 3}
    assert rig.names() == ["a", "b"]
    assert rig.state("b").inputs == {"n": "a-1"}
    assert rig.state("shop-dev", "pulumi:pulumi:Stack").outputs == {"b": 1}

    ran = rig.up(first)
    assert ran.ok
    assert ran.changes == {}
    assert ran.outcome.changes[Op.SAME] == 3

    async def second(api: Api):
        await api.register("a", {"n": 2})

    ran = rig.up(second)
    assert ran.changes == {"update": 1, "delete": 1}
    assert rig.maker.effects() == ["create a", "create b", "update a", "delete b"]
    assert rig.names() == ["a"]
    assert rig.state("a").outputs == {"n": 2, "made": "a-1"}
    assert rig.state("a").id == "a-1"


def pair(size: int, n: int = 1):
    async def script(api: Api):
        a = await api.register("a", {"size": size})
        await api.register(
            "b", {"size": a.outputs["made"], "n": n}, dependencies=[a.urn], propertyDependencies={"size": [a.urn]}
        )

    return script


def test_replace_creates_first_and_deletes_dependents_before_what_they_need():
    rig = Rig()
    rig.up(pair(1))
    ran = rig.up(pair(2))
    assert ran.ok, ran.errors()
    assert rig.maker.effects()[2:] == ["create a", "create b", "delete b", "delete a"]
    assert ran.changes == {"replace": 2}
    assert rig.names() == ["a", "b"]
    assert list(rig.maker.world) == ["a-3", "b-4"]


def test_delete_before_replace_takes_dependents_along():
    rig = Rig(Maker(delete_first=True))
    rig.up(pair(1))
    ran = rig.up(pair(2))
    assert ran.ok, ran.errors()
    assert rig.maker.effects()[2:] == ["delete b", "delete a", "create a", "create b"]
    assert ran.changes == {"replace": 2}


def test_a_condemned_dependent_that_left_the_program_is_forgotten():
    rig = Rig(Maker(delete_first=True))
    rig.up(pair(1))

    async def only_a(api: Api):
        await api.register("a", {"size": 2})

    ran = rig.up(only_a)
    assert ran.ok, ran.errors()
    assert rig.maker.effects()[2:] == ["delete b", "delete a", "create a"]
    assert rig.names() == ["a"]


def test_a_failure_between_delete_and_create_is_carried_on():
    rig = Rig(Maker(delete_first=True))
    rig.up(pair(1))

    async def no(_request: object):
        raise refused("out of stock")

    rig.maker.hooks["create a"] = no
    ran = rig.up(pair(2))
    assert not ran.ok
    assert ran.errors() == ["out of stock"]
    assert rig.names() == ["?a", "?b"]
    del rig.maker.hooks["create a"]
    ran = rig.up(pair(2))
    assert ran.ok, ran.errors()
    assert rig.names() == ["a", "b"]
    assert len(rig.maker.world) == 2


def test_a_replacement_that_fails_leaves_the_old_one():
    rig = Rig()
    rig.up(pair(1))

    async def no(_request: object):
        raise refused("out of stock")

    rig.maker.hooks["create a"] = no
    ran = rig.up(pair(2))
    assert not ran.ok
    assert rig.names() == ["a", "b"]
    assert rig.state("a").id == "a-1"


def test_a_replaced_resource_whose_deletion_fails_stays_marked_and_goes_next_time():
    rig = Rig()
    rig.up(pair(1))

    async def no(_request: object):
        raise refused("busy")

    rig.maker.hooks["delete a"] = no
    ran = rig.up(pair(2))
    assert not ran.ok
    assert rig.names() == ["a", "b", "-a"]
    rig.maker.hooks.clear()
    ran = rig.up(pair(2))
    assert ran.ok, ran.errors()
    assert rig.names() == ["a", "b"]
    assert list(rig.maker.world) == ["a-3", "b-4"]


def test_destroy_goes_from_dependents_to_what_they_need_and_leaves_nothing():
    rig = Rig()

    async def script(api: Api):
        a = await api.register("a")
        await api.register("b", dependencies=[a.urn])
        group = await api.component("g")
        await api.register("c", parent=group.urn)

    rig.up(script)
    rig.maker.calls.clear()
    ran = rig.destroy()
    assert ran.ok, ran.errors()
    effects = rig.maker.effects()
    assert effects.index("delete b") < effects.index("delete a")
    assert rig.snapshot.resources == ()
    assert rig.maker.world == {}


def test_destroy_with_a_protected_resource_does_nothing():
    rig = Rig()
    rig.up(things("a"))
    rig.up(things("a", protect=True))
    rig.maker.calls.clear()
    ran = rig.destroy()
    assert not ran.ok
    assert "protected" in ran.errors()[0]
    assert rig.maker.effects() == []
    assert rig.names() == ["a"]


def test_creates_that_do_not_need_each_other_run_at_once():
    rig = Rig()
    meeting = asyncio.Barrier(3)

    async def meet(_request: object):
        await asyncio.wait_for(meeting.wait(), 10)

    rig.maker.hooks["create"] = meet

    async def script(api: Api):
        await asyncio.gather(*(api.register(name) for name in "abc"))

    assert rig.up(script).ok
    assert sorted(rig.names()) == ["a", "b", "c"]


def test_parallel_limits_what_is_under_way():
    rig = Rig()
    under_way: list[int] = [0, 0]
    meeting = asyncio.Barrier(2)

    async def watch(_request: object):
        under_way[0] += 1
        under_way[1] = max(under_way)
        await asyncio.wait_for(meeting.wait(), 10)
        under_way[0] -= 1

    rig.maker.hooks["create"] = watch

    async def script(api: Api):
        await asyncio.gather(*(api.register(name) for name in "abcdef"))

    assert rig.up(script, parallel=2).ok
    assert under_way == [0, 2]


def test_a_failure_in_the_middle_keeps_what_was_done_and_begins_nothing_new():
    rig = Rig()

    async def no(_request: object):
        raise refused("no more")

    rig.maker.hooks["create b"] = no
    ran = rig.up(things("a", "b", "c"))
    assert not ran.ok
    assert rig.names() == ["a"]
    assert rig.pending() == []
    assert rig.maker.effects() == ["create a", "create b"]


def test_what_is_under_way_when_another_fails_is_recorded():
    rig = Rig()
    failed = asyncio.Event()

    async def slow(_request: object):
        await failed.wait()

    async def no(_request: object):
        failed.set()
        raise refused("no")

    rig.maker.hooks = {"create a": slow, "create b": no}

    async def script(api: Api):
        await asyncio.gather(api.register("a"), api.register("b"))

    assert not rig.up(script).ok
    assert rig.names() == ["a"]


def test_a_provider_that_dies_during_a_create_leaves_a_pending_operation_that_the_next_run_settles():
    rig = Rig()

    async def die(_request: object):
        raise gone()

    rig.maker.hooks["create a"] = die
    ran = rig.up(things("a"))
    assert not ran.ok
    assert rig.pending() == [("creating", "a")]
    rig.maker.hooks.clear()
    ran = rig.up(things("a"))
    assert ran.ok
    assert len(ran.warnings()) == 1
    assert rig.pending() == []
    assert rig.names() == ["a"]


def test_pending_updates_and_deletions_are_settled_too():
    rig = Rig()
    rig.up(things("a", "b"))

    async def die(_request: object):
        raise gone()

    rig.maker.hooks = {"update a": die}

    async def script(api: Api):
        await api.register("a", {"n": 2})

    assert not rig.up(script).ok
    assert rig.pending() == [("updating", "a")]
    rig.maker.hooks = {"delete b": die}
    assert not rig.up(script).ok
    assert rig.pending() == [("deleting", "b")]
    rig.maker.hooks = {}
    assert rig.up(script).ok
    assert rig.pending() == []
    assert rig.names() == ["a"]


def test_interrupted_once_what_is_under_way_ends_well():
    rig = Rig()
    begun = asyncio.Event()

    async def slow(_request: object):
        begun.set()
        assert rig.operation
        rig.operation.interrupt()
        await asyncio.sleep(0.01)

    rig.maker.hooks["create a"] = slow
    ran = rig.up(things("a", "b"))
    assert not ran.ok
    assert ran.outcome.interrupted
    assert rig.names() == ["a"]
    assert rig.pending() == []
    assert "cancel" in rig.maker.calls


def test_interrupted_twice_what_is_under_way_stays_pending():
    rig = Rig()

    async def never(_request: object):
        assert rig.operation
        rig.operation.interrupt()
        rig.operation.interrupt()
        await asyncio.Event().wait()

    rig.maker.hooks["create a"] = never
    ran = rig.up(things("a", "b"))
    assert not ran.ok
    assert rig.names() == []
    assert rig.pending() == [("creating", "a")]


def test_interrupted_twice_during_deletions():
    rig = Rig()
    rig.up(things("a", "b"))

    async def never(_request: object):
        assert rig.operation
        rig.operation.interrupt()
        rig.operation.interrupt()
        await asyncio.Event().wait()

    rig.maker.hooks["delete a"] = never
    ran = rig.destroy()
    assert not ran.ok
    assert ("deleting", "a") in rig.pending()
    assert "a" in rig.names()


def test_the_program_fails_in_the_middle_and_nothing_is_deleted():
    rig = Rig()
    rig.up(things("a", "b"))

    async def script(api: Api):
        await api.register("c")
        raise BrokenProgramError("KeyError: 'x'")

    ran = rig.up(script)
    assert not ran.ok
    assert ran.errors() == ["KeyError: 'x'"]
    assert sorted(rig.names()) == ["a", "b", "c"]


def test_the_program_ends_while_registrations_are_under_way():
    rig = Rig()
    begun = asyncio.Event()

    async def slow(_request: object):
        begun.set()
        await asyncio.sleep(0.02)

    rig.maker.hooks["create a"] = slow

    async def script(api: Api):
        task = asyncio.create_task(api.register("a"))
        await begun.wait()
        task.cancel()
        raise BrokenProgramError("exit")

    ran = rig.up(script)
    assert not ran.ok
    assert rig.names() == ["a"]
    assert rig.pending() == []


def test_retain_on_delete_keeps_the_real_thing():
    rig = Rig()
    rig.up(things("a", retainOnDelete=True))
    assert rig.destroy().ok
    assert list(rig.maker.world) == ["a-1"]
    assert rig.snapshot.resources == ()


def test_deleted_with_spares_the_call():
    rig = Rig()

    async def script(api: Api):
        a = await api.register("a")
        await api.register("b", deletedWith=a.urn)

    rig.up(script)
    rig.maker.calls.clear()
    assert rig.destroy().ok
    assert rig.maker.effects() == ["delete a"]


def test_old_and_new_generations_that_need_each_other_crosswise_can_be_destroyed():
    """First b needs a, then a needs b; the deletion of the first generation failed."""
    rig = Rig()
    rig.up(pair(1))

    async def no(_request: object):
        raise refused("busy")

    rig.maker.hooks["delete"] = no

    async def crossed(api: Api):
        b = await api.register("b", {"size": 9})
        await api.register("a", {"size": 9}, dependencies=[b.urn])

    assert not rig.up(crossed).ok
    assert sorted(rig.names()) == ["-a", "-b", "a", "b"]
    rig.maker.hooks.clear()
    ran = rig.destroy()
    assert ran.ok, ran.errors()
    assert rig.snapshot.resources == ()
    assert rig.maker.world == {}


def test_a_duplicate_urn_is_refused():
    rig = Rig()
    ran = rig.up(things("a", "a"))
    assert not ran.ok
    assert urn_of("a") in ran.errors()[0]
    assert THING in ran.errors()[0]
    assert rig.names() == ["a"]


def test_an_answer_without_an_id_is_the_providers_fault():
    rig = Rig()

    async def nothing(_request: object):
        return pb.CreateResponse()

    rig.maker.hooks["create a"] = nothing
    ran = rig.up(things("a"))
    assert not ran.ok
    assert "gave it no id" in ran.errors()[0]


def test_deleting_answers_with_rubbish_do_not_hang():
    rig = Rig()
    rig.up(things("a", "b"))

    async def broken(_request: object) -> Empty:
        raise TypeError("a defect")

    rig.maker.hooks["delete a"] = broken
    try:
        ran = rig.destroy()
    except TypeError:
        return
    assert not ran.ok
