"""Runs the page's module outside a browser, through the wheel `wasmtime`."""

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import wasmtime

from sim.engine.entry import ARRAYS, SIZES, Shape, array_types
from sim.page.webassembly import module

STACK = 1 << 20
PAGES = 2000
PAGE = 1 << 16
ENGINE = wasmtime.Engine()


@cache
def _compiled(content: bytes) -> wasmtime.Module:
    return wasmtime.Module(ENGINE, content)


class Module:
    """The module of some rules; called, it stands in for the native loop."""

    def __init__(self, shape: Shape) -> None:
        self.types = array_types(shape)
        self.store = wasmtime.Store(ENGINE)
        compiled = _compiled(module(shape))
        self.memory = wasmtime.Memory(self.store, wasmtime.MemoryType(wasmtime.Limits(PAGES, None)))
        pointer = wasmtime.GlobalType(wasmtime.ValType.i32(), True)
        number = wasmtime.ValType.f64()
        kind = wasmtime.FuncType([number, number], [number])
        given: dict[str, Any] = {
            "fmod": wasmtime.Func(self.store, kind, math.fmod),
            "__linear_memory": self.memory,
            "__stack_pointer": wasmtime.Global(self.store, pointer, wasmtime.Val.i32(STACK)),
        }
        imports = [given[item.name] for item in compiled.imports]
        self.exports = wasmtime.Instance(self.store, compiled, imports).exports(self.store)
        self.top = STACK
        self.scratch = [self.put(np.zeros(16, np.uint8)) for _ in range(2)]

    def put(self, array: np.ndarray) -> int:
        """Copy an array into the memory; return where it begins."""
        at = (self.top + 15) & ~15
        self.top = at + array.nbytes
        assert self.top < PAGES * PAGE
        self.memory.write(self.store, array.tobytes(), at)
        return at

    def get(self, array: np.ndarray, at: int) -> np.ndarray:
        """Return what lies in the memory, as an array like this one."""
        data = self.memory.read(self.store, at, at + array.nbytes)
        return np.frombuffer(bytes(data), array.dtype).reshape(array.shape)

    def derived(self, parameters: np.ndarray) -> np.ndarray:
        """Return parameter records with what sections derive computed anew."""
        at = self.put(parameters)
        self.exports["derive"](self.store, *self.scratch, at, parameters.size)
        return self.get(parameters, at)

    def __call__(self, arrays: Mapping[str, Any], first_quarter: int) -> int:
        """Run what `run_chunk` asks for; return the status."""
        top, sizes, at = self.top, {"first_quarter": first_quarter}, {}
        seen: dict[int, int] = {}  # views of one array lie in one place
        for name, array in arrays.items():
            sizes |= zip(ARRAYS[name][1].split(", "), array.shape, strict=True)
            address = array.ctypes.data
            at[name] = seen[address] if array.size and address in seen else self.put(array)
            seen[address] = at[name]
        order = [*(sizes[name] for name in SIZES), *(at[name] for name in self.types)]
        status: int = self.exports["entry"](self.store, *self.scratch, *order)
        for name in ("sums", "vendor_sums", "actor_sums", "panel"):
            arrays[name][...] = self.get(arrays[name], at[name])
        self.top = top
        return status
