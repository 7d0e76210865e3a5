"""What kind of error an answer is: by its code, and of Juju 4, which gives many none, by its words."""

import pytest

from providers.juju.errors import (
    AlreadyExists,
    AnswerLost,
    JujuError,
    NotDone,
    NotFound,
    NotSupported,
    Refused,
    from_answer,
)

NOT_YET = "not yet available; try again later"


@pytest.mark.parametrize(
    ("said", "code", "kind"),
    [
        ("x", "not found", NotFound),
        ("x", "already exists", AlreadyExists),
        ("x", "not implemented", NotSupported),
        ("x", "deadline exceeded", AnswerLost),
        ("the resource is coming", NOT_YET, NotDone),
        ("not yet available in 4.0.12", NOT_YET, NotSupported),
        ('cannot add relation "a:db", "b:db": already exists', "", AlreadyExists),
        ('getting machine UUID: machine "7": machine not found', "", NotFound),
        ('not found is what "x" was', "", Refused),
        ("offer already exists", "bad request", Refused),
    ],
)
def test_kinds(said: str, code: str, kind: type[JujuError]) -> None:
    error = from_answer("make tea", said, code)
    assert type(error) is kind
    assert said in str(error)
