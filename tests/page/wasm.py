"""Runs the page's module outside a browser, through the wheel `wasmtime`."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import wasmtime

from sim.engine import Ensemble
from sim.engine.objects.entry import SIZES, array_types
from sim.engine.objects.shipped import shape_of
from sim.engine.run import arrays_of
from sim.page.inputs import sizes_of
from sim.page.webassembly import module
from sim.world.seeds import shipped_seeds

STACK = 1 << 20
PAGES = 2000
PAGE = 1 << 16
ENGINE = wasmtime.Engine()


@cache
def compiled_module(content: bytes) -> wasmtime.Module:
    """The module as this processor runs it: compiled once for all tests."""
    return wasmtime.Module(ENGINE, content)


class Module:
    """The module with an ensemble's arrays in its memory."""

    def __init__(self, ensemble: Ensemble) -> None:
        self.ensemble = ensemble
        self.store = wasmtime.Store(ENGINE)
        self.shape = shape_of(shipped_seeds())._replace(rules=ensemble.rules)
        compiled = compiled_module(module(self.shape))
        kind = wasmtime.MemoryType(wasmtime.Limits(PAGES, None))
        self.memory = wasmtime.Memory(self.store, kind)
        pointer = wasmtime.GlobalType(wasmtime.ValType.i32(), True)
        given: dict[str, Any] = {
            "__linear_memory": self.memory,
            "__stack_pointer": wasmtime.Global(self.store, pointer, wasmtime.Val.i32(STACK)),
        }
        self.asked = [item.name for item in compiled.imports]
        self.exports = wasmtime.Instance(
            self.store, compiled, [given[name] for name in self.asked]
        ).exports(self.store)
        self.top = STACK
        self.scratch = self.room(64)
        arrays = arrays_of(ensemble)
        self.at = {name: self.put(array) for name, array in arrays.items()}
        for name in ("countries", "china", "west", "public"):
            self.at[f"start_{name}"] = self.put(arrays[name])

    def room(self, size: int) -> int:
        """Return where so many bytes begin that nothing else has."""
        at = (self.top + 15) & ~15
        self.top = at + size
        assert self.top < PAGES * PAGE
        return at

    def put(self, array: np.ndarray) -> int:
        """Copy an array into the memory; return where it begins."""
        data = np.ascontiguousarray(array).tobytes()
        at = self.room(len(data))
        self.memory.write(self.store, data, at)
        return at

    def derived(self, parameters: np.ndarray) -> np.ndarray:
        """Return parameter records with what sections derive computed anew."""
        at = self.put(parameters)
        self.exports["derive"](self.store, self.scratch, self.scratch + 16, at, parameters.size)
        data = self.memory.read(self.store, at, at + parameters.nbytes)
        return np.frombuffer(bytes(data), parameters.dtype).reshape(parameters.shape)

    def run(self, replicates: Sequence[int], set_of: Sequence[int]) -> dict[str, np.ndarray]:
        """Return what histories leave, by name, each as a flat array a history."""
        e, before = self.ensemble, self.top
        layout, arrays = e.layout, arrays_of(e)
        counts = {name: size * len(replicates) for name, size in sizes_of(e.layout).items()}
        out = {name: self.room(8 * count) for name, count in counts.items()}
        at = {
            **self.at,
            **out,
            "replicates": self.put(np.array(replicates, np.int64)),
            "set_of": self.put(np.array(set_of, np.int64)),
            "parameters": self.put(e.parameters),
            "period_of": self.put(e.period_of),
            "country_rows": self.at["countries"],
            "china_row": self.at["china"],
            "west_row": self.at["west"],
            "public_row": self.at["public"],
            "whole_rows": self.at["countries"],
            "start_rows": self.at["start_countries"],
            "cell_sums": self.room(8 * len(e.cells.groups) * len(layout.fields)),
        }
        sizes = {
            "runs": len(replicates),
            "sets": e.parameters.shape[0],
            "periods": e.parameters.shape[1],
            "classes": e.parameters.shape[2],
            "first_quarter": e.first_quarter,
            "quarters": e.quarters,
            "kept_quarters": len(layout.quarters),
            "rows": len(layout.countries),
            "cells": arrays["groups_of_cell"].shape[0],
            "cell_groups": arrays["groups_of_cell"].shape[1],
            "groups": len(layout.groups) + 1,
            "fields": len(layout.fields),
            "actor_fields": len(layout.actor_fields),
            "vendor_fields": len(layout.vendor_fields),
            "vendors": len(layout.vendors),
            "kept_fields": len(layout.kept),
        }
        status = self.exports["entry"](
            self.store,
            self.scratch,
            self.scratch + 16,
            *(sizes[name] for name in SIZES),
            *(at[name] for name in array_types(self.shape)),
        )
        assert status == 0
        self.top = before
        return {
            name: np.frombuffer(
                bytes(self.memory.read(self.store, where, where + 8 * counts[name])), np.float64
            ).reshape(len(replicates), -1)
            for name, where in out.items()
        }
