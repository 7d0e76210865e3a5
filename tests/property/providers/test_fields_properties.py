"""diff and check of every resource's own table, over generated inputs."""

import json
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from providers.common.fields import MANAGED, Schema, check, diff
from providers.common.fields import given as names_given
from providers.maas.crud import bridges, deployments, devices, dns, images, machines, network, site

TEXT = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
MAC = st.from_regex(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", fullmatch=True)
MINUTES = st.integers(1, 1440)
SMALL = st.integers(1, 500)
NAMES = st.lists(TEXT, min_size=1, max_size=3, unique=True)

VALUES: dict[str, st.SearchStrategy[object]] = {
    "mac_addresses": st.lists(MAC, min_size=1, max_size=3, unique=True),
    "power_type": st.sampled_from(machines.POWER_TYPES),
    "power_parameters": st.dictionaries(TEXT, TEXT, max_size=2),
    "architecture": st.just("amd64/generic"),
    "min_hwe_kernel": st.sampled_from(["", "ga-22.04", "hwe-22.04"]),
    "bridge_type": st.sampled_from(["ovs", "standard"]),
    "type": st.sampled_from(["TXT", "CNAME", "dynamic", "reserved"]),
    "fqdn": st.just("www.maas"),
    "power_state": st.sampled_from(["on", "off"]),
    "on_failure": st.sampled_from(["release", "keep"]),
    "status": st.just("Deployed"),
    "cidr": st.sampled_from(["172.16.0.0/20", "10.0.0.0/8"]),
    "gateway_ip": st.just(""),
    "ip_address": st.sampled_from(["", "172.16.0.9"]),
    "mtu": st.integers(552, 9000),
    "rdns_mode": st.integers(0, 2),
    "bridge_fd": st.integers(0, 255),
    "vid": st.integers(0, 4094),
    "deadline_minutes": MINUTES,
    "ttl": SMALL,
    "min_cpu_count": SMALL,
    "min_memory_mib": SMALL,
    "dns_servers": st.lists(st.sampled_from(["1.1.1.1", "8.8.8.8"]), unique=True),
}
LISTS = frozenset({"tags", "not_tags", "testing_scripts", "releases", "arches", "subarches", "labels"})
FLAGS = frozenset(
    {
        *("commission", "locked", "erase", "quick_erase", "secure_erase", "managed", "allow_dns", "allow_proxy"),
        *("active_discovery", "bridge_stp"),
    }
)
SCHEMAS: list[Schema] = [
    machines.MachineProvider.schema,
    deployments.DeploymentProvider.schema,
    bridges.BridgeProvider.schema,
    devices.DeviceProvider.schema,
    images.BootSelectionProvider.schema,
    images.BootImagesProvider.schema,
    network.SubnetProvider.schema,
    site.TagProvider.schema,
    site.ZoneProvider.schema,
    dns.DnsRecordProvider.schema,
]


def value_of(name: str) -> st.SearchStrategy[object]:
    if name in VALUES:
        return VALUES[name]
    if name in LISTS:
        return NAMES
    return st.booleans() if name in FLAGS else TEXT


@st.composite
def bags(draw: st.DrawFn, schema: Schema) -> dict[str, object]:
    chosen = [field for field in schema.fields if field.required or draw(st.booleans())]
    return {field.name: draw(value_of(field.name)) for field in chosen}


@st.composite
def cases(draw: st.DrawFn, count: int = 1) -> tuple[Schema, list[dict[str, object]]]:
    schema = draw(st.sampled_from(SCHEMAS))
    return schema, [draw(bags(schema)) for _ in range(count)]


def state(schema: Schema, inputs: dict[str, object]) -> dict[str, object]:
    """What the engine gives back: JSON, with the names of given inputs."""
    return cast("dict[str, object]", json.loads(json.dumps({**inputs, MANAGED: names_given(schema, inputs)})))


@given(cases())
def test_check_accepts_and_its_normal_form_is_stable(case: tuple[Schema, list[dict[str, object]]]) -> None:
    schema, (bag,) = case
    one = Schema(schema.fields)  # cross checks need values that belong together; they have tables of their own
    first = check(one, bag)
    if not any(name == "type" for name, _ in first.failures):
        assert first.failures == ()
    assert check(one, first.inputs).inputs == first.inputs


@given(cases())
def test_nothing_differs_from_itself(case: tuple[Schema, list[dict[str, object]]]) -> None:
    schema, (bag,) = case
    clean = check(Schema(schema.fields), bag).inputs
    difference = diff(schema, state(schema, clean), clean)
    assert (difference.changed, difference.replacing) == ((), ())


@given(cases(count=2))
def test_diff_names_exactly_the_inputs_that_differ(case: tuple[Schema, list[dict[str, object]]]) -> None:
    schema, (old, new) = case
    before, after = (check(Schema(schema.fields), bag).inputs for bag in (old, new))
    difference = diff(schema, state(schema, before), after)
    for field in schema.fields:
        was, now = before.get(field.name), after.get(field.name)
        differs = was is not None if now is None else not field.same(was, now)
        assert (field.name in difference.changed) == differs
    assert set(difference.replacing) <= set(difference.changed)
    always = {field.name for field in schema.fields if field.replaces is True}
    never = {field.name for field in schema.fields if field.replaces is False}
    there = {name for name in difference.changed if after.get(name) is not None}
    assert there & always <= set(difference.replacing)
    assert not set(difference.replacing) & never


OBSERVABLE = st.fixed_dictionaries(
    {},
    optional={
        "hostname": TEXT,
        "power_type": TEXT,
        "power_address": TEXT,
        "power_password": TEXT,
        "architecture": TEXT,
        "domain": TEXT,
        "zone": TEXT,
        "pool": TEXT,
        "commission": st.booleans(),
        "min_hwe_kernel": TEXT,
        "status": TEXT,
        "interfaces": st.just([]),
        "owner": TEXT,
    },
)


@given(bags(machines.MachineProvider.schema), OBSERVABLE)
def test_no_drift_ever_replaces_a_machine(bag: dict[str, object], drift: dict[str, object]) -> None:
    schema = machines.MachineProvider.schema
    clean = check(Schema(schema.fields), bag).inputs
    assert diff(schema, {**state(schema, clean), **drift}, clean).replacing == ()


@given(bags(deployments.DeploymentProvider.schema), TEXT, st.booleans())
def test_no_release_power_or_lock_by_hand_replaces_a_deployment(
    bag: dict[str, object], status: str, locked: bool
) -> None:
    schema = deployments.DeploymentProvider.schema
    clean = check(Schema(schema.fields), bag).inputs
    drifted = {**state(schema, clean), "status": status, "locked": locked, "power_state": "off"}
    difference = diff(schema, drifted, clean)
    assert difference.replacing == ()
    assert ("status" in difference.changed) == (status != "Deployed")
