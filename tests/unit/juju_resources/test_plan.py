"""Plans by example: what the course and the OpenStack guide do, and what people get wrong."""

import re
from dataclasses import replace

import pytest

from providers.juju.plan import config, constraints, expose, relations, waiting
from providers.juju.plan.charm import CharmFacts, Endpoint, Option, option_errors, parse, unknown
from providers.juju.plan.placement import Place, clean, clean_for_machine, fits
from providers.juju.plan.placement import parse as placement
from providers.juju.plan.units import Slot, Unit, plan, slots
from providers.juju.status import Condition, Machine, Relation, RelationEnd
from providers.juju.status import Unit as UnitSeen
from tests.support.juju_status import application


def _fits(slot: str, unit: Unit) -> bool:
    return fits(placement(slot), Place(unit.machine))


def _units(*machines: str, leader: int = 0) -> tuple[Unit, ...]:
    return tuple(Unit(f"app/{number}", machine, number == leader) for number, machine in enumerate(machines))


@pytest.mark.parametrize(
    ("wanted", "units", "lines"),
    [
        (("lxd:0", "lxd:1"), _units("0/lxd/0"), ["adds a unit at lxd:1"]),
        (("1", "2", "3", "4"), _units("1", "2", "3"), ["adds a unit at 4"]),
        (("", ""), _units("0"), ["adds a unit on a machine that Juju chooses"]),
        (("1", "3"), _units("1", "2", "3"), ["removes app/1 (on machine 2, which no placement asks for)"]),
        (("", ""), _units("1", "2", "3", leader=2), ["removes app/1 (the newest first; it is on machine 2)"]),
        (("0", "2"), _units("0", "1"), []),
        (("0", "2", "3"), _units("0", "1"), ["adds a unit at 3"]),
        (
            (),
            _units("0", "1"),
            [
                "removes app/1 (the newest first; it is on machine 1)",
                "removes app/0 (the newest first; it is on machine 0)",
            ],
        ),
    ],
)
def test_scaling(wanted: tuple[str, ...], units: tuple[Unit, ...], lines: list[str]) -> None:
    assert list(plan(slots(None, wanted), units, _fits).lines) == lines


def _made_for(*places: str, leader: int = 0) -> tuple[Unit, ...]:
    """Make units where they were asked for: "3" is the machine of the spot server3."""
    return tuple(
        Unit(f"app/{number}", place, number == leader, Slot(place, f"server{place}"))
        for number, place in enumerate(places)
    )


NEW = Slot(None, "server9")


@pytest.mark.parametrize(
    ("wanted", "units", "lines"),
    [
        (
            [Slot("1", "server1"), NEW],
            _made_for("1", "2"),
            ["adds a unit on server9", "removes app/1 (its place server2 is not asked for any more)"],
        ),
        (
            [Slot("3", "server3")],
            _made_for("1", "2", leader=1),
            [
                "adds a unit on server3",
                "removes app/0 (its place server1 is not asked for any more; no unit stays that has its data)",
                "removes app/1 (its place server2 is not asked for any more; no unit stays that has its data)",
            ],
        ),
        (
            [Slot("1", "server1"), Slot("7", "server2")],
            _made_for("1", "2"),
            ["adds a unit on server2", "removes app/1 (its machine 2 is not the one of server2 any more)"],
        ),
        (
            [Slot("1", "server1"), Slot("2", "server2")],
            [*_made_for("1", "2"), replace(_made_for("1")[0], name="app/5")],
            ["removes app/5 (its place server1 is asked for fewer units than it has)"],
        ),
        (
            [Slot("1", "server1")],
            [*_made_for("1"), Unit("app/1", "2", stranded=True)],
            ["removes app/1 (its machine 2 is gone)"],
        ),
        (
            [Slot("1"), Slot()],
            [*_made_for("1"), Unit("app/1", "2", stranded=True)],
            ["adds a unit on a machine that Juju chooses", "removes app/1 (its machine 2 is gone)"],
        ),
        (
            [Slot("lxd:1", "lxd on server1"), Slot(None)],
            _units("1/lxd/0"),
            ["adds a unit on a machine that is still to be made"],
        ),
        ([Slot("1"), Slot("lxd:2", "lxd on server2")], _made_for("1"), ["adds a unit in lxd on server2"]),
    ],
)
def test_units_whose_places_went_are_replaced(wanted: list[Slot], units: list[Unit], lines: list[str]) -> None:
    assert list(plan(wanted, units, _fits).lines) == lines


@pytest.mark.parametrize(
    ("wanted", "units"),
    [
        (("0", "2"), _units("0", "1")),  # nobody knows what app/1 was made for: a person put it there, or it was before
        (("0", "2"), (*_made_for("0"), Unit("app/1", "1", slot=Slot("2", "server2")))),  # its place is still asked for
    ],
)
def test_a_unit_that_a_person_moved_stays(wanted: tuple[str, ...], units: tuple[Unit, ...]) -> None:
    found = plan(slots(None, wanted), units, _fits)
    assert [(unit.name, slot.place) for unit, slot in found.misplaced] == [("app/1", "2")]
    assert found.lines == ()


def test_many_units_that_fit_one_place_are_planned_at_once() -> None:
    asked: list[str] = []

    def fits(place: str, unit: Unit) -> bool:
        asked.append(unit.name)
        return place == "zone=a"

    units = tuple(Unit(f"app/{number}", str(number)) for number in range(2000))
    found = plan(slots(None, ["zone=a"] * 1000 + ["zone=b"]), units, fits)
    assert len(found.placed) == 1000
    assert len(found.remove) == 999
    assert len(asked) == 2 * len(units)


def test_a_thousand_units_are_planned_at_once() -> None:
    units = tuple(Unit(f"app/{number}", str(number), number == 5) for number in range(1000))
    found = plan(slots(900, ()), units, _fits)
    assert [one.unit.number for one in found.remove] == list(range(999, 899, -1))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("tags=compute mem=8G", "mem=8192M tags=compute"),
        ({"cores": 4.0, "mem": "0.5G", "tags": ["b", "a"]}, "cores=4 mem=512M tags=a,b"),
        ("mem=2gib cpu-cores=2 tags=", "cores=2 mem=2048M tags="),
        ("", ""),
    ],
)
def test_constraints(given: object, text: str) -> None:
    assert constraints.clean(given) == text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("memory=8G", 'has an unknown constraint "memory"'),
        ("tag=compute", 'has an unknown constraint "tag": did you mean tags?'),
        ("mem=lots", "has mem=lots, but mem must be a size such as 8G or 512M"),
        ("cores=two", "must be a whole number"),
        ("arch=arm", "must be one of amd64"),
        ("8G", 'has "8G", but each constraint must be name=value'),
        ("mem=1G mem=2G", "has mem twice"),
        (7, "is 7, but must be a text"),
    ],
)
def test_constraints_that_are_none(given: object, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        constraints.clean(given)


@pytest.mark.parametrize(
    ("text", "place", "there"),
    [
        ("server3", Place("3", hostname="server3"), True),
        ("server3", Place("3", hostname="server3.maas"), True),
        ("server3.maas", Place("3", hostname="server3"), True),
        ("server3", Place("3", instance_id="abc123"), False),
        ("zone=rack1", Place("3", zone="rack1"), True),
        ("system-id=abc123", Place("3", instance_id="abc123"), True),
        ("lxd", Place("7/lxd/0"), True),
        ("lxd:3", Place("3/lxd/12"), True),
        ("lxd:3", Place("3"), False),
        ("server3", Place("3/lxd/0", hostname="server3"), False),
    ],
)
def test_whether_a_unit_is_where_it_was_put(text: str, place: Place, there: bool) -> None:
    assert fits(placement(text), place) is there


@pytest.mark.parametrize("text", ["lxd:", "lxd:server3", "docker:0", "a b", "zone=", "", 1.5, -1, None])
def test_what_is_no_placement(text: object) -> None:
    with pytest.raises(ValueError, match="a placement must be a machine"):
        clean(text)


def test_a_machine_may_be_a_number() -> None:
    assert [clean(one) for one in ("3", 3, 3.0, " lxd:3 ")] == ["3", "3", "3", "lxd:3"]


def test_a_machine_is_not_placed_on_a_machine() -> None:
    with pytest.raises(ValueError, match="lxd:3 is a container on it"):
        clean_for_machine("3")


CHARM = parse(
    {
        "url": "ch:amd64/jammy/vault-220",
        "config": {
            "vip": {"type": "string", "default": ""},
            "nagios_context": {"type": "string"},
            "totally-unsecure-auto-unlock": {"type": "boolean", "default": False},
            "default-ttl": {"type": "int", "default": 3},
        },
        "meta": {
            "name": "vault",
            "subordinate": False,
            "provides": {"certificates": {"interface": "tls-certificates", "role": "provider"}},
            "requires": {
                "shared-db": {"interface": "mysql-shared", "role": "requirer", "limit": 1},
                "db": {"interface": "pgsql", "role": "requirer"},
            },
            "peers": {"cluster": {"interface": "vault-ha"}},
            "storage": None,
            "resources": {"vault": {"type": "file"}},
        },
    }
)


def test_a_charm_is_read() -> None:
    assert (CHARM.name, CHARM.subordinate, CHARM.resources) == ("vault", False, {"vault": "file"})
    assert CHARM.endpoints["shared-db"] == Endpoint("shared-db", "requirer", "mysql-shared", limit=1)
    assert CHARM.endpoints["cluster"].role == "peer"
    assert CHARM.options["default-ttl"] == Option("default-ttl", "int", 3)


def test_options_are_checked_by_the_charm() -> None:
    assert option_errors(CHARM, {"vip": "10.0.0.1", "default-ttl": "4", "totally-unsecure-auto-unlock": "True"}) == ()
    assert option_errors(CHARM, {"nagios-context": "x", "default-ttl": "soon"}) == (
        'has no option "nagios-context": did you mean nagios_context?',
        "has a wrong value 'soon': default-ttl must be a whole number, as the charm's option is an int",
    )
    assert "soon" not in "".join(option_errors(CHARM, {"default-ttl": "soon"}, secret=True))
    assert unknown(["valt"], CHARM.resources, "resource") == ('has no resource "valt": did you mean vault?',)


def test_config_is_put_back_when_it_is_no_longer_asked_for() -> None:
    found = config.changes({"a": 1, "b": 2}, {"a": 3}, {"a": "1", "b": 2}, lambda _, one, two: str(one) == str(two))
    assert (found.set, found.unset) == ({"a": 3}, ("b",))


@pytest.mark.parametrize("value", [["a"], {"a": [1]}, {"a": {"b": 1}}])
def test_what_is_no_config(value: object) -> None:
    with pytest.raises(ValueError, match=r"must be an object of options|must be a text, a number or true or false"):
        config.clean(value)


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        (True, {"": {"spaces": [], "cidrs": ["0.0.0.0/0", "::/0"]}}),
        (False, {}),
        ({"public": {"spaces": ["dmz"]}}, {"public": {"spaces": ["dmz"], "cidrs": []}}),
    ],
)
def test_exposure(value: object, clean: object) -> None:
    assert expose.clean(value) == clean


def test_exposure_to_what_is_no_network() -> None:
    with pytest.raises(ValueError, match="must be a network without host bits"):
        expose.clean({"": {"cidrs": ["10.0.0.1/8"]}})


VAULT = relations.Side(relations.End("vault"), CHARM.endpoints)
ROUTER = CharmFacts(
    "mysql-router",
    subordinate=True,
    endpoints={
        "shared-db": Endpoint("shared-db", "provider", "mysql-shared", "container"),
        "db-router": Endpoint("db-router", "requirer", "mysql-router"),
    },
)


def _side(text: str, facts: CharmFacts) -> relations.Side:
    return relations.Side(relations.parse(text), facts.endpoints, facts.subordinate)


def _relation(one: str, other: str) -> Relation:
    ends = [RelationEnd(*text.split(":"), "requirer", False) for text in (one, other)]  # type: ignore[arg-type]
    return Relation(7, f"{one} {other}", "x", "global", tuple(ends), Condition("joined"))


def test_the_endpoints_of_two_applications_are_inferred() -> None:
    pair = relations.choose(_side("vault", CHARM), _side("vault-mysql-router", ROUTER), [])
    assert (pair.one.text, pair.other.text) == ("vault:shared-db", "vault-mysql-router:shared-db")


KEYSTONE = CharmFacts(
    "keystone",
    endpoints={
        "shared-db": Endpoint("shared-db", "requirer", "mysql-shared"),
        "certificates": Endpoint("certificates", "requirer", "tls-certificates"),
        "domain": Endpoint("domain", "provider", "keystone-domain", "container"),
        "info": Endpoint("info", "provider", "tls-certificates"),
    },
)


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("vault:shard-db", "router", 'vault has no endpoint "shard-db"; it has certificates (tls-certificates), '),
        ("vault:shard-db", "router", "did you mean shared-db?"),
        ("vault:cluster", "router", "vault:cluster is a peer endpoint"),
        (
            "vault:certificates",
            "router:db-router",
            "speaks the interface tls-certificates, but router:db-router speaks",
        ),
        ("vault:shared-db", "keystone:shared-db", "are both requirers of mysql-shared: one must be the other"),
        ("vault", "keystone:domain", "have no endpoints that go together: vault provides tls-certificates at"),
    ],
)
def test_ends_that_do_not_go_together(one: str, other: str, words: str) -> None:
    facts = ROUTER if other.startswith("router") else KEYSTONE
    with pytest.raises(ValueError, match=re.escape(words)):
        relations.choose(_side(one, CHARM), _side(other, facts), [])


def test_what_could_be_related_twice_must_be_named() -> None:
    twice = CharmFacts(
        "twice",
        endpoints={
            "a": Endpoint("a", "requirer", "tls-certificates"),
            "b": Endpoint("b", "requirer", "tls-certificates"),
        },
    )
    words = "could be related as vault:certificates twice:a; vault:certificates twice:b: name the endpoints"
    with pytest.raises(ValueError, match=re.escape(words)):
        relations.choose(_side("vault", CHARM), _side("twice", twice), [])


def test_an_endpoint_with_a_limit_takes_no_more() -> None:
    there = [_relation("vault:shared-db", "other:shared-db")]
    words = "vault:shared-db takes 1 relation at most, and has vault:shared-db other:shared-db already"
    with pytest.raises(ValueError, match=re.escape(words)):
        relations.choose(_side("vault:shared-db", CHARM), _side("router", ROUTER), there)


def test_a_relation_that_is_there_is_found_however_it_is_written() -> None:
    there = [_relation("b:x", "a:y"), _relation("b:z", "a:y")]
    assert relations.found(["a:y", "b:x"], there) == there[0]
    assert relations.found(["a", "b:z"], there) == there[1]
    assert relations.found(["a", "b"], there) is None
    assert relations.found(["a:x", "b:y"], there) is None


@pytest.mark.parametrize("value", [["a:b"], "a:b c:d", ["a:b", "a:c"], ["A", "b"], ["a:b:c", "d"], ["a", 3]])
def test_what_is_no_pair_of_ends(value: object) -> None:
    with pytest.raises(ValueError, match=r"ends|end of a relation|both sides"):
        relations.clean(value)


def test_a_relation_has_no_direction() -> None:
    assert relations.clean(("vault:certificates", "glance:certificates")) == relations.clean(
        ["glance:certificates", "vault:certificates"]
    )


def _seen(name: str, workload: str, message: str = "", agent: str = "idle", machine: str = "0", leader: bool = False):
    return UnitSeen(
        name=name,
        application=name.partition("/")[0],
        workload=Condition(workload, message),
        agent=Condition(agent),
        machine=machine,
        leader=leader,
        public_address="",
        ports=(),
        subordinates=(),
        charm="",
    )


ACTIVE = waiting.read(waiting.clean(True))
SEALED = waiting.read(waiting.clean({"workload": ["blocked"], "messages": ["^Vault needs to be init"]}))


def test_a_wait_ends_when_all_units_are_there() -> None:
    two = application(_seen("app/0", "active"), _seen("app/1", "active"))
    assert waiting.stand(ACTIVE, two, {}, 2).done
    assert waiting.stand(ACTIVE, two, {}, 3).line == "2 of 3 units are there"
    busy = application(_seen("app/0", "active", agent="executing"), _seen("app/1", "waiting", "for the database"))
    standing = waiting.stand(ACTIVE, busy, {}, 2)
    assert not standing.done
    assert standing.line == "0/2 ready; app/0 active (executing), app/1 waiting: for the database"


def test_how_many_units_there_must_be() -> None:
    keystone = application(_seen("keystone/0", "active"), _seen("keystone/1", "waiting"))
    glance = application(_seen("glance/0", "active"), replace(_seen("glance/1", "active"), life="dying"))
    known = {"keystone": keystone, "glance": glance}
    router = replace(application(), subordinate=True, subordinate_to=("keystone", "glance", "unseen"))
    assert waiting.due(router, known, None) == 3
    assert waiting.due(router, known, 2) == 2
    assert waiting.due(application(), known, None) == 1
    assert waiting.due(application(), known, 0) == waiting.due(None, known, None) == 0
    standing = waiting.stand(ACTIVE, router, {}, waiting.due(router, known, None))
    assert (standing.line, standing.done) == ("0 of 3 units are there", False)


def test_what_counts_as_reached_is_the_resources_own() -> None:
    sealed = application(_seen("app/0", "blocked", "Vault needs to be initialized"))
    assert waiting.stand(SEALED, sealed, {}, 1).done
    assert not waiting.stand(ACTIVE, sealed, {}, 1).done
    assert not waiting.stand(SEALED, application(_seen("app/0", "blocked", "Missing relation")), {}, 1).done


def test_a_failing_hook_ends_the_wait_with_the_units_own_message() -> None:
    broken = application(_seen("app/0", "error", 'hook failed: "install"'), _seen("app/1", "active"))
    assert waiting.stand(ACTIVE, broken, {}, 2).failed == 'is in error: app/0: hook failed: "install"'
    patient = waiting.read(waiting.clean({"on_error": "wait"}))
    assert not waiting.stand(patient, broken, {}, 2).failed
    assert waiting.stand(ACTIVE, None, {}, 1).failed == "was removed while it was waited for"


def test_a_machine_that_does_not_come_about_ends_the_wait() -> None:
    machine = Machine(
        "0",
        "",
        "",
        "",
        Condition("pending"),
        Condition("provisioning error", "no matching machine"),
        "",
        (),
        "",
        (),
        "",
        "",
    )
    standing = waiting.stand(ACTIVE, application(_seen("app/0", "waiting", "for machine")), {"0": machine}, 1)
    assert standing.failed == "is in error: machine 0: provisioning error: no matching machine"


def test_a_wait_for_the_leader_asks_nobody_else() -> None:
    leader = waiting.read(waiting.clean({"units": "leader"}))
    two = application(_seen("app/0", "waiting"), _seen("app/1", "active", leader=True))
    assert waiting.stand(leader, two, {}, 2).done
    assert waiting.stand(leader, application(_seen("app/0", "active")), {}, 1).line == "no unit leads yet"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"workloads": ["active"]}, 'has an unknown field "workloads": did you mean workload?'),
        ({"workload": ["ready"]}, "has workload, which is 'ready', but must be one of active, blocked"),
        ({"messages": ["("]}, "must be a regular expression"),
        ({"minutes": 0}, "must be a whole number from 1 to 1440"),
        ("active", "must be an object of workload"),
    ],
)
def test_what_is_no_wait(value: object, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        waiting.clean(value)
