"""Bundles: a model written down, read back, planned and deployed again."""

from dataclasses import dataclass, field, replace
from typing import cast

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.juju.errors import JujuError
from lab.juju.facades.bundle_changes import Change, planned
from lab.juju.life import applications, machines
from lab.juju.life.placement import Placement
from lab.juju.models import Json, RemoteApplication
from lab.juju.world import key
from tests.unit.lab.juju_facades.desk import START, Desk

JAMMY = "ubuntu@22.04/stable"


def documents(desk: Desk, **asked: object) -> list[Json]:
    text = str(desk.call("Bundle.ExportBundle", asked)["result"])
    return [cast("Json", each) for each in yaml.safe_load_all(text)]


def exported(desk: Desk, **asked: object) -> Json:
    return documents(desk, **asked)[0]


def test_a_model_is_written_down(desk: Desk):
    desk.deploy("keystone", 1)
    desk.deploy("glance", 2, "0", "lxd:0", config={"debug": True}, constraints={"mem": 2048}, trust=True)
    desk.relate("glance", "keystone:identity-service")
    bundle = exported(desk)
    assert bundle["default-base"] == JAMMY
    assert bundle["machines"] == {"0": {"constraints": "arch=amd64"}}
    assert bundle["relations"] == [["glance:identity-service", "keystone:identity-service"]]
    glance = cast("Json", cast("Json", bundle["applications"])["glance"])
    assert (glance["num_units"], glance["to"], glance["trust"]) == (2, ["0", "lxd:0"], True)
    assert (glance["options"], glance["constraints"]) == ({"debug": True}, "arch=amd64 mem=2048")


def test_an_empty_model_is_no_bundle(desk: Desk):
    desk.refused("Bundle.ExportBundle", {}, words="nothing to export as there are no applications")


def test_what_only_a_part_of_the_world_may_reach_goes_into_an_overlay(desk: Desk):
    desk.deploy("mysql")
    desk.deploy("ubuntu")
    applications.expose(desk.world, START, desk.model, "ubuntu")
    applications.expose(desk.world, START, desk.model, "mysql", {"mysql": ((), ("10.0.0.0/8",))})
    made = {"model-tag": desk.tag, "offer-name": "db", "application-name": "mysql", "endpoints": {"db": "mysql"}}
    desk.one("ApplicationOffers.Offer", {"Offers": [made]})
    base, overlay = documents(desk)
    assert cast("Json", cast("Json", base["applications"])["ubuntu"])["expose"] is True
    mysql = cast("Json", cast("Json", overlay["applications"])["mysql"])
    assert mysql["exposed-endpoints"] == {"mysql": {"expose-to-cidrs": ["10.0.0.0/8"]}}
    assert mysql["offers"] == {"db": {"endpoints": ["mysql"], "acl": {"admin": "admin"}}}
    assert "ubuntu" not in cast("Json", overlay["applications"])


def test_bases_are_named_where_they_differ(desk: Desk):
    desk.deploy("ubuntu", base="24.04")
    desk.deploy("mysql")
    bundle = exported(desk)
    assert bundle["default-base"] == "ubuntu@24.04/stable"
    assert cast("Json", cast("Json", bundle["applications"])["mysql"])["base"] == JAMMY
    assert cast("Json", cast("Json", bundle["machines"])["1"])["base"] == JAMMY


def test_defaults_and_the_series_come_on_demand(desk: Desk):
    desk.deploy("glance")
    assert "options" not in cast("Json", cast("Json", exported(desk)["applications"])["glance"])
    whole = exported(desk, **{"include-charm-defaults": True, "include-series": True})
    assert cast("Json", cast("Json", cast("Json", whole["applications"])["glance"])["options"])["debug"] is False
    assert whole["series"] == "jammy"


def test_2_9_names_series_only(desk: Desk):
    desk.world.meta = replace(desk.world.meta, version="2.9.49")
    desk.call("ModelConfig.ModelSet", {"config": {"default-series": "noble"}})
    desk.deploy("ubuntu", base="24.04")
    desk.deploy("mysql")
    bundle = exported(desk)
    apps = cast("Json", bundle["applications"])
    assert (bundle["series"], "series" in cast("Json", apps["ubuntu"])) == ("noble", False)
    assert cast("Json", apps["mysql"])["series"] == "jammy"
    assert "'base'" not in repr(bundle)


def test_consumed_offers_and_annotations_are_written_down(desk: Desk):
    desk.deploy("ubuntu")
    desk.world.remotes.put(key(desk.model, "db"), RemoteApplication(desk.model, "db", "admin/x.db", "u"))
    desk.call("Annotations.Set", {"annotations": [{"entity": "application-ubuntu", "annotations": {"gui-x": "1"}}]})
    bundle = exported(desk)
    assert bundle["saas"] == {"db": {"url": "admin/x.db"}}
    assert cast("Json", cast("Json", bundle["applications"])["ubuntu"])["annotations"] == {"gui-x": "1"}


@dataclass
class Deployed:
    """What the changes of a plan made, as a client carries them out."""

    desk: Desk
    made: dict[str, str] = field(default_factory=dict[str, str])

    def meant(self, text: object) -> str:
        name, colon, rest = str(text).partition(":")
        return f"{self.made[name[1:]]}{colon}{rest}" if name.startswith("$") else str(text)

    def apply(self, change: Change) -> None:
        assert all(each in self.made for each in change.requires), "a change comes before what it requires"
        do = getattr(self, f"do_{change.method}")
        self.made[change.id] = do(change.args) or ""

    def do_addCharm(self, args: Json) -> str:  # noqa: N802 # the names of changes
        return str(args["charm"])

    def do_deploy(self, args: Json) -> str:
        name, charm = str(args["application"]), self.meant(args["charm"])
        base = str(args["base"]).partition("@")[2].partition("/")[0]
        self.desk.deploy(charm, 0, name=name, base=base, config=args["options"])
        return name

    def do_addMachines(self, args: Json) -> str:  # noqa: N802 # the names of changes
        base = str(args["base"]).partition("@")[2].partition("/")[0]
        parent = self.meant(args["parent-id"]) if args["parent-id"] else ""
        kind = str(args["container-type"])
        wanted = dict(word.split("=") for word in str(args["constraints"]).split())
        return machines.add(
            self.desk.world,
            START,
            self.desk.model,
            base=base,
            constraints=wanted,
            parent=self.machine(parent),
            container_type=kind,
        )

    def machine(self, text: str) -> str:
        unit = self.desk.world.units.find(key(self.desk.model, text))
        return unit.machine if unit else text

    def do_addUnit(self, args: Json) -> str:  # noqa: N802 # the names of changes
        place = [Placement("#", self.machine(self.meant(args["to"])))] if args["to"] else []
        names = applications.add_units(
            self.desk.world, START, self.desk.model, self.meant(args["application"]), 1, place
        )
        return names[0]

    def do_addRelation(self, args: Json) -> None:  # noqa: N802 # the names of changes
        self.desk.relate(self.meant(args["endpoint1"]), self.meant(args["endpoint2"]))

    def do_expose(self, args: Json) -> None:
        applications.expose(self.desk.world, START, self.desk.model, self.meant(args["application"]))


def deploy(text: str) -> Desk:
    plan = planned(text)
    assert plan.errors == ()
    client = Deployed(Desk())
    for change in plan.changes:
        client.apply(change)
    return client.desk


PLACES = st.sampled_from(["", "lxd:", "0", "lxd:0"])
APPS = st.lists(
    st.tuples(
        st.sampled_from(["ubuntu", "keystone", "glance"]), st.lists(PLACES, min_size=1, max_size=3), st.booleans()
    ),
    min_size=1,
    max_size=4,
)


def world_of(apps: list[tuple[str, list[str], bool]], relate: bool) -> Desk:
    desk = Desk()
    desk.deploy("ubuntu", 1, name="first")
    names: dict[str, list[str]] = {"ubuntu": [], "keystone": [], "glance": []}
    for number, (charm, places, exposed) in enumerate(apps):
        name = f"{charm}-x{'y' * number}"
        names[charm].append(name)
        desk.deploy(charm, 0, name=name)
        for place in places:
            scope, _, directive = place.partition(":") if ":" in place else ("#" if place else "", "", place)
            placements = [Placement(scope, directive)] if place else []
            applications.add_units(desk.world, START, desk.model, name, 1, placements)
        if exposed:
            applications.expose(desk.world, START, desk.model, name)
    for image, identity in zip(names["glance"], names["keystone"], strict=False):
        if relate:
            desk.relate(f"{image}:identity-service", f"{identity}:identity-service")
    return desk


@settings(max_examples=40, deadline=None)
@given(APPS, st.booleans())
def test_a_bundle_says_what_the_model_holds(apps: list[tuple[str, list[str], bool]], relate: bool):
    desk = world_of(apps, relate)
    bundle = exported(desk)
    told = cast("dict[str, Json]", bundle["applications"])
    world, model = desk.world, desk.model
    assert set(told) == {row.name for row in world.applications.of(model)}
    for name, spec in told.items():
        units = [row for row in world.units.of(model) if row.application == name]
        where = [f"lxd:{row.machine.partition('/')[0]}" if "/" in row.machine else row.machine for row in units]
        assert (spec.get("num_units", 0), spec.get("to", [])) == (len(units), where)
        assert spec.get("expose", False) == (world.applications.get(key(model, name)).exposed is not None)
    pairs = [[end.text for end in row.endpoints] for row in world.relations.of(model) if len(row.endpoints) == 2]
    assert bundle.get("relations", []) == pairs
    hosts = {row.machine.partition("/")[0] for row in world.units.of(model)}
    assert set(cast("Json", bundle["machines"])) == hosts


@settings(max_examples=25, deadline=None)
@given(APPS, st.booleans())
def test_a_model_deployed_from_its_bundle_has_the_same_bundle(apps: list[tuple[str, list[str], bool]], relate: bool):
    text = str(world_of(apps, relate).call("Bundle.ExportBundle", {})["result"])
    assert deploy(text).call("Bundle.ExportBundle", {})["result"] == text


BUNDLE = """
default-base: ubuntu@22.04/stable
machines: {"0": {constraints: mem=4G, annotations: {rack: a}}, "10": {}, "9": {}}
saas: {logs: {url: admin/m.logs}}
applications:
  web: {charm: wordpress, channel: stable, num_units: 3, to: [db/0, "lxd:9"], expose: true, options: {blog-title: x}}
  db: {charm: mysql, num_units: 2, to: [0, "lxd:new"]}
  other: {charm: mysql}
relations: [["web:db", "db:mysql"], [web, [logs]]]
"""


def test_a_plan_orders_what_requires_each_other():
    plan = planned(BUNDLE)
    assert plan.errors == ()
    methods = [change.method for change in plan.changes]
    assert methods.count("addCharm") == 2, "one charm serves two applications"
    assert methods.count("addUnit") == 5
    seen: set[str] = set()
    for change in plan.changes:
        assert set(change.requires) <= seen
        seen.add(change.id)
    units = [change for change in plan.changes if change.method == "addUnit"]
    web = [str(change.args["to"]).rpartition("-")[0] for change in units[2:]]
    assert web == ["$addUnit", "$addMachines", ""], "beside db's first unit, in a container, and on its own"


def test_an_overlay_changes_adds_and_takes_away():
    text = (
        BUNDLE
        + "---\napplications: {other: null, db: {num_units: 4}, late: {charm: ubuntu}}\nrelations: [[late, db]]\n"
    )
    plan = planned(text)
    assert plan.errors == ()
    deployed = [change.args["application"] for change in plan.changes if change.method == "deploy"]
    assert deployed == ["db", "late", "web"]
    assert sum(1 for change in plan.changes if change.method == "addRelation") == 3


def test_offers_and_parts_that_are_exposed_are_planned():
    text = """
applications:
  db:
    charm: mysql
    exposed-endpoints: {mysql: {expose-to-cidrs: [10.0.0.0/8]}}
    offers: {sql: {endpoints: [mysql], acl: {bob: consume}}}
"""
    made = {change.method: change.args for change in planned(text).changes}
    assert made["expose"]["exposed-endpoints"] == {"mysql": {"expose-to-cidrs": ["10.0.0.0/8"]}}
    assert made["createOffer"] == {"application": "db", "endpoints": ["mysql"], "offer-name": "sql"}
    assert made["grantOfferAccess"] == {"user": "bob", "access": "consume", "offer": "sql"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("machines: {}", "at least one application must be specified"),
        ("applications: {a: {num_units: 1}}", 'empty charm path in application "a"'),
        ("applications: {a: {charm: x, num_units: -1}}", "negative number of units"),
        ("applications: {a: {charm: x, num_units: 1, to: [new, new]}}", "too many units"),
        ("applications: {a: {charm: x, num_units: 1, to: ['7']}}", "a machine not defined in this bundle"),
        ("applications: {a: {charm: x, num_units: 1, to: [b]}}", "an application not defined in this bundle"),
        ("applications: {a: {charm: x, num_units: 1, to: ['?']}}", 'invalid placement syntax "?"'),
        ("applications: {a: {charm: x, num_units: 1, to: [a]}}", "goes round in a circle"),
        (
            "applications: {a: {charm: x, num_units: 1, to: [b/3]}, b: {charm: x, num_units: 1}}",
            "specifies a unit greater than the 1 unit(s)",
        ),
        ("applications: {a: {charm: x}}\nrelations: [['a:x', 'c:y']]", 'refers to application "c" not defined'),
    ],
)
def test_what_is_wrong_with_a_bundle_is_told(desk: Desk, text: str, words: str):
    told = cast("list[str]", desk.call("Bundle.GetChangesMapArgs", {"yaml": text})["errors"])
    assert any(words in each for each in told)


@pytest.mark.parametrize("text", ["", "- a", "a: [", "just text"])
def test_what_is_no_bundle_is_refused(text: str):
    with pytest.raises(JujuError, match="cannot read bundle YAML"):
        planned(text)


def test_both_ways_to_ask_give_the_same_changes(desk: Desk):
    named = cast("list[Json]", desk.call("Bundle.GetChangesMapArgs", {"yaml": BUNDLE})["changes"])
    rows = cast("list[Json]", desk.call("Bundle.GetChanges", {"yaml": BUNDLE})["changes"])
    assert [each["id"] for each in named] == [each["id"] for each in rows]
    assert [list(cast("Json", each["args"]).values()) for each in named] == [each["args"] for each in rows]


def test_a_local_charm_is_named_with_its_revision(desk: Desk):
    desk.deploy("ubuntu")
    app = desk.world.applications.get(key(desk.model, "ubuntu"))
    row = desk.world.charms.get(f"{desk.model}|{app.charm}")
    desk.world.charms.put(
        f"{desk.model}|{app.charm}", replace(row, source="local", revision=0, document={"name": "ubuntu"})
    )
    assert cast("Json", cast("Json", exported(desk)["applications"])["ubuntu"])["charm"] == "local:ubuntu-0"
