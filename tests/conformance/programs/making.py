"""A dynamic provider without a world: what it answers follows from its inputs alone."""

from __future__ import annotations

import os
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)


class Maker(ResourceProvider):
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        failures = [CheckFailure("n", "must not be 13")] if news.get("n") == 13 else []
        return CheckResult({"colour": "grey", **news}, failures)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        if news.get("lazy"):
            return DiffResult()
        replaces = ["size"] if olds.get("size") != news.get("size") else []
        keys = {*olds, *news} - {"made", "token"}
        changed = any(olds.get(key) != news.get(key) for key in keys if not key.startswith("__"))
        return DiffResult(changed, replaces, delete_before_replace=bool(news.get("first")))

    def create(self, props: dict[str, Any]) -> CreateResult:
        if props.get("n") == 95:
            os._exit(3)  # the whole process, as if it were killed
        if props.get("n") == 99:
            raise ValueError(f"out of stock: {props['name']}")
        identity = f"{props['name']}-{props.get('size')}"
        return CreateResult(identity, {**props, "made": identity, "token": "t-" + identity})

    def update(self, identity: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        if news.get("n") == 98:
            raise ValueError("no such colour")
        return UpdateResult({**news, "made": identity, "token": "t-" + identity})

    def delete(self, identity: str, props: dict[str, Any]) -> None:
        if props.get("n") == 97:
            raise ValueError("still in use")

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult("" if props.get("n") == 96 else id_, {**props, "n": 5} if props.get("n") == 4 else props)


class Thing(Resource):
    made: pulumi.Output[str]
    token: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        super().__init__(Maker(), name, {"name": name, "made": None, "token": None, **inputs}, opts)


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Group", name, None, opts)
