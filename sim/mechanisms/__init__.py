"""The model: one file per mechanism. `sim/schedule.py` gives their order.

Every file of this folder is found by itself. One that ends in ``MECHANISM = Mechanism(…)`` is a
mechanism; the others hold rules that mechanisms share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from sim.parameters import Mechanism

MODULES: dict[str, ModuleType] = {
    file.name: import_module(f"{__name__}.{file.name}") for file in iter_modules(__path__)
}
"""The files by name."""


if TYPE_CHECKING:

    def __getattr__(name: str) -> ModuleType:
        """Each file is an attribute of its folder."""


def in_order(acts: Callable[..., None]) -> tuple[Mechanism, ...]:
    """Return the mechanisms in the order in which a function, and those it calls, name them.

    Raises:
        ImportError: One would never act, or two are called the same.
    """
    declared = {name: vars(m)["MECHANISM"] for name, m in MODULES.items() if _declares(m)}
    acting = [name for name in dict.fromkeys(_named(acts)) if name in declared]
    if idle := [f"sim/mechanisms/{name}.py" for name in declared if name not in acting]:
        home = acts.__module__.replace(".", "/")
        raise ImportError(f"{', '.join(idle)}: a MECHANISM that {home}.py does not call")
    called: dict[str, str] = {}
    for name in acting:
        other = called.setdefault(declared[name].name, name)
        if other != name:
            raise ImportError(
                f"sim/mechanisms/{name}.py: MECHANISM is called {declared[name].name!r}, as that of"
                f" {other}.py is: rename one"
            )
    return tuple(replace(declared[name], module=MODULES[name]) for name in acting)


def _declares(module: ModuleType) -> bool:
    return isinstance(vars(module).get("MECHANISM"), Mechanism)


def _named(acts: Any) -> Iterator[str]:
    for name in acts.__code__.co_names:
        called = acts.__globals__.get(name)
        if name in MODULES:
            yield name
        elif isinstance(called, FunctionType):
            yield from _named(called)
