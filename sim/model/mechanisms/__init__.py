"""The model: one file per mechanism. Files without `MECHANISM = Mechanism(…)` are shared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from sim.model.parameters import Mechanism

MODULES: dict[str, ModuleType] = {
    file.name: import_module(f"{__name__}.{file.name}") for file in iter_modules(__path__)
}


if TYPE_CHECKING:

    def __getattr__(name: str) -> ModuleType:
        """Each file is an attribute of its folder."""


def in_order(acts: Callable[..., None]) -> tuple[Mechanism, ...]:
    """The mechanisms in the order in which a function, and those it calls, name them."""
    acting = [MODULES[name] for name in dict.fromkeys(_named(acts))]
    return tuple(replace(m.MECHANISM, module=m) for m in acting if hasattr(m, "MECHANISM"))


def _named(acts: Any) -> Iterator[str]:
    for name in acts.__code__.co_names:
        called = acts.__globals__.get(name)
        if name in MODULES:
            yield name
        elif isinstance(called, FunctionType):
            yield from _named(called)
