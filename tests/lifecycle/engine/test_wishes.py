"""What a program may wish for: components, secrets, aliases, targets, providers, other stacks; and previews."""

from __future__ import annotations

import asyncio

import pytest
from grpc.aio import AioRpcError

from engine.errors import EngineError
from engine.host.protos import provider_pb2 as pb
from engine.model.events import OutputsRegistered
from engine.model.state import STACK_TYPE, Op
from engine.model.values import UNKNOWN, Properties, Secret
from tests.lifecycle.engine.kit import STACK, THING, Api, Made, Maker, Rig, refused, things, urn_of


def test_component_outputs_are_recorded_and_change_alone():
    rig = Rig()

    def script(value: int):
        async def go(api: Api):
            group = await api.component("g", {"q": value})
            await api.register("a", {"n": 1}, parent=group.urn)

        return go

    ran = rig.up(script(1))
    assert ran.ok, ran.errors()
    assert rig.state("g", "shop:index:Group").outputs == {"q": 1}
    child = next(s for s in rig.snapshot.resources if s.type == THING)
    assert child.urn == f"urn:pulumi:dev::shop::shop:index:Group${THING}::a"
    ran = rig.up(script(2))
    assert ran.changes == {}
    assert rig.state("g", "shop:index:Group").outputs == {"q": 2}
    assert [e.step.op for e in ran.events if isinstance(e, OutputsRegistered)] == [Op.UPDATE, Op.SAME]


def test_a_failed_update_keeps_the_stacks_former_outputs():
    rig = Rig()

    async def one(api: Api):
        return {"x": 1}

    rig.up(one)

    async def no(_request: object):
        raise refused("no")

    rig.maker.hooks["create a"] = no

    async def two(api: Api):
        await api.register("a")
        return {"x": 2}

    assert not rig.up(two).ok
    assert rig.state("shop-dev", STACK_TYPE).outputs == {"x": 1}


def test_secrets_stay_secret_through_a_provider_that_knows_none():
    rig = Rig(Maker(secrets=False))

    async def script(api: Api):
        a = await api.register(
            "a", {"key": Secret("hush"), "deep": {"pin": Secret("1234"), "n": 1}}, additionalSecretOutputs=["made"]
        )
        assert a.outputs["made"] == Secret("a-1")
        return {"key": a.outputs["key"]}

    ran = rig.up(script)
    assert ran.ok, ran.errors()
    state = rig.state("a")
    assert state.inputs["key"] == Secret("hush")
    assert state.outputs == {"key": Secret("hush"), "deep": {"pin": Secret("1234"), "n": 1}, "made": Secret("a-1")}
    assert rig.maker.world["a-1"]["key"] == "hush", "the provider itself sees it open"
    assert rig.state("shop-dev", STACK_TYPE).outputs == {"key": Secret("hush")}


def test_an_output_that_is_declared_secret_later_is_stored_as_one():
    rig = Rig()
    rig.up(things("a"))
    ran = rig.up(things("a", additionalSecretOutputs=["made"]))
    assert ran.changes == {}
    assert rig.state("a").outputs["made"] == Secret("a-1")


def test_a_preview_shows_what_is_not_known_and_does_nothing():
    rig = Rig(Maker(previews=True))
    seen: list[object] = []

    async def unknown(request: object):
        assert isinstance(request, pb.CreateRequest)
        if not request.preview:
            return None
        answer = pb.CreateResponse(properties=request.properties)
        answer.properties["made"] = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
        return answer

    rig.maker.hooks["create a"] = unknown

    async def script(api: Api):
        a = await api.register("a", {"n": 1})
        seen.append(a.outputs["made"])
        b = await api.register("b", {"n": a.outputs["made"]}, dependencies=[a.urn])
        assert b.urn == urn_of("b")

    ran = rig.preview(script)
    assert ran.ok, ran.errors()
    assert ran.changes == {"create": 3}
    assert seen == [UNKNOWN]
    assert rig.maker.world == {} or list(rig.maker.world) == ["b-1"]  # b's stub does not look at `preview`
    assert rig.snapshot.resources == ()


def test_a_preview_does_not_bother_providers_that_cannot():
    rig = Rig()
    ran = rig.preview(things("a", "b"))
    assert ran.ok
    assert rig.maker.effects() == []
    assert rig.preview(things("a")).changes == {"create": 2}


def test_a_new_name_with_an_alias_is_no_change_and_references_follow():
    rig = Rig()

    async def old(api: Api):
        a = await api.register("a", {"n": 1})
        await api.register("b", {"n": 1}, dependencies=[a.urn], parent=a.urn)

    rig.up(old)

    async def new(api: Api):
        await api.register("z", {"n": 1}, aliasURNs=[urn_of("a")])
        raise_here = api.register("c", {"n": 1})
        await raise_here

    async def no(_request: object):
        raise refused("no")

    rig.maker.hooks["create c"] = no
    ran = rig.up(new)
    assert not ran.ok
    assert rig.names() == ["z", "b"]
    child = next(s for s in rig.snapshot.resources if s.urn.endswith("::b"))
    assert child.dependencies == (urn_of("z"),)
    assert child.parent == urn_of("z")
    assert rig.maker.effects() == ["create a", "create b", "create c"]


def test_two_resources_cannot_have_the_same_past():
    rig = Rig()
    rig.up(things("a"))

    async def both(api: Api):
        await asyncio.gather(
            api.register("x", {"n": 1}, aliasURNs=[urn_of("a")]), api.register("y", {"n": 1}, aliasURNs=[urn_of("a")])
        )

    ran = rig.up(both)
    assert not ran.ok
    assert urn_of("a") in ran.errors()[0]


@pytest.mark.parametrize("old_first", [True, False])
def test_a_name_is_taken_over_or_used_again_but_not_both(old_first: bool):
    rig = Rig()
    rig.up(things("a"))

    async def both(api: Api):
        calls = [lambda: api.register("a", {"n": 1}), lambda: api.register("x", {"n": 1}, aliasURNs=[urn_of("a")])]
        for call in calls if old_first else reversed(calls):
            await call()

    ran = rig.up(both)
    assert not ran.ok
    assert "alias" in ran.errors()[0]
    assert list(rig.maker.world) == ["a-1"]


def test_targets_leave_the_others_alone():
    rig = Rig()

    def script(n: int):
        async def go(api: Api):
            a = await api.register("a", {"n": n})
            await api.register("b", {"n": n}, dependencies=[a.urn])

        return go

    rig.up(script(1))
    ran = rig.up(script(2), target=[urn_of("b")])
    assert ran.ok, ran.errors()
    assert ran.changes == {"update": 1}
    assert rig.state("a").inputs == {"n": 1}
    assert rig.state("b").inputs == {"n": 2}
    ran = rig.up(script(3), target=[urn_of("a")], dependents=True)
    assert ran.changes == {"update": 2}


def test_a_target_that_needs_what_is_left_out_is_refused():
    rig = Rig()

    async def script(api: Api):
        a = await api.register("a", {"n": 1})
        await api.register("b", {"n": 1}, dependencies=[a.urn])

    ran = rig.up(script, target=[urn_of("b")])
    assert not ran.ok
    assert urn_of("a") in ran.errors()[0]
    assert rig.names() == []
    assert rig.maker.effects() == []


def test_targeted_deletion_refuses_to_leave_something_hanging():
    rig = Rig()

    async def script(api: Api):
        a = await api.register("a", {"n": 1})
        await api.register("b", {"n": 1}, dependencies=[a.urn])

    rig.up(script)
    ran = rig.destroy(target=[urn_of("a")])
    assert not ran.ok
    assert "--target-dependents" in ran.errors()[0]
    assert rig.names() == ["a", "b"]
    ran = rig.destroy(target=[urn_of("a")], dependents=True)
    assert ran.ok, ran.errors()
    assert rig.names() == []
    assert rig.state("shop-dev", STACK_TYPE)


def test_a_targeted_replacement_does_not_mind_who_needs_the_name():
    """The old generation goes; the URN stays, so the untargeted resource that left the program misses nothing."""
    rig = Rig()

    async def old(api: Api):
        a = await api.register("a", {"size": 1})
        await api.register("b", {"n": 1}, dependencies=[a.urn])

    async def new(api: Api):
        await api.register("a", {"size": 2})

    rig.up(old)
    ran = rig.up(new, target=[urn_of("a")])
    assert ran.ok, ran.errors()
    assert rig.names() == ["a", "b"]
    assert list(rig.maker.world) == ["b-2", "a-3"]


def test_delete_before_replace_minds_the_targets():
    rig = Rig(Maker(delete_first=True))

    def script(size: int):
        async def go(api: Api):
            a = await api.register("a", {"size": size})
            await api.register("b", {"size": a.id}, dependencies=[a.urn], propertyDependencies={"size": [a.urn]})

        return go

    rig.up(script(1))
    ran = rig.up(script(2), target=[urn_of("a")])
    assert not ran.ok
    assert "--target-dependents" in ran.errors()[0]
    assert rig.maker.effects() == ["create a", "create b"]
    ran = rig.up(script(2), target=[urn_of("a")], dependents=True)
    assert ran.ok, ran.errors()
    assert len(rig.maker.world) == 2


def test_replace_asked_for_by_the_person():
    rig = Rig()
    rig.up(things("a", "b"))
    ran = rig.up(things("a", "b"), replace=[urn_of("a")])
    assert ran.ok
    assert ran.changes == {"replace": 1}
    assert rig.maker.effects()[2:] == ["create a", "delete a"]
    assert rig.state("a").id == "a-3"


def explicit(region: str):
    async def script(api: Api):
        provider = await api.register("p", {"region": region}, "pulumi:providers:test")
        await api.register("a", {"n": 1}, provider=provider.ref)

    return script


def test_an_explicit_provider_is_configured_and_reconfigured():
    rig = Rig()
    assert rig.up(explicit("east")).ok
    assert rig.maker.configured == [{"region": "east"}]
    ran = rig.up(explicit("west"))
    assert ran.ok, ran.errors()
    assert ran.changes == {"update": 1}
    assert rig.maker.configured[-1] == {"region": "west"}
    assert rig.destroy().ok
    assert rig.maker.configured[-1] == {"region": "west"}


def test_a_replaced_provider_deletes_its_own_resources_with_its_own_configuration():
    makers: list[Maker] = []

    def spawn(_package: str) -> Maker:
        async def replaced(_request: object):
            return pb.DiffResponse(changes=pb.DiffResponse.DIFF_SOME, replaces=["region"])

        makers.append(Maker(hooks={"diff-config": replaced}))
        return makers[-1]

    rig = Rig(spawn=spawn)
    assert rig.up(explicit("east")).ok
    makers.clear()
    ran = rig.up(explicit("west"))
    assert ran.ok, ran.errors()
    by_region = {str(maker.configured[-1]["region"]): maker.effects() for maker in makers if maker.configured}
    assert by_region == {"west": ["create a"], "east": ["delete a"]}
    assert all(len(maker.configured) <= 1 for maker in makers), "no process serves two configurations"
    assert rig.names() == ["a"]


def test_a_default_provider_takes_new_configuration_and_the_resources_stay():
    rig = Rig(config={"test:region": "east"})
    rig.up(things("a"))
    rig.config["test:region"] = "west"
    ran = rig.up(things("a"))
    assert ran.ok
    assert ran.changes == {}
    assert rig.maker.configured == [{"region": "east"}, {"region": "west"}]
    assert rig.state("default", "pulumi:providers:test").inputs == {"region": "west"}


def test_secret_configuration_stays_secret_in_the_provider():
    rig = Rig(config={"test:key": "hush"}, secret=frozenset({"test:key"}))
    rig.up(things("a"))
    assert rig.state("default", "pulumi:providers:test").inputs == {"key": Secret("hush")}
    assert rig.maker.configured == [{"key": Secret("hush")}]


REFERENCE = "pulumi:pulumi:StackReference"


def test_another_stacks_outputs():
    outputs: Properties = {"url": "http://x", "key": Secret("hush")}
    rig = Rig(stacks={"org/shop/base": outputs})
    seen: list[Made] = []

    async def script(api: Api):
        seen.append(await api.read("base", "org/shop/base", {"name": "org/shop/base"}, REFERENCE))

    ran = rig.up(script)
    assert ran.ok, ran.errors()
    assert seen[0].outputs["outputs"] == outputs
    assert seen[0].outputs["secretOutputNames"] == ["key"]
    assert rig.state("base", REFERENCE).external
    assert rig.destroy().ok


def test_another_stack_that_is_not_there():
    rig = Rig()

    class Missing(dict[str, Properties]):
        def __missing__(self, key: str) -> Properties:
            raise EngineError(f"no stack named {key!r} found")

    rig.stacks = Missing()

    async def script(api: Api):
        await api.read("base", "org/shop/gone", {"name": "org/shop/gone"}, REFERENCE)

    ran = rig.up(script)
    assert not ran.ok
    assert ran.errors() == ["no stack named 'org/shop/gone' found"]


def test_an_error_that_the_program_logs_makes_the_update_fail_and_changes_nothing_else():
    rig = Rig()

    async def script(api: Api):
        await api.log(3, "something is off")
        await api.register("a")

    ran = rig.up(script)
    assert not ran.ok
    assert ran.errors() == ["something is off"]
    assert rig.names() == ["a"]


def test_paths_that_are_none_are_refused_with_the_option():
    rig = Rig()
    rig.up(things("a"))
    ran = rig.up(things("a", ignoreChanges=["n["]))
    assert not ran.ok
    assert "ignoreChanges" in ran.errors()[0]
    assert "'n['" in ran.errors()[0]


@pytest.mark.parametrize("type_", ["nonsense", ":x:y"])
def test_a_type_that_is_none_is_refused(type_: str):
    rig = Rig()

    async def script(api: Api):
        await api.register("a", {}, type_)

    ran = rig.up(script)
    assert not ran.ok
    assert repr(type_) in ran.errors()[0]


def test_functions_are_called_and_their_failures_given_back():
    rig = Rig()

    async def invoked(request: object):
        assert isinstance(request, pb.InvokeRequest)
        return pb.InvokeResponse(failures=[pb.CheckFailure(property="x", reason="no such thing")])

    rig.maker.hooks["invoke"] = invoked

    async def script(api: Api):
        answer = await api.invoke("test:index:find", {"x": 1})
        assert 'reason: "no such thing"' in str(answer)
        assert (await api.invoke("test:index:find", {"x": UNKNOWN})).unknown

    assert rig.up(script).ok


def test_a_function_that_raises_is_told_to_the_program_which_may_go_on():
    rig = Rig()

    async def broken(_request: object):
        raise refused("not found")

    rig.maker.hooks["invoke"] = broken
    told: list[str | None] = []

    async def script(api: Api):
        try:
            await api.invoke("test:index:find", {"x": 1})
        except AioRpcError as error:
            told.append(error.details())

    ran = rig.up(script)
    assert told == ["invocation of test:index:find returned an error: not found"]
    assert ran.ok
    assert STACK in [s.urn for s in rig.snapshot.resources]


def test_a_target_that_names_nothing_is_a_mistake():
    rig = Rig()
    rig.up(things("a"))
    ran = rig.up(things("a", "b"), target=["urn:pulumi:dev::shop::**::typo"])
    assert not ran.ok
    assert "typo" in ran.errors()[0]
    assert rig.names() == ["a"]
    assert rig.up(things("a", "b"), target=["**::b"]).changes == {"create": 1}


def test_a_failed_update_takes_no_output_away():
    rig = Rig()

    async def both(api: Api):
        return {"x": 1, "y": 1}

    async def fewer(api: Api):
        await api.log(3, "something is off")
        return {"x": 2}

    rig.up(both)
    assert not rig.up(fewer).ok
    assert rig.state("shop-dev", STACK_TYPE).outputs == {"x": 2, "y": 1}

    async def fewer_and_well(api: Api):
        return {"x": 3}

    assert rig.up(fewer_and_well).ok
    assert rig.state("shop-dev", STACK_TYPE).outputs == {"x": 3}


def test_a_newer_default_provider_takes_its_predecessors_resources_over():
    async def replaced(_request: object):
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_SOME, replaces=["version"])

    rig = Rig(Maker(hooks={"diff-config": replaced}))
    rig.up(things("a", version="1.0.0"))
    ran = rig.up(things("a", version="2.0.0"))
    assert ran.ok, ran.errors()
    assert ran.changes == {}
    assert rig.state("a").provider.split("::")[-2] == "default_2_0_0"
    assert [s.urn.rsplit("::", 1)[1] for s in rig.snapshot.resources if "providers" in s.type] == ["default_2_0_0"]


def test_what_the_targets_leave_alone_keeps_what_it_needs_before_it():
    """`b` needs `a` and the provider of an older version; neither is in the program any more, and neither may go."""
    rig = Rig()

    async def old(api: Api):
        a = await api.register("a", {"n": 1}, version="1.0.0")
        await api.register("b", {"n": 1}, dependencies=[a.urn], version="1.0.0")

    async def new(api: Api):
        b = await api.register("b", {"n": 1}, version="2.0.0")
        await api.register("c", {"n": 1}, dependencies=[b.urn], version="2.0.0")

    rig.up(old)
    ran = rig.up(new, target=[urn_of("c")])
    assert ran.ok, ran.errors()
    assert rig.names() == ["a", "b", "c"]
    assert rig.maker.effects() == ["create a", "create b", "create c"]
    assert rig.up(new).ok
    assert rig.names() == ["b", "c"]
