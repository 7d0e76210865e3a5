"""check and diff of declared fields, by tables."""

import pytest
from pulumi.output import Unknown

from providers.common.cleaning import cidr, each, flag, ip, mac, matching, one_of, secret_text, whole
from providers.common.fields import MANAGED, Field, Schema, check, diff, given, same_set

SCHEMA = Schema(
    (
        Field("name", required=True),
        Field("size", clean=whole(1, 9), default=3),
        Field("macs", clean=each(mac, least=1), replaces=True, same=same_set),
        Field("kind", clean=one_of("a", "b"), replaces=lambda old, new: old == "a"),
    ),
)


def test_a_clean_bag_gets_its_defaults_and_keeps_foreign_keys() -> None:
    checked = check(SCHEMA, {"name": "x", "macs": ["AA-BB-CC-DD-EE-FF"], "__provider": "p"})
    assert checked.failures == ()
    assert checked.inputs == {"name": "x", "size": 3, "macs": ["aa:bb:cc:dd:ee:ff"], "__provider": "p"}


def test_every_fault_is_told_in_one_go() -> None:
    checked = check(SCHEMA, {"size": 0.5, "macs": [], "kind": "c"})
    assert dict(checked.failures) == {
        "name": "is required",
        "size": "is 0.5, but must be a whole number from 1 to 9",
        "macs": "is empty, but must name at least 1",
        "kind": "is 'c', but must be one of a, b",
    }


def test_unknown_values_pass_the_check_at_any_depth() -> None:
    unknown = Unknown()
    checked = check(SCHEMA, {"name": unknown, "macs": [unknown]})
    assert checked.failures == ()
    assert checked.inputs["name"] is unknown


@pytest.mark.parametrize(
    ("olds", "news", "changed", "replacing"),
    [
        ({"name": "x"}, {"name": "x"}, (), ()),
        ({"name": "x"}, {"name": "y"}, ("name",), ()),
        ({"size": 3.0}, {"size": 3}, (), ()),
        ({"macs": ["b", "a"]}, {"macs": ["a", "b"]}, (), ()),
        ({"macs": ["a"]}, {"macs": ["b"]}, ("macs",), ("macs",)),
        ({"kind": "a"}, {"kind": "b"}, ("kind",), ("kind",)),
        ({"kind": "b"}, {"kind": "a"}, ("kind",), ()),
        ({"size": 4}, {}, (), ()),
        ({"size": 4, MANAGED: ["size"]}, {}, ("size",), ()),
        ({"macs": ["a"]}, {"macs": Unknown()}, ("macs",), ()),
    ],
)
def test_diff(olds: dict[str, object], news: dict[str, object], changed: object, replacing: object) -> None:
    difference = diff(SCHEMA, olds, news)
    assert (difference.changed, difference.replacing) == (changed, replacing)


def test_given_names_only_inputs_that_hold_a_value() -> None:
    assert given(SCHEMA, {"name": "x", "size": None, "other": 1}) == ("name",)


@pytest.mark.parametrize(
    ("clean", "value", "clean_value"),
    [
        (mac, " 52:54:00:AB:cd:01 ", "52:54:00:ab:cd:01"),
        (ip, "172.16.0.1", "172.16.0.1"),
        (ip, "FE80:0::1", "fe80::1"),
        (cidr, "172.16.0.0/20", "172.16.0.0/20"),
        (flag, False, False),
        (whole(0, 5), 2.0, 2),
        (matching("[a-z]+", "letters"), "abc", "abc"),
        (each(ip), ("1.1.1.1", "1.1.1.1"), ["1.1.1.1"]),
    ],
)
def test_cleaning_gives_the_normal_form(clean: object, value: object, clean_value: object) -> None:
    assert callable(clean)
    assert clean(value) == clean_value


@pytest.mark.parametrize(
    ("clean", "value", "said"),
    [
        (mac, "52:54:00", "must be a MAC address"),
        (ip, "172.16.0.256", "must be an IP address"),
        (cidr, "172.16.0.3/20", "without host bits"),
        (flag, "yes", "true or false"),
        (whole(0, 5), True, "whole number from 0 to 5"),
        (whole(0, 5), "2", "whole number from 0 to 5"),
        (matching("[a-z]+", "letters"), "a1", "must be letters"),
        (each(ip), "1.1.1.1", "must be a list"),
        (secret_text, 12345, "secret"),
    ],
)
def test_cleaning_says_what_is_allowed(clean: object, value: object, said: str) -> None:
    assert callable(clean)
    with pytest.raises(ValueError, match=said) as caught:
        clean(value)
    assert clean is not secret_text or "12345" not in str(caught.value)
