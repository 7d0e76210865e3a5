"""Cleaners of inputs that Juju's resources share.

A raw value -> its normal form, or ValueError that completes "<field> ...". Pure. Source of the names' forms: the names
package of Juju 3.6.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from providers.common.cleaning import filled, matching, text
from providers.juju.names import offer_url

uuid = matching(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a model's UUID (output uuid of Model), e.g. from model.uuid"
)
application_name = matching(
    r"[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*", "an application's name: lower-case letters, digits and '-'"
)
_user_name = matching(
    r"[a-zA-Z0-9][a-zA-Z0-9.+-]*[a-zA-Z0-9](@[a-zA-Z0-9][a-zA-Z0-9.-]*)?",
    "a user's name: at least two of letters, digits, '.', '+' and '-', with @domain for one from outside",
)
cloud_name = matching(r"[a-zA-Z0-9][a-zA-Z0-9.-]*", "a cloud's name: letters, digits, '.' and '-'")
credential_name = matching(
    r"[a-zA-Z][a-zA-Z0-9.@_+-]*", "a credential's name: a letter, then letters, digits and '.', '@', '_', '+', '-'"
)
space_name = matching(r"[a-z0-9]+(-[a-z0-9]+)*", "a space's name: lower-case letters and digits in parts joined by '-'")
pool_name = matching(r"[a-zA-Z]+[-?a-zA-Z0-9]*", "a pool's name: a letter, then letters, digits and '-'")


def user_name(value: object) -> str:
    """Accept a user's name; "bob@local" is bob."""
    return str(_user_name(value)).removesuffix("@local")


def own_user_name(value: object) -> str:
    """Accept the name of a user of the controller itself."""
    name = user_name(value)
    if "@" in name:
        raise ValueError(f"is {value!r}, but must be a name without @domain: users from outside are made there")
    return name


def url_of_offer(value: object) -> str:
    """Accept an offer's URL, e.g. admin/monitoring.prometheus."""
    return str(offer_url(text(value)))


def reason(value: object) -> str:
    """Accept the reason for which Juju is to be forced; true or false would say none."""
    if isinstance(value, bool):
        raise ValueError(f"is {value!r}, but must be the reason why force is right, a sentence")  # noqa: TRY004 - the contract of cleaners
    return filled(value)


def scalars(value: object) -> dict[str, object]:
    """Accept an object of strings, numbers, true and false."""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value)
        wrong = [name for name, item in pairs.items() if not isinstance(item, str | int | float | bool)]
        if not wrong:
            return dict(pairs)
        raise ValueError(f"has {pairs[wrong[0]]!r} at {wrong[0]}, but must hold strings, numbers, true or false")
    raise ValueError(f"is {value!r}, but must be an object of strings, numbers, true or false")


def strings(value: object) -> dict[str, str]:
    """Accept an object of strings; numbers, true and false become their text, as Juju writes them."""
    return {name: _written(item) for name, item in scalars(value).items()}


def annotations(value: object) -> dict[str, str]:
    """Accept annotations; one with an empty text is none: that is how Juju takes it away."""
    return {name: text_ for name, text_ in strings(value).items() if text_}


def labels(value: object) -> list[str]:
    """Accept a list of what a person calls things; two may have one name."""
    if not isinstance(value, list | tuple):
        raise ValueError(f"is {value!r}, but must be a list of texts")  # noqa: TRY004 - the contract of cleaners
    return [filled(one) for one in cast("list[object]", value)]


def _written(item: object) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    return str(whole_numbers(item))


def as_given(seen: Iterable[str], given: object) -> list[str]:
    """Write a set in the order in which it was given, if it is that set; else sorted."""
    found = sorted(seen)
    listed = [str(item) for item in cast("list[object]", given)] if isinstance(given, list | tuple) else []
    return listed if sorted(listed) == found else found


def whole_numbers(value: object) -> object:
    """Write numbers without fraction as whole ones: Pulumi has only floats, and Juju's schemas tell them apart."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: whole_numbers(item) for name, item in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [whole_numbers(item) for item in cast("list[object]", value)]
    return value
