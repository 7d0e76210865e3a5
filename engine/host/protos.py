"""Pulumi's protobuf and gRPC modules, without the SDK around them.

`import pulumi.runtime.proto` runs `pulumi/__init__.py` first, about 0.3 s of SDK that an engine never uses. So the
package `pulumi.runtime.proto` is loaded below two stand-ins (`pulumi`, `pulumi.runtime`) that hold nothing but a path:

    stand-ins in ─> pulumi.runtime.proto and its modules load ─> stand-ins out
                                                    └─> handed over as they are when the real SDK is imported later

No file is registered twice in protobuf's descriptor pool, and a process that imports the SDK too (a test) sees the
same message classes. Source of the modules: the `pulumi` distribution.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto import (  # noqa: TC004 - at run time _load() below puts them into globals()
        alias_pb2,
        analyzer_pb2,
        callback_pb2,
        callback_pb2_grpc,
        engine_pb2,
        engine_pb2_grpc,
        errors_pb2,
        events_pb2,
        events_pb2_grpc,
        language_pb2,
        plugin_pb2,
        provider_pb2,
        provider_pb2_grpc,
        resource_pb2,
        resource_pb2_grpc,
        resource_status_pb2,
        resource_status_pb2_grpc,
        source_pb2,
        status_pb2,
    )

__all__ = [
    "alias_pb2",
    "analyzer_pb2",
    "callback_pb2",
    "callback_pb2_grpc",
    "engine_pb2",
    "engine_pb2_grpc",
    "errors_pb2",
    "events_pb2",
    "events_pb2_grpc",
    "language_pb2",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
    "resource_pb2",
    "resource_pb2_grpc",
    "resource_status_pb2",
    "resource_status_pb2_grpc",
    "source_pb2",
    "status_pb2",
]

_PACKAGE = "pulumi.runtime.proto"
_PARENTS = ("pulumi", "pulumi.runtime")


class _HandOver(MetaPathFinder, Loader):
    """Gives the loaded package to the first real import of it, so that it is bound in the real `pulumi.runtime`."""

    def __init__(self, package: types.ModuleType) -> None:
        self._package = package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _PACKAGE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=self._package.__file__, is_package=True)
        spec.submodule_search_locations = list(self._package.__path__)
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return self._package

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run: the package's code ran when this module was imported."""


@contextmanager
def _stand_ins() -> Generator[None]:
    """Place empty packages with the SDK's paths; take them out again whatever happens."""
    spec = importlib.util.find_spec("pulumi")
    if spec is None or spec.origin is None:
        raise ImportError("the package 'pulumi' is missing from this interpreter; install it with: pip install pulumi")
    root = Path(spec.origin).parent
    for name in _PARENTS:
        module = types.ModuleType(name)
        module.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = module
    try:
        yield
    finally:
        for name in _PARENTS:
            del sys.modules[name]


def _modules() -> dict[str, types.ModuleType]:
    return {name: importlib.import_module(f"{_PACKAGE}.{name}") for name in __all__}


def _load() -> dict[str, types.ModuleType]:
    """Import the proto modules: plainly where the SDK is loaded already, else below stand-ins."""
    if "pulumi" in sys.modules:
        return _modules()
    with _stand_ins():
        modules = _modules()
    sys.meta_path.insert(0, _HandOver(sys.modules.pop(_PACKAGE)))
    return modules


globals().update(_load())
